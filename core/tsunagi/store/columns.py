"""Column types that keep the hub's values exact on SQLite and PostgreSQL alike."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any

import simplejson
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override

from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.domain.values import decode_fields, encode_fields
from tsunagi.store.keyring import keyring_of
from tsunagi.text import Text

MONEY_DIGITS = 6
_SCALE = 10**MONEY_DIGITS
_LARGEST = 2**63 - 1
# Wide enough for every amount, whatever precision the caller's own context has.
_EXACT = Context(prec=60)
# A product of two scaled integers would be scaled twice, silently.
_UNSCALABLE = frozenset({operators.mul, operators.truediv, operators.floordiv, operators.mod})


class ExactDecimal(TypeDecorator[Decimal]):
    """A Decimal of up to six digits behind the point: a scaled integer on SQLite, NUMERIC(24,6) on PostgreSQL.

    Compares, orders, adds and sums exactly on both. Floats, other strangers, more digits and amounts beyond
    9.2 * 10**12 are refused. Multiply and divide in Python; sum with `exact_sum`; never use SQL's avg().
    """

    impl = sa.Numeric
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[Decimal]):
        """Refuses the operators that a scaled integer cannot follow."""

        def operate(self, op: Callable[..., Any], *other: Any, **kwargs: Any) -> Any:
            _refuse_scaling(op)
            return super().operate(op, *other, **kwargs)

        def reverse_operate(self, op: Callable[..., Any], other: Any, **kwargs: Any) -> Any:
            _refuse_scaling(op)
            return super().reverse_operate(op, other, **kwargs)

    comparator_factory = Comparator

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.Numeric(24, MONEY_DIGITS))

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | Decimal | None:
        if value is None:
            return None
        number = scaled(value)
        return number if dialect.name == "sqlite" else Decimal(value)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return _unscaled(value) if dialect.name == "sqlite" else trimmed(Decimal(value))


def trimmed(amount: Decimal) -> Decimal:
    """Without zeros at the end of its fraction, so that both databases give the very same value back."""
    whole = amount.to_integral_value()
    return whole if amount == whole else _EXACT.normalize(amount)


def _unscaled(number: int) -> Decimal:
    return trimmed(_EXACT.scaleb(Decimal(number), -MONEY_DIGITS))


def _refuse_scaling(op: Callable[..., Any]) -> None:
    if op in _UNSCALABLE:
        raise TypeError("an ExactDecimal column cannot be multiplied or divided in SQL: do it in Python")


def scaled(value: object) -> int:
    """An amount in millionths. Raises TypeError or ValueError for what ExactDecimal refuses."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise TypeError(f"an amount must be a Decimal, got {type(value).__name__} {value!r}")
    amount = Decimal(value)
    if not amount.is_finite():
        raise ValueError(f"an amount must be finite, got {amount}")
    # Counted on the digits themselves: arithmetic would round to the context's precision first.
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)
    number, shift = int("".join(map(str, digits))), exponent + MONEY_DIGITS
    if not number:
        return 0
    if len(digits) + shift > len(str(_LARGEST)):
        raise ValueError(f"an amount beyond {_LARGEST // _SCALE} cannot be stored, got {value}")
    # A shift below the number of digits leaves a rest whatever the digits are; the power is not worth computing.
    whole, rest = divmod(number * _ten_to(shift), _ten_to(min(-shift, len(digits))))
    if rest or -shift > len(digits):
        raise ValueError(f"an amount has at most {MONEY_DIGITS} digits behind the point, got {value}")
    if whole > _LARGEST:
        raise ValueError(f"an amount beyond {_LARGEST // _SCALE} cannot be stored, got {value}")
    return -whole if sign else whole


def _ten_to(power: int) -> int:
    return int("1" + "0" * max(power, 0))


class _Sum(TypeDecorator[Decimal]):
    """What `exact_sum` returns: on SQLite the sums of whole parts and of fractions, as `whole|fraction`."""

    impl = sa.Text
    cache_ok = True

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal:
        if value is None:
            return Decimal(0)
        if dialect.name != "sqlite":
            return trimmed(Decimal(value))
        whole, fraction = str(value).split("|")
        return _unscaled(int(whole) * _SCALE + int(fraction))


class SumText(TypeDecorator[Decimal]):
    """A sum of ExactDecimals, however large, as text: it is read and written, the database never computes with it."""

    impl = sa.Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else trimmed(Decimal(value))


def exactly_added(one: Decimal, other: Decimal) -> Decimal:
    """A sum for SumText, whatever precision the caller's own context has."""
    return trimmed(_EXACT.add(one, other))


class exact_sum(FunctionElement[Decimal]):  # noqa: N801 - named as the SQL function it represents
    """The sum of an ExactDecimal column, zero for no rows; it cannot overflow where SQLite's own sum would."""

    type = _Sum()
    inherit_cache = True


@compiles(exact_sum)
def _sum(element: exact_sum, compiler: Any, **kwargs: Any) -> str:
    return f"CAST(sum({compiler.process(element.clauses, **kwargs)}) AS TEXT)"


@compiles(exact_sum, "sqlite")
def _sum_in_parts(element: exact_sum, compiler: Any, **kwargs: Any) -> str:
    column = compiler.process(element.clauses, **kwargs)
    return f"(sum({column} / {_SCALE}) || '|' || sum({column} % {_SCALE}))"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept and given back in UTC; a naive one is refused."""

    impl = sa.DateTime
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time must know its zone, got {value.isoformat()}")
        return value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Encoded(str):
    """Fields that are JSON text already; JsonFields stores them as they are."""

    __slots__ = ()


def encoded(fields: Fields) -> Encoded:
    """Fields as JSON text; equal texts mean equal fields."""
    return Encoded(json.dumps(encode_fields(fields), ensure_ascii=False, separators=(",", ":"), sort_keys=True))


def decoded(text: str) -> dict[str, Value]:
    return decode_fields(json.loads(text))


class JsonFields(TypeDecorator[Fields]):
    """Record fields with their types (see tsunagi.domain.values), as JSON text."""

    impl = sa.Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Fields | Encoded | None, dialect: Dialect) -> str | None:
        return value if value is None or isinstance(value, Encoded) else encoded(value)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Fields | None:
        return None if value is None else decoded(value)


class PlainJson(TypeDecorator[Any]):
    """What JSON itself has words for; a number with a point is a Decimal both ways."""

    impl = sa.Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else simplejson.dumps(value, use_decimal=True, ensure_ascii=False, sort_keys=True)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else simplejson.loads(value, use_decimal=True)


class StringTuple(PlainJson):
    """A few texts, as a JSON list."""

    cache_ok = True

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else tuple(super().process_result_value(value, dialect))


class BothLanguages(TypeDecorator[Text]):
    """A Text, as a JSON object of its languages."""

    impl = sa.Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Text | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps({"en": value.en, "ja": value.ja}, ensure_ascii=False)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Text | None:
        return None if value is None else Text(**json.loads(value))


class RefText(TypeDecorator[RecordRef]):
    """A RecordRef as `service:entity:id`."""

    impl = sa.Text
    cache_ok = True

    @override
    def process_bind_param(self, value: RecordRef | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> RecordRef | None:
        return None if value is None else RecordRef.parse(value)


class Encrypted(TypeDecorator[str]):
    """Text sealed with the store's keys; the database never sees it. Cannot be searched."""

    impl = sa.Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else keyring_of(dialect).seal(value)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else keyring_of(dialect).open(value)


class SealedJson(TypeDecorator[dict[str, str]]):
    """Secrets by name, sealed as one text. Cannot be searched."""

    impl = Encrypted
    cache_ok = True

    @override
    def process_bind_param(self, value: Mapping[str, str] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(dict(value))

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> dict[str, str] | None:
        return None if value is None else json.loads(value)


class Serial(TypeDecorator[int]):
    """A number the database counts up itself, wide enough for ever on PostgreSQL."""

    impl = sa.BigInteger
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # SQLite counts up INTEGER and nothing else.
        return dialect.type_descriptor(sa.Integer() if dialect.name == "sqlite" else sa.BigInteger())
