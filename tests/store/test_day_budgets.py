"""What is left of an organisation's calls of the day, as several processes hear of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tsunagi.domain.connector import Allowance
from tsunagi.store.day_budgets import DayBudget, DayBudgets

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
HOUR = timedelta(hours=1)


def left(store: Any, at: datetime, name: str = "books:1") -> int | None:
    with store.read() as session:
        found = DayBudgets(session).of(name, at)
    return found.left if found else None


def test_what_was_said_last_counts_until_the_day_turns(store: Any) -> None:
    with store.write() as session:
        budgets = DayBudgets(session)
        budgets.keep("books:1", Allowance(1000, 400, NOON, MIDNIGHT))
        # An answer that was on its way for longer, and another organisation's.
        budgets.keep("books:1", Allowance(1000, 410, NOON - HOUR, MIDNIGHT))
        budgets.keep("books:2", Allowance(1000, -87, NOON, MIDNIGHT))
    assert left(store, NOON) == 400
    assert left(store, NOON, "books:2") == -87
    assert left(store, MIDNIGHT) == 1000
    assert left(store, NOON, "books:3") is None


def test_a_share_is_kept_and_the_rest_waits_for_the_day_to_turn() -> None:
    assert DayBudget(1000, 101, NOON, MIDNIGHT).waits_until(10, NOON) is None
    assert DayBudget(1000, 100, NOON, MIDNIGHT).waits_until(10, NOON) == MIDNIGHT
    assert DayBudget(1000, 1, NOON, MIDNIGHT).waits_until(0, NOON) is None
    assert DayBudget(1000, -87, NOON, MIDNIGHT).waits_until(0, NOON) == MIDNIGHT


def test_where_nobody_says_when_there_are_more_it_is_tried_again_after_an_hour(store: Any) -> None:
    with store.write() as session:
        DayBudgets(session).ran_out("books:1", None, NOON)
    with store.read() as session:
        found, later = (DayBudgets(session).of("books:1", at) for at in (NOON, NOON + HOUR))
    assert found is not None
    assert later is not None
    assert found.waits_until(10, NOON) == NOON + HOUR
    assert later.waits_until(10, NOON + HOUR) is None


def test_the_hubs_own_calls_of_the_last_day_are_counted_where_the_service_says_nothing(store: Any) -> None:
    for hours, calls in ((0, 30), (0, 10), (5, 50)):
        with store.write() as session:
            DayBudgets(session).spent("crm:1", calls, 100, NOON + hours * HOUR)
    assert left(store, NOON + 6 * HOUR, "crm:1") == 10
    with store.read() as session:
        found = DayBudgets(session).of("crm:1", NOON + 6 * HOUR)
    assert found is not None
    assert found.waits_until(10, NOON + 6 * HOUR) == NOON + 25 * HOUR
    # A day after the first of them, their hour's are free again.
    assert left(store, NOON + 25 * HOUR, "crm:1") == 50
    assert left(store, NOON + 31 * HOUR, "crm:1") == 100
