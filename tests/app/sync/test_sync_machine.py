"""The real sync between two services: people edit at random, everything fails at random, and in the end both agree.

Plans, intents, receipts, links and the inbox are the real ones, on a real store; only the queue is left out: workflows
run as plain functions, and one that is cut short is begun again.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from trade import LostAnswer, Shelf

from tsunagi.app import jobs
from tsunagi.app.sync import workflows
from tsunagi.app.sync.inbox import read_inbox, readable
from tsunagi.app.sync.receipts import Receipts
from tsunagi.domain.events import Notification
from tsunagi.domain.mapping import Direction, Side
from tsunagi.domain.records import Record, RecordRef, Value
from tsunagi.errors import OutcomeUnknown, RecordRejected, ServiceUnavailable
from tsunagi.store.intents import Intents
from tsunagi.store.links import Link, Links
from tsunagi.store.notifications import Inbox
from tsunagi.store.sync_runs import SyncRuns
from tsunagi.store.tables import METADATA
from tsunagi.text import Text

SIDES: tuple[Side, Side] = ("left", "right")
ANCHOR = "0000"
# More deletions at a time are taken for an accident.
MANY = 5
WHY = Text.same("a fault of the test")
# A failing example of a real store takes minutes to shrink, and reads well as it is.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
# What is left as it is between two examples: who is connected.
_STAYS = {"connection", "person", "alembic_version"}


class Cut(BaseException):
    """The process ends here; what it had in hand is lost."""


class World:
    """Both services and the hub, emptied for each example. `direction` is that of the pair."""

    def __init__(self, house: Any, direction: Direction) -> None:
        self.house, self.direction = house, direction
        self.shelves: dict[Side, Shelf] = {"left": house.crm, "right": house.ledger}
        self.trash: dict[RecordRef, Record] = {}
        self.unfinished = ""
        self.batches = 0
        for shelf in self.shelves.values():
            shelf.empty()
        with house.hub.store.write() as session:
            for table in reversed(METADATA.sorted_tables):
                if table.name not in _STAYS:
                    session.execute(table.delete())

    # What people do.

    def refs(self, side: Side) -> list[RecordRef]:
        return sorted(record.ref for record in self.shelves[side].of(self.kind(side)))

    def kind(self, side: Side) -> str:
        return "account" if side == "left" else "customer"

    def record(self, ref: RecordRef) -> Record | None:
        return self.shelves["left" if ref.service == "crm" else "right"].records.get(ref)

    def delete(self, side: Side, ref: RecordRef) -> None:
        self.trash[ref] = self.shelves[side].records[ref]
        self.shelves[side].drop(ref)

    def restore(self, ref: RecordRef) -> None:
        side: Side = "left" if ref.service == "crm" else "right"
        self.shelves[side].put(ref.entity, ref.id, **self.trash.pop(ref).fields)

    # What the hub does.

    def sync(self, *, full: bool = False) -> str:
        """A run, or the one that was cut short, once more; returns its id."""
        context = self.house.hub.context
        run = self.unfinished or workflows.start_sync(context, full=full)
        self.go(run, lambda: workflows.sync_workflow.__wrapped__(run, [], full))  # type: ignore[attr-defined]
        return run

    def read_notifications(self) -> None:
        """Whatever is in the inbox and due, and what follows for the pairs, as the worker does it."""
        context = self.house.hub.context
        for _ in range(20):
            with context.store.read() as session:
                if not Inbox(session).waiting(readable(context, session), at=context.now()):
                    return
            self.batches += 1
            pairs = read_inbox(context, f"notified-{self.batches}")["pairs"]
            if pairs:
                run = workflows.begin_run(context, "notified")
                self.go(run, lambda run=run, pairs=pairs: workflows.sync_at_once.__wrapped__(run, pairs))  # type: ignore[misc,attr-defined]
        raise AssertionError("the same notices are read in a loop")

    def go(self, run: str, work: Callable[[], object]) -> None:
        self.unfinished = run if run.startswith("sync-") else ""
        try:
            work()
            self.unfinished = ""
        except Cut:
            pass
        finally:
            self.house.clock.pass_(minutes=10)

    def notify(self, ids: list[str]) -> None:
        with self.house.hub.store.write() as session:
            Inbox(session).add(Notification("crm", "account", "updated", tuple(ids), "", ""), self.house.clock())

    # What may go wrong, and what is there in the end.

    def strike(self, side: Side, operation: str, fault: str) -> None:
        self.shelves[side].fail(operation, self.faults(side)[fault])

    def faults(self, side: Side) -> dict[str, BaseException]:
        service = self.shelves[side].service
        return {
            "away": ServiceUnavailable(WHY, service=service),
            "rejected": RecordRejected(WHY, service=service),
            "unanswered": OutcomeUnknown(WHY, service=service),
            "answer lost": LostAnswer(OutcomeUnknown(WHY, service=service)),
            "cut before": Cut(),
            "cut after": LostAnswer(Cut()),
        }

    def calm(self) -> None:
        for shelf in self.shelves.values():
            shelf.trouble.clear()

    def writes(self) -> int:
        return sum(shelf.asked(each) for shelf in self.shelves.values() for each in ("create", "update", "delete"))

    def links(self) -> list[Link]:
        """Each link once."""
        with self.house.hub.store.read() as session:
            found = Links(session).of_many([*self.refs("left"), *self.refs("right"), *self.trash])
        return list({link.id: link for some in found.values() for link in some}.values())

    def spoken_of(self, run: str) -> set[RecordRef]:
        """Records the run reported: a person, or something else, has to be waited for."""
        with self.house.hub.store.read() as session:
            runs = SyncRuns(session)
            told = [each for kind in runs.count_outcomes(run) for each in runs.outcomes(run, kind, limit=500).items]
        return {ref for each in told for ref in (each.left, each.right) if ref is not None}

    def planned(self) -> int:
        with self.house.hub.store.read() as session:
            return Intents(session).count_states().get("planned", 0)


PHONES = st.sampled_from([None, "", "000", " 111 ", "222"])
FAULTS = ("away", "rejected", "unanswered", "answer lost", "cut before", "cut after")


class SyncMachine(RuleBasedStateMachine):
    """People, notifications and runs take turns; whenever the hub is let finish, everything is in its place."""

    def __init__(self, houses: dict[Direction, Any]) -> None:
        super().__init__()
        self.houses = houses
        self.companies = 0
        self.deletions = 0
        self.edited: dict[tuple[RecordRef, str], Value] = {}

    @initialize(direction=st.sampled_from(Direction))
    def the_services_are_empty(self, direction: Direction) -> None:
        jobs._context = self.houses[direction].hub.context
        self.world = World(self.houses[direction], direction)
        # One company nobody deletes: a side without any record would be taken for an accident.
        for side in SIDES:
            self.world.shelves[side].put(self.world.kind(side), ANCHOR, name="Anchor")
        for sides in (("left",), ("right",), SIDES):
            self.enter(sides, "000")
        # A first listing is over: from now on there is news.
        self.world.sync()

    def company(self) -> str:
        self.companies += 1
        return f"Company {self.companies}"

    def someone(self, data: st.DataObject) -> tuple[Side, RecordRef]:
        return data.draw(st.sampled_from([(side, ref) for side in SIDES for ref in self.world.refs(side)]))

    def enter(self, sides: tuple[Side, ...], phone: Value) -> None:
        name = self.company()
        for side in sides:
            id = f"{self.companies:04}"
            ref = self.world.shelves[side].put(self.world.kind(side), id, name=name, phone=phone)
            self.edited |= {(ref, "name"): name, (ref, "phone"): phone}

    @rule(sides=st.sampled_from([("left",), ("right",), SIDES]), phone=PHONES)
    def somebody_enters_a_company(self, sides: tuple[Side, ...], phone: Value) -> None:
        self.enter(sides, phone)

    @precondition(lambda self: any(map(self.world.refs, SIDES)))
    @rule(data=st.data(), phone=PHONES)
    def somebody_edits(self, data: st.DataObject, phone: Value) -> None:
        side, ref = self.someone(data)
        changes = data.draw(
            st.sampled_from(
                [{"phone": phone}, {"name": self.company()}, {"name": ""}, {"name": self.company(), "phone": phone}]
            )
        )
        self.world.shelves[side].put(ref.entity, ref.id, **changes)
        self.edited |= {(ref, field): value for field, value in changes.items()}

    @precondition(lambda self: self.deletions < MANY and any(map(self.world.refs, SIDES)))
    @rule(data=st.data(), partner_too=st.booleans())
    def somebody_deletes(self, data: st.DataObject, *, partner_too: bool) -> None:
        side, ref = self.someone(data)
        if ref.id == ANCHOR:
            return
        partners = [link.other(ref) for link in self.world.links() if ref in (link.left, link.right)]
        self.world.delete(side, ref)
        for partner in partners if partner_too else ():
            if self.world.record(partner):
                self.world.delete("right" if side == "left" else "left", partner)
        self.deletions += 1

    @precondition(lambda self: self.world.trash)
    @rule(data=st.data())
    def somebody_restores(self, data: st.DataObject) -> None:
        self.world.restore(data.draw(st.sampled_from(sorted(self.world.trash))))

    @rule(data=st.data(), times=st.integers(1, 3))
    def the_crm_notifies(self, data: st.DataObject, times: int) -> None:
        """Of some records, whatever happened to them, perhaps several times."""
        known = [*self.world.refs("left"), *(ref for ref in sorted(self.world.trash) if ref.service == "crm")]
        chosen = data.draw(st.lists(st.sampled_from([*(ref.id for ref in known), "unheard-of"]), max_size=4))
        for _ in range(times):
            self.world.notify(chosen)

    @rule(
        side=st.sampled_from(SIDES),
        operation=st.sampled_from(["create", "update", "changes", "get_many", "find"]),
        fault=st.sampled_from(FAULTS),
        times=st.integers(1, 3),
    )
    def a_call_is_going_to_fail(self, side: Side, operation: str, fault: str, times: int) -> None:
        if fault.endswith(("lost", "after")) and operation not in {"create", "update"}:
            fault = "cut before"
        for _ in range(times):
            self.world.strike(side, operation, fault)

    @rule(full=st.booleans())
    def a_sync_runs(self, *, full: bool) -> None:
        self.world.sync(full=full)

    @rule(side=st.sampled_from(SIDES), fault=st.sampled_from(FAULTS), phone=PHONES)
    def a_company_is_entered_and_its_creation_fails(self, side: Side, fault: str, phone: Value) -> None:
        self.enter((side,), phone)
        self.world.strike("left" if side == "right" else "right", "create", fault)
        self.world.sync()

    @rule()
    def notifications_are_read(self) -> None:
        with suppress(Cut):
            self.world.read_notifications()

    @rule()
    def the_hub_is_let_finish(self) -> None:
        self.world.calm()
        self.world.house.clock.pass_(days=1)
        for _ in range(6):
            self.world.read_notifications()
            before = self.world.writes()
            run = self.world.sync(full=True)
            if self.world.writes() == before:
                break
        assert self.world.writes() == before, "the hub writes for ever"
        assert self.world.planned() == 0
        self.everything_is_in_its_place(run)
        self.edited.clear()
        self.deletions = 0

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.the_hub_is_let_finish()

    def everything_is_in_its_place(self, run: str) -> None:
        assert not [shelf.repeated for shelf in self.world.shelves.values() if shelf.repeated], "made twice"
        links, spoken_of = self.world.links(), self.world.spoken_of(run)
        on_links = [ref for link in links for ref in (link.left, link.right) if self.world.record(ref)]
        assert len(on_links) == len(set(on_links)), "a record on two links"
        for side in SIDES:
            for ref in self.world.refs(side):
                wanted = self.world.direction.into("left" if side == "right" else "right")
                assert ref in on_links or ref in spoken_of or not wanted, f"{ref} was forgotten"
        for link in links:
            left, right = self.world.record(link.left), self.world.record(link.right)
            if left and right:
                assert not link.orphaned, f"{link.left} and {link.right} are both there"
                for field in ("name", "phone"):
                    self.values_agree(left, right, field, spoken_of)
            else:
                assert link.orphaned or {link.left, link.right} & spoken_of, f"{link.left}, {link.right}: one is gone"

    def values_agree(self, left: Record, right: Record, field: str, spoken_of: set[RecordRef]) -> None:
        ours, theirs = left.text(field).strip(), right.text(field).strip()
        if left.ref in spoken_of or right.ref in spoken_of:
            return
        if self.world.direction is Direction.BOTH:
            assert ours == theirs, f"{left.ref} and {right.ref} differ in {field}"
            entered = [self.edited[ref, field] for ref in (left.ref, right.ref) if (ref, field) in self.edited]
            assert not entered or ours in [str(value or "").strip() for value in entered], f"an edit of {field} is lost"
            return
        source, target = (ours, theirs) if self.world.direction.into("right") else (theirs, ours)
        assert source in ("", target), f"{left.ref} and {right.ref} differ in {field}"


def test_whatever_happens_both_sides_agree_in_the_end(
    open_house: Callable[..., Any], trade: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    houses = {}
    for direction in Direction:
        trade.direction = direction
        houses[direction] = open_house(home=direction.value)
    store = Receipts.store

    def store_unless_cut(receipts: Receipts) -> None:
        # Called on the way out too; a process that ended stores nothing.
        if not isinstance(sys.exc_info()[1], Cut):
            store(receipts)

    monkeypatch.setattr(Receipts, "store", store_unless_cut)
    monkeypatch.setattr(jobs, "_context", None)
    monkeypatch.setattr(jobs, "sleep", lambda seconds: None)
    monkeypatch.setattr(jobs, "under_way", set)
    run_state_machine_as_test(
        lambda: SyncMachine(houses),
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=_PHASES,
        ),
    )
