from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from zoho_sandbox.finance.times import UNITS, Interval, Schedule

ANCHORS = st.dates(date(2000, 1, 1), date(2090, 12, 31))
INTERVALS = st.builds(Interval, st.integers(1, 12), st.sampled_from(UNITS))


def test_the_day_of_the_month_is_kept_where_there_is_one() -> None:
    schedule = Schedule(date(2026, 1, 31), Interval(1, "months"), None)
    assert [schedule.start(cycle) for cycle in range(1, 5)] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]


def test_a_leap_day_renews_on_the_last_of_february() -> None:
    schedule = Schedule(date(2024, 2, 29), Interval(1, "years"), None)
    assert (schedule.end(1), schedule.end(4)) == (date(2025, 2, 28), date(2028, 2, 29))


@given(ANCHORS, INTERVALS, st.integers(1, 60))
def test_terms_adjoin_and_move_forward(anchor: date, interval: Interval, cycle: int) -> None:
    schedule = Schedule(anchor, interval, None)
    assert schedule.start(1) == anchor
    assert schedule.start(cycle) < schedule.end(cycle) == schedule.start(cycle + 1)


@given(ANCHORS, INTERVALS, st.integers(1, 40))
def test_a_day_lies_in_the_term_that_holds_it(anchor: date, interval: Interval, cycle: int) -> None:
    schedule = Schedule(anchor, interval, 40)
    assert schedule.cycle_on(schedule.start(cycle)) == cycle
    assert schedule.is_last(cycle) is (cycle == 40)
    assert schedule.expires_on == schedule.end(40)
