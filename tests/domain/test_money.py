"""Money: exact, in one currency at a time, rounded as it is paid."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.domain.money import Money, is_known, minor_digits, require_code

CODES = st.sampled_from(["JPY", "USD", "EUR", "BHD", "KWD", "KRW", "CLF"])
AMOUNTS = st.decimals(min_value=-(10**15), max_value=10**15, places=9)


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        *((code, 0) for code in ("JPY", "KRW", "VND", "CLP", "XOF")),
        *((code, 2) for code in ("USD", "EUR", "INR", "HUF", "TWD", "GBP")),
        *((code, 3) for code in ("BHD", "KWD", "OMR", "JOD", "TND")),
        ("CLF", 4),
    ],
)
def test_a_currency_has_the_digits_it_is_paid_in(code: str, digits: int) -> None:
    assert minor_digits(code) == digits


@pytest.mark.parametrize(("code", "digits"), [("RSD", 2), ("LBP", 2), ("ALL", 2), ("AFN", 2), ("IQD", 3)])
def test_an_invoice_has_the_digits_of_the_standard_where_cash_shows_fewer(code: str, digits: int) -> None:
    assert minor_digits(code) == digits


def test_a_currency_nobody_knows_has_two_digits() -> None:
    assert not is_known("QQQ")
    assert minor_digits("QQQ") == 2


@pytest.mark.parametrize("amount", [1.5, 1, "1.5", True, None])
def test_only_a_decimal_is_an_amount(amount: object) -> None:
    with pytest.raises(TypeError, match=f"needs a Decimal, got {type(amount).__name__}"):
        Money(amount, "JPY")  # type: ignore[arg-type]  # what data from outside can do


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_an_amount_is_finite(amount: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        Money(Decimal(amount), "JPY")


@pytest.mark.parametrize("code", ["", "yen", "jpy", "JP", "JPYX", "US1", "A  ", "円円円", "ＪＰＹ", "JPY\n"])
def test_a_currency_is_three_latin_capitals(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217 code such as JPY, got"):
        Money(Decimal(1), code)
    with pytest.raises(ValueError, match="ISO 4217 code such as JPY, got"):
        require_code(code)


@pytest.mark.parametrize(
    ("amount", "code", "rounded"),
    [
        ("0.5", "JPY", "1"),
        ("1.5", "JPY", "2"),
        ("2.5", "JPY", "3"),
        ("-0.5", "JPY", "-1"),
        ("0.4999", "JPY", "0"),
        ("1.005", "USD", "1.01"),
        ("1.0005", "BHD", "1.001"),
        ("1.0004", "KWD", "1.000"),
    ],
)
def test_halves_are_rounded_away_from_zero(amount: str, code: str, rounded: str) -> None:
    assert str(Money(Decimal(amount), code).rounded().amount) == rounded


@given(AMOUNTS, CODES)
def test_rounding_takes_at_most_half_a_minor_unit_and_is_done_once(amount: Decimal, code: str) -> None:
    money = Money(amount, code)
    rounded = money.rounded()
    assert abs(rounded.amount - amount) * 2 <= Decimal(f"1E-{minor_digits(code)}")
    assert rounded.amount.as_tuple().exponent == -minor_digits(code)
    assert rounded.rounded() == rounded
    assert (-money).rounded() == -rounded


@given(AMOUNTS, AMOUNTS, CODES)
def test_what_is_added_can_be_taken_away_again(one: Decimal, other: Decimal, code: str) -> None:
    left, right = Money(one, code), Money(other, code)
    assert left + right - right == left
    assert left + right == right + left
    assert left + -left == Money.zero(code)
    assert (left < right) == (one < other)
    assert (left <= right) == (one <= other)


def test_two_currencies_are_never_mixed() -> None:
    yen, dollars = Money(Decimal(100), "JPY"), Money(Decimal("1.00"), "USD")
    for mix in (
        lambda: yen + dollars,
        lambda: yen - dollars,
        lambda: yen < dollars,
        lambda: yen <= dollars,
        lambda: yen > dollars,
        lambda: yen >= dollars,
    ):
        with pytest.raises(ValueError, match="are different currencies"):
            mix()
    assert yen != Money(Decimal(100), "USD")


def test_the_same_amount_is_the_same_money_however_many_zeros_are_written() -> None:
    assert Money(Decimal("1054.00"), "USD") == Money(Decimal(1054), "USD")
    assert str(Money(Decimal("1054.00"), "USD")) == "1054.00 USD"
