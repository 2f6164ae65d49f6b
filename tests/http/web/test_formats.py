"""How amounts, numbers and times read."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import Money, minor_digits
from tsunagi.app.views import formats
from tsunagi.http.api.schemas import exact
from tsunagi.text import Language
from tsunagi.translation import speaking

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=6)
currencies = st.sampled_from(["JPY", "USD", "EUR", "BHD"])


@pytest.mark.parametrize(
    ("language", "amount", "currency", "expected"),
    [
        ("en", "1234.5", "JPY", "¥1,235"),
        ("ja", "1234.5", "JPY", "￥1,235"),
        ("en", "1233.5", "JPY", "¥1,234"),
        ("en", "1054", "USD", "$1,054.00"),
        ("en", "0.125", "USD", "$0.13"),
        ("en", "-2.5", "EUR", "-€2.50"),
        ("en", "1.2345", "BHD", "BHD\xa01.235"),
        ("ja", "99999999999.999999", "USD", "$100,000,000,000.00"),
    ],
)
def test_money_is_written_to_the_digits_it_is_paid_in(
    language: Language, amount: str, currency: str, expected: str
) -> None:
    with speaking(language):
        assert formats.money(Money(Decimal(amount), currency)) == expected


@given(amounts, currencies)
def test_what_is_shown_is_the_amount_to_half_a_minor_unit(amount: Decimal, currency: str) -> None:
    shown = formats.money(Money(amount, currency))
    read = Decimal("".join(letter for letter in shown if letter in "-0123456789."))
    assert abs(read - amount) <= Decimal("0.5").scaleb(-minor_digits(currency))


@given(amounts, currencies)
def test_json_says_the_very_amount(amount: Decimal, currency: str) -> None:
    written = exact(Money(amount, currency))
    assert Decimal(written) == amount
    assert "E" not in written
    digits = len(written.partition(".")[2])
    assert digits >= minor_digits(currency)


def test_times_are_told_in_the_organisations_zone() -> None:
    at = dt.datetime(2026, 11, 24, 15, 30, tzinfo=dt.UTC)
    with speaking("ja"):
        assert formats.time(at, formats.zone("Asia/Tokyo")) == "2026/11/25 0:30"
    assert formats.zone("Middle/Earth") == dt.UTC


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.2, "1 sec"), (5, "5 sec"), (65, "1 min 5 sec"), (3600, "1 hr"), (7384, "2 hr 3 min"), (86400, "24 hr")],
)
def test_a_length_of_time(seconds: float, expected: str) -> None:
    assert formats.duration(seconds) == expected
