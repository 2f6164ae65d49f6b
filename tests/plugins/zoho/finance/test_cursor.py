import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import BrokenAnswer
from tsunagi_zoho.finance.cursor import OVERLAP, ListingCursor

MOMENTS = st.integers(10**9, 4 * 10**9).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))
CURSORS = st.builds(
    ListingCursor, st.none() | MOMENTS, st.none() | MOMENTS, st.integers(1, 500), st.sampled_from(["", "JPY"])
)


@given(CURSORS.filter(lambda cursor: cursor.page == 1), st.lists(st.none() | MOMENTS, min_size=1, max_size=4), MOMENTS)
def test_in_an_unsorted_list_the_latest_change_on_any_page_counts_up_to_when_it_was_begun(
    start: ListingCursor, newest: list[dt.datetime | None], begun: dt.datetime
) -> None:
    cursor = replace(start, newest=None)
    for number, moment in enumerate(newest):
        last = number == len(newest) - 1
        cursor = cursor.after_unsorted_page(moment, more=not last, at=begun + dt.timedelta(seconds=number))
        assert ListingCursor.read(cursor.write(), "books") == cursor
    told = [moment for moment in newest if moment is not None]
    until = min(max(told), begun) if told else None
    assert cursor.since == max((moment for moment in (start.since, until) if moment is not None), default=None)


@given(CURSORS)
def test_a_cursor_says_all(cursor: ListingCursor) -> None:
    assert ListingCursor.read(cursor.write(), "books") == cursor


@given(CURSORS.filter(lambda cursor: cursor.page == 1), st.lists(st.none() | MOMENTS, min_size=1, max_size=4))
def test_the_next_listing_starts_at_what_the_first_page_knew(
    start: ListingCursor, newest: list[dt.datetime | None]
) -> None:
    """Whatever changes while later pages are read is not older than the first page's latest change."""
    cursor = start
    for moment in newest[:-1]:
        cursor = cursor.after_page(moment, more=True)
    done = cursor.after_page(newest[-1], more=False)
    known = [moment for moment in (start.since, newest[0]) if moment is not None]
    assert (done.page, done.newest) == (1, None)
    assert done.since == max(known, default=None)
    assert done.known_before is None or done.known_before == max(known) - OVERLAP


def test_no_cursor_is_the_beginning() -> None:
    assert ListingCursor.read(None, "books") == ListingCursor.read("", "books") == ListingCursor()


@pytest.mark.parametrize(
    "cursor", ["{", "[]", '{"page": 1}', '{"page": "x", "base": ""}', '{"page":1,"base":"","since":"soon"}']
)
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BrokenAnswer, match="books: this is no cursor"):
        ListingCursor.read(cursor, "books")
