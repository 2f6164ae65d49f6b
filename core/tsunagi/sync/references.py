"""Canonical values of a record whose fields may point at other synced records.

The canonical value of a reference field is the *right* side's RecordRef: the left's own reference is
translated when it is read, and translated back when it is written.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tsunagi.domain.mapping import FieldMap, Side, SyncPair
from tsunagi.domain.records import Fields, Record, RecordRef, Value

References = Callable[[str, RecordRef], RecordRef | None]
"""`references(pair_name, ref)`: the record that `ref`, of either side, is linked with under that pair.

None while it is not linked. The answer for one ref must stay the same while one plan is made.
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """A record in canonical values.

    `unresolved` holds, out of `values`, references that cannot be translated yet. A field in neither was not
    shown (the record is not complete): it is taken to be as it was agreed.
    """

    values: dict[str, Value]
    unresolved: dict[str, Value]


def read(pair: SyncPair, side: Side, record: Record, references: References) -> Reading:
    """A side's record as canonical values, references translated."""
    values = pair.mapping.canonical(side, record.fields)
    if not record.complete:
        shown = record.fields.keys()
        values = {fm.name: values[fm.name] for fm in pair.mapping.fields if shown >= set(fm.names(side))}
    unresolved: dict[str, Value] = {}
    for fm in pair.mapping.references:
        if fm.name not in values:
            continue
        found = _canonical_reference(fm, side, values[fm.name], references)
        if found is None and values[fm.name] is not None:
            unresolved[fm.name] = values.pop(fm.name)
        else:
            values[fm.name] = found
    return Reading(values, unresolved)


def write(pair: SyncPair, side: Side, values: Fields, references: References) -> tuple[dict[str, Value], list[str]]:
    """Canonical values as the side's own fields, and the names of references that side does not know yet."""
    translated = dict(values)
    unknown: list[str] = []
    for fm in pair.mapping.references:
        value = values.get(fm.name)
        if side == "right" or not isinstance(value, RecordRef):
            continue
        translated[fm.name] = references(fm.reference, value)
        if translated[fm.name] is None:
            unknown.append(fm.name)
    return pair.mapping.native(side, translated), unknown


def _canonical_reference(fm: FieldMap, side: Side, value: Value, references: References) -> RecordRef | None:
    if not isinstance(value, RecordRef):
        return None
    return value if side == "right" else references(fm.reference, value)
