"""Rates as the CRM writes them: nine digits on each side of the point, and none is lost."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import Rate, RateDirection, RateInvalid
from tsunagi_zoho.compatibility import format_rate, parse_rate

# Everything the nine-digit rule can say.
NINE_DIGITS = st.integers(min_value=1, max_value=10**18 - 1).map(lambda units: Decimal(f"{units}E-9"))


def rate(value: str | Decimal) -> Rate:
    return Rate("JPY", "USD", Decimal(value), RateDirection.FOREIGN_PER_BASE)


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
    assert parse_rate("JPY", "USD", text).value == Decimal(value)


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
        parse_rate("JPY", "USD", text)
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
        parse_rate("JPY", "USD", value)  # type: ignore[arg-type]  # what data from outside can do


@given(NINE_DIGITS)
def test_what_is_written_is_read_back(value: Decimal) -> None:
    text = format_rate(rate(value))
    whole, point, decimals = text.partition(".")
    assert (1 <= len(whole) <= 9, point, len(decimals)) == (True, ".", 9)
    assert parse_rate("JPY", "USD", text) == rate(value)


@given(st.decimals(min_value="1E-30", max_value="1E30", places=30))
def test_a_rate_is_written_only_where_no_digit_is_lost(value: Decimal) -> None:
    fits = value < 10**9 and Fraction(value) * 10**9 % 1 == 0
    try:
        assert Decimal(format_rate(rate(value))) == value
    except RateInvalid:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize("value", ["1234567890", "0.0000000001", "1.0000000005", "1E+20"])
def test_a_rate_with_more_digits_is_not_cut(value: str) -> None:
    with pytest.raises(RateInvalid, match="at most 9 digits before the point and 9 after it") as caught:
        format_rate(rate(value))
    assert f"{Decimal(value):f}" in str(caught.value)


def test_zeros_at_the_end_are_no_digits() -> None:
    assert format_rate(rate("1.50000000000000")) == "1.500000000"
