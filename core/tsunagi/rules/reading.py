"""One rule file to an automation, or to every mistake in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.domain.records import Value
from tsunagi.errors import RuleFileError
from tsunagi.rules.automations import Automation, Step
from tsunagi.rules.checking import read_automation
from tsunagi.rules.conditions import (
    All,
    AnyOf,
    Comparison,
    Condition,
    Not,
    Operand,
    Predicate,
    comparisons,
    formula,
)
from tsunagi.rules.formula import MOST_ALTERNATIVES, TooManyAlternatives, alternatives
from tsunagi.rules.parameters import constant, parameter_errors
from tsunagi.rules.rates import Rates, rates_of
from tsunagi.rules.schedule import Schedule, event_of, is_scheduled, words_problem, zone_problem
from tsunagi.rules.schema import OPERATORS, AutomationModel, ConditionModel, StepModel, TextModel, TriggerModel
from tsunagi.rules.templates import Malformed, Quote, Template, Tree, flaws, parsed, quotes_in, tree_of
from tsunagi.rules.vocabulary import Vocabulary, operand_problem, operator_problem
from tsunagi.text import Text
from tsunagi.wording import Path, joined, listed, nearest, shown
from tsunagi.yaml_marks import Document, Place

MOST_COMPARISONS = 100
# What compares money with money.
_MEASURED = frozenset({"equals", "not_equals", "greater_than", "at_least", "less_than", "at_most"})


def read_rule(document: Document, vocabulary: Vocabulary) -> Automation | tuple[RuleFileError, ...]:
    """The automation in a document, its names checked against the vocabulary."""
    model = read_automation(document)
    if not isinstance(model, AutomationModel):
        return model
    reader = _Reader(document, vocabulary)
    automation = reader.automation(model)
    # Reported once, even where several kinds of record are the subject.
    errors = {_position(error): error for error in reader.errors}
    return tuple(errors[position] for position in sorted(errors)) or automation


def read_conditions(
    document: Document,
    vocabulary: Vocabulary,
    subject: EntityType,
    models: Sequence[ConditionModel],
    path: Path,
) -> tuple[All, list[RuleFileError]]:
    """Conditions that are not an automation's: about a `subject` as it is, with the mistakes in them."""
    reader = _Reader(document, vocabulary, subjects=(subject,))
    condition = All(reader._conditions(models, path), document.place(path, key=True))
    reader._size(condition, path)
    return condition, reader.errors


def _position(error: RuleFileError) -> tuple[int, int, str]:
    return error.line, error.column, str(error)


@dataclass
class _Reader:
    document: Document
    vocabulary: Vocabulary
    errors: list[RuleFileError] = field(default_factory=list)
    subjects: tuple[EntityType, ...] = ()

    def automation(self, model: AutomationModel) -> Automation:
        event = self._trigger(model)
        condition = All(
            self._conditions(model.conditions, ("conditions",)), self.document.place(("conditions",), key=True)
        )
        self._size(condition)
        return Automation(
            id=model.automation,
            title=_text(model.title),
            description=_text(model.description),
            event=event,
            service=model.trigger.service,
            condition=condition,
            steps=tuple(self._steps(model.actions)),
            enabled=model.enabled,
            repeat=model.repeat,
            run_as=model.run_as,
            place=self.document.place(("automation",), key=True),
            group=model.group,
            order=model.order,
            run_as_place=self.document.place(("run_as",), key=True),
            schedule=Schedule(model.trigger.schedule, model.trigger.time_zone) if model.trigger.schedule else None,
        )

    def _trigger(self, model: AutomationModel) -> str:
        """The name of its event, its subjects looked up."""
        if model.trigger.schedule or model.trigger.each or model.trigger.time_zone:
            return self._schedule(model.automation, model.trigger)
        self._event(model.trigger)
        return model.trigger.event

    def _schedule(self, rule: str, trigger: TriggerModel) -> str:
        event = event_of(trigger.each, rule)
        if trigger.event or not trigger.schedule or not trigger.each:
            self._add(_BOTH, ("trigger",))
            return event
        problem = words_problem(trigger.schedule)
        if problem is not None:
            self._add(problem, ("trigger", "schedule"))
        problem = zone_problem(trigger.time_zone) if trigger.time_zone else None
        if problem is not None:
            self._add(problem, ("trigger", "time_zone"))
        known = {entity.name: entity for entity in self.vocabulary.entities.values()}
        subjects = self.vocabulary.subjects(event, trigger.service)
        if trigger.each not in known:
            message = Text(
                en=f"There is no kind of record '{trigger.each}'.", ja=f"レコードの種類「{trigger.each}」はありません。"
            )
            self._add(joined(message, nearest(trigger.each, known)), ("trigger", "each"))
        elif isinstance(subjects, Text):
            self._add(subjects, ("trigger", "service"))
        elif len(subjects) > 1:
            services = listed(sorted(subject.service for subject in subjects))
            message = Text(
                en=f"Several services have a '{trigger.each}'; name one with 'service': {services}.",
                ja=f"「{trigger.each}」は複数のサービスにあります。service で一つ指定してください: {services}。",
            )
            self._add(message, ("trigger", "each"))
        else:
            self.subjects = subjects
        return event

    def _event(self, trigger: TriggerModel) -> None:
        event, service = trigger.event, trigger.service
        if not event:
            self._add(Text(en="'event' is missing.", ja="「event」がありません。"), ("trigger",))
            return
        if is_scheduled(event):
            self._add(_OWN, ("trigger", "event"))
            return
        subjects = self.vocabulary.subjects(event, service)
        if isinstance(subjects, Text):
            known = not isinstance(self.vocabulary.subjects(event), Text)
            self._add(subjects, ("trigger", "service" if known else "event"))
            return
        self.subjects = subjects

    def _conditions(self, models: Sequence[ConditionModel], path: Path) -> tuple[Condition, ...]:
        return tuple(self._condition(model, (*path, index)) for index, model in enumerate(models))

    def _condition(self, model: ConditionModel, path: Path) -> Condition:
        if model.all:
            return All(self._conditions(model.all, (*path, "all")), self._key_place((*path, "all")))
        if model.any:
            return AnyOf(self._conditions(model.any, (*path, "any")), self._key_place((*path, "any")))
        if model.negated:
            return Not(self._condition(model.negated, (*path, "not")), self._key_place((*path, "not")))
        return self._comparison(model, path)

    def _comparison(self, model: ConditionModel, path: Path) -> Condition:
        """One comparison, or where it has several operators, all of them."""
        given = model.model_dump(by_alias=True, include=model.model_fields_set)
        specs = [(subject, self._spec(subject, model.field, (*path, "field"))) for subject in self.subjects]
        rate = self._rate(given["rate"], [spec for _, spec in specs], path) if "rate" in given else None
        parts: list[Comparison] = []
        for name in (name for name in OPERATORS if name in given):
            here = (*path, name)
            operand = self._operand(given[name], here)
            for subject, spec in specs:
                self._types(subject, spec, name, operand, here)
            if name == "changed":
                self._own_field(model.field, here)
            predicate = Predicate(model.field, name, operand, rate if name in _MEASURED else None)
            parts.append(Comparison(predicate, self._key_place(here)))
        return parts[0] if len(parts) == 1 else All(tuple(parts), self.document.place(path))

    def _rate(self, given: object, specs: Sequence[FieldSpec | None], path: Path) -> Rates | None:
        here = (*path, "rate")
        rates = rates_of(given)
        if isinstance(rates, Text):
            self._add(rates, here)
            return None
        other = next((spec for spec in specs if spec is not None and spec.type != "money"), None)
        if other is not None:
            self._add(
                Text(
                    en=f"'{other.name}' is no money: a rate is for comparing money.",
                    ja=f"「{other.name}」は金額ではありません。rate は金額の比較に使います。",
                ),
                here,
            )
        return rates

    def _types(self, subject: EntityType, spec: FieldSpec | None, name: str, operand: Operand, path: Path) -> None:
        problem = spec and operator_problem(spec, name)
        if problem:
            self._add(problem, path)
            return
        for where, item in _items(operand, path):
            quoted = self._spec(subject, item.path, where) if isinstance(item, Quote) else None
            problem = spec and operand_problem(spec, name, item, quoted)
            if problem:
                self._add(problem, where)

    def _operand(self, given: object, path: Path) -> Operand:
        if isinstance(given, tuple):
            return tuple(self._single(item, (*path, index)) for index, item in enumerate(given))
        return self._single(given, path)

    def _single(self, given: object, path: Path) -> "str | Quote | None":
        if not isinstance(given, str):
            return given  # type: ignore[return-value]  # the schema lets only constants through
        text = parsed(given)
        if isinstance(text, Malformed):
            self._add(text.reason, path)
        elif isinstance(text, Template):
            self._add(_quote_alone(given), path)
        else:
            return text
        return given

    def _spec(self, subject: EntityType, fact: str, path: Path) -> FieldSpec | None:
        spec = self.vocabulary.field(subject, fact)
        if isinstance(spec, Text):
            self._add(spec, path)
            return None
        return spec

    def _own_field(self, fact: str, path: Path) -> None:
        """Only the record an event happens to has a before."""
        for subject in self.subjects:
            if fact.partition(".")[0] != subject.name:
                self._add(_no_before(fact, subject.name), path)

    def _steps(self, models: Sequence[StepModel]) -> Iterator[Step]:
        seen: dict[str, int] = {}
        for index, step in enumerate(models):
            path: Path = ("actions", index)
            model = self.vocabulary.model(step.action)
            parameters = self._parameters(step, (*path, "parameters"))
            if isinstance(model, Text):
                self._add(model, (*path, "action"))
                continue
            self.errors += parameter_errors(self.document, (*path, "parameters"), step.action, model, parameters)
            seen[step.action] = seen.get(step.action, 0) + 1
            known = constant(model, parameters)
            yield Step(step.action, parameters, model, self.document.place(path), seen[step.action], known)

    def _parameters(self, step: StepModel, path: Path) -> dict[str, Tree]:
        parameters: dict[str, Tree] = {}
        for name, given in step.parameters.items():
            tree = tree_of(given)  # type: ignore[arg-type]  # what the parser made is plain
            for where, flaw in flaws(tree, (*path, name)):
                self._add(flaw.reason, where)
            for subject in self.subjects:
                for quote in quotes_in(tree):
                    self._spec(subject, quote.path, (*path, name))
            parameters[name] = tree
        return parameters

    def _size(self, condition: All, path: Path = ("conditions",)) -> None:
        count = sum(1 for _ in comparisons(condition))
        numbers = {item.predicate: number for number, item in enumerate(comparisons(condition))}
        if count > MOST_COMPARISONS:
            self._add(_too_many_comparisons(count), path)
            return
        try:
            alternatives(formula(condition, numbers))
        except TooManyAlternatives:
            self._add(_too_many_ways(), path)

    def _key_place(self, path: Path) -> Place:
        return self.document.place(path, key=True)

    def _add(self, message: Text, path: Path) -> None:
        self.errors.append(self.document.error(message, path))


def _items(operand: Operand, path: Path) -> Iterator[tuple[Path, Value | Quote]]:
    if not isinstance(operand, tuple):
        yield path, operand
        return
    for index, item in enumerate(operand):
        yield (*path, index), item


def _text(given: str | TextModel) -> Text:
    return Text.same(given) if isinstance(given, str) else Text(en=given.en, ja=given.ja)


def _quote_alone(given: str) -> Text:
    return Text(
        en=f"{shown(given)} mixes a fact with text; a comparison takes one fact alone, such as '${{deal.name}}'.",
        ja=f"{shown(given)} は値と文字が混ざっています。比較には '${{deal.name}}' のように一つだけ書いてください。",
    )


def _no_before(fact: str, subject: str) -> Text:
    return Text(
        en=f"Only fields of '{subject}' can have changed in this event, not '{fact}'.",
        ja=f"このイベントで変化を調べられるのは「{subject}」のフィールドだけです（「{fact}」は不可）。",
    )


def _too_many_comparisons(count: int) -> Text:
    return Text(
        en=f"{count} comparisons are too many for one rule; it may have {MOST_COMPARISONS}. "
        "Use 'in', or several rules.",
        ja=f"比較が {count} 個あります。一つのルールでは {MOST_COMPARISONS} 個までです。"
        "「in」を使うか、ルールを分けてください。",
    )


def _too_many_ways() -> Text:
    return Text(
        en=f"These conditions can be met in more than {MOST_ALTERNATIVES} ways; make several rules of them.",
        ja=f"条件の組み合わせが {MOST_ALTERNATIVES} 通りを超えます。ルールを分けてください。",
    )


_BOTH = Text(
    en="A trigger is an event, or a 'schedule' with the kind of record it goes through, 'each: deal'.",
    ja="trigger には event、または schedule と対象レコードの種類（each: deal など）を書いてください。",
)
_OWN = Text(
    en="This event is another rule's own; give a 'schedule' with 'each' instead.",
    ja="これは別のルール専用のイベントです。schedule と each を使ってください。",
)
