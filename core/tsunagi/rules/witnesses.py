"""Facts under which a condition holds, found by trying the values its comparisons turn on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice, pairwise, product

from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.rules.comparing import date_in, money_in, record_in, time_in
from tsunagi.rules.conditions import Condition, Holds, Predicate, comparisons, formula, observe
from tsunagi.rules.derived import DERIVED
from tsunagi.rules.facts import BEFORE, Facts
from tsunagi.rules.formula import TooManyAlternatives, alternatives
from tsunagi.rules.templates import Quote
from tsunagi.rules.vocabulary import Vocabulary
from tsunagi.text import Text

_MOST_ALTERNATIVES, _MOST_VALUES = 240, 400
_OTHER = "…"


@dataclass(frozen=True, slots=True)
class Witness:
    """`facts` under which a condition holds; None where none were found. `sure` is False where a comparison with
    another fact, or with what was before, was taken to hold or fail as it pleases."""

    facts: Facts | None
    sure: bool = True


def witness(condition: Condition, subject: EntityType, vocabulary: Vocabulary, given: Fields) -> Witness:
    """`given` are fields of the subject that are settled by the event."""
    found = list(dict.fromkeys(each.predicate for each in comparisons(condition)))
    numbers = {predicate: number for number, predicate in enumerate(found)}
    try:
        ways = alternatives(formula(condition, numbers))
    except TooManyAlternatives:
        return Witness({}, sure=False)
    for way in ways[:_MOST_ALTERNATIVES]:
        literals = [(found[number], wanted) for number, wanted in way]
        facts = _facts(literals, subject, vocabulary, given)
        if facts is not None:
            return Witness(facts, sure=not any(_relative(predicate) for predicate, _ in literals))
    return Witness(None)


def _relative(predicate: Predicate) -> bool:
    operands = predicate.operand if isinstance(predicate.operand, tuple) else (predicate.operand,)
    if predicate.rate is not None or predicate.path.partition(".")[0] in DERIVED:
        return True
    return predicate.operator == "changed" or any(isinstance(each, Quote) for each in operands)


def _facts(
    literals: Sequence[tuple[Predicate, bool]], subject: EntityType, vocabulary: Vocabulary, given: Fields
) -> Facts | None:
    groups: dict[tuple[str, str], list[tuple[Predicate, bool]]] = {}
    for name in given:
        groups.setdefault((subject.name, name), [])
    for predicate, wanted in literals:
        if not _relative(predicate):
            root, name = predicate.path.split(".")[:2]
            groups.setdefault((root, name), []).append((predicate, wanted))
    facts: dict[str, dict[str, Value]] = {}
    for (root, name), asked in groups.items():
        spec = vocabulary.field(subject, f"{root}.{name}")
        settled = [given[name]] if root == subject.name and name in given else None
        values = settled or _candidates(spec if isinstance(spec, FieldSpec) else None, asked)
        value = next((each for each in values if _fits(each, root, name, asked)), _OTHER_THAN)
        if value is _OTHER_THAN:
            return None
        facts.setdefault(root, {})[name] = value  # type: ignore[assignment]  # the mark of there being none is distinguished
    return facts


_OTHER_THAN: object = object()


def _fits(value: Value, root: str, name: str, asked: Iterable[tuple[Predicate, bool]]) -> bool:
    facts = {root: {name: value}}
    for predicate, wanted in asked:
        verdict = observe(predicate, facts).verdict
        if isinstance(verdict, Holds) is not wanted or type(verdict).__name__ == "CannotTell":
            return False
    return True


def _candidates(spec: FieldSpec | None, asked: Sequence[tuple[Predicate, bool]]) -> Iterator[Value]:
    constants = [each for predicate, _ in asked for each in _constants(predicate)]
    kind = spec.type if spec else "text"
    values: Iterable[Value]
    match kind:
        case "money":
            values = _moneys(constants)
        case "integer":
            values = [int(each) for each in _around_numbers(constants) if each == int(each)]
        case "decimal":
            values = _around_numbers(constants)
        case "date":
            values = _around_dates([date_in(str(each)) for each in constants])
        case "time":
            values = _around_times([time_in(str(each)) for each in constants])
        case "boolean":
            values = (True, False)
        case "reference":
            refs = [record_in(str(each)) for each in constants]
            service, _, entity = (spec.references if spec else "service.record").partition(".")
            values = (*(ref for ref in refs if ref), RecordRef(service or "service", entity or "record", "1"))
        case "choice":
            values = tuple(spec.choices) if spec else ()
        case _:
            values = _texts([str(each) for each in constants if each is not None])
    yield from islice(values, _MOST_VALUES)
    yield None


def _constants(predicate: Predicate) -> Iterator[object]:
    yield from predicate.operand if isinstance(predicate.operand, tuple) else (predicate.operand,)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    known = money_in(value) if isinstance(value, str) else None
    return known.amount if known else None


def _around_numbers(constants: Iterable[object]) -> list[Decimal]:
    """Each, what lies between two of them, and what lies beyond."""
    known = sorted({number for each in constants if (number := _number(each)) is not None} | {Decimal(1)})
    between = [(one + other) / 2 for one, other in pairwise(known)]
    return [*known, *between, known[0] - 1, known[-1] + 1]


def _moneys(constants: Sequence[object]) -> Iterator[Value]:
    texts = [each for each in constants if isinstance(each, str)]
    codes = [known.currency for each in texts if (known := money_in(each))]
    codes += [each for each in texts if len(each) == 3 and each.isalpha() and each.isupper()]
    for currency, amount in product(dict.fromkeys([*codes, "JPY", "XTS"]), _around_numbers(constants)):
        yield Money(amount, currency)


def _around_dates(known: Iterable[date | None]) -> list[Value]:
    days = {each for each in known if each} or {date(2026, 11, 24)}
    return [day + timedelta(days=step) for day in sorted(days) for step in (0, 1, -1)]


def _around_times(known: Iterable[datetime | None]) -> list[Value]:
    times = {each for each in known if each} or {datetime(2026, 11, 24, tzinfo=UTC)}
    return [each + timedelta(seconds=step) for each in sorted(times) for step in (0, 1, -1)]


def _texts(known: Sequence[str]) -> Iterator[Value]:
    yield from known
    yield _OTHER
    for one, other in product(known, known):
        yield one + other
    yield "".join(known)


def described(facts: Facts, subject: EntityType) -> Text:
    """The facts as an example in words: `deal: amount 1 JPY, outcome won`."""
    roots = sorted((root for root in facts if root != BEFORE), key=lambda root: root != subject.name)
    parts = [
        f"{root}: " + ", ".join(f"{name} {_shown(value)}" for name, value in facts[root].items()) for root in roots
    ]
    text = "; ".join(parts) or subject.name
    return Text(en=text, ja=text)


def _shown(value: Value) -> str:
    return "-" if value is None else str(value)


def given_by(subject: EntityType, event: str) -> Mapping[str, Value]:
    """What the event implies about the record: a deal that is won has the outcome `won`."""
    occasion = event.partition(".")[2]
    moment = next((each for each in subject.moments if each.name == occasion and not each.any_change), None)
    return {moment.field: moment.to} if moment else {}
