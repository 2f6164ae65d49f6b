"""Permission decisions by the hub, casbin and cedar: same policies, people and documents; answers are compared first.

Run it with `python bench/permissions.py`. Unconditional: may this person do this with documents of this kind; a person
of one of 20 profiles, 200 policies. Conditional: the same where each policy also looks at the document's amount and
whose account it is. Figures are the median of several rounds, in microseconds a decision, asked for many people in
turn. The peers (casbin, cedarpy) are not installed with the hub; one that is absent is reported.
"""

import importlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from tsunagi import EntityType, FieldSpec, Money, Panel, Person, Text
from tsunagi.rules.facts import Facts
from tsunagi.rules.permissions_book import PermissionBook
from tsunagi.rules.permissions_catalogue import Catalogue

PROFILES, KINDS = 20, ("estimate", "invoice", "sales_order", "purchase_order", "receipt")
VERBS = ("view", "create", "edit", "email")
ASKED, ROUNDS, SECONDS = 400, 7, 0.4
HEAD = "version: 1\npermissions: bench\ntitle: Bench\npolicies:\n"
TABS = "  - {policy: tabs, effect: permit, who: everyone, actions: [view], on: [tabs, documents]}\n"

Answer = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: who, which verb on which kind, and the document it is about."""

    person: Person
    verb: str
    kind: str
    amount: int
    owner: str

    @property
    def action(self) -> str:
        return f"books.{self.kind}:{self.verb}"

    @property
    def facts(self) -> Facts:
        return {"document": {"total": Money(Decimal(self.amount), "JPY")}, "account": {"owner": self.owner}}


@dataclass(frozen=True, slots=True)
class Granted:
    """One policy: a profile, a verb but view, a kind, and the largest amount."""

    profile: str
    verb: str
    kind: str
    limit: int


def _entity(service: str, name: str, kind: str, **fields: str) -> EntityType:
    specs = tuple(FieldSpec(field, type_, Text.same(field)) for field, type_ in fields.items())  # type: ignore[arg-type]
    label = Text.same(name)
    return EntityType(service, name, label, label, specs, kind, verbs=VERBS)  # type: ignore[arg-type]


CATALOGUE = Catalogue.of(
    [
        _entity("crm", "account", "master", owner="text"),
        *(_entity("books", name, "document", number="text") for name in KINDS),
    ],
    [Panel("books", "invoices", "invoice", Text.same("Invoices"), ("account",))],
)


def policies() -> list[Granted]:
    """Ten of each profile."""
    chance = random.Random(7)
    every = [(verb, kind) for verb in VERBS[1:] for kind in KINDS]
    return [
        Granted(f"Profile {number}", verb, kind, chance.choice((10_000, 100_000, 1_000_000)))
        for number in range(PROFILES)
        for verb, kind in chance.sample(every, 10)
    ]


def questions() -> list[Asked]:
    chance = random.Random(11)
    people = [
        Person("crm", str(n), f"p{n}@example.com", f"Person {n}", f"Profile {n % PROFILES}", role="")
        for n in range(PROFILES * 5)
    ]
    return [
        Asked(
            person := chance.choice(people),
            chance.choice(VERBS[1:]),
            chance.choice(KINDS),
            chance.randrange(1, 2_000_000),
            person.name if chance.random() < 0.7 else "Somebody else",
        )
        for _ in range(ASKED)
    ]


def ours(granted: Sequence[Granted], asked: Sequence[Asked], conditional: bool) -> Answer:
    lines = [TABS]
    for number, each in enumerate(granted):
        conditions = (
            f", conditions: [{{field: document.total, at_most: {each.limit} JPY}}, "
            "{field: account.owner, equals: '${person.name}'}]"
        )
        lines.append(
            f"  - {{policy: p{number}, effect: permit, who: {{profiles: [{each.profile}]}}, "
            f"actions: [{each.verb}], on: [books.{each.kind}]{conditions if conditional else ''}}}\n"
        )
    book = PermissionBook.load({"bench.yaml": HEAD + "".join(lines)}, CATALOGUE)
    assert book.problems == (), book.problems[:3]
    ready = [(each.person, each.action, each.facts if conditional else None) for each in asked]
    decide = book.policies.decide
    return lambda n: decide(*ready[n]).allowed


_CASBIN = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act{more}
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = {matcher}
"""


def casbin(granted: Sequence[Granted], asked: Sequence[Asked], conditional: bool) -> Answer:
    library = importlib.import_module("casbin")
    model = library.Model()
    matcher = "r.sub.profile == p.sub && r.obj.kind == p.obj && r.act == p.act"
    if conditional:
        matcher += " && r.obj.amount <= int(p.amount) && r.obj.owner == r.sub.name"
    else:
        matcher = "r.sub == p.sub && r.obj == p.obj && r.act == p.act"
    model.load_model_from_text(_CASBIN.format(matcher=matcher, more=", amount" if conditional else ""))
    enforcer = library.Enforcer(model, enable_log=False)
    if conditional:
        enforcer.add_function("int", int)
    rows = [[each.profile, each.kind, each.verb] + ([str(each.limit)] if conditional else []) for each in granted]
    enforcer.add_policies(rows)
    if not conditional:
        plain = [(each.person.profile, each.kind, each.verb) for each in asked]
        return lambda n: bool(enforcer.enforce(*plain[n]))
    ready = [
        (
            _Seen(profile=e.person.profile, name=e.person.name),
            _Seen(kind=e.kind, amount=e.amount, owner=e.owner),
            e.verb,
        )
        for e in asked
    ]
    return lambda n: bool(enforcer.enforce(*ready[n]))


class _Seen:
    """What casbin's matchers look into."""

    def __init__(self, **known: Any) -> None:
        self.__dict__.update(known)


def cedar(granted: Sequence[Granted], asked: Sequence[Asked], conditional: bool) -> Answer:
    library = importlib.import_module("cedarpy")
    text = []
    for each in granted:
        when = f" when {{ context.amount <= {each.limit} && context.owner == principal.name }}" if conditional else ""
        text.append(
            f'permit(principal in Profile::"{each.profile}", action == Action::"{each.verb}", '
            f'resource == Kind::"{each.kind}"){when};'
        )
    rules = "\n".join(text)
    people = {each.person.email: each.person for each in asked}
    entities = [
        {
            "uid": {"__entity": {"type": "User", "id": email}},
            "attrs": {"name": person.name},
            "parents": [{"__entity": {"type": "Profile", "id": person.profile}}],
        }
        for email, person in people.items()
    ]
    # The peer parses policies and entities at every call: they are passed in its own format.
    known = {each["uid"]["__entity"]["id"]: json.dumps([each]) for each in entities}  # type: ignore[index]
    ready = [
        (
            {
                "principal": f'User::"{each.person.email}"',
                "action": f'Action::"{each.verb}"',
                "resource": f'Kind::"{each.kind}"',
                "context": {"amount": each.amount, "owner": each.owner},
            },
            known[each.person.email],
        )
        for each in asked
    ]
    return lambda n: bool(library.is_authorized(ready[n][0], rules, ready[n][1]).allowed)


ENGINES: dict[str, Callable[[Sequence[Granted], Sequence[Asked], bool], Answer]] = {
    "tsunagi": ours,
    "casbin": casbin,
    "cedarpy": cedar,
}


def measure(answer: Answer) -> float:
    """Microseconds a decision."""
    figures = []
    for _ in range(ROUNDS):
        done, started = 0, perf_counter()
        while (spent := perf_counter() - started) < SECONDS / ROUNDS or done == 0:
            for number in range(ASKED if done else 20):
                answer(number)
            done += ASKED if done else 20
        figures.append(spent / done * 1e6)
    return median(figures)


def main() -> None:
    granted, asked = policies(), questions()
    table = Table("decisions (µs)", *ENGINES, "casbin / ours", "cedarpy / ours")
    for conditional in (False, True):
        answers: dict[str, Answer] = {}
        for name, build in ENGINES.items():
            try:
                answers[name] = build(granted, asked, conditional)
            except ImportError:
                Console(stderr=True).print(f"{name} is not installed and left out")
        expected = [answers["tsunagi"](number) for number in range(ASKED)]
        assert 0 < sum(expected) < ASKED
        for name, answer in answers.items():
            assert [answer(number) for number in range(ASKED)] == expected, f"{name} decides otherwise"
        figures = {name: measure(answer) for name, answer in answers.items()}
        mine = figures["tsunagi"]
        shown = [f"{figures[name]:,.2f}" if name in figures else "-" for name in ENGINES]
        factors = [f"{figures[name] / mine:,.0f}x" if name in figures else "-" for name in ("casbin", "cedarpy")]
        table.add_row("conditional" if conditional else "unconditional", *shown, *factors)
    Console().print(table)


if __name__ == "__main__":
    main()
