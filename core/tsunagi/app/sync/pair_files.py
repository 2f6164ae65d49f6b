"""A company's settings of its sync pairs as pages show and change them, and what a mapping makes of one record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tsunagi.app.access.auditing import noted
from tsunagi.app.access.permissions import require, require_administrator
from tsunagi.app.connections.added_fields import read_added_fields
from tsunagi.app.context import Context
from tsunagi.app.sync.links import References
from tsunagi.domain.directory import Person
from tsunagi.domain.mapping import Direction, FieldMap, Side, SyncPair, other
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.errors import ConfigError, RuleFileError
from tsunagi.rule_files import write_files
from tsunagi.store.records import Records
from tsunagi.sync.merge import blank, ways
from tsunagi.sync.references import Reading, read, write
from tsunagi.sync.settings import SyncSettings, apply_settings
from tsunagi.sync.settings_book import SettingsBook, settings_file, switched_off
from tsunagi.sync.settings_reading import SyncVocabulary, read_settings
from tsunagi.text import Text
from tsunagi.wording import nearest
from tsunagi.yaml_editing import with_yaml
from tsunagi.yaml_marks import parse

_DIRECTIONS = {
    Direction.BOTH: "both",
    Direction.LEFT_TO_RIGHT: "crm_to_finance",
    Direction.RIGHT_TO_LEFT: "finance_to_crm",
}
State = Literal["on", "off", "broken", "unused"]


@dataclass(frozen=True, slots=True)
class PairFile:
    """A pair and its file: `pair` is None where it is not in force, `text` empty where it has no file.

    off: its file switches it off. broken: its file has mistakes, and nothing is synced. unused: no plugin declares it.
    The `problems` of one that is on prevent nothing: a field that is gone, a key that recognises nothing.
    """

    name: str
    state: State
    pair: SyncPair | None
    file: str
    text: str
    problems: Sequence[RuleFileError] = ()

    @property
    def direction(self) -> str | None:
        """As the file spells it."""
        return _DIRECTIONS[self.pair.direction] if self.pair else None


def pair_files(context: Context) -> list[PairFile]:
    """Every pair that a plugin declares or a file names, in order of name."""
    book = context.pair_settings.book()
    names = {*book.pairs, *book.files, *book.unused}
    return [_pair_file(context, name) for name in sorted(names)]


def pair_file(context: Context, name: str) -> PairFile:
    """Raises ConfigError for a pair that neither a plugin nor a file knows."""
    found = {each.name: each for each in pair_files(context)}
    if name in found:
        return found[name]
    near = nearest(name, found)
    raise ConfigError(
        Text(en=f"There is no sync pair '{name}'.{near.en}", ja=f"同期ペア「{name}」はありません。{near.ja}")
    )


def require_in_force(context: Context, name: str) -> None:
    """Raises RuleFileError for a pair whose file has a mistake, ConfigError for one that is off or unknown."""
    book = context.pair_settings.book()
    book.require(name)
    if name in book.settings and not book.settings[name].enabled:
        raise switched_off(name, book.files[name])
    context.registry.pair(name)


def check_files(context: Context) -> Sequence[RuleFileError]:
    """Every mistake in the files, every field that is not what it was, and what has no effect.

    The services are asked first which fields their organisations have.
    """
    read_added_fields(context)
    book = context.pair_settings.book()
    return [*book.problems, *(each for name in book.pairs if name not in book.broken for each in _noted(book, name))]


def change_settings(context: Context, actor: Person | None, name: str, changes: Mapping[str, str]) -> PairFile:
    """Set values by path ("direction", "fields.phone.owner"), each a YAML text in one line; for administrators.

    The file is written only where it is without a mistake afterwards. Raises PermissionDenied, RuleFileError with the
    place in the changed text, ConfigError for an unknown pair or a path that cannot be.
    """
    require_administrator(context, actor, "sync:settings")
    known = pair_file(context, name)
    text = known.text or f"version: 1\npair: {name}\n"
    for path, value in changes.items():
        text = with_yaml(text, _path(path), value, file=known.file)
    _save(context, actor, known, text)
    return pair_file(context, name)


def replace_file(context: Context, actor: Person | None, name: str, text: str) -> PairFile:
    """The complete text of a pair's file, under the same conditions as `change_settings`."""
    require_administrator(context, actor, "sync:settings")
    _save(context, actor, pair_file(context, name), text)
    return pair_file(context, name)


def mistakes(context: Context, file: str, text: str) -> Sequence[RuleFileError]:
    """Every mistake in a text that is not saved, while it is typed: no service is asked."""
    try:
        read = read_settings(parse(file, text), context.pair_settings.vocabulary())
    except RuleFileError as error:
        return (error,)
    return () if isinstance(read, SyncSettings) else read


def read_text(context: Context, name: str, text: str) -> SyncPair:
    """The pair as a text that is not saved would make it. Raises the first mistake."""
    vocabulary = context.pair_settings.vocabulary()
    said = _checked(vocabulary, name, settings_file(name), text)
    return apply_settings(vocabulary.pairs.get(name), said)


def _pair_file(context: Context, name: str) -> PairFile:
    book = context.pair_settings.book()
    file = book.files.get(name) or book.unused.get(name) or ""
    state: State = "on"
    if name in book.broken:
        state = "broken"
    elif name in book.unused:
        state = "unused"
    elif name not in book.pairs:
        state = "off"
    path = context.pair_settings.in_use / file
    text = path.read_text(encoding="utf-8-sig") if file and path.is_file() else ""
    pair = book.pairs.get(name) if state == "on" else None
    return PairFile(name, state, pair, file, text, book.broken.get(name) or (_noted(book, name) if pair else ()))


def _noted(book: SettingsBook, name: str) -> Sequence[RuleFileError]:
    """What keeps no pair from being synced, and does less than it says."""
    said = book.settings.get(name)
    return [*(drift.problem for drift in said.drifts), *said.doubts] if said else []


def _path(text: str) -> tuple[str | int, ...]:
    parts = text.split(".")
    if not all(parts):
        raise ConfigError(
            Text(
                en=f"'{text}' is no path, such as fields.phone.owner.",
                ja=f"「{text}」は fields.phone.owner のようなパスではありません。",
            )
        )
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _save(context: Context, actor: Person | None, known: PairFile, text: str) -> None:
    file = known.file or settings_file(known.name)
    if known.state != "unused":
        _checked(context.pair_settings.vocabulary(), known.name, file, text)
    write_texts(context, actor, {file: text}, known.name)


def write_texts(context: Context, actor: Person | None, texts: Mapping[str, str | None], subject: str = "") -> None:
    """Files that were checked, by name; None takes one away. Raises ConfigError."""
    folder = context.pair_settings.folder
    if not folder.is_dir():
        raise ConfigError(
            Text(en=f"There is no rules folder '{folder}'.", ja=f"ルールフォルダー「{folder}」がありません。"),
            hint=Text(en="'tsunagi init' makes one.", ja="「tsunagi init」で作成できます。"),
        )
    with noted(context, actor, "sync:settings", subject or ", ".join(texts)):
        write_files(folder, texts)
    context.pair_settings.refresh()


def _checked(vocabulary: SyncVocabulary, name: str, file: str, text: str) -> SyncSettings:
    document = parse(file, text)
    read = read_settings(document, vocabulary)
    if not isinstance(read, SyncSettings):
        raise read[0]
    if read.pair != name:
        message = Text(en=f"These are the settings of '{name}'.", ja=f"これは「{name}」の設定ファイルです。")
        raise document.error(message, ("pair",))
    return read


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
