"""Dates relative to the day of an event, where the organisation is; the proof is the same a year later."""

import datetime as dt

import pytest

from tsunagi import Event, RecordRef
from tsunagi.rules.book import RuleBook
from tsunagi.rules.cases import run_tables
from tsunagi.rules.facts import facts_of, with_event, without_event
from tsunagi.rules.vocabulary import Vocabulary

RULE = """version: 1
automation: soon
title: Soon
trigger: {event: deal.won}
conditions:
  - {field: deal.closing_date, at_most: "${today.plus_30_days}", greater_than: "${today.minus_7_days}"}
actions:
  - action: books.invoice.create
    parameters: {date: "${today.date}"}
"""
TABLE = """version: 1
automation: soon
cases:
  - case: within thirty days
    event: deal.won
    facts: {today: {date: 2026-11-24}, deal: {closing_date: 2026-12-24}}
    expect: [{action: books.invoice.create, parameters: {date: 2026-11-24}}]
  - case: later
    event: deal.won
    facts: {today: {date: 2026-11-24}, deal: {closing_date: 2026-12-25}}
    expect: nothing
  - case: long ago
    event: deal.won
    facts: {today: {date: 2026-11-24}, deal: {closing_date: 2026-11-17}}
    expect: nothing
"""
DEAL = RecordRef("crm", "deal", "1")


def event(at: dt.datetime, closing: dt.date) -> Event:
    return Event("e", "deal.won", DEAL, None, {"closing_date": closing}, at)


def test_cases_say_which_day_it_is(vocabulary: Vocabulary) -> None:
    book = RuleBook.load({"soon.yaml": RULE}, vocabulary)
    assert book.problems == ()
    report = run_tables({"soon_test.yaml": TABLE}, book)
    assert report.passed, "\n".join(report.lines())


def test_the_day_is_that_of_the_organisation_and_is_kept(vocabulary: Vocabulary) -> None:
    book = RuleBook.load({"soon.yaml": RULE}, vocabulary)
    # Half past midnight in Tokyo is the day before in Greenwich.
    at = dt.datetime(2026, 11, 24, 15, 30, tzinfo=dt.UTC)
    won = event(at, dt.date(2026, 12, 25))
    here = facts_of(won, lambda _: None, dt.date(2026, 11, 25))
    assert len(book.decide(won, here).calls) == 1
    assert book.decide(won, facts_of(won, lambda _: None)).calls == ()
    kept = without_event(won, here)
    assert kept == {"today": {"date": dt.date(2026, 11, 25)}}
    assert book.traces(won, with_event(won, kept)) == book.traces(won, here)
    assert without_event(won, facts_of(won, lambda _: None)) == {}


@pytest.mark.parametrize("path", ["today.plus_days", "today.tomorrow", "today.plus_30_days.x", "today.plus_99999_days"])
def test_what_is_no_day_is_said(vocabulary: Vocabulary, path: str) -> None:
    book = RuleBook.load({"soon.yaml": RULE.replace("today.plus_30_days", path)}, vocabulary)
    assert "today.minus_7_days" in str(book.problems[0].reason)
