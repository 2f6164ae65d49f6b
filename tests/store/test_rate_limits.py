"""Rate limits: never more calls in any minute than allowed, whoever makes them; free where there is no limit."""

import datetime as dt
import subprocess
import sys
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import Limits
from tsunagi.store import RateBuckets, SharedRateLimiter, Store
from tsunagi.store.rate_limits import capacity, full, spend

START = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
waits = st.integers(0, 90_000_000).map(lambda microseconds: dt.timedelta(microseconds=microseconds))

ASKS_FOR_CALLS = """
import datetime as dt, sys
from tsunagi.store import RateBuckets, Store
store, now, granted = Store(sys.argv[1], synchronous="NORMAL"), dt.datetime.fromisoformat(sys.argv[2]), 0
for _ in range(60):
    with store.write() as session:
        granted += RateBuckets(session).acquire("books", 600, now) == 0
print(granted)
"""


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limiter(store: Store, clock: Clock, limits: Limits) -> SharedRateLimiter:
    return SharedRateLimiter(store, "books:10", limits, now=lambda: clock.now, sleep=clock.sleep)


@given(per_minute=st.integers(1, 200), gaps=st.lists(waits, min_size=1, max_size=300))
def test_no_minute_sees_more_calls_than_allowed(per_minute: int, gaps: list[dt.timedelta]) -> None:
    bucket, now, calls = full(per_minute, START), START, []
    for gap in gaps:
        now += gap
        bucket, wait = spend(bucket, now, per_minute)
        if not wait:
            calls.append(now)
    for since in calls:
        assert sum(since <= call < since + MINUTE for call in calls) <= per_minute


@given(per_minute=st.integers(1, 200))
def test_whoever_waits_as_told_may_call_and_loses_little(per_minute: int) -> None:
    bucket, now, calls = full(per_minute, START), START, 0
    while now < START + 10 * MINUTE:
        bucket, wait = spend(bucket, now, per_minute)
        if wait:
            now += dt.timedelta(seconds=wait)
            bucket, wait = spend(bucket, now, per_minute)
        assert wait == 0
        calls += 1
    # What may be saved up is taken from the inflow: a tenth of it, or the one call there must be.
    assert 10 * (per_minute - capacity(per_minute)) <= calls <= 10 * per_minute + capacity(per_minute)


@given(per_minute=st.integers(1, 200), back=st.timedeltas(dt.timedelta(0), dt.timedelta(days=400)))
def test_a_clock_set_back_neither_gives_calls_nor_stops_them(per_minute: int, back: dt.timedelta) -> None:
    bucket = full(per_minute, START)
    for _ in range(capacity(per_minute)):
        bucket, wait = spend(bucket, START, per_minute)
        assert wait == 0
    bucket, wait = spend(bucket, START - back, per_minute)
    assert 0 < wait <= 60
    assert spend(bucket, START - back + dt.timedelta(seconds=wait), per_minute)[1] == 0


def test_after_a_rest_some_calls_go_at_once(store: Store, clock: Clock) -> None:
    shared = limiter(store, clock, Limits(per_minute=100))
    for _ in range(10):
        shared.acquire()
    assert clock.slept == []
    shared.acquire()
    assert clock.slept == [pytest.approx(60 / 90, abs=0.001)]


def test_a_refusal_stops_everybody_for_as_long_as_the_service_said(store: Store, clock: Clock) -> None:
    one, other = (limiter(store, clock, Limits(per_minute=100)) for _ in range(2))
    one.penalize(30)
    one.penalize(5)
    other.acquire()
    assert sum(clock.slept) == pytest.approx(30)
    one.acquire()
    assert sum(clock.slept) == pytest.approx(30)


def test_two_organisations_do_not_share(store: Store) -> None:
    with store.write() as session:
        assert RateBuckets(session).acquire("a", 1, START) == 0
        assert RateBuckets(session).acquire("a", 1, START) == 60
        assert RateBuckets(session).acquire("b", 1, START) == 0


def test_without_a_limit_the_database_is_never_asked(store: Store, clock: Clock) -> None:
    statements: list[Any] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments))
    shared = limiter(store, clock, Limits())
    for _ in range(100):
        shared.acquire()
    shared.penalize(7)
    shared.acquire()
    assert clock.slept == [7]
    assert statements == []


def test_no_more_calls_run_at_once_than_there_are_places(store: Store, clock: Clock) -> None:
    shared = limiter(store, clock, Limits(concurrency=2))
    running, most, lock = 0, 0, threading.Lock()
    together = threading.Barrier(2)

    def work() -> None:
        nonlocal running, most
        with shared.call():
            with lock:
                running += 1
                most = max(most, running)
            together.wait(timeout=30)
            with lock:
                running -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_two_processes_spend_from_one_bucket(store: Store, url: str) -> None:
    command = [sys.executable, "-c", ASKS_FOR_CALLS, url, START.isoformat()]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    granted = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(granted) == capacity(600) == 60
