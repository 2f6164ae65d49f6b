"""Predicates compiled for evaluation: the path bound, the operand prepared, the usual types answered at once.

A compiled predicate answers True, False, or None where it cannot be evaluated. What is out of the ordinary (two
kinds of value that do not compare, a quoted fact, an earlier value) goes to `observe`, which also knows the
reason; the answers are the same, the compiled one is only quicker.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tsunagi.domain.money import Money
from tsunagi.rules.comparing import canonical, date_in, money_in
from tsunagi.rules.conditions import CannotTell, Holds, Operand, Predicate, observe
from tsunagi.rules.derived import QUANTIFIED
from tsunagi.rules.facts import Facts, Missing, look

Answer = bool | None
Test = Callable[[Facts], Answer]
_Quick = Callable[[Any], Answer]

_ABSENT: Any = object()


def compiled(predicate: Predicate) -> Test:
    """The predicate as a function of the facts. Never raises for what the facts hold."""
    read, quick = reader(predicate.path), _quick(predicate.operator, predicate.operand)

    def exactly(facts: Facts) -> Answer:
        verdict = observe(predicate, facts).verdict
        return None if isinstance(verdict, CannotTell) else isinstance(verdict, Holds)

    def quickly(facts: Facts) -> Answer:
        value = read(facts)
        if value is _ABSENT:
            return None
        answer = quick(value) if quick is not None else None
        return exactly(facts) if answer is None else answer

    return exactly if quick is None or predicate.path.partition(".")[0] in QUANTIFIED else quickly


def reader(path: str) -> Callable[[Facts], Any]:
    """The value at a path; what `absent` knows where there is none."""
    root, _, name = path.partition(".")

    def field(facts: Facts) -> Any:
        fields = facts.get(root)
        return _ABSENT if fields is None else fields.get(name, _ABSENT)

    def nested(facts: Facts) -> Any:
        found = look(facts, path)
        return _ABSENT if isinstance(found, Missing) else found.value

    return nested if "." in name or not name else field


def absent(value: object) -> bool:
    return value is _ABSENT


def number(value: object) -> int | Decimal | None:
    """A number or an amount of money as one that can be compared, None for anything else."""
    kind = type(value)
    if kind is Money:
        value, kind = value.amount, Decimal  # type: ignore[attr-defined]  # narrowed by its exact type
    if kind is int or (kind is Decimal and value.is_finite()):  # type: ignore[attr-defined]
        return value  # type: ignore[return-value]
    return None


def _constant_number(operand: object) -> int | Decimal | None:
    """An amount of money is no number here: it is compared with its currency."""
    return None if isinstance(operand, Money) else number(operand)


def text(value: str) -> str:
    return value if value.isascii() else canonical(value)


def _quick(name: str, operand: Operand) -> _Quick | None:
    """How to answer for the usual kinds of value; None for the others, or altogether."""
    match name:
        case "equals":
            return _compared(operator.eq, operand, texts=True)
        case "not_equals":
            return _compared(operator.ne, operand, texts=True, blank=True)
        case "in":
            return _among(operand, found=True)
        case "not_in":
            return _among(operand, found=False)
        case "is_set" | "is_blank" if isinstance(operand, bool):
            return _filled((name == "is_set") == operand)
        case "contains" | "starts_with" if isinstance(operand, str):
            return _inside(text(operand), operator.contains if name == "contains" else str.startswith)
        case _ if name in _ORDERS and operand is not None:
            return _compared(_ORDERS[name], operand)
    return None


_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "greater_than": operator.gt,
    "at_least": operator.ge,
    "less_than": operator.lt,
    "at_most": operator.le,
}


def _compared(
    holds: Callable[[Any, Any], bool], operand: Operand, *, texts: bool = False, blank: bool = False
) -> _Quick | None:
    """`blank` is the answer for an empty field: it equals nothing and is neither more nor less than anything."""
    if isinstance(operand, str):
        return _against_text(holds, operand, texts=texts, blank=blank)
    if isinstance(operand, bool) and texts:
        return lambda value: blank if value is None else holds(value, operand) if type(value) is bool else None
    wanted = _constant_number(operand)
    if wanted is None:
        return None

    def quick(value: Any) -> Answer:
        if value is None:
            return blank
        known = number(value)
        return None if known is None else holds(known, wanted)

    return quick


def _against_text(holds: Callable[[Any, Any], bool], operand: str, *, texts: bool, blank: bool) -> _Quick:
    wanted, money, day = text(operand), money_in(operand), date_in(operand)

    def quick(value: Any) -> Answer:
        kind = type(value)
        if kind is str and texts:
            return holds(text(value), wanted)
        if value is None:
            return blank
        if kind is Money and money is not None and value.currency == money.currency:
            return holds(value.amount, money.amount)
        if kind is date and day is not None:
            return holds(value, day)
        return None

    return quick


def _among(operand: Operand, *, found: bool) -> _Quick | None:
    options = operand if isinstance(operand, tuple) else ()
    if all(isinstance(option, str) for option in options):
        texts = frozenset(text(option) for option in options if isinstance(option, str))

        def quick(value: Any) -> Answer:
            if value is None:
                return not found
            return (text(value) in texts) is found if type(value) is str else None

        return quick
    numbers = frozenset(_constant_number(option) for option in options)
    if None in numbers:
        return None

    def quick_number(value: Any) -> Answer:
        if value is None:
            return not found
        known = number(value)
        return None if known is None else (known in numbers) is found

    return quick_number


def _filled(wanted: bool) -> _Quick:
    def quick(value: Any) -> Answer:
        if value is None:
            return not wanted
        return bool(value.strip()) is wanted if type(value) is str else None

    return quick


def _inside(wanted: str, holds: Callable[[Any, Any], bool]) -> _Quick:
    def quick(value: Any) -> Answer:
        if value is None:
            return False
        return holds(text(value), wanted) if type(value) is str else None

    return quick
