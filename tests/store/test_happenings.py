"""Notifications, events and what rules said to them: each once."""

import datetime as dt
from typing import Any

import pytest

from tsunagi import Event, Notification, RecordRef
from tsunagi.store import Events, Inbox, RuleRun, RuleRuns, Store

DEAL = RecordRef("crm", "deal", "1")


def event(id: str, at: dt.datetime) -> Event:
    return Event(id, "deal.won", DEAL, {"outcome": "open"}, {"outcome": "won"}, at)


def notify(store: Store, now: dt.datetime, *ids: str, entity: str = "deal", operation: str = "updated") -> None:
    with store.write() as session:
        Inbox(session).add(Notification("crm", entity, operation, ids, "1", "s"), now)  # type: ignore[arg-type]


def test_an_event_told_twice_is_new_once(store: Store, now: dt.datetime) -> None:
    first, second = event("a", now), event("b", now)
    with store.write() as session:
        assert Events(session).add_new([second, first, second]) == [second, first]
        assert Events(session).add_new([first, event("c", now)]) == [event("c", now)]
        assert Events(session).add_new([]) == []
        assert Events(session).get("a") == first


def test_the_events_of_a_record_come_latest_first(store: Store, now: dt.datetime) -> None:
    with store.write() as session:
        Events(session).add_new([event(str(number), now + dt.timedelta(seconds=number // 2)) for number in range(5)])
        first = Events(session).of_record(DEAL, limit=3)
        second = Events(session).of_record(DEAL, after=first.next, limit=3)
    assert [found.id for found in (*first.items, *second.items)] == ["4", "3", "2", "1", "0"]


def test_several_notifications_for_one_record_wait_as_one(store: Store, now: dt.datetime) -> None:
    notify(store, now, "1", "1", "2", operation="created")
    notify(store, now, "1")
    with store.read() as session:
        found = [(notice.record_id, notice.operation, notice.times) for notice in Inbox(session).next()]
    assert found == [("1", "updated", 2), ("2", "created", 1)]


def test_a_notification_that_comes_while_its_record_is_read_is_not_lost(store: Store, now: dt.datetime) -> None:
    notify(store, now, "1", "2")
    with store.read() as session:
        taken = Inbox(session).next()
    notify(store, now, "1")
    with store.write() as session:
        Inbox(session).done(taken)
        assert [notice.record_id for notice in Inbox(session).next()] == ["1"]
        Inbox(session).done(Inbox(session).next())
        assert Inbox(session).waiting() == 0
    notify(store, now, "3")
    with store.write() as session:
        Inbox(session).done(taken)
        assert Inbox(session).waiting() == 1


def test_the_kind_that_waits_longest_is_read_first(store: Store, now: dt.datetime) -> None:
    notify(store, now, "1")
    notify(store, now, "x", entity="account")
    notify(store, now, "2")
    with store.write() as session:
        first = Inbox(session).next()
        assert [notice.record_id for notice in first] == ["1", "2"]
        assert [notice.record_id for notice in Inbox(session).next(limit=1)] == ["1"]
        Inbox(session).done(first)
        assert [notice.entity for notice in Inbox(session).next()] == ["account"]


def rule_run(event: str, rule: str, verdict: str, trace: dict[str, Any], at: dt.datetime) -> RuleRun:
    return RuleRun(event=event, rule=rule, verdict=verdict, trace=trace, at=at)


def said(run: RuleRun | None) -> Any:
    """All but the number the database gave it."""
    return run and (run.event, run.rule, run.verdict, run.trace, run.at)


def test_the_first_answer_of_a_rule_to_an_event_stands(store: Store, now: dt.datetime) -> None:
    run = rule_run("a", "deal_won", "holds", {"conditions": ({"field": "stage", "saw": "won"},)}, now)
    with store.write() as session:
        Events(session).add_new([event("a", now)])
        RuleRuns(session).add_many([run])
        RuleRuns(session).add_many(
            [rule_run("a", "deal_won", "does_not", {}, now), rule_run("a", "x", "holds", {}, now)]
        )
        assert said(RuleRuns(session).get("a", "deal_won")) == said(run)
        assert RuleRuns(session).get("a", "unknown") is None
        assert [found.rule for found in RuleRuns(session).of_event("a")] == ["deal_won", "x"]
        assert [found.rule for found in RuleRuns(session).of_record(DEAL).items] == ["x", "deal_won"]
        assert RuleRuns(session).in_verdict("holds", since=now).items[1].trace == run.trace
        assert RuleRuns(session).in_verdict("holds", since=now, limit=1).items[0].rule == "x"
        assert RuleRuns(session).in_verdict("holds", since=now + dt.timedelta(seconds=1)).items == ()
        assert RuleRuns(session).count_verdicts() == {"deal_won": {"holds": 1}, "x": {"holds": 1}}


def test_a_rule_that_was_asked_again_says_what_it_says_now(store: Store, now: dt.datetime) -> None:
    with store.write() as session:
        Events(session).add_new([event("a", now)])
        RuleRuns(session).add_many([rule_run("a", "r", "blocked", {}, now)])
        revised = rule_run("a", "r", "holds", {"seen": 1}, now + dt.timedelta(hours=1))
        RuleRuns(session).revise(revised)
        assert list(map(said, RuleRuns(session).of_event("a"))) == [said(revised)]


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_runs_about_a_record_are_paged_latest_first(store: Store, now: dt.datetime, limit: int) -> None:
    with store.write() as session:
        Events(session).add_new([event(str(number), now) for number in range(4)])
        RuleRuns(session).add_many([rule_run(str(number), "r", "holds", {}, now) for number in range(4)])
        seen: list[str] = []
        page = RuleRuns(session).of_record(DEAL, limit=limit)
        seen += [run.event for run in page.items]
        while page.next:
            page = RuleRuns(session).of_record(DEAL, after=page.next, limit=limit)
            seen += [run.event for run in page.items]
    assert seen == ["3", "2", "1", "0"]
