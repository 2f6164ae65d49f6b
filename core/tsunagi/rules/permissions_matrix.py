"""The permission matrix: who may do what, profile by profile, and what another set of files would change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tsunagi.domain.directory import Person
from tsunagi.rules.permissions import Decision, Policies, same


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One profile (or person) and the decision for each action, in the order of the catalogue."""

    subject: Person
    decisions: Sequence[Decision]


@dataclass(frozen=True, slots=True)
class MatrixChange:
    """One cell that another set of permissions would change."""

    subject: Person
    action: str
    before: Decision
    after: Decision


def actions_of(policies: Policies) -> list[str]:
    """Every action there is."""
    return [action for resource in policies.catalogue.resources.values() for action in resource.actions]


def profiles_of(people: Iterable[Person], *several: Policies) -> list[Person]:
    """Somebody of each profile: of those people have, and of those that policies name.

    Administrators by profile come first; what holds for single users or roles is not theirs.
    """
    found: dict[str, Person] = {}
    for person in people:
        if person.active and person.profile:
            known = found.get(same(person.profile))
            administrator = person.administrator or bool(known and known.administrator)
            found[same(person.profile)] = _somebody(known.profile if known else person.profile, administrator)
    for policies in several:
        for name in sorted({name for policy in policies.all for name in policy.who.profiles}):
            found.setdefault(name, _somebody(name, False))
    return sorted(found.values(), key=lambda each: (not each.administrator, each.profile))


def _somebody(profile: str, administrator: bool) -> Person:
    return Person("", "", "", "", profile, administrator, role="")


def matrix(policies: Policies, subjects: Iterable[Person]) -> list[MatrixRow]:
    """Pure, and about no record: a cell may be that it depends on one."""
    actions = actions_of(policies)
    return [MatrixRow(each, [policies.decide(each, action) for action in actions]) for each in subjects]


def changes(before: Policies, after: Policies, subjects: Iterable[Person]) -> list[MatrixChange]:
    """The cells that differ; a condition that was changed within a cell that depends shows by its policies."""
    found: list[MatrixChange] = []
    for subject in subjects:
        for action in actions_of(after):
            was, will_be = before.decide(subject, action), after.decide(subject, action)
            if was.outcome != will_be.outcome:
                found.append(MatrixChange(subject, action, was, will_be))
    return found
