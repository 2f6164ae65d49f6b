from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi_crm.listing import Place

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
moments = st.integers(0, 10**6).map(lambda seconds: NOON + timedelta(seconds=seconds))
places = st.builds(
    lambda extras, since, latest, page, token: Place(
        extras, since and since.isoformat(), latest and latest.isoformat(), page, token
    ),
    st.lists(st.text()).map(tuple),
    st.none() | moments,
    st.none() | moments,
    st.integers(1, 500),
    st.none() | st.text(min_size=1),
)


@given(places)
def test_a_cursor_leads_back_to_its_place(place: Place) -> None:
    assert Place.of(place.cursor()) == place


def test_a_cursor_of_another_version_begins_anew() -> None:
    assert Place.of('{"v": 99, "something": "else"}') is None
    assert Place.of(None) is None


def test_an_old_change_is_not_listed_again() -> None:
    place = Place(()).seen(NOON).finished(NOON + timedelta(hours=1))
    assert place.since == (NOON + SECOND).isoformat()


def test_a_change_of_just_now_is_listed_again() -> None:
    place = Place(()).seen(NOON).finished(NOON)
    assert place.since == (NOON - 2 * SECOND).isoformat()


@given(st.lists(moments, min_size=1), moments)
def test_no_second_that_can_still_change_is_left_behind(changes: list[datetime], present: datetime) -> None:
    place = Place(())
    for moment in sorted(changes):
        place = place.seen(moment)
    since = datetime.fromisoformat(place.finished(present).since or "")
    # Whether the bound is inclusive or not: nothing unseen can be dated at or before it.
    assert since <= max(max(changes) + SECOND, present - 2 * SECOND)
    assert since <= present - 2 * SECOND


@given(st.lists(st.tuples(moments, moments), min_size=2, max_size=5))
def test_a_listing_never_goes_back(rounds: list[tuple[datetime, datetime]]) -> None:
    place, bounds = Place(()), []
    for latest, present in sorted(rounds, key=lambda pair: pair[1]):
        place = place.seen(min(latest, present)).finished(present)
        bounds.append(place.since or "")
    assert bounds == sorted(bounds)


def test_without_records_the_bound_stays() -> None:
    assert Place(("Currency",)).finished(NOON) == Place(("Currency",))
    assert Place((), since=NOON.isoformat()).finished(NOON + SECOND).since == NOON.isoformat()


@pytest.mark.parametrize(("latest", "since"), [(NOON, NOON - SECOND), (None, None)])
def test_a_lost_token_costs_no_record(latest: datetime | None, since: datetime | None) -> None:
    place = Place((), token="old", page=12).seen(latest).restarted()
    assert (place.page, place.token, place.since) == (1, None, since and since.isoformat())
