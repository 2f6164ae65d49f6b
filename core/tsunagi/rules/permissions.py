"""Who may do what: policies, the decision they lead to, and the ones it rests on.

Nothing is permitted that no policy permits, and a policy that forbids goes before all that permit. A condition that
cannot be evaluated permits nothing and forbids what it would forbid. Acting on a document takes viewing it, and viewing
one takes the tab of its service.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tsunagi.domain.directory import Person
from tsunagi.domain.records import Fields
from tsunagi.rules.comparing import canonical
from tsunagi.rules.compiling import Answer, Test, compiled
from tsunagi.rules.conditions import All, AnyOf, Comparison, Condition, Not
from tsunagi.rules.facts import Facts
from tsunagi.rules.permissions_catalogue import DOCUMENTS, TAB, VIEW, Catalogue
from tsunagi.text import Text
from tsunagi.yaml_marks import Place

Effect = Literal["permit", "forbid"]
Outcome = Literal["permitted", "denied", "depends"]

# What administrators keep whatever the files contain: viewing, and administering the hub.
ADMINISTRATORS = "administrators_operate"
HUB_ITSELF = "hub"
# Decisions that are kept: those of a large company, and no more.
_MOST_KNOWN = 100_000


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a policy is about. Profiles, roles and addresses are as `same` makes them."""

    everyone: bool = False
    administrators: bool = False
    profiles: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()

    def includes(self, person: Person) -> bool | None:
        """None where it names roles and the role of this person was not read."""
        if self.everyone or (self.administrators and person.administrator):
            return True
        if same(person.profile) in self.profiles or same(person.email) in self.users:
            return True
        if not self.roles:
            return False
        return None if person.role is None else same(person.role) in self.roles


def same(name: str) -> str:
    """Names as they are compared: whatever the case, the width and the blanks around."""
    return canonical(name).strip().casefold()


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that was read and checked. `actions` are full names, such as "ledger.invoice:view"."""

    id: str
    title: Text
    effect: Effect
    who: Who
    actions: frozenset[str]
    condition: All | None
    place: Place


@dataclass(frozen=True, slots=True)
class Decision:
    """May they? `determining` names the policies the answer rests on; none means that nothing permits it.

    It `depends` where the policies look at a record and none was given. `undecided` are policies that could not be
    evaluated for this record; `action` is what was denied, which may be the viewing that an action takes.
    """

    outcome: Outcome
    person: Person | None
    action: str
    determining: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    cause: Text | None = None
    # Made once: a decision is cached and read often.
    allowed: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "allowed", self.outcome == "permitted")

    @property
    def possible(self) -> bool:
        """Whether it is permitted for some records at least."""
        return self.outcome != "denied"

    @property
    def reason(self) -> Text:
        if self.person is None:
            return Text(en="The hub acts as it was set up.", ja="ハブが設定どおりに動作します。")
        by = ", ".join(self.determining)
        if self.allowed:
            return Text(en=f"Permitted by {by}.", ja=f"{by} による許可。")
        why = self.cause or self._why(by)
        who = f"{self.person.email} ({self.person.profile})"
        return Text(
            en=f"{who} may not {self.action}: {why.en}.", ja=f"{who} は {self.action} を実行できません: {why.ja}。"
        )

    def _why(self, by: str) -> Text:
        if self.undecided:
            names = ", ".join(self.undecided)
            return Text(en=f"whether {names} applies is not known", ja=f"{names} が当てはまるか判定できません")
        if by:
            return Text(en=f"{by} forbids it", ja=f"{by} が禁止しています")
        if self.outcome == "depends":
            return Text(en="it depends on the record", ja="レコードによって異なります")
        return Text(en="no policy permits it", ja="許可する方針がありません")


def _forbidden(person: Person, action: str, id: str, *, surely: bool) -> Decision:
    if surely:
        return Decision("denied", person, action, (id,))
    return Decision("denied", person, action, undecided=(id,))


@dataclass(frozen=True, slots=True)
class _Conditional:
    """What a record decides. `always` permit without a condition."""

    action: str
    always: tuple[str, ...]
    permits: tuple[tuple[str, Test], ...]
    forbids: tuple[tuple[str, Test], ...]
    unsure: tuple[str, ...]

    def decide(self, person: Person, facts: Facts) -> Decision:
        undecided: list[str] = []
        for id, test in self.forbids:
            answer = test(facts)
            if answer is not False:
                return _forbidden(person, self.action, id, surely=answer is not None)
        if self.always:
            return Decision("permitted", person, self.action, self.always)
        for id, test in self.permits:
            answer = test(facts)
            if answer:
                return Decision("permitted", person, self.action, (id,))
            if answer is None:
                undecided.append(id)
        return Decision("denied", person, self.action, undecided=tuple(undecided))


@dataclass(frozen=True, slots=True)
class _Chain:
    """Several decisions that all have to permit, and the answer while no record is known."""

    steps: tuple["Decision | _Conditional", ...]
    unknown: Decision

    def decide(self, person: Person, facts: Facts | None) -> Decision:
        if facts is None:
            return self.unknown
        whole = {**facts, "person": person_fields(person)}
        decision = self.unknown
        for step in self.steps:
            decision = step.decide(person, whole) if type(step) is _Conditional else step  # type: ignore[assignment]
            if decision.outcome != "permitted":
                return decision
        return decision


class Policies:
    """Policies ready to decide. Safe to use from any thread."""

    def __init__(self, policies: Iterable[Policy], catalogue: Catalogue, *, closed: Text | None = None) -> None:
        """While it is `closed`, for the reason given, only what administrators keep is permitted."""
        self.all = tuple(policies)
        self.catalogue = catalogue
        self.closed = closed
        self._tests = {policy.id: test_of(policy.condition) for policy in self.all if policy.condition is not None}
        self._by_action: dict[str, tuple[Policy, ...]] = {}
        for resource in catalogue.resources.values():
            for action in resource.actions:
                self._by_action[action] = tuple(policy for policy in self.all if action in policy.actions)
        self._known: dict[tuple[object, ...], Decision | _Chain] = {}

    def decide(self, person: Person | None, action: str, facts: Facts | None = None) -> Decision:
        """May this person (None: the hub itself) do this; `facts` are those of the record it is about. Pure."""
        if person is None:
            return Decision("permitted", None, action, (HUB_ITSELF,))
        key = (action, person.email, person.profile, person.role, person.administrator, person.active)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            found = self._known[key] = self._compiled(person, action)
        return found if type(found) is Decision else found.decide(person, facts)  # type: ignore[union-attr]

    def decide_alone(self, person: Person, action: str, facts: Facts | None = None) -> Decision:
        """The decision on this action alone, without the viewing it requires."""
        if not person.active:
            return self.decide(person, action)
        step = self._step(person, action)
        if isinstance(step, Decision):
            return step
        if facts is None:
            return Decision("depends", person, action)
        return step.decide(person, {**facts, "person": person_fields(person)})

    def about(self, action: str) -> tuple[Policy, ...]:
        """The policies that speak of this action."""
        return self._by_action.get(action, ())

    def required(self, action: str) -> tuple[str, ...]:
        """The actions that must be permitted for this one, itself the last."""
        name, _, verb = action.rpartition(":")
        resource = self.catalogue.resources.get(name)
        if resource is None or resource.group != DOCUMENTS:
            return (action,)
        tab = f"{TAB}{resource.service}"
        viewing = (f"{tab}:{VIEW}",) if tab in self.catalogue.resources else ()
        return (*viewing, *((f"{name}:{VIEW}",) if verb != VIEW else ()), action)

    def _compiled(self, person: Person, action: str) -> "Decision | _Chain":
        if not person.active:
            return Decision(
                "denied", person, action, cause=Text(en="their user is deactivated", ja="利用者が無効化されています")
            )
        steps = [self._step(person, each) for each in self.required(action)]
        for step in steps:
            if isinstance(step, Decision) and not step.allowed:
                return step
        if all(isinstance(step, Decision) for step in steps):
            last = steps[-1]
            assert isinstance(last, Decision)
            return last
        unknown = Decision("depends", person, action)
        return _Chain(tuple(steps), unknown)

    def _step(self, person: Person, action: str) -> "Decision | _Conditional":
        if person.administrator and self.catalogue_group(action) == "hub":
            return Decision("permitted", person, action, (ADMINISTRATORS,))
        if self.closed is not None:
            return Decision("denied", person, action, cause=self.closed)
        if action not in self._by_action:
            nothing = Text(en="there is no such action", ja="そのような操作はありません")
            return Decision("denied", person, action, cause=nothing)
        return self._weighed(person, action, self._by_action[action])

    def catalogue_group(self, action: str) -> str:
        resource = self.catalogue.resources.get(action.rpartition(":")[0])
        return resource.group if resource else ""

    def _weighed(self, person: Person, action: str, policies: Iterable[Policy]) -> "Decision | _Conditional":
        forbids: list[tuple[str, Test]] = []
        permits: list[tuple[str, Test]] = []
        always: list[str] = []
        unsure: list[str] = []
        for policy in policies:
            included = policy.who.includes(person)
            if policy.effect == "forbid" and included is not False:
                if policy.condition is None:
                    return _forbidden(person, action, policy.id, surely=included is not None)
                forbids.append((policy.id, self._tests[policy.id]))
            elif policy.effect == "permit" and included:
                if policy.condition is None:
                    always.append(policy.id)
                else:
                    permits.append((policy.id, self._tests[policy.id]))
            elif included is None:
                unsure.append(policy.id)
        if not forbids and always:
            return Decision("permitted", person, action, tuple(always))
        if not (always or permits):
            return Decision("denied", person, action, undecided=tuple(unsure))
        return _Conditional(action, tuple(always), tuple(permits), tuple(forbids), tuple(unsure))


def person_fields(person: Person) -> Fields:
    return {"name": person.name, "email": person.email, "profile": person.profile, "role": person.role}


def test_of(condition: Condition) -> Callable[[Facts], Answer]:
    """The condition as a function of the facts; None where it cannot be evaluated."""
    match condition:
        case Comparison(predicate):
            return compiled(predicate)
        case Not(part):
            inner = test_of(part)
            return lambda facts: _negated(inner(facts))
        case All(parts):
            return _every([test_of(part) for part in parts], stop=False)
        case AnyOf(parts):
            return _every([test_of(part) for part in parts], stop=True)


def _negated(answer: Answer) -> Answer:
    return None if answer is None else not answer


def _every(tests: list[Test], *, stop: bool) -> Test:
    """All of them, or (`stop` True) any: a decisive answer takes precedence over one that cannot be evaluated."""

    def folded(facts: Facts) -> Answer:
        open_ = False
        for test in tests:
            answer = test(facts)
            if answer is stop:
                return stop
            open_ = open_ or answer is None
        return None if open_ else not stop

    return tests[0] if len(tests) == 1 else folded


def closed_by(files: Mapping[str, object]) -> Text:
    names = ", ".join(sorted(files))
    return Text(
        en=f"the permissions in {names} cannot be used and no earlier ones are known; everything is denied until the "
        "file is put right",
        ja=f"{names} の権限が使えず、以前の内容もないため、修正されるまですべて拒否されます",
    )
