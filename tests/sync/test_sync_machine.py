"""Two sides that people edit at random and a bridge that fails at random: in the end both sides agree."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tsunagi.domain.conflicts import ConflictPolicy, DeletionPolicy, DuplicatePolicy
from tsunagi.domain.mapping import Activity, Direction, FieldMap, Mapping, PairEnd, Side, SyncPair
from tsunagi.domain.records import Fields, Record, RecordRef, Value, changed_fields
from tsunagi.sync.pair_state import AgreedLink, PairState, SyncOptions
from tsunagi.sync.plan import plan_pair
from tsunagi.sync.steps import (
    Adopt,
    Agree,
    Create,
    Deactivate,
    Delete,
    Note,
    Park,
    Step,
    SyncPlan,
    Unlink,
    Update,
    Write,
)
from tsunagi.sync.unlinked import plan_unlinked
from tsunagi.text import Text

SIDES: tuple[Side, Side] = ("left", "right")
FIELDS = {"left": {"name": "l_name", "phone": "l_phone", "city": "l_city"}}
FIELDS["right"] = {name: native.replace("l_", "r_") for name, native in FIELDS["left"].items()}


def make_pair(direction: Direction) -> SyncPair:
    fields = tuple(FieldMap(name, FIELDS["left"][name], FIELDS["right"][name]) for name in FIELDS["left"])
    left, right = PairEnd("crm", "account"), PairEnd("fin", "customer", Activity("status", "active", "inactive"))
    return SyncPair("customers", Text.same("customers"), left, right, Mapping(fields), direction, required=("name",))


class Failed(Exception):
    """The bridge stops here."""


class World:
    """Both services, in memory, and what the hub stores of them."""

    def __init__(self, pair: SyncPair, options: SyncOptions) -> None:
        self.pair, self.options = pair, options
        self.alive: dict[Side, dict[RecordRef, Record]] = {"left": {}, "right": {}}
        self.trash: dict[Side, dict[RecordRef, Record]] = {"left": {}, "right": {}}
        self.merged: dict[RecordRef, RecordRef] = {}
        self.links: dict[tuple[RecordRef, RecordRef], AgreedLink] = {}
        self.former: dict[RecordRef, RecordRef] = {}
        self.written: set[Side] = set()
        self.ticks = 0

    def tick(self) -> int:
        self.ticks += 1
        return self.ticks

    def ref(self, side: Side) -> RecordRef:
        service, entity = ("crm", "account") if side == "left" else ("fin", "customer")
        return RecordRef(service, entity, f"{self.tick():04}")

    def put(self, side: Side, ref: RecordRef, fields: dict[str, Value], *, timed: bool = True) -> None:
        now = self.tick()
        at = datetime(2026, 11, 24, tzinfo=UTC) + timedelta(minutes=now)
        self.alive[side][ref] = Record(ref, fields, str(now), at if timed else None)

    def edit(self, side: Side, ref: RecordRef, changes: dict[str, Value], *, timed: bool = True) -> None:
        self.put(side, ref, {**self.alive[side][ref].fields, **changes}, timed=timed)

    def delete(self, side: Side, ref: RecordRef) -> None:
        self.trash[side][ref] = self.alive[side].pop(ref)

    def merge(self, away: RecordRef, into: RecordRef) -> None:
        self.alive["left"].pop(away)
        self.merged[away] = into

    def survivor(self, away: RecordRef) -> Record | None:
        while away in self.merged:
            away = self.merged[away]
        return self.alive["left"].get(away)

    def is_alive(self, ref: RecordRef) -> bool:
        return any(ref in self.alive[side] for side in SIDES)

    def plan(self) -> SyncPlan:
        spoken_for = {ref for link in self.links.values() if not link.orphaned for ref in (link.left, link.right)}
        plans = []
        for _, link in sorted(self.links.items()):
            state = self._state(link, spoken_for)
            plans.append(plan_pair(self.pair, state, self.options))
            if state.merged_into and state.right and not state.survivor_linked:
                spoken_for |= {state.merged_into.ref, link.right}
            elif link.orphaned and state.left and state.right:
                spoken_for |= {link.left, link.right}
        lefts, rights = (
            [record for ref, record in self.alive[side].items() if ref not in spoken_for] for side in SIDES
        )
        orphaned = {
            ref for link in self.links.values() if link.orphaned for ref in (link.left, link.right)
        } - spoken_for
        unlinked = [record.ref for record in (*lefts, *rights)]
        former = {ref: self.former[ref] for ref in unlinked if ref in self.former and self.is_alive(self.former[ref])}
        options = self.options
        return SyncPlan.joined(
            self.pair.name, [*plans, plan_unlinked(self.pair, lefts, rights, options, orphaned=orphaned, former=former)]
        )

    def _state(self, link: AgreedLink, spoken_for: set[RecordRef]) -> PairState:
        left, right = self.alive["left"].get(link.left), self.alive["right"].get(link.right)
        survivor = None if left else self.survivor(link.left)
        taken = survivor is not None and (
            survivor.ref in spoken_for
            or (link.orphaned and link.right in spoken_for)
            or any(one.left == survivor.ref and one.right in self.alive["right"] for one in self.links.values())
        )
        return PairState(
            left,
            right,
            link,
            left_deleted=left is None,
            right_deleted=right is None,
            merged_into=survivor,
            survivor_linked=taken,
        )

    def apply(self, plan: SyncPlan, fails: Callable[[], bool]) -> None:
        for unit in plan.units():
            try:
                for step in unit:
                    self._apply(step, unit, fails)
            except Failed:
                continue

    def apply_later(self, plan: SyncPlan) -> None:
        """What a person does with a plan saved earlier: units of which the world has moved are left out."""
        overtaken = plan.overtaken(self.plan())
        units = [unit for unit in plan.units() if (unit[0].left, unit[0].right) not in overtaken]
        self.apply(SyncPlan.joined(plan.pair, [SyncPlan(plan.pair, unit) for unit in units]), never)

    def _apply(self, step: Step, unit: tuple[Step, ...], fails: Callable[[], bool]) -> None:
        if isinstance(step, Create | Update | Delete | Deactivate):
            self._before(fails)
            self._write(step)
            self.written.add(step.side)
            self._before(fails)  # written, but what follows from it is not stored
        match step:
            case Update() | Adopt() | Agree():
                self._forget([key for key in self.links if isinstance(step, Adopt) and step.replaces in key])
                self._store(step.left, step.right, step.baseline, settled=step is unit[-1])
            case Delete() | Unlink(keep=None):
                self._forget([(step.left, step.right)])
            case Unlink() | Deactivate():
                self.links[step.left, step.right] = replace(self.links[step.left, step.right], orphaned=True)
            case _:
                return

    def _write(self, step: Write) -> None:
        if isinstance(step, Create):
            ref = self.ref(step.side)
            self.put(step.side, ref, dict(step.fields))
            self._forget([key for key in self.links if step.replaces in key])
            self._store(step.left or ref, step.right or ref, step.baseline, settled=False)
            return
        record = self.alive[step.side][step.ref]
        assert record.version == step.expected_version
        if isinstance(step, Update):
            self.overwrites_no_edit(step)
            assert step.fields, "an update that changes nothing"
            self.edit(step.side, step.ref, dict(step.fields))
            return
        self.takes_away_no_edit(step, record)
        if isinstance(step, Delete):
            self.delete(step.side, step.ref)
        else:
            self.edit(step.side, step.ref, dict(step.fields))

    def overwrites_no_edit(self, step: Update) -> None:
        """A value is written over one nobody edited, or over one the policy decided against."""
        link = self.links[step.left, step.right]
        left, right = self.alive["left"][step.left], self.alive["right"][step.right]
        now = self.pair.mapping.canonical("left", left.fields), self.pair.mapping.canonical("right", right.fields)
        for change in step.changes:
            base = link.baseline.get(change.field)
            source = now[0 if step.side == "right" else 1][change.field]
            assert change.after == source or self.options.conflicts not in (ConflictPolicy.ASK, ConflictPolicy.SKIP)
            assert change.before == base or source != base, f"an edit of {change.field} would be lost"

    def takes_away_no_edit(self, step: Delete | Deactivate, record: Record) -> None:
        now = self.pair.mapping.canonical(step.side, record.fields)
        assert not changed_fields(self.links[step.left, step.right].baseline, now), "an edited record would be lost"

    def _before(self, fails: Callable[[], bool]) -> None:
        if fails():
            raise Failed

    def _forget(self, keys: list[tuple[RecordRef, RecordRef]]) -> None:
        for left, right in keys:
            del self.links[left, right]
            self.former |= {left: right, right: left}

    def _store(self, left: RecordRef, right: RecordRef, baseline: Fields, *, settled: bool) -> None:
        for key in [key for key, link in self.links.items() if link.orphaned and (left in key or right in key)]:
            del self.links[key]
        ours, theirs = self.alive["left"][left], self.alive["right"][right]
        values = self.pair.mapping.canonical("left", ours.fields), self.pair.mapping.canonical("right", theirs.fields)
        # Where something is left over, a failure, a park or a difference to speak of, both are looked at again.
        versions = (ours.version, theirs.version) if settled and values[0] == values[1] else ("", "")
        self.links[left, right] = AgreedLink(left, right, dict(baseline), False, *versions)


def never() -> bool:
    return False


PHONES = st.sampled_from([None, "", "000", " 111 ", "222"])
CITIES = st.sampled_from([None, "Osaka", "Kobe", "大阪"])


class SyncMachine(RuleBasedStateMachine):
    """People and the bridge take turns; whenever the bridge is let finish, everything is in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.companies = 0
        self.saved: SyncPlan | None = None

    @initialize(
        direction=st.sampled_from(Direction),
        policy=st.sampled_from(ConflictPolicy),
        duplicates=st.sampled_from(DuplicatePolicy),
        deletions=st.sampled_from(DeletionPolicy),
        merges=st.sampled_from(DeletionPolicy),
    )
    def settings_are_made(
        self,
        direction: Direction,
        policy: ConflictPolicy,
        duplicates: DuplicatePolicy,
        deletions: DeletionPolicy,
        merges: DeletionPolicy,
    ) -> None:
        self.pair = make_pair(direction)
        self.world = World(self.pair, SyncOptions(policy, duplicates, deletions, merges))

    def company(self) -> str:
        self.companies += 1
        return f"Company {self.companies}"

    def refs(self, side: Side) -> list[RecordRef]:
        return sorted(self.world.alive[side])

    @rule(sides=st.sampled_from([("left",), ("right",), SIDES]), phone=PHONES, cities=st.tuples(CITIES, CITIES))
    def somebody_enters_a_company(self, sides: tuple[Side, ...], phone: Value, cities: tuple[Value, Value]) -> None:
        name = self.company()
        for side, city in zip(sides, cities, strict=False):
            written = f" {name.upper()} Ltd." if side == "right" else name
            fields = {"name": written, "phone": phone, "city": city}
            self.world.put(side, self.world.ref(side), {FIELDS[side][key]: value for key, value in fields.items()})

    @precondition(lambda self: any(self.world.alive.values()))
    @rule(data=st.data(), phone=PHONES, city=CITIES, timed=st.booleans())
    def somebody_edits(self, data: st.DataObject, phone: Value, city: Value, *, timed: bool) -> None:
        side, ref = self.someone(data)
        changes: dict[str, Value] = data.draw(
            st.sampled_from(
                [
                    {"phone": phone},
                    {"city": city},
                    {"phone": phone, "city": city},
                    {"name": self.company()},
                    {"name": ""},
                ]
            )
        )
        self.world.edit(side, ref, {FIELDS[side][key]: value for key, value in changes.items()}, timed=timed)

    @precondition(lambda self: any(self.world.alive.values()))
    @rule(data=st.data())
    def somebody_deletes(self, data: st.DataObject) -> None:
        self.world.delete(*self.someone(data))

    @precondition(lambda self: any(self.world.trash.values()))
    @rule(data=st.data())
    def somebody_restores(self, data: st.DataObject) -> None:
        side, ref = data.draw(
            st.sampled_from([(side, ref) for side in SIDES for ref in sorted(self.world.trash[side])])
        )
        self.world.put(side, ref, dict(self.world.trash[side].pop(ref).fields))

    @precondition(lambda self: len(self.world.alive["left"]) > 1)
    @rule(data=st.data())
    def somebody_merges_two_accounts(self, data: st.DataObject) -> None:
        away, into = data.draw(st.permutations(self.refs("left")))[:2]
        self.world.merge(away, into)

    def someone(self, data: st.DataObject) -> tuple[Side, RecordRef]:
        return data.draw(st.sampled_from([(side, ref) for side in SIDES for ref in self.refs(side)]))

    @rule(failures=st.lists(st.booleans(), max_size=12))
    def the_bridge_runs_and_may_fail(self, failures: list[bool]) -> None:
        sequence: Iterator[bool] = iter(failures)
        self.world.apply(self.world.plan(), lambda: next(sequence, False))

    @rule()
    def a_plan_is_saved(self) -> None:
        self.saved = self.world.plan()

    @precondition(lambda self: self.saved is not None)
    @rule()
    def a_saved_plan_is_carried_out_later(self) -> None:
        assert self.saved is not None
        self.world.apply_later(self.saved)

    @rule()
    def the_bridge_runs_until_quiet(self) -> None:
        for _ in range(8):
            plan = self.world.plan()
            if plan.quiet:
                break
            self.world.apply(plan, never)
        assert plan.quiet, plan
        self.everything_is_in_its_place(plan)

    def teardown(self) -> None:
        if hasattr(self, "pair"):
            self.the_bridge_runs_until_quiet()

    def everything_is_in_its_place(self, plan: SyncPlan) -> None:
        spoken_of = {(step.left, step.right, step.field) for step in plan.steps if isinstance(step, Park | Note)}
        self.a_source_is_never_written()
        self.linked_records_agree(spoken_of)
        self.every_record_is_linked_once(plan)

    def a_source_is_never_written(self) -> None:
        assert all(self.pair.direction.into(side) for side in self.world.written)

    def linked_records_agree(self, spoken_of: set[tuple[RecordRef | None, RecordRef | None, str]]) -> None:
        for link in self.world.links.values():
            left, right = self.world.alive["left"].get(link.left), self.world.alive["right"].get(link.right)
            if link.orphaned:
                continue
            if left and right:
                self.agree(link, left, right, spoken_of)
            else:
                # Its other half cannot be made anew while something is missing.
                waiting = {(left and link.left, right and link.right, "name"), (link.left, link.right, "")}
                assert waiting & spoken_of

    def agree(self, link: AgreedLink, left: Record, right: Record, spoken_of: set[Any]) -> None:
        ours, theirs = (
            self.pair.mapping.canonical("left", left.fields),
            self.pair.mapping.canonical("right", right.fields),
        )
        for name in ours:
            if ours[name] != theirs[name] and not self.own_field(link, name):
                assert (link.left, link.right, name) in spoken_of

    def own_field(self, link: AgreedLink, name: str) -> bool:
        """A one-way field that its source never filled."""
        return self.pair.direction is not Direction.BOTH and link.baseline.get(name) is None

    def every_record_is_linked_once(self, plan: SyncPlan) -> None:
        on_links = [ref for key in self.world.links for ref in key if self.world.is_alive(ref)]
        assert len(on_links) == len(set(on_links)), "a record on two links"
        spoken_of = {ref for step in plan.steps for ref in (step.left, step.right)}
        for side in SIDES:
            for ref in self.refs(side):
                unwanted = not self.pair.direction.into("left" if side == "right" else "right")
                assert ref in on_links or ref in spoken_of or unwanted, f"{ref} was forgotten"


TestSyncMachine = SyncMachine.TestCase
TestSyncMachine.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
