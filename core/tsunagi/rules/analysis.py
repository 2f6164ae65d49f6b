"""What is wrong with rules that each load: they never hold, overlap, contradict or start each other for ever."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice
from typing import Literal

from tsunagi.domain.entities import EntityType
from tsunagi.rules.automations import Automation
from tsunagi.rules.book import RuleBook
from tsunagi.rules.conditions import All
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.rules.witnesses import Witness, described, given_by, witness
from tsunagi.text import Text
from tsunagi.yaml_marks import Place

Kind = Literal["never_holds", "overlap", "contradiction", "loop", "not_covered"]

# Of verbs on one kind of record, each undoes the other.
_OPPOSITES = frozenset(
    frozenset(pair)
    for pair in (
        ("create", "void"),
        ("create", "decline"),
        ("create", "cancel"),
        ("create", "delete"),
        ("accept", "decline"),
        ("update", "void"),
    )
)
_MOST_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class Finding:
    """`example` is a record it happens to, where there is one. `rules` are those concerned, `place` is in the first; of
    an event that is not covered it is in the first rule that acts on another one of the record."""

    kind: Kind
    message: Text
    rules: tuple[str, ...]
    place: Place | None
    example: Text | None = None

    @property
    def serious(self) -> bool:
        """More than something to know."""
        return self.kind != "not_covered"


def analyse(book: RuleBook) -> tuple[Finding, ...]:
    """Of the rules that are on."""
    rules = _active(book)
    return (
        *_never(rules, book.vocabulary),
        *_pairs(combinations(rules, 2), book.vocabulary),
        *_loops(rules, rules, book.vocabulary),
        *_not_covered(rules, book.vocabulary),
    )


def analyse_rule(book: RuleBook, id: str) -> tuple[Finding, ...]:
    """What concerns one rule, if it is on; quick enough to be asked while somebody types."""
    rules = _active(book)
    own = [rule for rule in rules if rule.id == id]
    return (
        *_never(own, book.vocabulary),
        *_pairs(((rule, other) for rule in own for other in rules if other is not rule), book.vocabulary),
        *_loops(own, rules, book.vocabulary),
    )


def _active(book: RuleBook) -> Sequence[Automation]:
    return [rule for rule in book.automations.values() if rule.enabled]


def _subjects(rule: Automation, vocabulary: Vocabulary) -> tuple[EntityType, ...]:
    found = vocabulary.subjects(rule.event, rule.service)
    return found if isinstance(found, tuple) else ()


def _never(rules: Iterable[Automation], vocabulary: Vocabulary) -> Iterator[Finding]:
    for rule in rules:
        subjects = _subjects(rule, vocabulary)
        found = [_witness(rule.condition, subject, rule.event, vocabulary) for subject in subjects]
        if found and all(each.facts is None for each in found):
            message = Text(
                en=f"'{rule.id}' can never hold: its conditions exclude each other, or contradict its event.",
                ja=f"「{rule.id}」は成り立ちません。条件どうし、または条件とイベントが矛盾しています。",
            )
            yield Finding("never_holds", message, (rule.id,), rule.place)


def _witness(condition: All, subject: EntityType, event: str, vocabulary: Vocabulary) -> Witness:
    return witness(condition, subject, vocabulary, given_by(subject, event))


def _pairs(pairs: Iterable[tuple[Automation, Automation]], vocabulary: Vocabulary) -> Iterator[Finding]:
    meeting = (pair for pair in pairs if _meet(*pair))
    for one, other in islice(meeting, _MOST_PAIRS):
        yield from _together(one, other, vocabulary)


def _meet(one: Automation, other: Automation) -> bool:
    """Whether both can act on one record at one event, and do something to the same kind of document."""
    if one.event != other.event:
        return False
    if one.service and other.service and one.service != other.service:
        return False
    if one.group is not None and one.group == other.group:
        return False
    return any(_clash(a.action, b.action) for a in one.steps for b in other.steps)


def _clash(one: str, other: str) -> bool:
    return one == other or _undo(one, other)


def _undo(one: str, other: str) -> bool:
    (kind, _, verb), (other_kind, _, other_verb) = one.rpartition("."), other.rpartition(".")
    return kind == other_kind and frozenset((verb, other_verb)) in _OPPOSITES


def _together(one: Automation, other: Automation, vocabulary: Vocabulary) -> Iterator[Finding]:
    both = All((*one.condition.parts, *other.condition.parts), one.place)
    subjects = [each for each in _subjects(one, vocabulary) if each in _subjects(other, vocabulary)]
    for subject in subjects:
        found = _witness(both, subject, one.event, vocabulary)
        if found.facts is None:
            continue
        example = described(found.facts, subject)
        undone = next(((x, y) for x in one.steps for y in other.steps if _undo(x.action, y.action)), None)
        a, b = _named(one), _named(other)
        if undone:
            first, second = (vocabulary.action_label(step.action) for step in undone)
            message = Text(
                en=f"{a.en} and {b.en} contradict each other: {first.en} and {second.en}.",
                ja=f"{a.ja}と{b.ja}は矛盾します: {first.ja}と{second.ja}。",
            )
            yield Finding("contradiction", message, (one.id, other.id), one.place, example)
        else:
            asked = {each.action for each in other.steps}
            shared = vocabulary.action_label(next(step.action for step in one.steps if step.action in asked))
            message = Text(
                en=f"{a.en} and {b.en} may both act on the same record: “{shared.en}” would be done twice. "
                "Switch one off, or give both the same 'group' to make them exclusive.",
                ja=f"{a.ja}と{b.ja}は同じレコードに対して動作し、「{shared.ja}」が二重に実行されることがあります。"
                "一方をオフにするか、両方に同じ group を指定して排他にしてください。",
            )
            yield Finding("overlap", message, (one.id, other.id), one.place, example)
        return


def _named(rule: Automation) -> Text:
    return Text(en=f"“{rule.title.en}” ({rule.id})", ja=f"「{rule.title.ja}」({rule.id})")


def _loops(some: Iterable[Automation], rules: Sequence[Automation], vocabulary: Vocabulary) -> Iterator[Finding]:
    """Rules whose actions bring about the events of the next, and the last one's those of the first, without an end:
    the ways from each of `some` back to it."""

    @cache
    def started_by(id: str) -> Sequence[Automation]:
        rule = next(each for each in rules if each.id == id)
        return [other for other in rules if _starts(rule, other, vocabulary)]

    seen: set[frozenset[str]] = set()
    for rule in some:
        path = _way_back(rule, started_by)
        if path and frozenset(each.id for each in path) not in seen and any(map(_endless, path)):
            seen.add(frozenset(each.id for each in path))
            names = " → ".join([*(each.id for each in path), path[0].id])
            message = Text(
                en=f"These rules may start each other for ever: {names}.",
                ja=f"これらのルールは互いを呼び続けることがあります: {names}。",
            )
            yield Finding(
                "loop", message, tuple(each.id for each in path), path[0].place, _example(path[0], vocabulary)
            )


def _endless(rule: Automation) -> bool:
    """Once a record is no end where each round makes a new record."""
    return rule.repeat == "every_time" or any(step.action.endswith(".create") for step in rule.steps)


def _starts(rule: Automation, other: Automation, vocabulary: Vocabulary) -> bool:
    occasion = other.event.partition(".")[2]
    keys = {subject.key for subject in _subjects(other, vocabulary)}
    for step in rule.steps:
        key, _, verb = step.action.rpartition(".")
        if key in keys and (occasion == "created") == (verb == "create"):
            return True
    return False


def _way_back(rule: Automation, started_by: Callable[[str], Sequence[Automation]]) -> list[Automation]:
    """The shortest way from a rule to itself; empty where there is none."""
    paths = [[rule]]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        for following in started_by(path[-1].id):
            if following.id == rule.id:
                return path
            if following.id not in seen:
                seen.add(following.id)
                paths.append([*path, following])
    return []


def _example(rule: Automation, vocabulary: Vocabulary) -> Text | None:
    for subject in _subjects(rule, vocabulary):
        found = _witness(rule.condition, subject, rule.event, vocabulary)
        if found.facts is not None:
            return described(found.facts, subject)
    return None


def _not_covered(rules: Sequence[Automation], vocabulary: Vocabulary) -> Iterator[Finding]:
    """Of a kind of record some rule waits for: the moments at which no rule does anything."""
    awaited = {rule.event for rule in rules}
    for entity in vocabulary.entities.values():
        moments = [moment for moment in entity.moments if not moment.any_change and not moment.only_from]
        names = {f"{entity.name}.{moment.name}": moment for moment in moments}
        acting = next((rule for rule in rules if rule.event in names), None)
        if acting is None:
            continue
        for name in sorted(names.keys() - awaited):
            message = Text(en=f"No rule does anything at {name}.", ja=f"{name} では何も行われません。")
            example = described({entity.name: dict(given_by(entity, name))}, entity)
            yield Finding("not_covered", message, (), acting.place, example)
