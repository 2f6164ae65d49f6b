"""Why a person may, or may not, do something: every policy with what it saw, and what would change the answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from tsunagi.domain.directory import Person
from tsunagi.rules.conditions import CannotTell, DoesNot, Holds
from tsunagi.rules.facts import Facts
from tsunagi.rules.permissions import ADMINISTRATORS, Decision, Policies, Policy, Who, person_fields, same
from tsunagi.rules.trace import ConditionTrace, traced
from tsunagi.text import Language, Text
from tsunagi.wording import shown

Result = Literal["permits", "forbids", "other_people", "not_met", "cannot_tell", "no_record"]

RESULTS = {
    "permits": Text(en="permits it", ja="許可しています"),
    "forbids": Text(en="forbids it", ja="禁止しています"),
    "other_people": Text(en="is about other people", ja="対象者ではありません"),
    "not_met": Text(en="does not apply: its conditions do not hold", ja="条件を満たしていません"),
    "cannot_tell": Text(en="cannot be evaluated", ja="判定できません"),
    "no_record": Text(en="depends on the record", ja="レコードによって異なります"),
}
OUTCOMES = {
    "permitted": Text(en="permitted", ja="許可"),
    "denied": Text(en="denied", ja="拒否"),
    "depends": Text(en="depends on the record", ja="レコードによる"),
}


class Wording(Protocol):
    """How a condition is said, and the value it saw."""

    def condition(self, trace: ConditionTrace) -> Text: ...

    def seen_by(self, trace: ConditionTrace) -> Text: ...


class _AsWritten:
    """As the file writes them."""

    def condition(self, trace: ConditionTrace) -> Text:
        return Text.same(trace.label)

    def seen_by(self, trace: ConditionTrace) -> Text:
        return Text.same(shown(trace.seen))


AS_WRITTEN: Wording = _AsWritten()


@dataclass(frozen=True, slots=True)
class PolicyProof:
    """One policy about the action: `who` is whom it names beside the person, `conditions` what they saw."""

    policy: Policy
    result: Result
    who: Text
    conditions: tuple[ConditionTrace, ...] = ()


@dataclass(frozen=True, slots=True)
class StepProof:
    """One of the actions that must be permitted, with every policy about it."""

    decision: Decision
    policies: Sequence[PolicyProof]


@dataclass(frozen=True, slots=True)
class Proof:
    """The decision and all it rests on, for this person."""

    decision: Decision
    steps: Sequence[StepProof]
    person: Person
    wording: Wording = AS_WRITTEN

    def worded(self, wording: Wording) -> "Proof":
        """The same in other words."""
        return replace(self, wording=wording)

    @property
    def nearest(self) -> Sequence[Text]:
        """The smallest changes that would turn a denial."""
        failing = next((step for step in self.steps if not step.decision.allowed), None)
        if failing is None or self.decision.allowed:
            return ()
        return tuple(_nearest(failing, self.person, self.wording))

    def lines(self, language: Language = "en") -> Iterator[str]:
        """For people."""
        for step in self.steps:
            yield f"{OUTCOMES[step.decision.outcome].in_language(language)}: {step.decision.action}"
            if not step.policies or step.decision.cause is not None:
                yield f"  {step.decision.reason.in_language(language)}"
            for each in step.policies:
                result = RESULTS[each.result].in_language(language)
                yield f"  {_sign(each)} {each.policy.id}: {result}  {each.policy.place}"
                yield f"      {each.who.in_language(language)}"
                for condition in each.conditions:
                    yield from _condition_lines(condition, language, 3, self.wording)
        for each_text in self.nearest:
            yield f"→ {each_text.in_language(language)}"


def prove(policies: Policies, person: Person, action: str, facts: Facts | None = None) -> Proof:
    """Pure: from the same policies, person and facts it is the same."""
    decision = policies.decide(person, action, facts)
    steps = [_step(policies, person, each, facts) for each in policies.required(action)]
    return Proof(decision, steps, person)


def _step(policies: Policies, person: Person, action: str, facts: Facts | None) -> StepProof:
    decision = policies.decide_alone(person, action, facts)
    if decision.determining == (ADMINISTRATORS,):
        return StepProof(decision, ())
    known = None if facts is None else {**facts, "person": person_fields(person)}
    return StepProof(decision, [_policy(policy, person, known) for policy in policies.about(action)])


def _policy(policy: Policy, person: Person, facts: Facts | None) -> PolicyProof:
    included = policy.who.includes(person)
    who = _who(policy.who, person)
    effect: Result = "permits" if policy.effect == "permit" else "forbids"
    if included is False:
        return PolicyProof(policy, "other_people", who)
    if included is None:
        return PolicyProof(policy, "cannot_tell", who)
    if policy.condition is None:
        return PolicyProof(policy, effect, who)
    if facts is None:
        return PolicyProof(policy, "no_record", who)
    condition = traced(policy.condition, facts)
    results: dict[type[object], Result] = {Holds: effect, DoesNot: "not_met", CannotTell: "cannot_tell"}
    return PolicyProof(policy, results[type(condition.verdict)], who, condition.parts)


def _nearest(step: StepProof, person: Person, wording: Wording) -> Iterator[Text]:
    if step.decision.cause is not None:
        yield step.decision.reason
        return
    forbidding = [each for each in step.policies if each.policy.effect == "forbid" and each.result in _STANDS]
    if forbidding:
        for each in forbidding:
            yield _without(each, person)
        return
    permits = [each for each in step.policies if each.policy.effect == "permit"]
    for each in permits:
        if each.result in {"not_met", "cannot_tell"} and each.conditions:
            yield from _conditions(each, wording)
    others = [
        each for each in permits if each.result == "other_people" or (each.result in _STANDS and not each.conditions)
    ]
    if others and not any(each.conditions for each in permits):
        yield _naming(others[0].policy, person)
    elif not permits:
        yield _new(step.decision.action, person)


# A forbid that could not be evaluated applies as well.
_STANDS = frozenset({"forbids", "cannot_tell"})


def _without(each: PolicyProof, person: Person) -> Text:
    policy = each.policy
    clause = _clause(policy.who, person)
    return Text(
        en=f"It would not be forbidden if {policy.id} ({policy.place}) did not name {clause.en}"
        + (", or if its conditions did not hold." if each.conditions else "."),
        ja=f"{policy.id}（{policy.place}）が{clause.ja}を対象にしていなければ禁止されません"
        + ("（条件を満たさない場合も同様）。" if each.conditions else "。"),
    )


def _conditions(each: PolicyProof, wording: Wording) -> Iterator[Text]:
    for part in _open(each.conditions):
        label = wording.condition(part)
        saw = _saw(part, wording)
        yield Text(
            en=f"{each.policy.id} would permit it if this held: {label.en} ({part.place}; {saw.en}).",
            ja=f"次の条件を満たせば {each.policy.id} が許可します: {label.ja}（{part.place}、{saw.ja}）。",
        )


def _saw(part: ConditionTrace, wording: Wording) -> Text:
    if isinstance(part.verdict, CannotTell):
        return part.verdict.reason
    value = wording.seen_by(part)
    return Text(en=f"it saw {value.en}", ja=f"値は {value.ja}")


def _open(conditions: Sequence[ConditionTrace]) -> Iterator[ConditionTrace]:
    """The comparisons that prevent it."""
    for each in conditions:
        if isinstance(each.verdict, Holds):
            continue
        if each.kind in {"comparison", "not"}:
            yield each
        else:
            yield from _open(each.parts)


def _naming(policy: Policy, person: Person) -> Text:
    return Text(
        en=f"It would be permitted if {policy.id} ({policy.place}) named the profile '{person.profile}' too.",
        ja=f"{policy.id}（{policy.place}）がプロファイル「{person.profile}」も対象にすれば許可されます。",
    )


def _new(action: str, person: Person) -> Text:
    resource, _, verb = action.rpartition(":")
    policy = f"{{effect: permit, who: {{profiles: [{person.profile}]}}, actions: [{verb}], on: [{resource}]}}"
    return Text(
        en=f"No policy is about it; this one would permit it: {policy}",
        ja=f"該当する方針がありません。次の方針で許可できます: {policy}",
    )


def _who(who: Who, person: Person) -> Text:
    named = Text(en="everybody", ja="全員") if who.everyone else _named(who)
    role = person.role if person.role is not None else "?"
    theirs = f"{person.email or '-'}, {person.profile or '-'}, {role or '-'}"
    administrator = Text(en=", administrator", ja="、管理者") if person.administrator else Text.same("")
    return Text(
        en=f"who: {named.en} (they are {theirs}{administrator.en})",
        ja=f"対象: {named.ja}（利用者: {theirs}{administrator.ja}）",
    )


def _named(who: Who) -> Text:
    parts = [
        (Text(en="profiles", ja="プロファイル"), who.profiles),
        (Text(en="roles", ja="ロール"), who.roles),
        (Text(en="users", ja="利用者"), who.users),
    ]
    en = [f"{label.en} {', '.join(sorted(names))}" for label, names in parts if names]
    ja = [f"{label.ja} {', '.join(sorted(names))}" for label, names in parts if names]
    if who.administrators:
        en, ja = ["administrators", *en], ["管理者", *ja]
    return Text(en="; ".join(en), ja="、".join(ja))


def _clause(who: Who, person: Person) -> Text:
    """What of it names this person."""
    if who.everyone:
        return Text(en="everybody", ja="全員")
    if same(person.profile) in who.profiles:
        return Text(en=f"the profile '{person.profile}'", ja=f"プロファイル「{person.profile}」")
    if same(person.email) in who.users:
        return Text.same(person.email)
    if who.administrators and person.administrator:
        return Text(en="administrators", ja="管理者")
    return Text(en=f"the role '{person.role or '?'}'", ja=f"ロール「{person.role or '?'}」")


def _sign(each: PolicyProof) -> str:
    return {"permits": "✓", "forbids": "✗", "cannot_tell": "?", "no_record": "?"}.get(each.result, "·")


def _condition_lines(trace: ConditionTrace, language: Language, depth: int, wording: Wording) -> Iterator[str]:
    sign = {Holds: "✓", DoesNot: "✗", CannotTell: "?"}[type(trace.verdict)]
    seen = ""
    if isinstance(trace.verdict, CannotTell):
        seen = f": {trace.verdict.reason.in_language(language)}"
    elif trace.kind == "comparison":
        value = wording.seen_by(trace).in_language(language)
        seen = f" ({Text(en='saw', ja='値は').in_language(language)} {value})"
    label = wording.condition(replace(trace, parts=())).in_language(language)
    yield f"{'  ' * depth}{sign} {label}{seen}  {trace.place}"
    for part in trace.parts:
        yield from _condition_lines(part, language, depth + 1, wording)
