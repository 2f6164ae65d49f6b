"""The rule book: every rule file, read and ready to decide, or kept with what is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tsunagi.domain.events import Event
from tsunagi.errors import RuleFileError, TsunagiError
from tsunagi.rules.automations import Automation, Decided, RuleCall, conclude
from tsunagi.rules.conditions import CannotTell, Holds, Predicate, Verdict, comparisons, formula, observe
from tsunagi.rules.facts import Facts
from tsunagi.rules.matchers import Matcher, MatcherChoice, choose
from tsunagi.rules.reading import read_rule
from tsunagi.rules.trace import Trace, traced
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.rules.yaml_marks import Document, parse
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule file that cannot be used. `id` and `title` are empty where even they could not be read."""

    id: str
    title: str
    file: str
    errors: tuple[RuleFileError, ...]


@dataclass(frozen=True, slots=True)
class _Watch:
    """The rules that wait for one event, compiled together."""

    automations: tuple[Automation, ...]
    predicates: tuple[Predicate, ...]
    matcher: Matcher


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Valid automations by id, and the broken ones beside them. Safe to use from any thread."""

    automations: Mapping[str, Automation]
    broken: tuple[BrokenRule, ...]
    vocabulary: Vocabulary
    matcher: MatcherChoice
    _watches: Mapping[str, _Watch]

    @classmethod
    def load(
        cls,
        texts: Mapping[str, str],
        vocabulary: Vocabulary,
        *,
        matcher: MatcherChoice | None = None,
        unreadable: Sequence[RuleFileError] = (),
    ) -> "RuleBook":
        """Read rule files (file name -> text). Never raises for what they say: see `broken` and `problems`.

        `unreadable` are errors of files that could not even be read as text; they are kept among the broken.
        """
        automations: dict[str, Automation] = {}
        broken = [BrokenRule("", "", error.path, (error,)) for error in unreadable]
        for file in sorted(texts):
            rule = _read(file, texts[file], vocabulary)
            if isinstance(rule, BrokenRule):
                broken.append(rule)
            elif rule.id in automations:
                broken.append(_second(rule, automations[rule.id]))
            else:
                automations[rule.id] = rule
        chosen = matcher or choose()
        return cls(automations, tuple(broken), vocabulary, chosen, _watches(automations, chosen))

    @property
    def problems(self) -> tuple[RuleFileError, ...]:
        return tuple(error for rule in self.broken for error in rule.errors)

    def switched_on(self, id: str) -> "RuleBook":
        """With this automation on, whatever its file says: a rule is tried before it counts."""
        known = self.automations.get(id)
        if known is None or known.enabled:
            return self
        automations = {**self.automations, id: replace(known, enabled=True)}
        return replace(self, automations=automations, _watches=_watches(automations, self.matcher))

    def decide(self, event: Event, facts: Facts) -> Decided:
        """What the rules ask for after this event. Pure: the same event and facts give the same answer."""
        watch = self._watches.get(event.name)
        if watch is None:
            return Decided()
        observed = {predicate: observe(predicate, facts) for predicate in watch.predicates}
        matched = watch.matcher.matching([_truth(seen.verdict) for seen in observed.values()])
        calls: list[RuleCall] = []
        traces: list[Trace] = []
        for automation in watch.automations:
            if not automation.watches(event):
                continue
            conditions = tuple(traced(part, observed) for part in automation.condition.parts)
            its_calls, trace = conclude(automation, event, facts, conditions)
            _in_agreement(trace, automation.id in matched, self.matcher.name)
            calls += its_calls
            traces.append(trace)
        return Decided(tuple(calls), tuple(traces))


def _read(file: str, text: str, vocabulary: Vocabulary) -> Automation | BrokenRule:
    try:
        document = parse(file, text)
    except RuleFileError as error:
        return BrokenRule("", "", file, (error,))
    rule = read_rule(document, vocabulary)
    return rule if isinstance(rule, Automation) else BrokenRule(*_names(document), file, rule)


def _names(document: Document) -> tuple[str, str]:
    """Id and title of a broken rule, as far as it has them."""
    data = document.data if isinstance(document.data, dict) else {}
    name, title = data.get("automation"), data.get("title")
    if isinstance(title, dict):
        title = title.get("en") or title.get("ja")
    return (name if isinstance(name, str) else "", title if isinstance(title, str) else "")


def _second(rule: Automation, first: Automation) -> BrokenRule:
    message = Text(
        en=f"There is another automation '{rule.id}' at {first.place}.",
        ja=f"自動化「{rule.id}」は {first.place} にもあります。",
    )
    place = rule.place
    error = RuleFileError(message, path=place.file, line=place.line, column=place.column, field="automation")
    return BrokenRule(rule.id, str(rule.title), place.file, (error,))


def _watches(automations: Mapping[str, Automation], matcher: MatcherChoice) -> dict[str, _Watch]:
    by_event: dict[str, list[Automation]] = {}
    for automation in automations.values():
        if automation.enabled:
            by_event.setdefault(automation.event, []).append(automation)
    return {event: _watch(tuple(group), matcher) for event, group in by_event.items()}


def _watch(automations: tuple[Automation, ...], matcher: MatcherChoice) -> _Watch:
    predicates = tuple(dict.fromkeys(_predicates(automations)))
    numbers = {predicate: number for number, predicate in enumerate(predicates)}
    formulas = {automation.id: formula(automation.condition, numbers) for automation in automations}
    return _Watch(automations, predicates, matcher.compiled(formulas))


def _predicates(automations: Sequence[Automation]) -> Iterator[Predicate]:
    for automation in automations:
        for comparison in comparisons(automation.condition):
            yield comparison.predicate


def _truth(verdict: Verdict) -> bool | None:
    return None if isinstance(verdict, CannotTell) else isinstance(verdict, Holds)


def _in_agreement(trace: Trace, matched: bool, matcher: str) -> None:
    """The explanation is made apart from the matcher; nothing is done where one contradicts the other."""
    if matched == isinstance(trace.verdict, Holds):
        return
    found = Text(en="matches", ja="一致") if matched else Text(en="does not match", ja="不一致")
    raise TsunagiError(
        Text(
            en=f"The matcher '{matcher}' says that '{trace.rule}' {found.en}, its conditions say otherwise; "
            "nothing was done.",
            ja=f"マッチャー「{matcher}」は「{trace.rule}」を{found.ja}としましたが、条件の判定と矛盾します。"
            "何も実行していません。",
        ),
        hint=Text(en="Set the matcher to 'native'.", ja="マッチャーを「native」にしてください。"),
    )
