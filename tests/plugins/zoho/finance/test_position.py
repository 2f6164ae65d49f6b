import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import BrokenAnswer
from tsunagi_zoho.finance.position import OVERLAP, Position

MOMENTS = st.integers(10**9, 4 * 10**9).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))
POSITIONS = st.builds(
    Position, st.none() | MOMENTS, st.none() | MOMENTS, st.integers(1, 500), st.sampled_from(["", "JPY"])
)


@given(POSITIONS)
def test_a_cursor_says_all(position: Position) -> None:
    assert Position.read(position.write(), "books") == position


@given(POSITIONS.filter(lambda position: position.page == 1), st.lists(st.none() | MOMENTS, min_size=1, max_size=4))
def test_the_next_listing_starts_at_what_the_first_page_knew(start: Position, newest: list[dt.datetime | None]) -> None:
    """Whatever changes while later pages are read is not older than the first page's latest change."""
    position = start
    for moment in newest[:-1]:
        position = position.after_page(moment, more=True)
    done = position.after_page(newest[-1], more=False)
    known = [moment for moment in (start.since, newest[0]) if moment is not None]
    assert (done.page, done.newest) == (1, None)
    assert done.since == max(known, default=None)
    assert done.known_before is None or done.known_before == max(known) - OVERLAP


def test_no_cursor_is_the_beginning() -> None:
    assert Position.read(None, "books") == Position.read("", "books") == Position()


@pytest.mark.parametrize(
    "cursor", ["{", "[]", '{"page": 1}', '{"page": "x", "base": ""}', '{"page":1,"base":"","since":"soon"}']
)
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BrokenAnswer, match="books: this is no cursor"):
        Position.read(cursor, "books")
