"""What holds of any plan for two linked records, whatever was edited and wherever carrying it out stopped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from tsunagi.domain.conflicts import ConflictPolicy, Resolution
from tsunagi.domain.mapping import Direction, SyncPair
from tsunagi.domain.records import Record, RecordRef, Value
from tsunagi.sync.pair_state import AgreedLink, PairState, SyncOptions
from tsunagi.sync.plan import conflicts_of, plan_pair
from tsunagi.sync.steps import Agree, Note, Park, SyncPlan, Update

MakePair = Callable[..., SyncPair]
LEFT, RIGHT = RecordRef("crm", "account", "1"), RecordRef("fin", "customer", "9")
NINE, TEN = (datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (9, 10))

NAMES = ("name", "email", "phone", "city")
WORDS = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.fixed_dictionaries({"name": WORDS} | {name: st.none() | WORDS for name in NAMES[1:]})
DECIDED = st.sampled_from(
    [ConflictPolicy.SOURCE_WINS, ConflictPolicy.LEFT_WINS, ConflictPolicy.RIGHT_WINS, ConflictPolicy.NEWEST_WINS]
)
POLICIES = st.sampled_from(ConflictPolicy)
TIMES = st.sampled_from([(NINE, TEN), (TEN, NINE), (NINE, NINE), (None, TEN), (None, None)])
NOT_BLANK = st.dictionaries(st.sampled_from(NAMES), WORDS, max_size=4)


@dataclass
class Two:
    """Two linked records in canonical values, and the baseline; carries plans out."""

    pair: SyncPair
    base: Mapping[str, Value]
    left: Mapping[str, Value]
    right: Mapping[str, Value]
    times: tuple[datetime | None, datetime | None] = (NINE, TEN)

    def state(self) -> PairState:
        left = {str(fm.left): self.left[fm.name] for fm in self.pair.mapping.fields}
        right = {str(fm.right): self.right[fm.name] for fm in self.pair.mapping.fields}
        return PairState(
            Record(LEFT, left, "1", self.times[0]),
            Record(RIGHT, right, "1", self.times[1]),
            AgreedLink(LEFT, RIGHT, self.base),
        )

    def plan(self, policy: ConflictPolicy, overrides: Mapping[str, Resolution] | None = None) -> SyncPlan:
        return plan_pair(self.pair, replace(self.state(), overrides=overrides or {}), SyncOptions(policy))

    def carry_out(self, plan: SyncPlan, steps: int | None = None) -> None:
        for step in [step for step in plan.steps if not isinstance(step, Park | Note)][:steps]:
            assert isinstance(step, Update | Agree)
            self.base = step.baseline
            if isinstance(step, Update):
                now = self.left if step.side == "left" else self.right
                changed = {**now, **{change.field: change.after for change in step.changes}}
                if step.side == "left":
                    self.left = changed
                else:
                    self.right = changed


@given(VALUES, VALUES, VALUES, DECIDED, st.sampled_from([(NINE, TEN), (TEN, NINE)]))
def test_both_sides_are_equal_afterwards_and_planning_again_is_quiet(
    customers: MakePair,
    base: Mapping[str, Value],
    left: Mapping[str, Value],
    right: Mapping[str, Value],
    policy: ConflictPolicy,
    times: tuple[datetime, datetime],
) -> None:
    two = Two(customers(), base, left, right, times)
    two.carry_out(two.plan(policy))
    assert two.left == two.right == two.base
    assert two.plan(policy).steps == ()


@given(VALUES, VALUES, VALUES, POLICIES, TIMES, st.sampled_from(Direction), st.integers(0, 2))
def test_after_any_stop_the_next_plans_finish_the_work(
    customers: MakePair,
    base: Mapping[str, Value],
    left: Mapping[str, Value],
    right: Mapping[str, Value],
    policy: ConflictPolicy,
    times: tuple[datetime | None, datetime | None],
    direction: Direction,
    done: int,
) -> None:
    two = Two(customers(direction), base, left, right, times)
    whole = Two(customers(direction), base, left, right, times)
    two.carry_out(two.plan(policy), done)
    two.carry_out(two.plan(policy))
    whole.carry_out(whole.plan(policy))
    assert (two.left, two.right) == (whole.left, whole.right)
    assert two.plan(policy).quiet


@given(VALUES, NOT_BLANK, NOT_BLANK, POLICIES, st.integers(0, 2))
def test_edits_of_different_fields_both_survive_even_a_stop(
    customers: MakePair,
    base: Mapping[str, Value],
    ours: Mapping[str, Value],
    theirs: Mapping[str, Value],
    policy: ConflictPolicy,
    done: int,
) -> None:
    assume(not ours.keys() & theirs.keys())
    two = Two(customers(), base, {**base, **ours}, {**base, **theirs})
    two.carry_out(two.plan(policy), done)
    two.carry_out(two.plan(policy))
    assert two.left == two.right == {**base, **ours, **theirs}


@given(VALUES, VALUES, VALUES, POLICIES, TIMES)
def test_a_one_way_pair_never_touches_its_source(
    customers: MakePair,
    base: Mapping[str, Value],
    left: Mapping[str, Value],
    right: Mapping[str, Value],
    policy: ConflictPolicy,
    times: tuple[datetime | None, datetime | None],
) -> None:
    for direction, source in ((Direction.LEFT_TO_RIGHT, "left"), (Direction.RIGHT_TO_LEFT, "right")):
        two = Two(customers(direction), base, left, right, times)
        plan = two.plan(policy)
        assert not [step for step in plan.writes if step.side == source]
        two.carry_out(plan)
        assert two.plan(policy).quiet


@given(VALUES, VALUES, VALUES, POLICIES)
def test_what_one_side_alone_changed_travels_whatever_the_policy(
    customers: MakePair,
    base: Mapping[str, Value],
    left: Mapping[str, Value],
    right: Mapping[str, Value],
    policy: ConflictPolicy,
) -> None:
    two = Two(customers(), base, left, right)
    two.carry_out(two.plan(policy))
    for name in NAMES:
        if right[name] == base[name]:
            assert two.left[name] == two.right[name] == left[name]
        if left[name] == base[name]:
            assert two.left[name] == two.right[name] == right[name]


@given(VALUES, VALUES, VALUES, POLICIES)
def test_answers_to_every_conflict_leave_nothing_to_decide(
    customers: MakePair,
    base: Mapping[str, Value],
    left: Mapping[str, Value],
    right: Mapping[str, Value],
    policy: ConflictPolicy,
) -> None:
    two = Two(customers(), base, left, right)
    conflicts = conflicts_of(two.pair, two.state(), SyncOptions(policy))
    answers = {conflict.field: Resolution(f"{conflict.left}{conflict.right}", by="a person") for conflict in conflicts}
    plan = two.plan(policy, answers)
    assert not plan.parked
    assert not plan.notes
    two.carry_out(plan)
    assert two.left == two.right
    assert all(two.left[field] == answer.value for field, answer in answers.items())


@given(VALUES, VALUES, VALUES, POLICIES, TIMES)
def test_the_same_records_make_the_same_plan(
    customers: MakePair,
    base: Mapping[str, Value],
    left: Mapping[str, Value],
    right: Mapping[str, Value],
    policy: ConflictPolicy,
    times: tuple[datetime | None, datetime | None],
) -> None:
    two = Two(customers(), base, left, right, times)
    base, left, right = (dict(reversed(list(values.items()))) for values in (base, left, right))
    shuffled = Two(customers(), base, left, right, times)
    assert two.plan(policy) == shuffled.plan(policy)
