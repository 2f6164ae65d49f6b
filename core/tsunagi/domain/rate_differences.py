"""Both sides' exchange rates beside each other: where they agree, and where they do not."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from tsunagi.domain.rates import Rate, RateDirection, significant
from tsunagi.text import Text

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
    """One currency on both sides. `crm` and `finance` are the rates as each side says them.

    `crm_value` and `finance_value` are both in `direction`, to fifteen digits where a side says it the other way
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
    # A base currency's rate to itself says nothing.
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
