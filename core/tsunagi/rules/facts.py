"""What a rule can know when it decides: records by name, and the paths that lead into them.

FACTS   root name -> fields; the roots are the event's entity ("deal"), "before" (its fields before the
        event, where there were any), each record it refers to, by the name of the field ("account"), and "today", which
        gives days: `today.date`, `today.plus_30_days`
PATH    a root, a field, and where that is a group or money one more name: `deal.amount.currency`
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tsunagi.domain.entities import FieldSpec
from tsunagi.domain.events import Event
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.text import Text
from tsunagi.wording import kind_word, listed

Facts = Mapping[str, Fields]
BEFORE = "before"
TODAY = "today"
DATE = "date"
_SHIFTED = re.compile(r"(plus|minus)_([0-9]{1,4})_days")


@dataclass(frozen=True, slots=True)
class Found:
    """The value at a path; None is a value: the field is there and blank."""

    value: Value


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no such field; `reason` lists those there are."""

    reason: Text


def facts_of(event: Event, find: Callable[[RecordRef], Fields | None], today: date | None = None) -> dict[str, Fields]:
    """The facts of an event; `find` gives the fields of a record the event's own record refers to.

    `today` is the day it happened on, where the organisation is; by the clock of Greenwich where it is left out.
    """
    found = dict(_referenced(_now(event), find))
    return with_event(event, found if today is None else {**found, TODAY: {DATE: today}})


def with_event(event: Event, referenced: Facts) -> dict[str, Fields]:
    """The facts of an event whose referenced records are known."""
    before = {} if event.before is None else {BEFORE: event.before}
    day = referenced.get(TODAY, {}).get(DATE)
    today = Days(day if isinstance(day, date) else event.at.date())
    return {**referenced, **before, TODAY: today, event.ref.entity: _now(event)}


def without_event(event: Event, facts: Facts) -> dict[str, Fields]:
    """The facts that the event does not have itself."""
    kept = {root: fields for root, fields in facts.items() if root not in {BEFORE, TODAY, event.ref.entity}}
    day = facts.get(TODAY, {}).get(DATE)
    return kept if day in {None, event.at.date()} else {**kept, TODAY: {DATE: day}}


def _now(event: Event) -> Fields:
    return event.after if event.after is not None else event.before or {}


def _referenced(fields: Fields, find: Callable[[RecordRef], Fields | None]) -> Iterator[tuple[str, Fields]]:
    for name, value in fields.items():
        found = find(value) if isinstance(value, RecordRef) else None
        if found is not None:
            yield name, found


def look(facts: Facts, path: str) -> Found | Missing:
    """Follow a path; a name that is not there is Missing, never a guess."""
    root, *names = path.split(".")
    if root not in facts:
        return Missing(_no_root(root, facts))
    here: Value = facts[root]
    so_far = root
    for name in names:
        inner = _inside(here)
        if inner is None:
            return Missing(_no_inside(so_far, here, name))
        if name not in inner:
            return Missing(_no_field(so_far, name, inner))
        here, so_far = inner[name], f"{so_far}.{name}"
    return Found(here)


def _inside(value: Value) -> Fields | None:
    match value:
        case Money():
            return {"amount": value.amount, "currency": value.currency}
        case Mapping():
            return value
        case _:
            return None


def _no_root(root: str, facts: Facts) -> Text:
    have = listed(name for name in facts if name != TODAY)
    if root == BEFORE:
        return Text(
            en=f"nothing is known of the record before this event (have: {have})",
            ja=f"イベント前のレコードの内容がありません（あるもの: {have}）",
        )
    return Text(en=f"there is no '{root}' here (have: {have})", ja=f"「{root}」がありません（あるもの: {have}）")


def _no_field(owner: str, name: str, inner: Fields) -> Text:
    return Text(
        en=f"'{owner}' has no '{name}' (have: {listed(inner)})",
        ja=f"「{owner}」に「{name}」がありません（あるもの: {listed(inner)}）",
    )


def _no_inside(owner: str, value: Value, name: str) -> Text:
    kind = kind_word(value)
    return Text(
        en=f"'{owner}' is {kind.en} and has no '{name}' inside",
        ja=f"「{owner}」は{kind.ja}なので「{name}」を持ちません",
    )


class Days(Mapping[str, Value]):
    """The day an event happened on, where the organisation is, as fields of a record.

    `date`, and `plus_N_days` and `minus_N_days` for any N of at most four digits.
    """

    def __init__(self, day: date) -> None:
        self.day = day

    def __getitem__(self, name: str) -> Value:
        if name == DATE:
            return self.day
        shifted = _SHIFTED.fullmatch(name)
        if shifted is None:
            raise KeyError(name)
        days = int(shifted[2]) if shifted[1] == "plus" else -int(shifted[2])
        return self.day + timedelta(days=days)

    def __iter__(self) -> Iterator[str]:
        yield DATE

    def __len__(self) -> int:
        return 1

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and is_day(name)


def is_day(name: str) -> bool:
    return name == DATE or _SHIFTED.fullmatch(name) is not None


def day_field(path: str) -> FieldSpec | Text:
    """What a path that begins with `today` leads to."""
    name = path.partition(".")[2]
    if is_day(name):
        return FieldSpec(name, "date", Text(en="The day of the event", ja="イベントの日"), read_only=True)
    return Text(
        en=f"'{path}' is no day: write today.date, today.plus_30_days or today.minus_7_days.",
        ja=f"「{path}」は日付ではありません。"
        "today.date、today.plus_30_days、today.minus_7_days のように書いてください。",
    )
