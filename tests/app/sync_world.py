"""Two services in memory and the real hub between them, emptied for each example of the sync machine.

Plans, intents, receipts, links, history and the inbox are the real ones, on a real store; only the queue is left out:
workflows run as plain functions, and one whose process ends is begun again by the next one.
"""

import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sync_terms import Terms
from trade import NOON
from two_sides import PAIR, PEOPLE_PAIR, LostAnswer, Vault

from tsunagi.app import jobs
from tsunagi.app.sync import making, preconditions, run_control, undo_runs, workflows, write_calls
from tsunagi.app.sync.inbox import read_inbox, readable
from tsunagi.app.sync.receipts import Receipts
from tsunagi.app.sync.reviewing import Question, answer, questions
from tsunagi.domain.events import Notification
from tsunagi.domain.mapping import Side, SyncPair
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import OutcomeUnknown, RecordRejected, ServiceUnavailable
from tsunagi.store.links import Link, Links
from tsunagi.store.notifications import Inbox
from tsunagi.store.sync_runs import SyncRuns
from tsunagi.store.tables import METADATA
from tsunagi.text import Text

SIDES: tuple[Side, Side] = ("left", "right")
KINDS: dict[Side, str] = {"left": "account", "right": "customer"}
# Who belongs to a company, and which field says to which.
PEOPLE: dict[Side, str] = {"left": "person", "right": "contact"}
COMPANY: dict[Side, str] = {"left": "account", "right": "customer"}
# What is left as it is between two examples: who is connected.
_STAYS = {"connection", "person", "alembic_version"}
_WHY = Text.same("a fault of the test")


class Cut(BaseException):
    """The process ends here; what it had in hand is lost."""


class World:
    """Both services and the hub. `trash` is the recycle bins, `restored` what was there; `runs` those that may be
    undone.
    """

    def __init__(self, house: Any, terms: Terms) -> None:
        self.house, self.terms = house, terms
        self.shelves: dict[Side, Vault] = {"left": house.crm, "right": house.ledger}
        self.trash: dict[RecordRef, Record] = {}
        self.restored: set[RecordRef] = set()
        self.runs: list[str] = []
        self.unfinished: Callable[[], object] | None = None
        self.numbers = count(1)
        for shelf in self.shelves.values():
            shelf.empty()
            shelf.at_once, shelf.unique = terms.at_once, terms.unique and shelf is house.ledger
        with house.hub.store.write() as session:
            for table in reversed(METADATA.sorted_tables):
                if table.name not in _STAYS:
                    session.execute(table.delete())
        house.clock.at = NOON
        self.settings_are(terms)
        self.begin_a_new_process()

    @property
    def context(self) -> Any:
        return self.house.hub.context

    @property
    def pair(self) -> SyncPair:
        found: SyncPair = self.context.registry.pair(PAIR)
        return found

    def settings_are(self, terms: Terms) -> None:
        self.terms = terms
        file: Path = self.context.pair_settings.folder / "sync" / "ledger_customers.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(terms.text(), encoding="utf-8")
        self.context.pair_settings.refresh()
        self.context.pair_settings.book().require(PAIR)

    # What people do.

    def refs(self, side: Side) -> list[RecordRef]:
        return sorted(record.ref for record in self.shelves[side].of(KINDS[side]))

    def people(self, side: Side) -> list[RecordRef]:
        return sorted(record.ref for record in self.shelves[side].of(PEOPLE[side]))

    def side_of(self, ref: RecordRef) -> Side:
        return "left" if ref.service == "crm" else "right"

    def record(self, ref: RecordRef) -> Record | None:
        return self.shelves[self.side_of(ref)].records.get(ref)

    def delete(self, ref: RecordRef) -> None:
        shelf = self.shelves[self.side_of(ref)]
        self.trash[ref] = shelf.records[ref]
        shelf.drop(ref)

    def restore(self, ref: RecordRef) -> None:
        self.restored.add(ref)
        self.shelves[self.side_of(ref)].put(ref.entity, ref.id, **self.trash.pop(ref).fields)

    def merge(self, away: RecordRef, into: RecordRef) -> None:
        crm = self.shelves["left"]
        for one in (*crm.of("deal"), *crm.of("person")):
            if one.fields.get("account") == away:
                crm.put(one.ref.entity, one.ref.id, account=into)
        crm.drop(away, for_good=True)

    # What the hub does.

    def sync(self, *, full: bool = False, allow_deletions: bool = False) -> str:
        """A run, after the one whose process ended has come to its end; returns its id."""
        if self.unfinished is not None:
            self.go(self.unfinished)
        run = workflows.start_sync(self.context, full=full)
        self.runs.append(run)
        self.go(lambda: _begun(workflows.sync_workflow, run, [], full, allow_deletions))
        return run

    def state(self, run: str) -> str:
        """How it ended, and why."""
        found = workflows.sync_run(self.context, run)
        return f"{found.state}: {found.problem.en}" if found.problem else found.state

    def go_on(self, run: str) -> None:
        """A paused run is resumed."""
        terms = run_control.take_up(self.context, run, None)
        self.go(lambda: _begun(workflows.sync_workflow, run, *terms))

    def paused(self) -> list[str]:
        with self.house.hub.store.read() as session:
            return SyncRuns(session).in_state(run_control.PAUSED)

    def undo(self, run: str, created: str) -> None:
        undo = undo_runs.start_undo(self.context, run)
        self.runs.append(undo)
        self.go(lambda: _begun(undo_runs.undo_workflow, undo, created, ""))

    def stop(self, how: Callable[..., object]) -> None:
        """The latest run is paused or cancelled, if it is under way."""
        run = workflows.sync_run(self.context, self.runs[-1])
        if run.state == "running":
            how(self.context, run.id)

    def read_notifications(self) -> None:
        """Whatever is in the inbox and due, and what follows for the pairs, as the worker does it."""
        for _ in range(20):
            with self.house.hub.store.read() as session:
                if not Inbox(session).waiting(readable(self.context, session), at=self.context.now()):
                    return
            try:
                pairs = read_inbox(self.context, f"notified-{next(self.numbers)}")["pairs"]
            except Cut:
                self.begin_a_new_process()
                continue
            if pairs:
                run = workflows.begin_run(self.context, "instant")
                self.runs.append(run)
                self.go(lambda run=run, pairs=pairs: _begun(workflows.sync_at_once, run, pairs))  # type: ignore[misc]
        raise AssertionError("the same notices are read in a loop")

    def go(self, work: Callable[[], object]) -> None:
        self.unfinished = work
        try:
            work()
            self.unfinished = None
        except Cut:
            self.begin_a_new_process()
        finally:
            self.house.clock.pass_(minutes=10)

    def begin_a_new_process(self) -> None:
        """What the hub keeps in memory alone is forgotten."""
        preconditions._listed.clear()
        self.context.pair_settings.refresh()

    def notify(self, ids: list[str]) -> None:
        with self.house.hub.store.write() as session:
            Inbox(session).add(Notification("crm", "account", "updated", tuple(ids), "", ""), self.house.clock())

    def questions(self) -> list[Question]:
        return list(questions(self.context, limit=200).items)

    def answer(self, question: Question, word: str, record: str) -> None:
        answer(self.context, None, question.item.id, word, record=record)

    # What may go wrong, and what is there in the end.

    def fault(self, side: Side, name: str) -> BaseException:
        service = self.shelves[side].service
        unanswered = OutcomeUnknown(_WHY, service=service)
        return {
            "away": ServiceUnavailable(_WHY, service=service),
            "rejected": RecordRejected(_WHY, service=service),
            "unanswered": unanswered,
            "answer lost": LostAnswer(unanswered),
            "cut before": Cut(),
            "cut after": LostAnswer(Cut()),
        }[name]

    def calm(self) -> None:
        for shelf in self.shelves.values():
            shelf.calm()

    def written(self) -> list[str]:
        """Every write the services were asked for."""
        return [
            call
            for shelf in self.shelves.values()
            for call in shelf.calls
            if call.split()[0] in ("create", "update", "delete")
        ]

    def links(self, pair: str = PAIR) -> list[Link]:
        """Each link of a pair once."""
        seen = {ref for shelf in self.shelves.values() for _, ref, _ in shelf.log}
        with self.house.hub.store.read() as session:
            found = Links(session).of_many(seen)
        return list({link.id: link for some in found.values() for link in some if link.pair == pair}.values())

    def partner(self, ref: RecordRef) -> RecordRef | None:
        pair = PAIR if ref.entity in KINDS.values() else PEOPLE_PAIR
        return next((link.other(ref) for link in self.links(pair) if ref in (link.left, link.right)), None)


def _begun(workflow: Any, *args: Any) -> object:
    return workflow.__wrapped__(*args)


def without_chance(monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
    """The same example goes the same way each time: no queue, no threads, no clock but the test's own."""
    store, numbers = Receipts.store, count(1)

    def store_unless_cut(receipts: Receipts) -> None:
        # Called on the way out too; a process that ended stores nothing.
        if not _is_cut():
            store(receipts)

    class Numbered:
        hex = property(lambda _: f"{next(numbers):012}")

    monkeypatch.setattr(Receipts, "store", store_unless_cut)
    monkeypatch.setattr(jobs, "_context", None)
    monkeypatch.setattr(jobs, "sleep", lambda seconds: None)
    monkeypatch.setattr(jobs, "under_way", set)
    monkeypatch.setattr(write_calls, "_AT_ONCE", 1)
    monkeypatch.setattr(workflows, "uuid4", Numbered)
    for module in (making, preconditions):
        monkeypatch.setattr(module, "monotonic", lambda: clock().timestamp())


def _is_cut() -> bool:
    return isinstance(sys.exc_info()[1], Cut)
