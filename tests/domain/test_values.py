"""Values come back from JSON as they went in, with their types."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.domain.money import Money
from tsunagi.domain.records import RecordRef, Value
from tsunagi.domain.values import decode, decode_fields, encode, encode_fields

NAMES = st.text(min_size=1, max_size=12)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
ZONES = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# Two days from either end of the calendar, so that UTC is still in it.
TIMES = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=ZONES)  # noqa: DTZ001  # hypothesis adds the zone
PART = st.text(st.characters(exclude_characters=":", exclude_categories=["Cs"]), min_size=1, max_size=8)
REFS = st.builds(RecordRef, PART, PART, NAMES)
MONEY = st.builds(Money, DECIMALS, st.text("ABCJPYZ", min_size=3, max_size=3))
SCALARS = st.none() | st.booleans() | st.integers() | st.text() | DECIMALS | st.dates() | TIMES | MONEY | REFS
MARKS = st.sampled_from(["$money", "$decimal", "$date", "$time", "$ref", "$object", "$", "$other"])
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(NAMES | MARKS, inner, max_size=3),
    max_leaves=8,
)


def there_and_back(value: Value) -> Value:
    return decode(json.loads(json.dumps(encode(value))))


def typed(value: object) -> object:
    """The value with its types, since Python takes 1, True and Decimal(1) for one thing."""
    match value:
        case tuple():
            return [typed(item) for item in value]
        case dict():
            return {key: typed(item) for key, item in value.items()}
        case Decimal():
            return ("Decimal", str(value))
        case Money():
            return ("Money", str(value))
        case _:
            return (type(value).__name__, value)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Value) -> None:
    assert typed(there_and_back(value)) == typed(value)


@given(st.dictionaries(NAMES | MARKS, VALUES, max_size=4))
def test_a_records_fields_come_back_under_their_names(fields: dict[str, Value]) -> None:
    text = json.dumps(encode_fields(fields))
    assert typed(decode_fields(json.loads(text))) == typed(fields)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Money(Decimal("1054.00"), "USD"), {"$money": ["1054.00", "USD"]}),
        (Decimal("1.50"), {"$decimal": "1.50"}),
        (date(2026, 11, 24), {"$date": "2026-11-24"}),
        (datetime(2026, 11, 24, 18, tzinfo=timezone(timedelta(hours=9))), {"$time": "2026-11-24T09:00:00+00:00"}),
        (RecordRef("crm", "account", "1"), {"$ref": "crm:account:1"}),
        (("a", None, True), ["a", None, True]),
        ({"city": "大阪"}, {"city": "大阪"}),
    ],
)
def test_what_is_stored_can_be_read_by_people(value: Value, written: object) -> None:
    assert encode(value) == written


@pytest.mark.parametrize("name", ["$ref", "$money", "$date", "$object", "$anything"])
def test_a_services_own_dollar_names_are_not_taken_for_ours(name: str) -> None:
    assert there_and_back({name: "x"}) == {name: "x"}
    assert there_and_back({name: {name: ("1", "JPY")}}) == {name: {name: ("1", "JPY")}}


@pytest.mark.parametrize("value", [1.5, float("nan"), b"x", {1}, object, (1.5,), {"a": 1.5}, {"a": ({"b": 0.1},)}])
def test_no_float_and_no_stranger_is_stored(value: object) -> None:
    with pytest.raises(TypeError, match="a record cannot hold"):
        encode(value)  # type: ignore[arg-type]  # what data from outside can do


def test_a_time_says_where() -> None:
    with pytest.raises(TypeError, match="need their time zone, got 2026-11-24T09:00:00"):
        encode(datetime(2026, 11, 24, 9))  # noqa: DTZ001  # the mistake under test
    assert there_and_back(datetime(2026, 11, 24, 9, tzinfo=UTC)) == datetime(2026, 11, 24, 9, tzinfo=UTC)
