"""Exchange rates, exact and with their direction; what an inversion cannot keep is part of its answer."""

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from enum import Enum
from fractions import Fraction

from tsunagi.domain.money import Money, minor_digits, require_code
from tsunagi.errors import RateInvalid
from tsunagi.text import Text

# As a CRM writes and accepts a rate: a text of at most nine digits on each side of the point.
INTEGER_DIGITS = 9
PLACES = 9
_NINE_DIGITS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


class RateDirection(Enum):
    """How a rate is quoted: 0.0066 USD for one JPY of base currency, or 151.5 JPY of base for one USD."""

    FOREIGN_PER_BASE = "foreign_per_base"
    BASE_PER_FOREIGN = "base_per_foreign"

    @property
    def other(self) -> "RateDirection":
        if self is RateDirection.FOREIGN_PER_BASE:
            return RateDirection.BASE_PER_FOREIGN
        return RateDirection.FOREIGN_PER_BASE


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate between an organisation's base currency and a foreign one.

    `value` is positive and exact; raises TypeError for anything but a Decimal, ValueError for what is no rate.
    A currency's rate to itself is 1.
    """

    base: str
    foreign: str
    value: Decimal
    direction: RateDirection

    def __post_init__(self) -> None:
        require_code(self.base)
        require_code(self.foreign)
        _require_decimal(self.value, "a rate")
        if not self.value.is_finite() or self.value <= 0:
            raise ValueError(f"the rate of {self.foreign} in {self.base} must be above zero, got {self.value}")
        if self.base == self.foreign and self.value != 1:
            raise ValueError(f"the rate of {self.base} to itself is 1, got {self.value}")

    @classmethod
    def parse(cls, base: str, foreign: str, text: str, direction: RateDirection) -> "Rate":
        """From a text under the nine-digit rule, such as "0.006600000". Raises RateInvalid."""
        if not isinstance(text, str):
            raise TypeError(f"a rate is read from a text, got {type(text).__name__} {text!r}")
        if not _NINE_DIGITS.fullmatch(text) or not Decimal(text):
            raise RateInvalid(_not_nine_digits(foreign, text), currency=foreign)
        return cls(base, foreign, Decimal(text), direction)

    def format(self) -> str:
        """As a text under the nine-digit rule, always with nine decimals.

        Raises RateInvalid where digits would be lost: call `rounded` first to decide about them.
        """
        kept = rounded_half_up(Fraction(self.value), PLACES)
        text = f"{kept if kept == self.value else self.value:f}"
        if not _NINE_DIGITS.fullmatch(text):
            raise RateInvalid(_not_nine_digits(self.foreign, text), currency=self.foreign)
        return text

    def exact(self, direction: RateDirection) -> Fraction:
        """The value in this direction, without any rounding."""
        value = Fraction(self.value)
        return value if direction is self.direction else 1 / value

    def inverted(self, places: int = PLACES) -> "Inversion":
        """The same rate quoted the other way round, to so many decimals. Raises RateInvalid as `quoted`."""
        return self.quoted(self.direction.other, places)

    def rounded(self, places: int = PLACES) -> "Inversion":
        """The same rate in its own direction, to so many decimals. Raises RateInvalid as `quoted`."""
        return self.quoted(self.direction, places)

    def quoted(self, direction: RateDirection, places: int = PLACES) -> "Inversion":
        """In this direction, rounded half up to so many decimals.

        Raises RateInvalid for a rate so small that nothing would be left of it.
        """
        exact = self.exact(direction)
        kept = rounded_half_up(exact, places)
        if not kept:
            raise RateInvalid(_nothing_left(self, places, direction), currency=self.foreign)
        return Inversion(Rate(self.base, self.foreign, kept, direction), Loss(exact, kept))

    def convert(self, money: Money) -> Money:
        """Base to foreign or foreign to base: computed exactly, then rounded to the digits that currency is paid in.

        Raises ValueError for money in a third currency.
        """
        if money.currency == self.base:
            return _in_minor_units(Fraction(money.amount) * self._foreign_per_base, self.foreign)
        if money.currency == self.foreign:
            return _in_minor_units(Fraction(money.amount) / self._foreign_per_base, self.base)
        raise ValueError(f"a rate of {self.foreign} in {self.base} cannot convert {money}")

    def relative_difference(self, other: "Rate") -> Fraction:
        """The difference as a part of the larger of both; the same whichever direction either is quoted in.

        Raises ValueError where they are not rates of the same two currencies.
        """
        if (self.base, self.foreign) != (other.base, other.foreign):
            raise ValueError(f"{self} and {other} are rates of different currencies")
        mine, theirs = self._foreign_per_base, other._foreign_per_base
        return abs(mine - theirs) / max(mine, theirs)

    def agrees_with(self, other: "Rate", tolerance: Decimal) -> bool:
        """Is their relative difference at most `tolerance` (0.001: a tenth of a percent)?"""
        _require_decimal(tolerance, "a tolerance")
        return self.relative_difference(other) <= Fraction(tolerance)

    def __str__(self) -> str:
        if self.direction is RateDirection.FOREIGN_PER_BASE:
            return f"1 {self.base} = {self.value:f} {self.foreign}"
        return f"1 {self.foreign} = {self.value:f} {self.base}"

    @property
    def _foreign_per_base(self) -> Fraction:
        return self.exact(RateDirection.FOREIGN_PER_BASE)


@dataclass(frozen=True, slots=True)
class Loss:
    """What rounding took from a rate: `exact` is the value before, `kept` what stands after."""

    exact: Fraction
    kept: Decimal

    @property
    def anything(self) -> bool:
        return Fraction(self.kept) != self.exact

    @property
    def fraction(self) -> Fraction:
        """How far `kept` is off, as a part of the exact value."""
        return abs(Fraction(self.kept) / self.exact - 1)

    @property
    def relative(self) -> Decimal:
        """`fraction` to twelve digits, never less than it is."""
        return significant(self.fraction)


@dataclass(frozen=True, slots=True)
class Inversion:
    """A rate brought to a direction and a number of decimals, and what that lost."""

    rate: Rate
    loss: Loss


def rounded_half_up(value: Fraction, places: int) -> Decimal:
    """To so many decimals, halves away from zero, whatever the number of digits before the point."""
    if isinstance(places, bool) or not isinstance(places, int) or places < 0:
        raise ValueError(f"the number of decimals is 0 or more, got {places!r}")
    scaled = abs(value) * 10**places
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    # Built from its digits: arithmetic would round to the ambient context's precision.
    return Decimal(f"{'-' if value < 0 and units else ''}{units}E-{places}")


def significant(value: Fraction, digits: int = 12) -> Decimal:
    """To so many significant digits, towards the larger number."""
    context = Context(prec=digits, rounding=ROUND_CEILING)
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))


def _in_minor_units(amount: Fraction, currency: str) -> Money:
    return Money(rounded_half_up(amount, minor_digits(currency)), currency)


def _require_decimal(value: object, what: str) -> None:
    # Typed callers cannot pass a float; data read from outside can.
    if not isinstance(value, Decimal):
        raise TypeError(f"{what} needs a Decimal, got {type(value).__name__} {value!r}")


def _not_nine_digits(currency: str, text: str) -> Text:
    return Text(
        en=f"The exchange rate of {currency} must be a number above zero with at most {INTEGER_DIGITS} digits before "
        f"the point and {PLACES} after it, such as 0.006600000; got '{text}'.",
        ja=f"{currency} の為替レートは、整数部 {INTEGER_DIGITS} 桁以内、小数部 {PLACES} 桁以内の 0 より大きい数"
        f"(例: 0.006600000)で指定してください。受け取った値: 「{text}」",
    )


def _nothing_left(rate: Rate, places: int, direction: RateDirection) -> Text:
    per_base = direction is RateDirection.FOREIGN_PER_BASE
    unit, of = (rate.foreign, rate.base) if per_base else (rate.base, rate.foreign)
    return Text(
        en=f"The rate {rate} cannot be said in {unit} for 1 {of} with {places} decimals: it would come to zero.",
        ja=f"為替レート {rate} は、1 {of} あたりの {unit} を小数部 {places} 桁で表すと 0 になるため使用できません。",
    )
