"""Exchange rates, exact and with their direction."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from enum import Enum
from fractions import Fraction

from tsunagi.domain.money import require_code


class RateDirection(Enum):
    """How a rate is quoted: 0.0066 USD for one JPY of base currency, or 151.5 JPY of base for one USD."""

    FOREIGN_PER_BASE = "foreign_per_base"
    BASE_PER_FOREIGN = "base_per_foreign"


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

    def exact(self, direction: RateDirection) -> Fraction:
        """The value in this direction, without any rounding."""
        value = Fraction(self.value)
        return value if direction is self.direction else 1 / value

    def relative_difference(self, other: "Rate") -> Fraction:
        """The difference as a part of the larger of both; the same whichever direction either is quoted in.

        Raises ValueError where they are not rates of the same two currencies.
        """
        if (self.base, self.foreign) != (other.base, other.foreign):
            raise ValueError(f"{self} and {other} are rates of different currencies")
        mine, theirs = self._foreign_per_base, other._foreign_per_base
        return abs(mine - theirs) / max(mine, theirs)

    def __str__(self) -> str:
        if self.direction is RateDirection.FOREIGN_PER_BASE:
            return f"1 {self.base} = {self.value:f} {self.foreign}"
        return f"1 {self.foreign} = {self.value:f} {self.base}"

    @property
    def _foreign_per_base(self) -> Fraction:
        return self.exact(RateDirection.FOREIGN_PER_BASE)


def significant(value: Fraction, digits: int = 12) -> Decimal:
    """To so many significant digits, towards the larger number."""
    context = Context(prec=digits, rounding=ROUND_CEILING)
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))


def _require_decimal(value: object, what: str) -> None:
    # Typed callers cannot pass a float; data read from outside can.
    if not isinstance(value, Decimal):
        raise TypeError(f"{what} needs a Decimal, got {type(value).__name__} {value!r}")
