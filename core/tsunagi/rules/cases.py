"""Tables of cases: what happened and what is known, against what the rules must ask for.

A table proves nothing when it is empty, so an empty one fails, and so does a run without any table.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from tsunagi.domain.entities import EntityType
from tsunagi.domain.events import Event, event_id
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.errors import RuleFileError
from tsunagi.rules.automations import RuleCall
from tsunagi.rules.book import RuleBook
from tsunagi.rules.case_facts import CaseFacts
from tsunagi.rules.checking import read_table
from tsunagi.rules.comparing import equal
from tsunagi.rules.conditions import DoesNot, Holds
from tsunagi.rules.facts import BEFORE, DATE, TODAY, Days
from tsunagi.rules.schema import CaseModel, ExpectedModel, TableModel
from tsunagi.rules.trace import ConditionTrace, Trace
from tsunagi.text import Language, Text
from tsunagi.wording import Path, joined, nearest, shown
from tsunagi.yaml_marks import Document, Place, parse

# Cases happen at no particular time; events need one.
_WHENEVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Covered:
    """One comparison of a rule, and whether a case saw it hold, and saw it fail."""

    rule: str
    label: str
    place: Place
    held: bool
    failed: bool

    def lines(self, language: Language = "en") -> Iterator[str]:
        """What no case has seen of it."""
        for seen, text in ((self.held, _NEVER_HELD), (self.failed, _NEVER_FAILED)):
            if not seen:
                yield f"- {self.rule}: {self.label}: {text.in_language(language)}  {self.place}"


_NEVER_HELD = Text(en="no case in which it holds", ja="成り立つケースがありません")
_NEVER_FAILED = Text(en="no case in which it does not hold", ja="成り立たないケースがありません")


def coverage(traces: Iterable[Trace]) -> tuple[Covered, ...]:
    """Every comparison of the rules in these traces, in the order they were first seen."""
    verdicts: dict[tuple[str, str, Place], set[type]] = {}
    for trace in traces:
        for comparison in _comparisons(trace.conditions):
            verdicts.setdefault((trace.rule, comparison.label, comparison.place), set()).add(type(comparison.verdict))
    return tuple(Covered(*key, held=Holds in seen, failed=DoesNot in seen) for key, seen in verdicts.items())


def _comparisons(conditions: Iterable[ConditionTrace]) -> Iterator[ConditionTrace]:
    for condition in conditions:
        if condition.kind == "comparison":
            yield condition
        yield from _comparisons(condition.parts)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case. `differences` are empty where it passed; the traces are what the rules saw."""

    case: str
    place: Place
    differences: tuple[Text, ...]
    traces: tuple[Trace, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.differences

    def lines(self, language: Language = "en") -> Iterator[str]:
        yield f"{'✓' if self.passed else '✗'} {self.case}  {self.place}"
        for difference in self.differences:
            yield f"  {difference.in_language(language)}"
        for trace in self.traces if self.differences else ():
            yield from (f"  {line}" for line in trace.lines(language))


@dataclass(frozen=True, slots=True)
class CaseReport:
    """What came of tables. `errors` are mistakes in the tables themselves; `untested` are rules no table names."""

    results: tuple[CaseResult, ...] = ()
    errors: tuple[RuleFileError, ...] = ()
    untested: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return bool(self.results) and not self.errors and all(result.passed for result in self.results)

    @property
    def covered(self) -> tuple[Covered, ...]:
        """The comparisons of the rules that were tried, with what the cases saw of them."""
        return coverage(trace for result in self.results for trace in result.traces)

    def lines(self, language: Language = "en") -> Iterator[str]:
        for result in self.results:
            yield from result.lines(language)
        for error in self.errors:
            yield f"✗ {error.message.in_language(language)}"
        if not self.results and not self.errors:
            yield _NO_TABLES.in_language(language)
        for comparison in self.covered:
            yield from comparison.lines(language)
        for rule in self.untested:
            yield Text(en=f"- {rule} has no cases", ja=f"- {rule} にはケースがありません").in_language(language)


_NO_TABLES = Text(
    en="✗ There are no cases: write a table beside the rule, named like it with _test.yaml.",
    ja="✗ ケースがありません。ルールの隣に _test.yaml で終わる表を置いてください。",
)


def run_tables(texts: Mapping[str, str], book: RuleBook) -> CaseReport:
    """Run every table (file name -> text) against the book; a run without a single case does not pass."""
    results: list[CaseResult] = []
    errors: list[RuleFileError] = []
    tested: set[str] = set()
    for file in sorted(texts):
        report, names = _run_table(file, texts[file], book)
        results += report.results
        errors += report.errors
        tested |= names
    untested = tuple(sorted(set(book.automations) - tested))
    return CaseReport(tuple(results), tuple(errors), untested)


def _run_table(file: str, text: str, book: RuleBook) -> tuple[CaseReport, set[str]]:
    try:
        document = parse(file, text)
    except RuleFileError as error:
        return CaseReport(errors=(error,)), set()
    table = read_table(document)
    if not isinstance(table, TableModel):
        return CaseReport(errors=table), set()
    problem = _table_problem(document, table, book)
    if problem:
        return CaseReport(errors=(problem,)), set()
    # A disabled rule has to pass its table too, so that it is safe to enable.
    return _run_cases(document, table, book.switched_on(table.automation) if table.automation else book)


def _table_problem(document: Document, table: TableModel, book: RuleBook) -> RuleFileError | None:
    if not table.cases:
        return document.error(Text(en="The table has no cases.", ja="表にケースがありません。"), ("cases",))
    if table.automation is None or table.automation in book.automations:
        return None
    message = Text(
        en=f"There is no usable automation '{table.automation}'.",
        ja=f"使用できる自動化「{table.automation}」はありません。",
    )
    return document.error(joined(message, nearest(table.automation, book.automations)), ("automation",))


def _run_cases(document: Document, table: TableModel, book: RuleBook) -> tuple[CaseReport, set[str]]:
    results: list[CaseResult] = []
    errors: list[RuleFileError] = []
    tested = {table.automation} if table.automation else set()
    for index, model in enumerate(table.cases):
        case = _Case(document, ("cases", index), model, table.automation, book)
        found = case.run()
        if isinstance(found, CaseResult):
            results.append(found)
            tested |= {trace.rule for trace in found.traces}
        else:
            errors += found
    return CaseReport(tuple(results), tuple(errors)), tested


@dataclass(frozen=True, slots=True)
class _Case:
    document: Document
    path: Path
    model: CaseModel
    only: str | None
    book: RuleBook

    def run(self) -> CaseResult | tuple[RuleFileError, ...]:
        subjects = self.book.vocabulary.subjects(self.model.event, self.model.service)
        if isinstance(subjects, Text):
            return (self.document.error(subjects, (*self.path, "event")),)
        read = CaseFacts(self.document, (*self.path, "facts"), subjects[0], self.book.vocabulary)
        facts = read.all(self.model.facts)
        if not isinstance(facts, dict):
            return facts
        event = self._event(subjects[0], facts)
        facts[TODAY] = Days(_day(facts))
        traces = self.book.traces(event, facts, None if self.only is None else (self.only,))
        calls = tuple(c for c in self.book.decide(event, facts).calls if self.only in {None, c.call.rule})
        differences = tuple(self._differences(calls, traces))
        return CaseResult(self.model.case, self.document.place(self.path), differences, traces)

    def _event(self, subject: EntityType, facts: Mapping[str, Fields]) -> Event:
        ref = RecordRef(subject.service, subject.name, "case")
        name = self.model.event
        return Event(event_id(name, ref, ""), name, ref, facts.get(BEFORE), facts.get(subject.name), _WHENEVER)

    def _differences(self, calls: Sequence[RuleCall], traces: Sequence[Trace]) -> Iterator[Text]:
        expect = self.model.expect
        if expect == "nothing":
            yield from (_unexpected(call) for call in calls)
            yield from (_undecided(trace) for trace in traces if trace.outcome in {"cannot_tell", "unfilled"})
        elif expect == "cannot_tell":
            if not any(trace.outcome in {"cannot_tell", "unfilled"} for trace in traces):
                yield Text(en="Every rule could be decided.", ja="すべてのルールを判定できました。")
        else:
            yield from _calls_differ(expect, calls)


def _day(facts: Mapping[str, Fields]) -> date:
    """The day a case happens on, where it matters: `today: {date: 2026-11-24}` among its facts."""
    day = facts.get(TODAY, {}).get(DATE)
    return day if isinstance(day, date) else _WHENEVER.date()


def _calls_differ(expected: tuple[ExpectedModel, ...], calls: Sequence[RuleCall]) -> Iterator[Text]:
    left = list(calls)
    for wanted in expected:
        same_action = [call for call in left if _names_match(wanted, call)]
        fitting = [call for call in same_action if not list(_parameters_differ(wanted, call))]
        if fitting:
            left.remove(fitting[0])
        elif same_action:
            left.remove(same_action[0])
            yield from _parameters_differ(wanted, same_action[0])
        else:
            yield Text(
                en=f"Expected the action {wanted.action}, which was not requested.",
                ja=f"アクション {wanted.action} が実行されるはずですが、されませんでした。",
            )
    yield from (_unexpected(call) for call in left)


def _names_match(wanted: ExpectedModel, call: RuleCall) -> bool:
    return call.call.action == wanted.action and wanted.rule in {None, call.call.rule}


def _parameters_differ(wanted: ExpectedModel, call: RuleCall) -> Iterator[Text]:
    given = dict(call.call.parameters)
    for name, value in wanted.parameters.items():
        if name not in given:
            message = Text(
                en=f"{wanted.action} has no parameter '{name}'.",
                ja=f"{wanted.action} にパラメータ「{name}」はありません。",
            )
            yield joined(message, nearest(name, given))
        elif not _same(given[name], value):
            yield Text(
                en=f"Expected {name} {shown(value)} for {wanted.action}, got {shown(given[name])}.",
                ja=f"{wanted.action} の {name} は {shown(value)} のはずですが、{shown(given[name])} です。",
            )


def _same(given: object, wanted: object) -> bool:
    if isinstance(wanted, list) and isinstance(given, list | tuple):
        return len(wanted) == len(given) and all(_same(one, other) for one, other in zip(given, wanted, strict=True))
    if isinstance(wanted, dict) and isinstance(given, Mapping):
        return wanted.keys() == given.keys() and all(_same(given[key], wanted[key]) for key in wanted)
    return _comparable(given, wanted) is True


def _comparable(given: object, wanted: object) -> Value | Text:
    return equal(given, wanted)  # type: ignore[arg-type]  # equal() has a reason for whatever it does not know


def _unexpected(call: RuleCall) -> Text:
    name, rule = call.call.action, call.call.rule
    return Text(
        en=f"{rule} requested {name}, which was not expected ({call.place}).",
        ja=f"{rule} が予期しないアクション {name} を要求しました（{call.place}）。",
    )


def _undecided(trace: Trace) -> Text:
    return Text(
        en=f"{trace.rule} could not be decided; where that is right, expect cannot_tell.",
        ja=f"{trace.rule} を判定できませんでした。それが正しい場合は cannot_tell を指定してください。",
    )
