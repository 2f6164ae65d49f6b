"""Deciding with many rules: our matchers, engines that evaluate conditions themselves, and bare durable_rules.

Run it with `python bench/rules.py`. Each engine is given the same rules and the same deals and has to name the
rules that hold; answers are compared before anything is timed. Figures are the median of several rounds, in
microseconds an event. Ours go through the whole book: every rule's outcome can be explained afterwards.
Of each size about one rule in a hundred holds, so ten times as many rules have ten times as many to hand over; the last
column has as many rules as the one before it, of which as many hold as of the hundred.
The peers (zen-engine, json-logic-qubit, business-rules, rule-engine) are not installed with the hub; one that is
absent is reported. Bare durable_rules is handed the truth of each condition and evaluates nothing itself.
"""

import datetime as dt
import importlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from statistics import median
from time import perf_counter, process_time
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from tsunagi import Action, EntityType, Event, FieldSpec, Moment, RecordRef, Text
from tsunagi.rules.backtest import Backtest
from tsunagi.rules.book import RuleBook
from tsunagi.rules.durable import DurableMatcher, unavailable
from tsunagi.rules.formula import Bit, Every
from tsunagi.rules.matchers import choose
from tsunagi.rules.vocabulary import Vocabulary

SIZES = (10, 100, 1000)
SHARE = 0.01
ROUNDS, EVENTS, SECONDS = 7, 100, 0.4

COUNTRIES = ("JP", "US", "DE", "FR", "GB", "IN", "SG", "AU", "NZ", "CA", "IT", "ES")
INDUSTRIES = ("Retail", "Energy", "Health", "Media", "Software", "Transport", "Finance", "Food", "Law", "Mining")
KINDS = ("New", "Renewal", "Upgrade", "Pilot")
SOURCES = ("Web", "Fair", "Partner", "Call", "Mail")

Clause = tuple[str, str, Any]
Answer = Callable[[int], set[str]]


class Nothing(BaseModel):
    pass


def entity(name: str, /, **fields: str) -> EntityType:
    specs = tuple(
        FieldSpec(field, kind.partition(":")[0], Text.same(field), references=kind.partition(":")[2])  # type: ignore[arg-type]
        for field, kind in fields.items()
    )
    moments = (Moment("won", "kind", "won", Text.same("won")),) if name == "deal" else ()
    return EntityType("crm", name, Text.same(name), Text.same(name), fields=specs, moments=moments)


VOCABULARY = Vocabulary.of(
    [
        entity(
            "deal", name="text", kind="text", source="text", amount="decimal", probability="integer",
            account="reference:crm.account",
        ),
        entity("account", country="text", industry="text", employees="integer", revenue="decimal"),
    ],
    [Action("bench.bill.create", Text.same("bill"), Nothing, "bill:create", lambda _call, _context: ())],
)  # fmt: skip


def rules(count: int, seed: int = 7) -> dict[str, tuple[Clause, ...]]:
    """Rules of 3 to 5 clauses over a deal and its account, of which about SHARE hold for an event."""
    chance = random.Random(seed)
    found: dict[str, tuple[Clause, ...]] = {}
    held = 0
    while len(found) < count:
        its = clauses(chance)
        holds, wanted = times_held(its), SHARE * EVENTS * (len(found) + 1)
        if abs(held + holds - wanted) <= 1:
            found[f"rule{len(found)}"] = its
            held += holds
    return found


def as_many_hold(given: Mapping[str, tuple[Clause, ...]], count: int) -> dict[str, tuple[Clause, ...]]:
    """These rules among so many, of which no other holds for any event."""
    chance = random.Random(8)
    found = dict(given)
    while len(found) < count:
        its = clauses(chance)
        if not times_held(its):
            found[f"rule{len(found)}"] = its
    return found


def times_held(its: Sequence[Clause]) -> int:
    return sum(all(holds(facts, clause) for clause in its) for facts in SITUATIONS)


def holds(facts: Mapping[str, Mapping[str, Any]], clause: Clause) -> bool:
    path, operator, operand = clause
    root, name = path.split(".")
    return _PLAIN[operator](facts[root][name], operand)


def clauses(chance: random.Random) -> tuple[Clause, ...]:
    one_of: Callable[[Sequence[str]], str] = chance.choice
    known: list[Clause] = [
        ("account.country", "equals", one_of(COUNTRIES)),
        ("account.industry", "in", tuple(sorted(chance.sample(INDUSTRIES, 2)))),
        ("deal.kind", "equals", one_of(KINDS)),
        ("deal.source", "not_equals", one_of(SOURCES)),
        ("deal.amount", "at_least", chance.randrange(0, 900_000, 1000)),
        ("deal.probability", "less_than", chance.randrange(20, 100, 5)),
        ("account.employees", "greater_than", chance.randrange(0, 900, 10)),
        ("account.revenue", "at_most", chance.randrange(100_000, 10_000_000, 100_000)),
    ]
    first = chance.choice(known[:2])
    others = [clause for clause in known if clause != first]
    return (first, *chance.sample(others, chance.randint(2, 4)))


def situations() -> list[dict[str, dict[str, Any]]]:
    chance = random.Random(11)
    return [
        {
            "deal": {
                "name": f"Deal {number}",
                "kind": chance.choice(KINDS),
                "source": chance.choice(SOURCES),
                "amount": chance.randrange(0, 1_000_000, 500),
                "probability": chance.randrange(0, 100),
            },
            "account": {
                "country": chance.choice(COUNTRIES),
                "industry": chance.choice(INDUSTRIES),
                "employees": chance.randrange(0, 1000),
                "revenue": chance.randrange(0, 10_000_000, 1000),
            },
        }
        for number in range(EVENTS)
    ]


SITUATIONS = situations()


def yaml(name: str, given: Sequence[Clause]) -> str:
    lines = [
        f"version: 1\nautomation: {name}\ntitle: {name}\ntrigger: {{event: deal.won}}",
        "conditions:",
        *(f"  - field: {path}\n    {operator}: {json.dumps(operand)}" for path, operator, operand in given),
        "actions:\n  - action: bench.bill.create\n",
    ]
    return "\n".join(lines)


def book(given: Mapping[str, Sequence[Clause]], matcher: str) -> RuleBook:
    texts = {f"{name}.yaml": yaml(name, its) for name, its in given.items()}
    loaded = RuleBook.load(texts, VOCABULARY, matcher=choose(matcher))
    assert not loaded.problems, loaded.problems[0]
    return loaded


def ours(matcher: str, given: Mapping[str, Sequence[Clause]]) -> Answer:
    loaded, happened = book(given, matcher), event()
    return lambda number: {rule.id for rule in loaded.evaluate(happened, SITUATIONS[number]).holding}


def event(id: str = "1") -> Event:
    return Event(f"e{id}", "deal.won", RecordRef("crm", "deal", id), None, {}, dt.datetime(2026, 11, 24, tzinfo=dt.UTC))


def plain_loop(given: Mapping[str, Sequence[Clause]]) -> Answer:
    def answer(number: int) -> set[str]:
        facts = SITUATIONS[number]
        return {name for name, its in given.items() if all(holds(facts, clause) for clause in its)}

    return answer


_PLAIN: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, other: bool(value == other),
    "not_equals": lambda value, other: bool(value != other),
    "in": lambda value, other: value in other,
    "at_least": lambda value, other: bool(value >= other),
    "at_most": lambda value, other: bool(value <= other),
    "less_than": lambda value, other: bool(value < other),
    "greater_than": lambda value, other: bool(value > other),
}
_SIGNS = {"equals": "==", "not_equals": "!=", "at_least": ">=", "at_most": "<=", "less_than": "<", "greater_than": ">"}


def _expression(given: Sequence[Clause]) -> str:
    def one(clause: Clause) -> str:
        path, operator, operand = clause
        return (
            f"{path} in {json.dumps(operand)}"
            if operator == "in"
            else f"{path} {_SIGNS[operator]} {json.dumps(operand)}"
        )

    return " and ".join(map(one, given))


def zen(given: Mapping[str, Sequence[Clause]]) -> Answer:
    engine = importlib.import_module("zen")
    expressions = {name: engine.compile_expression(_expression(its)) for name, its in given.items()}
    return lambda number: {name for name, each in expressions.items() if each.evaluate(SITUATIONS[number])}


def json_logic(given: Mapping[str, Sequence[Clause]]) -> Answer:
    apply = importlib.import_module("json_logic").jsonLogic

    def one(clause: Clause) -> dict[str, Any]:
        path, operator, operand = clause
        return {_SIGNS.get(operator, "in"): [{"var": path}, list(operand) if operator == "in" else operand]}

    logic = {name: {"and": [one(clause) for clause in its]} for name, its in given.items()}
    return lambda number: {name for name, each in logic.items() if apply(each, SITUATIONS[number])}


def rule_engine(given: Mapping[str, Sequence[Clause]]) -> Answer:
    module = importlib.import_module("rule_engine")
    compiled = {name: module.Rule(_expression(its)) for name, its in given.items()}
    # It accepts numbers only as Decimal.
    known = [{root: {k: Decimal(v) if isinstance(v, int) else v for k, v in its.items()} for root, its in each.items()}
             for each in SITUATIONS]  # fmt: skip
    return lambda number: {name for name, each in compiled.items() if each.matches(known[number])}


def business_rules(given: Mapping[str, Sequence[Clause]]) -> Answer:
    engine = importlib.import_module("business_rules.engine")
    variables = importlib.import_module("business_rules.variables")

    def reading(path: str) -> Callable[[Any], Any]:
        root, name = path.split(".")
        sample = SITUATIONS[0][root][name]
        decorate = variables.string_rule_variable if isinstance(sample, str) else variables.numeric_rule_variable
        return decorate()(lambda self: self.facts[root][name])  # type: ignore[no-any-return]

    paths = {path for its in given.values() for path, _, _ in its}
    body = {path.replace(".", "_"): reading(path) for path in paths}
    facts_class: Any = type("Facts", (variables.BaseVariables,), body)
    names = {"equals": "equal_to", "at_least": "greater_than_or_equal_to", "at_most": "less_than_or_equal_to"}

    def one(clause: Clause) -> dict[str, Any]:
        path, operator, operand = clause
        leaf = {"name": path.replace(".", "_"), "operator": names.get(operator, operator), "value": operand}
        if operator == "in":
            return {"any": [{**leaf, "operator": "equal_to", "value": each} for each in operand]}
        # It has no "not equal": the others of the field's values are named.
        if operator == "not_equals":
            return {"any": [{**leaf, "operator": "equal_to", "value": each} for each in SOURCES if each != operand]}
        return leaf

    conditions = {name: {"all": [one(clause) for clause in its]} for name, its in given.items()}

    def answer(number: int) -> set[str]:
        facts = facts_class()
        facts.facts = SITUATIONS[number]
        return {name for name, each in conditions.items() if engine.check_conditions_recursively(each, facts)}

    return answer


def bare_durable(given: Mapping[str, Sequence[Clause]]) -> Answer:
    """The engine alone, with all bits prepared: the lower bound for any evaluation of conditions through it."""
    order = list(dict.fromkeys(clause for its in given.values() for clause in its))
    numbers = {clause: number for number, clause in enumerate(order)}
    matcher = DurableMatcher([Every(tuple(Bit(numbers[clause]) for clause in its)) for its in given.values()])
    bits = [
        [_PLAIN[op](facts[path.split(".")[0]][path.split(".")[1]], it) for path, op, it in order]
        for facts in SITUATIONS
    ]
    names, every = list(given), range(len(given))
    # The keys a shard needs are picked beforehand too.
    asked = [
        [
            (shard, [key for p, want, key in keys if bits[number][p] is want])
            for shard, keys in _by_shard(matcher, every)
        ]
        for number in range(EVENTS)
    ]

    def answer(number: int) -> set[str]:
        found: set[str] = set()
        for shard, keys in asked[number]:
            found.update(names[rule] for rule in matcher._shards[shard].matching(keys))
        return found

    return answer


def _by_shard(matcher: DurableMatcher, every: range) -> list[tuple[int, list[tuple[int, bool, str]]]]:
    shards: dict[int, dict[str, tuple[int, bool, str]]] = {}
    for rule in every:
        for shard, keys in matcher._keys[rule]:
            shards.setdefault(shard, {}).update({key[2]: key for key in keys})
    return [(shard, list(keys.values())) for shard, keys in shards.items()]


@dataclass(frozen=True)
class Contestant:
    name: str
    made: Callable[[Mapping[str, Sequence[Clause]]], Answer]


CONTESTANTS = (
    Contestant("tsunagi (durable)", partial(ours, "durable")),
    Contestant("tsunagi (native)", partial(ours, "native")),
    Contestant("zen-engine", zen),
    Contestant("json-logic", json_logic),
    Contestant("business-rules", business_rules),
    Contestant("rule-engine", rule_engine),
    Contestant("bare durable_rules", bare_durable),
    Contestant("plain Python loop", plain_loop),
)


def timed(answer: Answer) -> float:
    """Microseconds an event, the median of rounds; slow engines get fewer of them."""
    rounds: list[float] = []
    while len(rounds) < ROUNDS and (sum(rounds) * EVENTS / 1e6 < SECONDS * ROUNDS or not rounds):
        began = process_time()  # so that what else the machine does is not counted
        for number in range(EVENTS):
            answer(number)
        rounds.append((process_time() - began) / EVENTS * 1_000_000)
    return median(rounds)


def figure(contestant: Contestant, given: Mapping[str, Sequence[Clause]]) -> str:
    if "durable" in contestant.name and (problem := unavailable()):
        return str(problem)
    try:
        answer = contestant.made(given)
    except ImportError:
        return "absent"
    right = plain_loop(given)
    wrong = sum(answer(number) != right(number) for number in range(EVENTS))
    return f"{timed(answer):,.1f}" + (f" ({wrong} of {EVENTS} wrong)" if wrong else "")


def main() -> None:
    console = Console()
    sets = [rules(size) for size in SIZES]
    sets.append(as_many_hold(sets[1], SIZES[-1]))
    columns = [f"{len(given)} rules\n{held(given):.1f} hold" for given in sets]
    table = Table("", *columns, title="microseconds an event")
    for contestant in CONTESTANTS:
        table.add_row(contestant.name, *(figure(contestant, given) for given in sets))
    console.print(table)
    loading(console, sets[2])
    for given in sets[:2]:
        deciding(console, given)


def held(given: Mapping[str, Sequence[Clause]]) -> float:
    """How many hold for an event, on average."""
    return sum(map(times_held, given.values())) / EVENTS


def loading(console: Console, given: Mapping[str, Sequence[Clause]]) -> None:
    texts = {f"{name}.yaml": yaml(name, its) for name, its in given.items()}
    began, busy = perf_counter(), process_time()
    RuleBook.load(texts, VOCABULARY)
    took, busy = perf_counter() - began, process_time() - busy
    console.print(f"loading {len(given)} rules: {took:.2f} s ({busy:.2f} s of processor time)")


def deciding(console: Console, given: Mapping[str, Sequence[Clause]]) -> None:
    """A deal with its actions and their parameters under two books, compared, as a backtest asks for it."""
    first, second = book(given, "native"), book({**given, **rules(len(given), seed=9)}, "native")
    began, count = process_time(), 0
    while process_time() - began < 1:
        replay = Backtest(first, second)
        for number, facts in enumerate(SITUATIONS):
            replay.add(event(str(count + number)), facts)
        list(replay.differences())
        count += len(SITUATIONS)
    rate = count / (process_time() - began)
    console.print(f"backtest with {len(given)} rules: {rate:,.0f} deals a second of processor time")


if __name__ == "__main__":
    main()
