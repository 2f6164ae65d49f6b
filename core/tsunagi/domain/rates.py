"""Exchange rates, exact and with their direction."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from enum import Enum
from fractions import Fraction

from tsunagi.domain.money import require_code
from tsunagi.text import Text


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


# Digits shown of a rate that had to be turned round: more than any side keeps.
SHOWN_DIGITS = 15


class Agreement(Enum):
    """NONE: no difference. ROUNDING: one is the other as far as that side's digits go. DIFFERS: truly two rates.
    MISSING_IN_CRM, MISSING_IN_FINANCE: only the other side has a rate.
    """

    NONE = "none"
    ROUNDING = "rounding"
    DIFFERS = "differs"
    MISSING_IN_CRM = "missing_in_crm"
    MISSING_IN_FINANCE = "missing_in_finance"


LABELS: dict[Agreement, Text] = {
    Agreement.NONE: Text(en="same", ja="一致"),
    Agreement.ROUNDING: Text(en="same but for rounding", ja="端数処理のみの差"),
    Agreement.DIFFERS: Text(en="different", ja="不一致"),
    Agreement.MISSING_IN_CRM: Text(en="not in the CRM", ja="CRMに未登録"),
    Agreement.MISSING_IN_FINANCE: Text(en="not on the finance side", ja="会計側に未登録"),
}


@dataclass(frozen=True, slots=True)
class RateDifference:
    """One currency on both sides. `crm` and `finance` are the rates as each side gives them.

    `crm_value` and `finance_value` are both in `direction`, to fifteen digits where a side gives it the other way
    round. `relative` is the difference as a part of the larger, None where a side has no rate.
    """

    currency: str
    crm: Rate | None
    finance: Rate | None
    direction: RateDirection
    crm_value: Decimal | None
    finance_value: Decimal | None
    relative: Decimal | None
    severity: Agreement


@dataclass(frozen=True, slots=True)
class Precision:
    """How many decimals each side keeps of a rate, and the relative difference (`most`) that is never mere rounding."""

    crm: int
    finance: int
    most: Decimal = Decimal("0.001")


def differences(
    crm: Iterable[Rate],
    finance: Iterable[Rate],
    *,
    precision: Precision,
    direction: RateDirection = RateDirection.BASE_PER_FOREIGN,
) -> tuple[RateDifference, ...]:
    """A row for each foreign currency that either side has a rate of, by code.

    Leave out what a side lists without a rate. Raises ValueError for rates of different base currencies, and for
    two rates of one currency on one side.
    """
    left, right = _by_currency(crm, "the CRM"), _by_currency(finance, "the finance side")
    bases = {rate.base for rate in (*left.values(), *right.values())}
    if len(bases) > 1:
        raise ValueError(f"rates are compared in one base currency, got {', '.join(sorted(bases))}")
    codes = sorted(left.keys() | right.keys())
    return tuple(_row(code, left.get(code), right.get(code), direction, precision) for code in codes)


def _by_currency(rates: Iterable[Rate], side: str) -> dict[str, Rate]:
    found: dict[str, Rate] = {}
    for rate in rates:
        if rate.foreign in found:
            raise ValueError(f"{side} has two rates of {rate.foreign}: {found[rate.foreign]} and {rate}")
        found[rate.foreign] = rate
    # A base currency's rate to itself carries no information.
    return {code: rate for code, rate in found.items() if code != rate.base}


def _row(
    code: str, crm: Rate | None, finance: Rate | None, direction: RateDirection, precision: Precision
) -> RateDifference:
    relative = crm.relative_difference(finance) if crm and finance else None
    return RateDifference(
        currency=code,
        crm=crm,
        finance=finance,
        direction=direction,
        crm_value=_shown(crm, direction),
        finance_value=_shown(finance, direction),
        relative=None if relative is None else significant(relative),
        severity=_severity(crm, finance, precision),
    )


def _severity(crm: Rate | None, finance: Rate | None, precision: Precision) -> Agreement:
    if crm is None:
        return Agreement.MISSING_IN_CRM
    if finance is None:
        return Agreement.MISSING_IN_FINANCE
    relative = crm.relative_difference(finance)
    if not relative:
        return Agreement.NONE
    rounded = _is_rounded(crm, finance, precision.crm) or _is_rounded(finance, crm, precision.finance)
    return Agreement.ROUNDING if rounded and relative <= Fraction(precision.most) else Agreement.DIFFERS


def _is_rounded(rate: Rate, other: Rate, places: int) -> bool:
    """Could `rate` be `other`, kept with so many decimals?"""
    return abs(Fraction(rate.value) - other.exact(rate.direction)) <= Fraction(1, 2 * 10**places)


def _shown(rate: Rate | None, direction: RateDirection) -> Decimal | None:
    if rate is None:
        return None
    return rate.value if rate.direction is direction else significant(rate.exact(direction), SHOWN_DIGITS)
