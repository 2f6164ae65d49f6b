"""What a request's fields are read as, and which are refused."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoho_sandbox.finance.errors import FinanceError
from zoho_sandbox.finance.money import Discount
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.times import read, written
from zoho_sandbox.wire import decode, encode


def refusal(reading: Any) -> FinanceError:
    with pytest.raises(FinanceError) as caught:
        reading()
    return caught.value


@pytest.mark.parametrize("value", ["abc", True, [], {}, "NaN", "Infinity", "1e99", Decimal("0.0000000001")])
def test_what_is_no_amount_is_refused_by_name(value: Any) -> None:
    error = refusal(lambda: Fields({"rate": value}).number("rate", Decimal(1)))
    assert (error.status, error.code, error.message) == (400, 2, "Invalid value passed for rate")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6))
def test_amounts_survive_json_exactly(amount: Decimal) -> None:
    received = decode(encode({"number": amount, "text": format(amount, "f")}))
    assert Fields(received).number("number", Decimal(0)) == amount
    assert Fields(received).number("text", Decimal(0)) == amount


def test_absent_null_and_blank_read_as_the_default() -> None:
    for values in ({}, {"name": None}, {"name": ""}, {"name": "  "}):
        assert Fields(values).text("name", default="x") == "x"
        assert Fields(values).day("name") == ""
        assert Fields(values).rows("name") == []


def test_discounts_are_amounts_or_percentages() -> None:
    assert Fields({"discount": "12.5%"}).discount("discount") == Discount(Decimal("12.5"), is_percentage=True)
    assert Fields({"discount": 7}).discount("discount") == Discount(Decimal(7))
    for wrong in ("101%", -1, "x%"):
        assert refusal(lambda wrong=wrong: Fields({"discount": wrong}).discount("discount")).code == 2


def test_texts_have_a_limit() -> None:
    error = refusal(lambda: Fields({"attention": "x" * 101}).text("attention", 100))
    assert error.code == 15
    assert "attention" in error.message
    assert "101" in error.message


@pytest.mark.parametrize("value", ["2026-13-01", "09/06/2026", "20260609", "tomorrow"])
def test_dates_are_iso(value: str) -> None:
    assert refusal(lambda: Fields({"date": value}).day("date")).message == "Invalid value passed for date"


def test_lists_must_be_lists_of_objects() -> None:
    assert refusal(lambda: Fields({"line_items": {"rate": 1}}).rows("line_items")).code == 4
    assert refusal(lambda: Fields({"line_items": [1]}).rows("line_items")).code == 4


def test_times_are_written_without_a_colon_and_read_back() -> None:
    moment = read("2026-06-09T13:15:19-0400", "last_modified_time")
    assert written(moment, "America/New_York") == "2026-06-09T13:15:19-0400"
    assert written(moment, "Asia/Tokyo") == "2026-06-10T02:15:19+0900"
    assert written(moment, "JST") == "2026-06-10T02:15:19+0900"
    # An offset's plus sign that was not escaped in the URL arrives as a space.
    assert read("2026-06-10T02:15:19 0900", "last_modified_time") == moment


@given(st.integers(min_value=0, max_value=4 * 10**15))
def test_a_written_time_loses_nothing_but_the_fraction_of_a_second(stamped: int) -> None:
    assert read(written(stamped, "Asia/Kolkata"), "t") == stamped - stamped % 10**6
