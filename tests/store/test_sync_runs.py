"""Sync runs: what a page shows while they go on and after."""

import datetime as dt

import pytest

from tsunagi import RecordRef, Text
from tsunagi.store import Cursors, Position, Store, SyncOutcome, SyncRun, SyncRuns

REASON = Text("Changed on both sides.", "両方で変更されています。")


def test_a_run_from_start_to_end(store: Store, now: dt.datetime) -> None:
    with store.write() as session:
        runs = SyncRuns(session)
        runs.start("r1", "initial", now)
        runs.progress("r1", {"read": 200, "of": 400})
        runs.start("r1", "initial", now + dt.timedelta(minutes=1))
        assert runs.get("r1") == SyncRun(
            id="r1", kind="initial", state="running", started_at=now, progress={"read": 200, "of": 400}
        )
        runs.finish("r1", "failed", now, counts={"crm.account": {"created": 3}}, problem=REASON)
        found = runs.get("r1")
        assert found is not None
        assert (found.state, found.finished_at, found.problem) == ("failed", now, REASON)
        assert found.counts == {"crm.account": {"created": 3}}
        with pytest.raises(ValueError, match="no sync run 'r2'"):
            runs.progress("r2", {})


def test_outcomes_are_listed_by_how_they_ended(store: Store, now: dt.datetime) -> None:
    left = RecordRef("crm", "account", "1")

    def outcome(name: str, left: RecordRef | None, right: RecordRef | None) -> SyncOutcome:
        return SyncOutcome(pair="p", left=left, right=right, outcome=name, reason=REASON)

    parked = [outcome("parked", left, None), outcome("parked", None, left)]
    with store.write() as session:
        runs = SyncRuns(session)
        runs.start("r1", "incremental", now)
        runs.add_outcomes("r1", [parked[0], outcome("created", left, left), parked[1]])
        runs.add_outcomes("r1", [])
        first = runs.outcomes("r1", "parked", limit=1)
        second = runs.outcomes("r1", "parked", after=first.next, limit=1)
        assert [(each.left, each.right, each.reason) for each in (*first.items, *second.items)] == [
            (each.left, each.right, REASON) for each in parked
        ]
        assert runs.count_reasons("r1") == [("parked", REASON, 2), ("created", REASON, 1)]
        runs.replace_outcomes("r1", "p", parked[:1])
        assert runs.count_reasons("r1") == [("parked", REASON, 1)]
        # What is about a kind that somebody may not see is neither counted nor listed for them.
        runs.add_outcomes("r1", [outcome("parked", RecordRef("ledger", "invoice", "7"), None)])
        seen = runs.outcomes("r1", "parked", hidden=["ledger.invoice", "ledger.estimate"])
        assert [each.left for each in seen.items] == [left]
        assert runs.count_reasons("r1", ["ledger.invoice"]) == [("parked", REASON, 1)]


def test_only_a_run_that_is_paused_or_waits_is_ended_as_such(store: Store, now: dt.datetime) -> None:
    with store.write() as session:
        runs = SyncRuns(session)
        runs.start("r1", "incremental", now)
        assert not runs.end_paused("r1", "cancelled", now)
        runs.finish("r1", "paused", now)
        assert runs.end_paused("r1", "cancelled", now)
        assert not runs.end_paused("r1", "cancelled", now)
        assert not runs.go_on("r1")


def test_the_latest_runs_come_first(store: Store, now: dt.datetime) -> None:
    with store.write() as session:
        for number in range(3):
            SyncRuns(session).start(str(number), "incremental", now + dt.timedelta(minutes=number))
        first = SyncRuns(session).latest(limit=2)
        second = SyncRuns(session).latest(after=first.next, limit=2)
    assert [run.id for run in (*first.items, *second.items)] == ["2", "1", "0"]


def test_cursors_are_one_for_each_entity(store: Store, now: dt.datetime) -> None:
    def position(cursor: str, *, complete: bool) -> Position:
        return Position(service="crm", entity="account", cursor=cursor, complete=complete, updated_at=now)

    with store.write() as session:
        cursors = Cursors(session)
        assert cursors.get("crm", "account") is None
        cursors.put("crm", "account", "1", now, complete=False)
        assert cursors.get("crm", "account") == position("1", complete=False)
        cursors.put("crm", "account", "2", now, complete=True)
        cursors.put("books", "invoice", "x", now, complete=True)
        assert cursors.get("crm", "account") == position("2", complete=True)
        assert cursors.complete() == {("crm", "account"), ("books", "invoice")}
        assert cursors.read_at("crm", "account") == now
