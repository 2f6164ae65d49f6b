"""What has changed in a record since both sides last agreed."""

from dataclasses import dataclass

from tsunagi.domain.records import Fields, Value


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One canonical field and its value before and after."""

    field: str
    before: Value
    after: Value


def changed_fields(base: Fields, now: Fields) -> tuple[FieldChange, ...]:
    """The fields of `now` that differ from `base`, in the order of `now`.

    A field missing from `base` counts as blank there; one missing from `now` was not read and is not compared.
    What makes two values equal was settled by the codecs that made them canonical.
    """
    return tuple(FieldChange(name, base.get(name), value) for name, value in now.items() if value != base.get(name))
