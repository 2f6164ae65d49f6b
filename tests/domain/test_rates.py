"""Rates: exact in both directions, honest about what an inversion cannot keep."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.domain.money import Money, minor_digits
from tsunagi.domain.rates import Inversion, Rate, RateDirection, rounded_half_up
from tsunagi.errors import RateInvalid

FOREIGN_PER_BASE, BASE_PER_FOREIGN = RateDirection.FOREIGN_PER_BASE, RateDirection.BASE_PER_FOREIGN
DIRECTIONS = st.sampled_from(RateDirection)
PAIRS = st.sampled_from(
    [(one, other) for one in ("JPY", "USD", "BHD", "KWD") for other in ("KRW", "EUR", "OMR", "CLF")]
)
# Everything the nine-digit rule can say.
NINE_DIGITS = st.integers(min_value=1, max_value=10**18 - 1).map(lambda units: Decimal(f"{units}E-9"))
# Of these an inverse to nine decimals exists.
INVERTIBLE = st.integers(min_value=1, max_value=10**18).map(lambda units: Decimal(f"{units}E-9"))
AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=4)


def rate(value: str | Decimal, direction: RateDirection = FOREIGN_PER_BASE, base: str = "JPY") -> Rate:
    return Rate(base, "USD", Decimal(value), direction)


def money(text: str) -> Money:
    amount, currency = text.split()
    return Money(Decimal(amount), currency)


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
    assert Rate("JPY", "JPY", Decimal("1.000000000"), FOREIGN_PER_BASE).format() == "1.000000000"
    with pytest.raises(ValueError, match="the rate of JPY to itself is 1, got 2"):
        Rate("JPY", "JPY", Decimal(2), FOREIGN_PER_BASE)


def test_a_rate_reads_as_what_one_unit_is_worth() -> None:
    assert str(rate("0.0066")) == "1 JPY = 0.0066 USD"
    assert str(rate("151.5", BASE_PER_FOREIGN)) == "1 USD = 151.5 JPY"
    assert str(rate("1E-9")) == "1 JPY = 0.000000001 USD"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.000000000", "1"),
        ("0.006600000", "0.0066"),
        ("151", "151"),
        ("999999999.999999999", "999999999.999999999"),
        ("0.000000001", "0.000000001"),
        ("000000001.5", "1.5"),
    ],
)
def test_a_text_of_nine_and_nine_digits_is_read_exactly(text: str, value: str) -> None:
    assert Rate.parse("JPY", "USD", text, FOREIGN_PER_BASE).value == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "1234567890",
        "1.0000000001",
        "0",
        "0.000000000",
        "",
        " 1",
        "1\n",
        "+1",
        "-1",
        "1.",
        ".5",
        "1,5",
        "1e3",
        "NaN",
        "Infinity",
        "1_0",
        "１.５",
        "٣",
    ],
)
def test_any_other_text_is_refused_with_what_is_valid(text: str) -> None:
    with pytest.raises(RateInvalid) as caught:
        Rate.parse("JPY", "USD", text, FOREIGN_PER_BASE)
    message = caught.value.message
    assert caught.value.currency == "USD"
    for said in (message.en, message.ja):
        assert "USD" in said
        assert text in said
        assert "9" in said
        assert "0.006600000" in said


@pytest.mark.parametrize("value", [1.5, Decimal("1.5"), 1, None])
def test_a_rate_is_read_from_a_text_only(value: object) -> None:
    with pytest.raises(TypeError, match="read from a text"):
        Rate.parse("JPY", "USD", value, FOREIGN_PER_BASE)  # type: ignore[arg-type]  # what data from outside can do


@given(NINE_DIGITS, DIRECTIONS)
def test_what_is_written_is_read_back(value: Decimal, direction: RateDirection) -> None:
    text = rate(value, direction).format()
    whole, point, decimals = text.partition(".")
    assert (1 <= len(whole) <= 9, point, len(decimals)) == (True, ".", 9)
    assert Rate.parse("JPY", "USD", text, direction) == rate(value, direction)


@given(st.decimals(min_value="1E-30", max_value="1E30", places=30))
def test_a_rate_is_written_only_where_no_digit_is_lost(value: Decimal) -> None:
    fits = value < 10**9 and Fraction(value) * 10**9 % 1 == 0
    try:
        assert Decimal(rate(value).format()) == value
    except RateInvalid:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize("value", ["1234567890", "0.0000000001", "1.0000000005", "1E+20"])
def test_a_rate_with_more_digits_is_not_cut(value: str) -> None:
    with pytest.raises(RateInvalid, match="at most 9 digits before the point and 9 after it") as caught:
        rate(value).format()
    assert f"{Decimal(value):f}" in str(caught.value)


def test_zeros_at_the_end_are_no_digits() -> None:
    assert rate("1.50000000000000").format() == "1.500000000"


def test_an_inverse_is_rounded_half_up_and_tells_what_that_lost() -> None:
    inverse = rate("151.5", BASE_PER_FOREIGN).inverted()
    assert inverse.rate == Rate("JPY", "USD", Decimal("0.006600660"), FOREIGN_PER_BASE)
    assert inverse.loss.anything
    assert inverse.loss.exact == Fraction(2, 303)
    assert inverse.loss.fraction == Fraction(1, 10**8)
    assert inverse.loss.relative == Decimal("1E-8")


def test_an_inverse_that_ends_within_nine_decimals_loses_nothing() -> None:
    inverse = rate("125", BASE_PER_FOREIGN).inverted()
    assert inverse.rate.value == Decimal("0.008")
    assert not inverse.loss.anything
    assert inverse.loss.relative == 0


def test_the_half_goes_up() -> None:
    # 1/64 = 0.015625
    assert rate("64").inverted(5).rate.value == Decimal("0.01563")
    assert rate("2").inverted(0).rate.value == 1


def test_more_decimals_can_be_asked_for() -> None:
    assert rate("3").inverted(20).rate.value == Decimal("0.33333333333333333333")


def test_a_rate_of_which_nothing_would_be_left_has_no_inverse() -> None:
    with pytest.raises(RateInvalid) as caught:
        rate("3000000000", BASE_PER_FOREIGN).inverted()
    assert caught.value.message.en == (
        "The rate 1 USD = 3000000000 JPY cannot be said in USD for 1 JPY with 9 decimals: it would come to zero."
    )
    assert "3000000000" in caught.value.message.ja
    assert rate("3000000000", BASE_PER_FOREIGN).inverted(10).rate.value == Decimal("3E-10")


@pytest.mark.parametrize("places", [-1, True, 1.0, "9"])
def test_a_number_of_decimals_is_a_whole_number(places: int) -> None:
    with pytest.raises(ValueError, match="the number of decimals is 0 or more"):
        rate("2").inverted(places)


def test_a_long_rate_can_be_cut_knowingly() -> None:
    cut = rate("0.00660066006").rounded()
    assert cut.rate.format() == "0.006600660"
    assert cut.loss.exact == Fraction("0.00660066006")
    assert cut.loss.anything
    assert not rate("0.0066").rounded().loss.anything


@given(INVERTIBLE, DIRECTIONS)
def test_an_inverse_stays_within_nine_decimals_and_half_of_the_last(value: Decimal, direction: RateDirection) -> None:
    inverse = rate(value, direction).inverted()
    assert inverse.rate.direction is direction.other
    assert inverse.rate.value.as_tuple().exponent == -9
    assert inverse.loss.exact == 1 / Fraction(value)
    assert abs(Fraction(inverse.rate.value) - inverse.loss.exact) <= Fraction(1, 2 * 10**9)
    assert inverse.loss.anything == (Fraction(inverse.rate.value) != inverse.loss.exact)


@given(INVERTIBLE, DIRECTIONS, st.integers(min_value=9, max_value=18))
def test_the_inverse_of_the_inverse_is_off_by_no_more_than_was_said(
    value: Decimal, direction: RateDirection, places: int
) -> None:
    there = rate(value, direction).inverted(places)
    back = there.rate.inverted(places)
    assert back.rate.direction is direction
    off = abs(Fraction(back.rate.value) / Fraction(value) - 1)
    # 1/(1-e) is the most that dividing by a number off by e can do; a loss of half or more bounds nothing.
    if there.loss.fraction < 1:
        assert off <= (1 + back.loss.fraction) / (1 - there.loss.fraction) - 1
    if not there.loss.anything and not back.loss.anything:
        assert back.rate == rate(value, direction)


@given(NINE_DIGITS)
def test_the_loss_that_is_shown_never_flatters(value: Decimal) -> None:
    loss = _inverse(value).loss
    assert Fraction(loss.relative) >= loss.fraction
    assert Fraction(loss.relative) <= loss.fraction * (1 + Fraction(1, 10**11))
    assert (loss.relative == 0) == (not loss.anything)


@given(INVERTIBLE, INVERTIBLE)
def test_a_larger_rate_never_has_the_larger_inverse(one: Decimal, other: Decimal) -> None:
    small, large = sorted((one, other))
    assert _inverse(small).rate.value >= _inverse(large).rate.value


def test_the_surrounding_precision_changes_nothing() -> None:
    with localcontext() as context:
        context.prec = 3
        assert rate("151.515151515", BASE_PER_FOREIGN).inverted().rate.format() == "0.006600000"
        assert rate("123456789.123456789").format() == "123456789.123456789"
        assert rate("151.515151515", BASE_PER_FOREIGN).convert(money("1234567.89 USD")) == money("187055741 JPY")


def _inverse(value: Decimal) -> Inversion:
    return rate(value).inverted(18)


@pytest.mark.parametrize(
    ("value", "direction", "given", "expected"),
    [
        ("0.0066", FOREIGN_PER_BASE, "10000 JPY", "66.00 USD"),
        ("0.0066", FOREIGN_PER_BASE, "66.00 USD", "10000 JPY"),
        ("151.5", BASE_PER_FOREIGN, "1054.00 USD", "159681 JPY"),
        ("151.5", BASE_PER_FOREIGN, "159681 JPY", "1054.00 USD"),
        ("150", BASE_PER_FOREIGN, "0.01 USD", "2 JPY"),
        ("150", BASE_PER_FOREIGN, "-0.01 USD", "-2 JPY"),
        ("150", BASE_PER_FOREIGN, "0 JPY", "0.00 USD"),
    ],
)
def test_money_is_converted_either_way(value: str, direction: RateDirection, given: str, expected: str) -> None:
    converted = rate(value, direction).convert(money(given))
    assert str(converted) == expected


def test_yen_have_no_minor_units_and_dinars_have_three_digits() -> None:
    dinar = Rate("JPY", "KWD", Decimal("491.234"), BASE_PER_FOREIGN)
    assert str(dinar.convert(money("1.001 KWD"))) == "492 JPY"
    assert str(dinar.convert(money("1 JPY"))) == "0.002 KWD"
    bahrain = Rate("BHD", "JPY", Decimal("401.5"), FOREIGN_PER_BASE)
    assert str(bahrain.convert(money("1 JPY"))) == "0.002 BHD"
    assert str(bahrain.convert(money("0.001 BHD"))) == "0 JPY"


def test_money_in_a_third_currency_is_not_converted() -> None:
    with pytest.raises(ValueError, match="a rate of USD in JPY cannot convert 5 EUR"):
        rate("0.0066").convert(money("5 EUR"))


@given(NINE_DIGITS, DIRECTIONS, PAIRS, AMOUNTS, st.booleans())
def test_a_conversion_is_off_by_at_most_half_a_minor_unit(
    value: Decimal, direction: RateDirection, pair: tuple[str, str], amount: Decimal, from_base: bool
) -> None:
    base, foreign = pair
    source, target = pair if from_base else (foreign, base)
    converted = Rate(base, foreign, value, direction).convert(Money(amount, source))
    multiplies = from_base == (direction is FOREIGN_PER_BASE)
    exact = Fraction(amount) * Fraction(value) if multiplies else Fraction(amount) / Fraction(value)
    assert converted.currency == target
    assert converted.amount.as_tuple().exponent == -minor_digits(target)
    assert abs(Fraction(converted.amount) - exact) * 2 <= Fraction(1, 10 ** minor_digits(target))


@given(NINE_DIGITS, DIRECTIONS, AMOUNTS, AMOUNTS)
def test_more_money_is_never_worth_less(value: Decimal, direction: RateDirection, one: Decimal, other: Decimal) -> None:
    small, large = sorted((one, other))
    worth = rate(value, direction).convert
    assert worth(Money(small, "USD")) <= worth(Money(large, "USD"))
    assert worth(Money(small, "JPY")) <= worth(Money(large, "JPY"))


@given(NINE_DIGITS, DIRECTIONS, AMOUNTS)
def test_a_credit_converts_as_its_debit(value: Decimal, direction: RateDirection, amount: Decimal) -> None:
    worth = rate(value, direction).convert
    assert worth(Money(-amount, "USD")) == -worth(Money(amount, "USD"))


def test_rates_agree_whichever_way_they_are_said() -> None:
    crm, finance = rate("0.006600660"), rate("151.5", BASE_PER_FOREIGN)
    assert crm.agrees_with(finance, Decimal("0.00000001"))
    assert not crm.agrees_with(finance, Decimal(0))
    assert rate("0.008").agrees_with(rate("125", BASE_PER_FOREIGN), Decimal(0))


@given(NINE_DIGITS, NINE_DIGITS, DIRECTIONS, DIRECTIONS)
def test_the_difference_is_the_same_from_either_side_and_either_way(
    one: Decimal, other: Decimal, ours: RateDirection, theirs: RateDirection
) -> None:
    left, right = rate(one, ours), rate(other, theirs)
    difference = left.relative_difference(right)
    assert 0 <= difference < 1
    assert right.relative_difference(left) == difference
    assert rate(one, ours.other).relative_difference(rate(other, theirs.other)) == difference


def test_rates_of_different_currencies_are_not_compared() -> None:
    with pytest.raises(ValueError, match="rates of different currencies"):
        rate("1").agrees_with(rate("1", base="EUR"), Decimal(1))


def test_a_tolerance_is_no_float() -> None:
    with pytest.raises(TypeError, match="a tolerance needs a Decimal, got float"):
        rate("1").agrees_with(rate("1"), 0.1)  # type: ignore[arg-type]  # what data from outside can do


@given(st.fractions(), st.integers(min_value=0, max_value=40))
def test_rounding_is_off_by_half_a_digit_at_most_and_alike_below_zero(value: Fraction, places: int) -> None:
    rounded = rounded_half_up(value, places)
    assert abs(Fraction(rounded) - value) * 2 <= Fraction(1, 10**places)
    assert rounded_half_up(-value, places) == rounded.copy_negate()
    assert not (rounded.is_zero() and rounded.is_signed())
