from decimal import Decimal
from typing import Any

import pytest

from tsunagi import BrokenAnswer, Money
from tsunagi_zoho.finance.wire import Row


def row(**data: Any) -> Row:
    return Row("books", "invoice 7", data)


def test_blank_and_absent_are_one() -> None:
    assert row(notes="  ").optional_text("notes") is row().optional_text("notes") is None
    assert row(date="").date("date") is None
    assert row(exchange_rate="").number("exchange_rate") is None


def test_amounts_are_exact_whatever_json_made_of_them() -> None:
    for written in (1054, Decimal("1054.00"), "1054.00"):
        assert row(total=written).money("total", "USD") == Money(Decimal(1054), "USD")


@pytest.mark.parametrize("value", [True, "many", [], {}, None, Decimal("NaN")])
def test_what_is_no_amount_is_named(value: Any) -> None:
    with pytest.raises(BrokenAnswer, match=r"invoice 7: 'total' is .*amount|invoice 7: 'total' is .*number"):
        row(total=value).money("total", "USD")


def test_a_time_without_its_offset_is_no_time() -> None:
    with pytest.raises(BrokenAnswer, match="last_modified_time"):
        row(last_modified_time="2026-06-09T13:15:19").time("last_modified_time")
