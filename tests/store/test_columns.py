"""Values come back from the database exactly as they went in."""

import datetime as dt
from decimal import Decimal, localcontext
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagi import Money, RecordRef
from tsunagi.store import Store
from tsunagi.store.columns import ExactDecimal, JsonFields, PlainJson, RefText, UtcDateTime, exact_sum

AMOUNT = sa.Table("amount", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", ExactDecimal))
LARGEST = Decimal("9223372036854.775807")
amounts = st.decimals(-LARGEST, LARGEST, places=6, allow_nan=False)
same_store = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=50, deadline=None
)


@pytest.fixture
def table(store: Store) -> Store:
    with store.write() as session:
        AMOUNT.create(session.connection())
    return store


def stored(store: Store, values: list[Decimal], query: sa.Select[Any]) -> list[Any]:
    with store.write() as session:
        session.execute(sa.delete(AMOUNT))
        session.execute(sa.insert(AMOUNT), [{"a": value} for value in values])
        return list(session.execute(query).scalars())


@same_store
@given(values=st.lists(amounts, min_size=1, max_size=5))
def test_amounts_come_back_exactly_and_in_order(table: Store, values: list[Decimal]) -> None:
    assert stored(table, values, sa.select(AMOUNT.c.a).order_by(AMOUNT.c.a)) == sorted(values)


@same_store
@given(values=st.lists(amounts, min_size=1, max_size=20))
def test_sums_are_exact_even_beyond_what_one_amount_can_be(table: Store, values: list[Decimal]) -> None:
    assert stored(table, values, sa.select(exact_sum(AMOUNT.c.a))) == [sum(values)]


@same_store
@given(values=st.lists(amounts, min_size=1, max_size=5), bound=amounts)
def test_filters_compare_as_python_does(table: Store, values: list[Decimal], bound: Decimal) -> None:
    found = stored(table, values, sa.select(AMOUNT.c.a).where(AMOUNT.c.a > bound))
    assert sorted(found) == sorted(value for value in values if value > bound)


def test_the_sum_of_nothing_is_zero(table: Store) -> None:
    with table.read() as session:
        assert session.execute(sa.select(exact_sum(AMOUNT.c.a))).scalar_one() == 0


def test_a_careless_decimal_context_changes_nothing(table: Store) -> None:
    with localcontext() as context:
        context.prec = 4
        assert stored(table, [LARGEST], sa.select(AMOUNT.c.a)) == [LARGEST]


@pytest.mark.parametrize("spelling", ["10", "10.0", "1E+1", "10.000000", "10.00000000"])
def test_one_amount_has_one_spelling_afterwards(table: Store, spelling: str) -> None:
    assert [str(value) for value in stored(table, [Decimal(spelling)], sa.select(AMOUNT.c.a))] == ["10"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1.5, "must be a Decimal, got float 1.5"),
        (True, "must be a Decimal, got bool"),
        ("1", "must be a Decimal, got str"),
        (Decimal("0.0000001"), "at most 6 digits behind the point, got 1E-7"),
        (Decimal("1.1E-999999999"), "at most 6 digits"),
        (Decimal("9223372036854.775808"), "beyond 9223372036854"),
        (Decimal("1E+999999"), "beyond 9223372036854"),
        (Decimal("NaN"), "must be finite"),
        (Decimal("Infinity"), "must be finite"),
    ],
)
def test_what_is_no_exact_amount_is_refused(table: Store, value: Any, reason: str) -> None:
    with pytest.raises((sa.exc.StatementError, TypeError), match=reason):
        stored(table, [value], sa.select(AMOUNT.c.a))


@pytest.mark.parametrize("scaled", [lambda: AMOUNT.c.a * 2, lambda: 2 * AMOUNT.c.a, lambda: AMOUNT.c.a / 2])
def test_multiplying_in_sql_is_refused(scaled: Any) -> None:
    with pytest.raises(TypeError, match="do it in Python"):
        scaled()


def test_other_values_keep_their_types(store: Store) -> None:
    columns = {"fields": JsonFields, "json": PlainJson, "ref": RefText, "at": UtcDateTime}
    table = sa.Table("other", sa.MetaData(), *(sa.Column(name, type_) for name, type_ in columns.items()))
    tokyo = dt.timezone(dt.timedelta(hours=9))
    row: dict[str, Any] = {
        "fields": {"total": Money(Decimal("1.10"), "USD"), "day": dt.date(2026, 11, 24), "tags": ("a", "b")},
        "json": {"ratio": Decimal("0.1"), "on": True, "name": "株式会社つなぎ"},
        "ref": RecordRef("crm", "deal", "a:b"),
        "at": dt.datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=tokyo),
    }
    with store.write() as session:
        table.create(session.connection())
        session.execute(sa.insert(table), [row, dict.fromkeys(columns)])
        first, empty = session.execute(sa.select(table)).mappings().all()
    assert dict(first) == row
    assert first["at"].tzinfo is dt.UTC
    assert dict(empty) == dict.fromkeys(columns)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    table = sa.Table("moment", sa.MetaData(), sa.Column("at", UtcDateTime))
    with store.write() as session:
        table.create(session.connection())
        with pytest.raises(sa.exc.StatementError, match="must know its zone"):
            session.execute(sa.insert(table), [{"at": dt.datetime(2026, 11, 24)}])  # noqa: DTZ001 - that is the point
