"""Records to be made on a side that lacks them: new ones, recreated ones, and clones."""

from dataclasses import replace

from tsunagi.domain.mapping import Side, SyncPair, other
from tsunagi.domain.records import Record, RecordRef
from tsunagi.sync import reasons
from tsunagi.sync.merge import blank, unresolved, ways
from tsunagi.sync.names import free_name
from tsunagi.sync.options import SyncOptions
from tsunagi.sync.references import Reading, read, write
from tsunagi.sync.steps import Create, Park
from tsunagi.text import Text


def create(
    pair: SyncPair,
    side: Side,
    source: Record,
    options: SyncOptions,
    *,
    reason: Text | None = None,
    name: str | None = None,
) -> Create | Park:
    """Make `source`, a record of the other side, on `side`; parked where it lacks what the side needs.

    `name` is written instead of the source's own.
    """
    reading = read(pair, other(side), source, options.references)
    blocked = _blocked(pair, side, source, reading)
    if blocked:
        return blocked
    travelling = {fm.name: reading.values.get(fm.name) for fm in pair.mapping.fields if side in ways(pair, fm)}
    renamed = travelling if name is None else {**travelling, "name": name}
    native, unknown = write(pair, side, renamed, options.references)
    left, right = _refs(side, source)
    if unknown:
        return Park("waits", left, right, unknown[0], reasons.waits(unknown[0], reading.values[unknown[0]]))
    return Create(
        side,
        left,
        right,
        fields={field: value for field, value in native.items() if value is not None},
        # What does not travel was not agreed on. A clone's own name neither: it counts as that side's edit.
        baseline={fm.name: travelling.get(fm.name) for fm in pair.mapping.fields},
        reason=reason or reasons.new_record(other(side)),
        renamed=name is not None,
    )


def recreate(
    pair: SyncPair, side: Side, source: Record, deleted: RecordRef, options: SyncOptions, reason: Text
) -> Create | Park:
    """Make `source` on `side` in place of the deleted record `deleted`."""
    made = create(pair, side, source, options, reason=reason)
    return made if isinstance(made, Park) else replace(made, replaces=deleted)


def clones(pair: SyncPair, left: Record, right: Record, options: SyncOptions) -> list[Create | Park]:
    """A second record on each side that may be written.

    Names must be unique on the finance side only, so there the clone gets a free one; changes travelling both
    ways, the next sync carries that name back to the record it was cloned from. A CRM that is only written to
    gets the free name itself.
    """
    if not pair.direction.into("right"):
        return [_renamed(pair, "left", right, options)]
    made = [_renamed(pair, "right", left, options)]
    if pair.direction.into("left"):
        made.append(create(pair, "left", right, options, reason=reasons.cloned(None)))
    return made


def _renamed(pair: SyncPair, side: Side, source: Record, options: SyncOptions) -> Create | Park:
    name = read(pair, other(side), source, options.references).values.get("name")
    if "name" not in pair.match_on or not isinstance(name, str):
        # Records identified by something else, such as an e-mail address, may share a name.
        return create(pair, side, source, options, reason=reasons.cloned(None))
    free = free_name(name, options.taken_names)
    return create(pair, side, source, options, reason=reasons.cloned(free), name=free)


def _blocked(pair: SyncPair, side: Side, source: Record, reading: Reading) -> Park | None:
    left, right = _refs(side, source)
    for field, value in reading.unresolved.items():
        held = unresolved(field, value)
        return Park(held.kind, left, right, field, held.reason)
    missing = [field for field in pair.required if blank(reading.values.get(field))]
    if missing:
        return Park("incomplete", left, right, missing[0], reasons.incomplete(missing, side))
    return None


def _refs(side: Side, source: Record) -> tuple[RecordRef | None, RecordRef | None]:
    return (source.ref, None) if side == "right" else (None, source.ref)
