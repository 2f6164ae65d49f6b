"""Both sides' rates beside each other."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.domain.rates import LABELS, Agreement, Precision, Rate, RateDifference, RateDirection
from tsunagi.domain.rates import differences as exact_differences

FOREIGN_PER_BASE, BASE_PER_FOREIGN = RateDirection.FOREIGN_PER_BASE, RateDirection.BASE_PER_FOREIGN


def crm(value: str | Decimal, foreign: str = "USD", base: str = "JPY") -> Rate:
    return Rate(base, foreign, Decimal(value), FOREIGN_PER_BASE)


def finance(value: str | Decimal, foreign: str = "USD", base: str = "JPY") -> Rate:
    return Rate(base, foreign, Decimal(value), BASE_PER_FOREIGN)


def differences(
    left: Sequence[Rate], right: Sequence[Rate], *, most: Decimal = Decimal("0.001"), **options: Any
) -> tuple[RateDifference, ...]:
    """A CRM that keeps nine decimals and a finance side that keeps six."""
    return exact_differences(left, right, precision=Precision(9, 6, most), **options)


def only(rows: tuple[RateDifference, ...]) -> RateDifference:
    (row,) = rows
    return row


def test_an_exact_inverse_is_no_difference() -> None:
    row = only(differences([crm("0.008000000")], [finance("125")]))
    assert (row.currency, row.severity, row.relative) == ("USD", Agreement.NONE, Decimal(0))
    assert (row.crm_value, row.finance_value) == (Decimal(125), Decimal(125))


@pytest.mark.parametrize(
    ("crm_says", "finance_says"),
    [
        ("0.006600660", "151.5"),  # the CRM keeps nine decimals
        ("0.006670000", "149.925037"),  # finance keeps six
        ("0.009259259", "108"),
    ],
)
def test_what_a_sides_digits_cannot_keep_is_rounding(crm_says: str, finance_says: str) -> None:
    row = only(differences([crm(crm_says)], [finance(finance_says)]))
    assert row.severity is Agreement.ROUNDING
    assert row.relative is not None
    assert 0 < row.relative < Decimal("0.000001")


def test_one_unit_of_the_last_digit_is_more_than_rounding() -> None:
    assert only(differences([crm("0.006600661")], [finance("151.5")])).severity is Agreement.DIFFERS


def test_two_rates_are_shown_in_one_direction_with_their_difference() -> None:
    row = only(differences([crm("0.006666667")], [finance("151.5")]))
    assert row.severity is Agreement.DIFFERS
    assert (row.crm, row.finance) == (crm("0.006666667"), finance("151.5"))
    assert (row.crm_value, row.finance_value) == (Decimal("149.999992500001"), Decimal("151.5"))
    assert row.relative is not None
    assert row.relative.quantize(Decimal("0.0001")) == Decimal("0.0099")


def test_the_direction_can_be_the_crms() -> None:
    row = only(differences([crm("0.0066")], [finance("125")], direction=FOREIGN_PER_BASE))
    assert (row.crm_value, row.finance_value) == (Decimal("0.0066"), Decimal("0.008"))


def test_a_currency_of_one_side_only_is_missing_on_the_other() -> None:
    rows = differences([crm("0.0066"), crm("0.0061", "EUR")], [finance("151.5"), finance("0.11", "KRW")])
    assert [(row.currency, row.severity) for row in rows] == [
        ("EUR", Agreement.MISSING_IN_FINANCE),
        ("KRW", Agreement.MISSING_IN_CRM),
        ("USD", Agreement.DIFFERS),
    ]
    assert (rows[0].finance, rows[0].finance_value, rows[0].relative) == (None, None, None)
    assert (rows[1].crm, rows[1].crm_value, rows[1].relative) == (None, None, None)


def test_the_base_currency_itself_is_no_row() -> None:
    assert differences([crm("1", "JPY")], [finance("1.000", "JPY")]) == ()


def test_a_rate_that_a_side_cannot_say_well_is_no_mere_rounding() -> None:
    """Nine decimals leave two digits of this one: whoever converts with it is wrong by a percent."""
    tiny = [finance("85000000", "KWD", "VND")]
    row = only(differences([crm("0.000000012", "KWD", "VND")], tiny))
    assert row.severity is Agreement.DIFFERS
    assert only(differences([row.crm] if row.crm else [], tiny, most=Decimal(1))).severity is (Agreement.ROUNDING)


def test_rates_in_two_bases_are_not_compared() -> None:
    with pytest.raises(ValueError, match="one base currency, got EUR, JPY"):
        differences([crm("0.0066")], [finance("0.9", base="EUR")])


def test_two_rates_of_one_currency_are_refused() -> None:
    with pytest.raises(ValueError, match="the finance side has two rates of USD: 1 USD = 150 JPY and 1 USD = 151 JPY"):
        differences([], [finance("150"), finance("151")])


def test_every_outcome_has_its_words() -> None:
    assert set(LABELS) == set(Agreement)


# From a hundredth to a hundred million: there nine decimals keep an inverse well.
WELL_KEPT = st.integers(min_value=10**4, max_value=10**11).map(lambda units: Decimal(f"{units}E-6"))


@given(WELL_KEPT)
def test_a_rate_copied_to_the_other_side_never_differs(value: Decimal) -> None:
    exact = 1 / Fraction(value)
    copied = Decimal(round(exact * 10**9)).scaleb(-9)
    row = only(differences([crm(copied)], [finance(value)], most=Decimal(1)))
    assert row.severity is (Agreement.NONE if Fraction(copied) == exact else Agreement.ROUNDING)


@given(WELL_KEPT, WELL_KEPT)
def test_the_difference_covers_both_rates(one: Decimal, other: Decimal) -> None:
    row = only(differences([crm(one)], [finance(other)]))
    assert row.relative is not None
    exact = Fraction(1) / Fraction(one), Fraction(other)
    assert Fraction(row.relative) >= abs(exact[0] - exact[1]) / max(exact)
    assert (row.severity is Agreement.NONE) == (exact[0] == exact[1])
