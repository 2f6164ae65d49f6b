"""The rule book: every rule file, read and ready to decide, or kept with what is wrong with it."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from tsunagi.domain.events import Event
from tsunagi.errors import RuleFileError
from tsunagi.rules.automations import Automation, Decided, Evaluation, decided, passed_over_in, trace_of
from tsunagi.rules.facts import Facts
from tsunagi.rules.matchers import MatcherChoice, choose
from tsunagi.rules.reading import read_rule
from tsunagi.rules.trace import Trace
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.rules.watch import Watch
from tsunagi.text import Text
from tsunagi.yaml_marks import Document, parse


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule file that cannot be used. `id` and `title` are empty where even they could not be read."""

    id: str
    title: str
    file: str
    errors: tuple[RuleFileError, ...]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Valid automations by id, and the broken ones beside them. Safe to use from any thread.

    `version` names the files (`texts`) and the plugins they were read with: one version decides the same for ever.
    """

    automations: Mapping[str, Automation]
    broken: tuple[BrokenRule, ...]
    vocabulary: Vocabulary
    matcher: MatcherChoice
    texts: Mapping[str, str]
    plugins: Mapping[str, str]
    version: str
    _watches: Mapping[tuple[str, str | None], Watch]

    @classmethod
    def load(
        cls,
        texts: Mapping[str, str],
        vocabulary: Vocabulary,
        *,
        matcher: MatcherChoice | None = None,
        unreadable: Sequence[RuleFileError] = (),
        plugins: Mapping[str, str] | None = None,
    ) -> "RuleBook":
        """Read rule files (file name -> text). Never raises for their content: see `broken` and `problems`.

        `plugins` are the versions of those whose words the rules use: {plugin: version}.

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
        return cls(
            automations,
            tuple(broken),
            vocabulary,
            chosen,
            dict(texts),
            plugins or {},
            _version(texts, plugins or {}),
            _watches(automations, chosen),
        )

    @property
    def problems(self) -> tuple[RuleFileError, ...]:
        return tuple(error for rule in self.broken for error in rule.errors)

    def waits_for(self, event: Event) -> bool:
        """Whether any rule does."""
        return any((event.name, service) in self._watches for service in (event.ref.service, None))

    def paths_for(self, event: Event) -> frozenset[str]:
        """The facts its rules ask for."""
        watch = self._watch(event)
        return watch.paths if watch else frozenset()

    def switched_on(self, id: str) -> "RuleBook":
        """With this automation on, whatever its file has: a rule can be tried before it is enabled."""
        known = self.automations.get(id)
        if known is None or known.enabled:
            return self
        automations = {**self.automations, id: replace(known, enabled=True)}
        return replace(self, automations=automations, _watches=_watches(automations, self.matcher))

    def without(self, mistakes: Mapping[str, RuleFileError]) -> "RuleBook":
        """With these rules, by id, among the broken ones."""
        if not mistakes:
            return self
        kept = {id: each for id, each in self.automations.items() if id not in mistakes}
        newly_broken = [
            BrokenRule(id, str(self.automations[id].title), error.path, (error,)) for id, error in mistakes.items()
        ]
        return replace(
            self, automations=kept, broken=(*self.broken, *newly_broken), _watches=_watches(kept, self.matcher)
        )

    def evaluate(self, event: Event, facts: Facts) -> Evaluation:
        """Which rules hold after this event. Pure: the same event and facts give the same answer."""
        watch = self._watch(event)
        return watch.evaluate(facts) if watch else Evaluation()

    def _watch(self, event: Event) -> Watch | None:
        return self._watches.get((event.name, event.ref.service)) or self._watches.get((event.name, None))

    def decide(self, event: Event, facts: Facts) -> Decided:
        """What the rules ask for after this event. Pure, as `evaluate` is."""
        return decided(self.evaluate(event, facts), event, facts)

    def traces(self, event: Event, facts: Facts, rules: Collection[str] | None = None) -> tuple[Trace, ...]:
        """Why each rule that waits for this event did what it did, or nothing; `rules` names the only ones."""
        grouped = any(each.group is not None and each.watches(event) for each in self.automations.values())
        passed = passed_over_in(self.evaluate(event, facts)) if grouped else {}
        return tuple(
            trace_of(automation, event, facts, passed.get(automation.id, ""))
            for automation in self.automations.values()
            if automation.watches(event) and (rules is None or automation.id in rules)
        )


def _version(texts: Mapping[str, str], plugins: Mapping[str, str]) -> str:
    content = json.dumps([sorted(texts.items()), sorted(plugins.items())])
    return hashlib.sha256(content.encode()).hexdigest()[:32]


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


def _watches(automations: Mapping[str, Automation], matcher: MatcherChoice) -> dict[tuple[str, str | None], Watch]:
    """By event and service; under None, the rules for every service that no rule of this event names."""
    enabled = [automation for automation in automations.values() if automation.enabled]
    wanted = {(each.event, service) for each in enabled for service in (each.service, None)}
    by_event: dict[tuple[str, str | None], list[Automation]] = {key: [] for key in wanted}
    for automation in enabled:
        for event, service in wanted:
            if event == automation.event and automation.service in {None, service}:
                by_event[event, service].append(automation)
    return {key: Watch(group, matcher) for key, group in by_event.items()}
