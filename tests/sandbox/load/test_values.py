from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoho_sandbox.load.values import Notation, UnreadableValueError, read_value

ISO = Notation()
amounts = st.decimals(-(10**12), 10**12, places=2)


@given(amounts)
def test_amounts_are_read_exactly(amount):
    assert read_value(f"{amount:f}", "currency", ISO) == amount
    assert read_value(f"{amount:,f}", "currency", ISO) == amount
    swapped = f"{amount:,f}".translate(str.maketrans(",.", ".,"))
    assert read_value(swapped, "currency", Notation(decimal_mark=",")) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("¥1,250,000", "1250000"),
        ("￥１，２００", "1200"),
        ("$ 10.50", "10.50"),
        ("-$3", "-3"),
        ("USD 7", "7"),
        ("12.00 EUR", "12.00"),
        ("1200円", "1200"),
        ("(55.10)", "-55.10"),
        ("\u22125", "-5"),
        ("5%", "5"),
    ],
)
def test_amounts_as_people_write_them(text, amount):
    assert read_value(text, "currency", ISO) == Decimal(amount)


@pytest.mark.parametrize("text", ["ten", "1,2,3", "1.2.3", "", "-", ".", "1e9", "NaN", "Infinity", "12 EUR 5"])
def test_what_is_no_number(text):
    with pytest.raises(UnreadableValueError, match="not a number"):
        read_value(text, "currency", ISO)


@given(st.dates(date(1000, 1, 1)), st.sampled_from([None, "%m/%d/%Y", "%d.%m.%Y"]))
def test_dates_are_read_as_they_are_written(day, date_format):
    text = day.strftime(date_format) if date_format else day.isoformat()
    assert read_value(text, "date", Notation(date_format)) == day.isoformat()


@pytest.mark.parametrize("text", ["2026/5/3", "2026年5月3日", "2026-05-03 11:36:09", "２０２６－０５－０３"])
def test_dates_that_start_with_the_year_need_no_format(text):
    assert read_value(text, "date", ISO) == "2026-05-03"


def test_day_and_month_are_never_guessed():
    with pytest.raises(UnreadableValueError, match="year-month-day"):
        read_value("03/04/2026", "date", ISO)
    with pytest.raises(UnreadableValueError, match="not a date written %m/%d/%Y"):
        read_value("13/04/2026", "date", Notation("%m/%d/%Y"))


@given(st.text(max_size=30), st.sampled_from(["currency", "integer", "date", "boolean", "double", "text"]))
def test_any_text_is_a_value_or_a_clear_error(text, data_type):
    with suppress(UnreadableValueError):
        read_value(text, data_type, ISO)


def test_whole_numbers_and_truth():
    assert read_value("1,200", "integer", ISO) == 1200
    with pytest.raises(UnreadableValueError, match="not a whole number"):
        read_value("1.5", "integer", ISO)
    assert read_value("はい", "boolean", ISO) is True
    assert read_value("No", "boolean", ISO) is False
