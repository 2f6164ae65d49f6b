"""Owners, clocks, deletions, merges and restored records under each policy, and plans that have been overtaken."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tsunagi.domain.conflicts import ConflictPolicy, DeletionPolicy
from tsunagi.domain.mapping import Activity, Direction, Mapping, PairEnd, Side, SyncPair
from tsunagi.domain.records import Record, RecordRef
from tsunagi.sync.pair_state import AgreedLink, PairState, SyncOptions
from tsunagi.sync.plan import plan_pair
from tsunagi.sync.steps import Adopt, Create, Deactivate, Delete, Park, Step, Unlink, Update
from tsunagi.sync.unlinked import plan_unlinked

MakePair = Callable[..., SyncPair]
MakeRecord = Callable[..., Record]
MakeLink = Callable[..., AgreedLink]
LEFT, RIGHT = RecordRef("crm", "account", "1"), RecordRef("fin", "customer", "9")
SURVIVOR = RecordRef("crm", "account", "2")


@pytest.fixture
def pair(customers: MakePair) -> SyncPair:
    """Customers can be deactivated, accounts cannot."""
    return replace(customers(), right=PairEnd("fin", "customer", Activity("status", "active", "inactive")))


@pytest.fixture
def untouched(account: MakeRecord, customer: MakeRecord, linked: MakeLink) -> PairState:
    return PairState(account("1", account_name="Acme"), customer("9", contact_name="Acme"), linked(name="Acme"))


def only(pair: SyncPair, state: PairState, **options: DeletionPolicy | ConflictPolicy | bool) -> Step:
    (step,) = plan_pair(pair, state, SyncOptions(**options)).steps  # type: ignore[arg-type]  # each test names its own
    return step


class TestWhoseValueStands:
    @pytest.fixture
    def conflict(self, account: MakeRecord, customer: MakeRecord, linked: MakeLink) -> PairState:
        return PairState(
            account("1", 9, account_name="Acme", city="Kyoto"),
            customer("9", 10, contact_name="Acme", town="Kobe"),
            linked(name="Acme", city="Osaka"),
        )

    @pytest.mark.parametrize(("owner", "city"), [("left", "Kyoto"), ("right", "Kobe")])
    @pytest.mark.parametrize("policy", ConflictPolicy)
    def test_the_owner_of_a_field_goes_before_the_policy(
        self, pair: SyncPair, conflict: PairState, owner: Side, city: str, policy: ConflictPolicy
    ) -> None:
        fields = tuple(replace(fm, owner=owner) if fm.name == "city" else fm for fm in pair.mapping.fields)
        step = only(replace(pair, mapping=Mapping(fields)), conflict, conflicts=policy)
        assert isinstance(step, Update)
        assert step.baseline["city"] == city
        assert "decided by owner" in step.reason.en

    @pytest.mark.parametrize(("minutes", "stands"), [(59, True), (60, False), (61, False)])
    def test_edits_too_close_for_the_clocks_are_put_before_a_person(
        self, pair: SyncPair, conflict: PairState, minutes: int, stands: bool
    ) -> None:
        options = SyncOptions(ConflictPolicy.NEWEST_WINS, clock_skew=timedelta(minutes=minutes))
        (step,) = plan_pair(pair, conflict, options).steps
        assert isinstance(step, Update if stands else Park)


class TestDeletedThere:
    def test_the_customer_is_deactivated_and_stays_linked_alone(self, pair: SyncPair, untouched: PairState) -> None:
        step = only(pair, replace(untouched, left_deleted=True), deletions=DeletionPolicy.DEACTIVATE)
        assert isinstance(step, Deactivate)
        assert (step.side, step.ref, step.fields) == ("right", RIGHT, {"status": "inactive"})
        assert step.expected_version == "9@None"

    def test_what_cannot_be_deactivated_waits_for_a_person(self, pair: SyncPair, untouched: PairState) -> None:
        step = only(pair, replace(untouched, right_deleted=True), deletions=DeletionPolicy.DEACTIVATE)
        assert isinstance(step, Park)
        assert (step.kind, step.left, step.right) == ("deletion", LEFT, RIGHT)
        assert "cannot be deactivated" in step.reason.en

    def test_a_person_is_asked_and_the_answer_is_carried_out(self, pair: SyncPair, untouched: PairState) -> None:
        deleted = replace(untouched, left_deleted=True)
        asked = only(pair, deleted, deletions=DeletionPolicy.ASK)
        assert isinstance(asked, Park)
        assert asked.kind == "deletion"
        answered = replace(deleted, deletion=DeletionPolicy.DELETE)
        assert isinstance(only(pair, answered, deletions=DeletionPolicy.ASK), Delete)

    @pytest.mark.parametrize("policy", [DeletionPolicy.DEACTIVATE, DeletionPolicy.DELETE])
    def test_nothing_is_written_where_changes_do_not_travel(
        self, pair: SyncPair, untouched: PairState, policy: DeletionPolicy
    ) -> None:
        back = replace(pair, direction=Direction.RIGHT_TO_LEFT)
        assert isinstance(only(back, replace(untouched, left_deleted=True), deletions=policy), Unlink)

    def test_an_edit_survives_unless_the_pair_says_otherwise(
        self, pair: SyncPair, untouched: PairState, customer: MakeRecord
    ) -> None:
        edited = replace(untouched, left_deleted=True, right=customer("9", contact_name="Acme", town="Kobe"))
        assert isinstance(only(pair, edited, deletions=DeletionPolicy.DELETE), Create)
        assert isinstance(only(pair, edited, deletions=DeletionPolicy.DELETE, edits_survive=False), Delete)

    def test_one_that_is_back_is_linked_again_and_put_into_use(
        self, pair: SyncPair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        state = PairState(
            account("1", account_name="Acme"),
            customer("9", contact_name="Acme", status="inactive"),
            linked(orphaned=True, name="Acme"),
        )
        adopt, update = plan_pair(pair, state, SyncOptions()).steps
        assert isinstance(adopt, Adopt)
        assert isinstance(update, Update)
        assert update.fields == {"status": "active"}


class TestMergedInTheCrm:
    @pytest.fixture
    def merged(self, untouched: PairState, account: MakeRecord) -> PairState:
        return replace(untouched, left_deleted=True, merged_into=account("2", account_name="Acme", city="Kobe"))

    def test_the_link_moves_to_the_account_that_survived(self, pair: SyncPair, merged: PairState) -> None:
        adopt, update = plan_pair(pair, merged, SyncOptions()).steps
        assert isinstance(adopt, Adopt)
        assert (adopt.left, adopt.right, adopt.replaces) == (SURVIVOR, RIGHT, LEFT)
        assert isinstance(update, Update)
        assert (update.side, update.left, update.fields) == ("right", SURVIVOR, {"town": "Kobe"})

    @pytest.mark.parametrize(
        ("policy", "kind"),
        [
            (DeletionPolicy.IGNORE, Unlink),
            (DeletionPolicy.DEACTIVATE, Deactivate),
            (DeletionPolicy.DELETE, Delete),
            (DeletionPolicy.ASK, Park),
        ],
    )
    def test_a_customer_left_over_follows_the_policy(
        self, pair: SyncPair, merged: PairState, policy: DeletionPolicy, kind: type[Step]
    ) -> None:
        assert isinstance(only(pair, replace(merged, survivor_linked=True), merges=policy), kind)

    def test_one_that_was_edited_is_kept(self, pair: SyncPair, merged: PairState, customer: MakeRecord) -> None:
        edited = replace(merged, survivor_linked=True, right=customer("9", contact_name="Acme", town="Osaka"))
        step = only(pair, edited, merges=DeletionPolicy.DELETE)
        assert isinstance(step, Unlink)
        assert "city" in step.reason.en


class TestBackFromTheRecycleBin:
    def test_former_partners_become_one_again_whatever_they_are_called_now(
        self, pair: SyncPair, account: MakeRecord, customer: MakeRecord
    ) -> None:
        lefts, rights = [account("1", account_name="Acme")], [customer("9", contact_name="Zenith")]
        adopt, *_ = plan_unlinked(pair, lefts, rights, SyncOptions(), former={LEFT: RIGHT}).steps
        assert isinstance(adopt, Adopt)
        assert (adopt.left, adopt.right) == (LEFT, RIGHT)
        assert "were linked before" in adopt.reason.en

    @pytest.mark.parametrize("side", ["left", "right"])
    def test_one_whose_partner_has_found_another_waits_and_is_not_made_twice(
        self, pair: SyncPair, account: MakeRecord, customer: MakeRecord, side: str
    ) -> None:
        lefts = [account("1", account_name="Acme")] if side == "left" else []
        rights = [] if side == "left" else [customer("9", contact_name="Acme")]
        former = {LEFT: RIGHT} if side == "left" else {RIGHT: LEFT}
        (park,) = plan_unlinked(pair, lefts, rights, SyncOptions(), former=former).steps
        assert isinstance(park, Park)
        assert (park.kind, park.candidates) == ("match", (RIGHT if side == "left" else LEFT,))


class TestKeptForLater:
    def test_linked_records_nobody_touched_are_not_planned(
        self, pair: SyncPair, account: MakeRecord, customer: MakeRecord
    ) -> None:
        left, right = account("1", account_name="Acme"), customer("9", contact_name="Never compared")
        link = AgreedLink(LEFT, RIGHT, {"name": "Acme"}, left_version=left.version, right_version=right.version)
        assert plan_pair(pair, PairState(left, right, link), SyncOptions()).steps == ()
        moved = replace(right, version="later")
        assert plan_pair(pair, PairState(left, moved, link), SyncOptions()).steps != ()

    def test_a_plan_holds_as_long_as_its_records_stand(
        self, pair: SyncPair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        left, right = account("1", 9, account_name="Acme", city="Kobe"), customer("9", 9, contact_name="Acme")
        saved = plan_pair(pair, PairState(left, right, linked(name="Acme")), SyncOptions())
        same = plan_pair(pair, PairState(left, right, linked(name="Acme")), SyncOptions())
        assert saved.overtaken(same) == frozenset()
        assert saved.digest == same.digest
        edited = account("1", 10, account_name="Acme", city="Osaka")
        now = plan_pair(pair, PairState(edited, right, linked(name="Acme")), SyncOptions())
        assert saved.overtaken(now) == {(LEFT, RIGHT)}
        assert saved.digest != now.digest

    def test_a_service_without_versions_is_known_by_its_fields(
        self, pair: SyncPair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        right = customer("9", contact_name="Acme")
        states = [
            PairState(replace(account("1", account_name="Acme", city=city), version=""), right, linked(name="Acme"))
            for city in ("Kobe", "Osaka")
        ]
        kobe, osaka = (plan_pair(pair, state, SyncOptions()) for state in states)
        assert kobe.overtaken(osaka) == {(LEFT, RIGHT)}

    def test_what_needs_nothing_any_more_is_overtaken_as_well(
        self, pair: SyncPair, untouched: PairState, account: MakeRecord
    ) -> None:
        edited = replace(untouched, left=account("1", account_name="Acme", city="Kobe"))
        saved = plan_pair(pair, edited, SyncOptions())
        assert saved.overtaken(plan_pair(pair, untouched, SyncOptions())) == {(LEFT, RIGHT)}
