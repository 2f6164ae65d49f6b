"""One real record, mapped as a sync would: shown, and written nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tsunagi.app.access.permissions import require
from tsunagi.app.context import Context
from tsunagi.app.sync.links import References
from tsunagi.app.sync.pair_files import pair_file, read_text
from tsunagi.domain.directory import Person
from tsunagi.domain.mapping import FieldMap, Side, SyncPair, other
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.errors import ConfigError
from tsunagi.store.records import Records
from tsunagi.sync.merge import blank, ways
from tsunagi.sync.references import Reading, read, write
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class TriedField:
    """One field: what the record holds, what is compared, and what would be written on the other side.

    `note` is why nothing would be, or what has to be checked.
    """

    name: str
    given: Fields
    compared: Value
    written: Fields
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A record of `side`, mapped to the other one; `partner` is the record it is linked with there."""

    pair: str
    side: Side
    record: Record
    partner: RecordRef | None
    fields: Sequence[TriedField] = field(default_factory=tuple)

    @property
    def missing(self) -> list[str]:
        """Fields without which the record cannot be made on the other side."""
        return [each.name for each in self.fields if each.note == _MISSING]


_MISSING = Text(en="is required and empty", ja="必須項目が空です")


def try_mapping(context: Context, actor: Person | None, name: str, record: str, text: str | None = None) -> Trial:
    """Map the record named `service:kind:id`, or by its id on either side of the pair, read from its service now.

    `text` is a settings file that is not saved. Raises ConfigError, RuleFileError, ConnectorError.
    """
    require(context, actor, "sync:run")
    context.pair_settings.refresh()
    pair = _pair(context, name, text)
    side, ref = _named(context, pair, record)
    found = context.hooks.prepare_record(context.connectors.get(ref.service).get(ref))
    references = References(context)
    references.learn_of(pair, [found])
    reading = read(pair, side, found, references)
    fields = [_tried(pair, fm, side, found, reading, references) for fm in pair.mapping.fields]
    return Trial(pair.name, side, found, references(pair.name, ref), fields)


def _pair(context: Context, name: str, text: str | None) -> SyncPair:
    if text is not None:
        return read_text(context, name, text)
    known = pair_file(context, name)
    for error in known.problems if known.state == "broken" else ():
        raise error
    return known.pair or read_text(context, name, known.text)


def _named(context: Context, pair: SyncPair, record: str) -> tuple[Side, RecordRef]:
    sides: tuple[Side, Side] = ("left", "right")
    ends = {side: (pair.end(side).service, pair.end(side).entity) for side in sides}
    if record.count(":") >= 2:
        ref = RecordRef.parse(record)
        for side in sides:
            if ends[side] == (ref.service, ref.entity):
                return side, ref
        raise _no_end(pair, record)
    refs = {side: RecordRef(*ends[side], record) for side in sides}
    with context.store.read() as session:
        known = Records(session).get_many(refs.values())
        titled = {side: Records(session).titled(*ends[side], [record]) for side in sides}
    for side in sides:
        if refs[side] in known:
            return side, refs[side]
    for side in sides:
        for found in titled[side].values():
            return side, found[0]
    raise _no_end(pair, record)


def _no_end(pair: SyncPair, record: str) -> ConfigError:
    kinds = " | ".join(f"{end.service}:{end.entity}" for end in (pair.left, pair.right))
    return ConfigError(
        Text(
            en=f"'{record}' is no record of {pair.name} that is known here.",
            ja=f"「{record}」は {pair.name} のレコードとして見つかりません。",
        ),
        hint=Text(
            en=f"Name it by kind and ID ({kinds}, then :ID), by its ID, or by its exact name.",
            ja=f"種類と ID ({kinds} に続けて :ID)、ID、または正確な名前で指定してください。",
        ),
    )


def _tried(
    pair: SyncPair, fm: FieldMap, side: Side, record: Record, reading: Reading, references: References
) -> TriedField:
    target = other(side)
    given = {name: record.fields.get(name) for name in fm.names(side)}
    value = reading.values.get(fm.name)
    note = _note(pair, fm, target, value, reading)
    written: Mapping[str, Value] = {}
    if note is None:
        written, unknown = write(pair, target, {fm.name: value}, references)
        note = _not_linked(fm) if unknown else None
    return TriedField(fm.name, given, value, {} if note else written, note)


def _note(pair: SyncPair, fm: FieldMap, target: Side, value: Value, reading: Reading) -> Text | None:
    if target not in ways(pair, fm):
        return Text(en="does not travel this way", ja="この向きには同期しません")
    if fm.name in reading.unresolved:
        return _not_linked(fm)
    if fm.name in pair.required and blank(value):
        return _MISSING
    return None


def _not_linked(fm: FieldMap) -> Text:
    return Text(
        en=f"its record is not linked yet ({fm.reference})", ja=f"参照先がまだ同期されていません ({fm.reference})"
    )
