"""Two versions of the rules over one history: which records they differ on, which actions, how much money."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel

from tsunagi.domain.events import Event
from tsunagi.domain.money import Money
from tsunagi.domain.records import RecordRef
from tsunagi.rules.automations import Decided, RuleCall
from tsunagi.rules.book import RuleBook
from tsunagi.rules.conditions import CannotTell
from tsunagi.rules.facts import Facts
from tsunagi.rules.trace import traced
from tsunagi.text import Text

Kind = Literal["more", "fewer", "different"]
KINDS: tuple[Kind, ...] = ("more", "fewer", "different")


@dataclass(frozen=True, slots=True)
class Asked:
    """An action a book requests, with the record's amount at the time where it had one."""

    action: str
    rule: str
    parameters: BaseModel
    amount: Money | None


@dataclass(frozen=True, slots=True)
class Difference:
    """An action that one version requests and the other does not, or differently."""

    ref: RecordRef
    kind: Kind
    action: str
    before: Asked | None
    after: Asked | None

    @property
    def amount(self) -> Money | None:
        asked = self.after or self.before
        return asked.amount if asked else None


@dataclass
class Backtest:
    """Events are added one by one, the oldest first; what is requested under one key counts once, as in production.

    `undecided` counts the events that some rule of the new book cannot be evaluated for, and could before; `unsure` has
    the reason for each of their records.
    """

    before: RuleBook
    after: RuleBook
    events: int = 0
    undecided: int = 0
    unsure: dict[RecordRef, Text] = field(default_factory=dict)
    _records: set[RecordRef] = field(default_factory=set)
    _asked: tuple[dict[RecordRef, list[Asked]], dict[RecordRef, list[Asked]]] = field(default_factory=lambda: ({}, {}))
    _keys: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))

    def waits_for(self, event: Event) -> bool:
        return self.before.waits_for(event) or self.after.waits_for(event)

    def add(self, event: Event, facts: Facts) -> None:
        old, new = self.before.decide(event, facts), self.after.decide(event, facts)
        self.events += 1
        self._records.add(event.ref)
        if new.evaluation.undecided and len(new.evaluation.undecided) > len(old.evaluation.undecided):
            self.undecided += 1
            verdict = traced(new.evaluation.undecided[0].condition, facts).verdict
            if isinstance(verdict, CannotTell):
                self.unsure[event.ref] = verdict.reason
        self._take(0, old, event, facts)
        self._take(1, new, event, facts)

    @property
    def records(self) -> int:
        return len(self._records)

    def differences(self) -> Iterator[Difference]:
        """By record, in the order the records first came up."""
        old, new = self._asked
        for ref in dict.fromkeys((*old, *new)):
            yield from _differences(ref, old.get(ref, ()), new.get(ref, ()))

    def totals(self) -> tuple["Totals", ...]:
        """What either book asks for in all, by action."""
        sides = [tallies(each for several in asked.values() for each in several) for asked in self._asked]
        names = sorted({name for each in sides for name in each})
        return tuple(Totals(name, *(each.get(name, Tally(0, {})) for each in sides)) for name in names)

    def _take(self, side: int, decided: Decided, event: Event, facts: Facts) -> None:
        for call in decided.calls:
            if call.key not in self._keys[side]:
                self._keys[side].add(call.key)
                self._asked[side].setdefault(event.ref, []).append(asked_by(call, event, facts))


def asked_by(call: RuleCall, event: Event, facts: Facts) -> Asked:
    amount = facts.get(event.ref.entity, {}).get("amount")
    known = amount if isinstance(amount, Money) else None
    return Asked(call.call.action, call.call.rule, call.call.parameters, known)


def _differences(ref: RecordRef, old: Iterable[Asked], new: Iterable[Asked]) -> Iterator[Difference]:
    """What both ask for alike is no difference; what is left of one action on both sides is a different one."""
    left, right = list(old), list(new)
    for asked in list(left):
        same = next((other for other in right if _alike(asked, other)), None)
        if same is not None:
            left.remove(asked)
            right.remove(same)
    for asked in left:
        other = next((each for each in right if each.action == asked.action), None)
        if other is not None:
            right.remove(other)
        yield Difference(ref, "different" if other else "fewer", asked.action, asked, other)
    for asked in right:
        yield Difference(ref, "more", asked.action, None, asked)


def _alike(one: Asked, other: Asked) -> bool:
    return (one.action, one.parameters, one.amount) == (other.action, other.parameters, other.amount)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often an action is asked for, and the money of the records by currency: {currency: amount}."""

    count: int
    money: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Totals:
    """One action under the rules as they were and as they would be."""

    action: str
    before: Tally
    after: Tally


def tallies(asked: Iterable[Asked]) -> dict[str, Tally]:
    """By action."""
    counts: Counter[str] = Counter()
    money: dict[str, dict[str, Decimal]] = {}
    for each in asked:
        counts[each.action] += 1
        known = money.setdefault(each.action, {})
        if each.amount is not None:
            known[each.amount.currency] = known.get(each.amount.currency, Decimal(0)) + each.amount.amount
    return {action: Tally(count, money[action]) for action, count in counts.items()}


@dataclass(frozen=True, slots=True)
class Sums:
    """How many actions of one name, and the money of their records by currency: {currency: amount}."""

    action: str
    kind: Kind
    count: int
    money: Mapping[str, Decimal]


def sums(differences: Iterable[Difference]) -> tuple[Sums, ...]:
    """By action, more before fewer before different."""
    counts: Counter[tuple[str, Kind]] = Counter()
    money: dict[tuple[str, Kind], dict[str, Decimal]] = {}
    for each in differences:
        counts[each.action, each.kind] += 1
        if each.amount is not None:
            known = money.setdefault((each.action, each.kind), {})
            known[each.amount.currency] = known.get(each.amount.currency, Decimal(0)) + each.amount.amount
    order = sorted(counts, key=lambda key: (key[0], KINDS.index(key[1])))
    return tuple(Sums(*key, counts[key], money.get(key, {})) for key in order)
