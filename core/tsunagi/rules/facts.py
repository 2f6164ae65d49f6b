"""What a rule can know when it decides: records by name, and the paths that lead into them.

FACTS   root name -> fields; the roots are the event's entity ("deal"), "before" (its fields before the
        event, where there were any), each record it refers to, by the name of the field ("account"), and "today"
PATH    a root, a field, and where that is a group or money one more name: `deal.amount.currency`
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from tsunagi.domain.events import Event
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.rules.today import DATE, TODAY, Days
from tsunagi.text import Text
from tsunagi.wording import kind_word, listed

Facts = Mapping[str, Fields]
BEFORE = "before"


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
