"""Rates: exact in both directions."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.domain.rates import Rate, RateDirection

FOREIGN_PER_BASE, BASE_PER_FOREIGN = RateDirection.FOREIGN_PER_BASE, RateDirection.BASE_PER_FOREIGN
DIRECTIONS = st.sampled_from(RateDirection)
NINE_DIGITS = st.integers(min_value=1, max_value=10**18 - 1).map(lambda units: Decimal(f"{units}E-9"))


def rate(value: str | Decimal, direction: RateDirection = FOREIGN_PER_BASE, base: str = "JPY") -> Rate:
    return Rate(base, "USD", Decimal(value), direction)


@pytest.mark.parametrize("value", [1.5, 1, "1.5", True, None, Fraction(1, 2)])
def test_only_a_decimal_is_a_rate(value: object) -> None:
    with pytest.raises(TypeError, match=f"a rate needs a Decimal, got {type(value).__name__}"):
        Rate("JPY", "USD", value, FOREIGN_PER_BASE)  # type: ignore[arg-type]  # what data from outside can do


@pytest.mark.parametrize("value", ["0", "-1", "-0.000000001", "NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_rate_is_above_zero_and_finite(value: str) -> None:
    with pytest.raises(ValueError, match="the rate of USD in JPY must be above zero, got"):
        rate(value)


@pytest.mark.parametrize(("base", "foreign"), [("jpy", "USD"), ("JPY", "US$"), ("", "USD"), ("JPY", "DOLLAR")])
def test_both_currencies_have_a_code(base: str, foreign: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217 code such as JPY"):
        Rate(base, foreign, Decimal(1), FOREIGN_PER_BASE)


def test_a_currency_is_worth_itself() -> None:
    assert Rate("JPY", "JPY", Decimal("1.000000000"), FOREIGN_PER_BASE).value == 1
    with pytest.raises(ValueError, match="the rate of JPY to itself is 1, got 2"):
        Rate("JPY", "JPY", Decimal(2), FOREIGN_PER_BASE)


def test_a_rate_reads_as_what_one_unit_is_worth() -> None:
    assert str(rate("0.0066")) == "1 JPY = 0.0066 USD"
    assert str(rate("151.5", BASE_PER_FOREIGN)) == "1 USD = 151.5 JPY"
    assert str(rate("1E-9")) == "1 JPY = 0.000000001 USD"


@given(NINE_DIGITS, NINE_DIGITS, DIRECTIONS, DIRECTIONS)
def test_the_difference_is_the_same_from_either_side_and_either_way(
    one: Decimal, other: Decimal, ours: RateDirection, theirs: RateDirection
) -> None:
    left, right = rate(one, ours), rate(other, theirs)
    difference = left.relative_difference(right)
    assert 0 <= difference < 1
    assert right.relative_difference(left) == difference
    assert rate(one, _other(ours)).relative_difference(rate(other, _other(theirs))) == difference


def test_rates_of_different_currencies_are_not_compared() -> None:
    with pytest.raises(ValueError, match="rates of different currencies"):
        rate("1").relative_difference(rate("1", base="EUR"))


def test_a_rate_turned_round_is_the_same_rate() -> None:
    assert rate("0.008").relative_difference(rate("125", BASE_PER_FOREIGN)) == 0
    assert rate("151.5", BASE_PER_FOREIGN).exact(FOREIGN_PER_BASE) == Fraction(2, 303)


def _other(direction: RateDirection) -> RateDirection:
    return BASE_PER_FOREIGN if direction is FOREIGN_PER_BASE else FOREIGN_PER_BASE
