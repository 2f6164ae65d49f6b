"""Two sides that people edit at random and a bridge that fails at random: in the end both sides agree."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tsunagi.domain.conflicts import ConflictPolicy
from tsunagi.domain.mapping import Direction, FieldMap, Mapping, PairEnd, Side, SyncPair
from tsunagi.domain.records import Fields, Record, RecordRef, Value
from tsunagi.sync.link import Link
from tsunagi.sync.pairing import Deletions, Pairing, Terms
from tsunagi.sync.plan import plan_pair
from tsunagi.sync.steps import Adopt, Agree, Create, Delete, Note, Park, Step, SyncPlan, Unlink, Update
from tsunagi.sync.unlinked import plan_unlinked
from tsunagi.text import Text

SIDES: tuple[Side, Side] = ("left", "right")
FIELDS = {"left": {"name": "l_name", "phone": "l_phone", "city": "l_city"}}
FIELDS["right"] = {name: native.replace("l_", "r_") for name, native in FIELDS["left"].items()}


def make_pair(direction: Direction) -> SyncPair:
    fields = tuple(FieldMap(name, FIELDS["left"][name], FIELDS["right"][name]) for name in FIELDS["left"])
    left, right = PairEnd("crm", "account"), PairEnd("fin", "customer")
    return SyncPair("customers", Text.same("customers"), left, right, Mapping(fields), direction, required=("name",))


class Failed(Exception):
    """The bridge stops here."""


class World:
    """Both services, in memory, and what the hub stores of them."""

    def __init__(self) -> None:
        self.alive: dict[Side, dict[RecordRef, Record]] = {"left": {}, "right": {}}
        self.trash: dict[Side, dict[RecordRef, Record]] = {"left": {}, "right": {}}
        self.links: dict[tuple[RecordRef, RecordRef], Link] = {}
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
        at = datetime(2026, 11, 24, tzinfo=UTC) + timedelta(seconds=now)
        self.alive[side][ref] = Record(ref, fields, str(now), at if timed else None)

    def edit(self, side: Side, ref: RecordRef, changes: dict[str, Value], *, timed: bool = True) -> None:
        self.put(side, ref, {**self.alive[side][ref].fields, **changes}, timed=timed)

    def delete(self, side: Side, ref: RecordRef) -> None:
        self.trash[side][ref] = self.alive[side].pop(ref)

    def plan(self, pair: SyncPair, terms: Terms) -> SyncPlan:
        plans = [plan_pair(pair, self._pairing(link), terms) for _, link in sorted(self.links.items())]
        settled, apart = self._linked_refs()
        lefts, rights = ([record for ref, record in self.alive[side].items() if ref not in settled] for side in SIDES)
        return SyncPlan.joined(pair.name, [*plans, plan_unlinked(pair, lefts, rights, terms, apart=apart)])

    def _linked_refs(self) -> tuple[set[RecordRef], set[RecordRef]]:
        """Refs of links that plan_pair sees to, and those of records that live on alone."""
        seen_to: set[RecordRef] = set()
        alone: set[RecordRef] = set()
        for key, link in self.links.items():
            back = link.apart and all(map(self.is_alive, key))
            (seen_to if back or not link.apart else alone).update(key)
        return seen_to, alone - seen_to

    def is_alive(self, ref: RecordRef) -> bool:
        return any(ref in self.alive[side] for side in SIDES)

    def _pairing(self, link: Link) -> Pairing:
        left, right = self.alive["left"].get(link.left), self.alive["right"].get(link.right)
        return Pairing(left, right, link, left_deleted=left is None, right_deleted=right is None)

    def apply(self, plan: SyncPlan, fails: Callable[[], bool]) -> None:
        for unit in plan.units():
            try:
                for step in unit:
                    self._apply(step, fails)
            except Failed:
                continue

    def _apply(self, step: Step, fails: Callable[[], bool]) -> None:
        match step:
            case Park() | Note():
                return
            case Create():
                self._before(fails)
                self._create(step)
            case Update():
                self._before(fails)
                record = self.alive[step.side][step.ref]
                assert step.fields, "an update that changes nothing"
                assert record.version == step.expected_version
                self.edit(step.side, step.ref, dict(step.fields))
                self.written.add(step.side)
                self._before(fails)  # written, but the baseline is lost
                self._store(step.left, step.right, step.baseline)
            case Delete():
                self._before(fails)
                self.delete(step.side, step.ref)
                self.written.add(step.side)
                self._before(fails)
                del self.links[step.left, step.right]
            case Adopt() | Agree():
                self._store(step.left, step.right, step.baseline)
            case Unlink(keep=None):
                del self.links[step.left, step.right]
            case Unlink():
                link = self.links[step.left, step.right]
                self.links[step.left, step.right] = Link(link.left, link.right, link.baseline, apart=True)

    def _before(self, fails: Callable[[], bool]) -> None:
        if fails():
            raise Failed

    def _create(self, step: Create) -> None:
        ref = self.ref(step.side)
        self.put(step.side, ref, dict(step.fields))
        self.written.add(step.side)
        for key in [key for key in self.links if step.replaces in key]:
            del self.links[key]
        left, right = step.left or ref, step.right or ref
        self._store(left, right, step.baseline)

    def _store(self, left: RecordRef, right: RecordRef, baseline: Fields) -> None:
        for key in [key for key, link in self.links.items() if link.apart and (left in key or right in key)]:
            del self.links[key]
        self.links[left, right] = Link(left, right, dict(baseline))


def never() -> bool:
    return False


PHONES = st.sampled_from([None, "", "000", " 111 ", "222"])
CITIES = st.sampled_from([None, "Osaka", "Kobe", "大阪"])


class SyncMachine(RuleBasedStateMachine):
    """People and the bridge take turns; whenever the bridge is let finish, everything is in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.companies = 0

    @initialize(
        direction=st.sampled_from(Direction),
        policy=st.sampled_from(ConflictPolicy),
        deletions=st.sampled_from(Deletions),
    )
    def settings_are_made(self, direction: Direction, policy: ConflictPolicy, deletions: Deletions) -> None:
        self.pair = make_pair(direction)
        self.terms = Terms(policy=policy, deletions=deletions)

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

    def someone(self, data: st.DataObject) -> tuple[Side, RecordRef]:
        return data.draw(st.sampled_from([(side, ref) for side in SIDES for ref in self.refs(side)]))

    @rule(failures=st.lists(st.booleans(), max_size=12))
    def the_bridge_runs_and_may_fail(self, failures: list[bool]) -> None:
        sequence: Iterator[bool] = iter(failures)
        self.world.apply(self.world.plan(self.pair, self.terms), lambda: next(sequence, False))

    @rule()
    def the_bridge_runs_until_quiet(self) -> None:
        for _ in range(6):
            plan = self.world.plan(self.pair, self.terms)
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
            if link.apart:
                continue
            if left and right:
                self.agree(link, left, right, spoken_of)
            else:
                # Its other half cannot be made anew while something is missing.
                assert {(left and link.left, right and link.right, "name")} <= spoken_of

    def agree(self, link: Link, left: Record, right: Record, spoken_of: set[Any]) -> None:
        ours, theirs = (
            self.pair.mapping.canonical("left", left.fields),
            self.pair.mapping.canonical("right", right.fields),
        )
        for name in ours:
            if ours[name] != theirs[name] and not self.own_field(link, name):
                assert (link.left, link.right, name) in spoken_of

    def own_field(self, link: Link, name: str) -> bool:
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
