from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi_zoho import format_time, parse_date, parse_time


@pytest.mark.parametrize("text", ["2026-05-14T11:36:09+03:00", "2026-05-14T04:36:09-0400", "2026-05-14T08:36:09Z"])
def test_both_ways_to_write_an_offset_mean_the_same_moment(text: str) -> None:
    assert parse_time(text) == datetime(2026, 5, 14, 8, 36, 9, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-05-14T11:36:09", "yesterday", ""])
def test_a_time_without_an_offset_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=repr(text)):
        parse_time(text)


def test_no_date_is_written_as_blank() -> None:
    assert (parse_date(""), parse_date(None), parse_date("2026-05-14")) == (None, None, date(2026, 5, 14))


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(1990, 1, 1), timezones=offsets))  # noqa: DTZ001  (the zone is drawn apart)
def test_a_moment_survives_the_way_out_and_back_to_the_second(moment: datetime) -> None:
    assert parse_time(format_time(moment)) == moment.replace(microsecond=0)
