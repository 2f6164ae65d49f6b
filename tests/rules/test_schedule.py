"""Rules that are due by the clock: cron words in a time zone, and the kind of record they go through."""

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.rules.book import RuleBook
from tsunagi.rules.cases import run_tables
from tsunagi.rules.schedule import Schedule, words_problem
from tsunagi.rules.vocabulary import Vocabulary

TOKYO = ZoneInfo("Asia/Tokyo")
RULE = """version: 1
automation: chase
title: Chase
trigger: {trigger}
conditions:
  - {{field: deal.outcome, equals: open}}
  - {{field: deal.closing_date, less_than: "${{today.date}}"}}
actions:
  - action: books.invoice.create
"""
DUE = "{schedule: '0 9 * * 1', time_zone: Asia/Tokyo, each: deal}"


def problems(vocabulary: Vocabulary, trigger: str) -> list[str]:
    book = RuleBook.load({"chase.yaml": RULE.format(trigger=trigger)}, vocabulary)
    assert all(error.line == 4 for error in book.problems)
    return [error.message.en for error in book.problems]


def test_a_table_tries_a_rule_with_a_schedule(vocabulary: Vocabulary) -> None:
    book = RuleBook.load({"chase.yaml": RULE.format(trigger=DUE)}, vocabulary)
    assert book.problems == ()
    table = (
        "version: 1\nautomation: chase\ncases:\n"
        "  - case: late\n    event: deal.scheduled.chase\n"
        "    facts: {today: {date: 2026-11-30}, deal: {outcome: open, closing_date: 2026-11-29}}\n"
        "    expect: [{action: books.invoice.create}]\n"
        "  - case: in time\n    event: deal.scheduled.chase\n"
        "    facts: {today: {date: 2026-11-30}, deal: {outcome: open, closing_date: 2026-11-30}}\n"
        "    expect: nothing\n"
    )
    report = run_tables({"chase_test.yaml": table}, book)
    assert report.passed, "\n".join(report.lines())


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        ("{schedule: '0 9 * *', each: deal}", "is no schedule: give minute, hour"),
        ("{schedule: '@daily', each: deal}", "is no schedule"),
        ("{schedule: 'R * * * *', each: deal}", "is no schedule"),
        ("{schedule: '61 9 * * *', each: deal}", "is no schedule"),
        ("{schedule: '0 9 30 2 *', each: deal}", "never comes"),
        ("{schedule: '0 9 * * *'}", "A trigger is an event, or a 'schedule'"),
        ("{event: deal.won, schedule: '0 9 * * *', each: deal}", "A trigger is an event, or a 'schedule'"),
        ("{schedule: '0 9 * * *', each: deel}", "There is no kind of record 'deel'. Did you mean 'deal'?"),
        ("{schedule: '0 9 * * *', each: invoice}", "Several services have a 'invoice'"),
        ("{schedule: '0 9 * * *', each: deal, time_zone: Asia/Tokio}", "There is no time zone 'Asia/Tokio'"),
        ("{event: deal.scheduled.chase}", "another rule's own"),
        ("{}", "'event' is missing."),
    ],
)
def test_a_mistake_is_told_at_the_trigger(vocabulary: Vocabulary, trigger: str, message: str) -> None:
    assert any(message in problem for problem in problems(vocabulary, trigger)), problems(vocabulary, trigger)


def test_it_is_due_where_the_clock_says_so() -> None:
    nine = Schedule("0 9 * * 1-5", "Asia/Tokyo")
    friday = datetime(2026, 11, 27, 0, 0, tzinfo=UTC)  # nine in Tokyo
    assert nine.next(friday, UTC) == datetime(2026, 11, 30, 0, 0, tzinfo=UTC)
    assert Schedule("0 9 * * *").next(friday, TOKYO) == datetime(2026, 11, 28, 0, 0, tzinfo=UTC)


def test_a_day_with_an_hour_more_or_less_has_it_once() -> None:
    daily = Schedule("30 9 * * *", "Europe/Berlin")
    for begins in (datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)):
        days = [time.astimezone(ZoneInfo("Europe/Berlin")) for time in islice(daily.after(begins, UTC), 5)]
        assert len({day.date() for day in days}) == 5
        assert {(day.hour, day.minute) for day in days} == {(9, 30)}


@given(st.text(alphabet="0123456789*/,-#LHRWJANMON @\n", max_size=24))
def test_no_words_do_harm(words: str) -> None:
    """They are due at some time, or refused; the same words at the same time, always."""
    if words_problem(words) is None:
        begin = datetime(2026, 11, 24, tzinfo=UTC)
        assert Schedule(words).next(begin, UTC) == Schedule(words).next(begin, UTC) > begin
