"""The first sync: what becomes of records that stood on both sides before."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.domain.conflicts import ConflictPolicy, DuplicatePolicy, Resolution
from tsunagi.domain.mapping import Direction, SyncPair
from tsunagi.domain.records import Record, RecordRef
from tsunagi.sync.names import fold
from tsunagi.sync.pair_state import SyncOptions
from tsunagi.sync.steps import Adopt, Create, Note, Park, SyncPlan, Update
from tsunagi.sync.unlinked import match_unlinked, plan_unlinked

MakePair = Callable[..., SyncPair]
MakeRecord = Callable[..., Record]
LEFT, RIGHT = RecordRef("crm", "account", "1"), RecordRef("fin", "customer", "9")
ONE_WAY = Direction.LEFT_TO_RIGHT


@pytest.fixture(scope="module")
def acme(account: MakeRecord) -> Record:
    return account("1", 9, account_name="株式会社アクメ", phone="111", city="Osaka")


@pytest.fixture(scope="module")
def acme_there(customer: MakeRecord) -> Record:
    return customer("9", 10, contact_name="㈱アクメ", telephone="999", email="a@x.test")


def names(plan: SyncPlan) -> list[str]:
    return [type(step).__name__ for step in plan.steps]


@pytest.mark.parametrize("policy", [ConflictPolicy.SOURCE_WINS, ConflictPolicy.LEFT_WINS])
def test_overwrite_links_them_and_gives_finance_the_crms_values(
    customers: MakePair, acme: Record, acme_there: Record, policy: ConflictPolicy
) -> None:
    adopt, update = plan_unlinked(customers(ONE_WAY), [acme], [acme_there], SyncOptions(policy)).steps
    assert isinstance(adopt, Adopt)
    assert (adopt.left, adopt.right) == (LEFT, RIGHT)
    # Until the customer is written, nothing is agreed on: a failed write is planned again.
    assert set(adopt.baseline.values()) == {None}
    assert isinstance(update, Update)
    assert update.side == "right"
    # What the CRM leaves blank does not wipe out what finance knows.
    assert update.fields == {"contact_name": "株式会社アクメ", "telephone": "111", "town": "Osaka"}
    assert "on both sides, apart from how it is written" in adopt.reason.en


def test_both_ways_each_also_gets_what_only_the_other_knows(
    customers: MakePair, acme: Record, acme_there: Record
) -> None:
    _, right, left = plan_unlinked(customers(), [acme], [acme_there], SyncOptions()).steps
    assert isinstance(left, Update)
    assert left.fields == {"mail": "a@x.test"}
    assert left.baseline == {"name": "株式会社アクメ", "email": "a@x.test", "phone": "111", "city": "Osaka"}
    assert isinstance(right, Update)
    assert right.baseline["email"] is None


def test_records_that_agree_are_linked_without_a_write(
    customers: MakePair, account: MakeRecord, customer: MakeRecord
) -> None:
    plan = plan_unlinked(
        customers(), [account("1", account_name="Acme")], [customer("9", contact_name="Acme ")], SyncOptions()
    )
    (adopt,) = plan.steps
    assert isinstance(adopt, Adopt)
    assert adopt.baseline["name"] == "Acme"


@pytest.mark.parametrize(("policy", "phone"), [(ConflictPolicy.RIGHT_WINS, "999"), (ConflictPolicy.NEWEST_WINS, "999")])
def test_the_other_policies_decide_field_by_field(
    customers: MakePair, acme: Record, acme_there: Record, policy: ConflictPolicy, phone: str
) -> None:
    plan = plan_unlinked(customers(), [acme], [acme_there], SyncOptions(policy))
    left = next(step for step in plan.steps if isinstance(step, Update) and step.side == "left")
    assert left.fields == {"account_name": "㈱アクメ", "phone": phone, "mail": "a@x.test"}


def test_skip_touches_and_links_nothing_and_says_so(customers: MakePair, acme: Record, acme_there: Record) -> None:
    (note,) = plan_unlinked(customers(), [acme], [acme_there], SyncOptions(duplicates=DuplicatePolicy.SKIP)).steps
    assert isinstance(note, Note)
    assert (note.kind, note.left, note.right, note.field) == ("skipped", LEFT, RIGHT, "")


def test_ask_waits_for_a_person(customers: MakePair, acme: Record, acme_there: Record) -> None:
    (park,) = plan_unlinked(customers(), [acme], [acme_there], SyncOptions(duplicates=DuplicatePolicy.ASK)).steps
    assert isinstance(park, Park)
    assert (park.kind, park.left, park.right) == ("match", LEFT, RIGHT)


@pytest.mark.parametrize("duplicates", [DuplicatePolicy.ASK, DuplicatePolicy.SKIP, DuplicatePolicy.CLONE])
@pytest.mark.parametrize("policy", [ConflictPolicy.ASK, ConflictPolicy.SKIP])
def test_once_a_person_said_they_are_one_they_are_linked_and_only_conflicts_are_left(
    customers: MakePair, acme: Record, acme_there: Record, policy: ConflictPolicy, duplicates: DuplicatePolicy
) -> None:
    plan = plan_unlinked(customers(), [acme], [acme_there], SyncOptions(policy, duplicates), {(LEFT, RIGHT): True})
    assert names(plan)[:3] == ["Adopt", "Update", "Update"]
    assert {park.field for park in plan.parked} | {note.field for note in plan.notes} == {"name", "phone"}


def test_answers_of_plugins_go_before_the_policy(customers: MakePair, acme: Record, acme_there: Record) -> None:
    answers = {(LEFT, RIGHT): {"phone": Resolution("111 / 999", by="plugin phones")}}
    plan = plan_unlinked(customers(), [acme], [acme_there], SyncOptions(), overrides=answers)
    right = next(step for step in plan.steps if isinstance(step, Update))
    assert right.fields["telephone"] == "111 / 999"


class TestClone:
    def test_a_second_customer_is_made_under_a_free_name(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord
    ) -> None:
        rights = [customer("9", contact_name="Acme"), customer("8", contact_name="ACME (2)")]
        options = SyncOptions(duplicates=DuplicatePolicy.CLONE, taken_names={fold("acme (3)")})
        (create,) = plan_unlinked(customers(ONE_WAY), [account("1", account_name="Acme")], rights, options).steps
        assert isinstance(create, Create)
        assert (create.side, create.left, create.fields) == ("right", LEFT, {"contact_name": "Acme (4)"})
        # The name the CRM gave stays the agreed one, so the number never counts as a change of the CRM.
        assert create.baseline["name"] == "Acme"
        assert "Acme (4)" in create.reason.ja

    def test_both_ways_each_record_gets_a_second_one(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord
    ) -> None:
        plan = plan_unlinked(
            customers(),
            [account("1", account_name="Acme")],
            [customer("9", contact_name="Acme")],
            SyncOptions(duplicates=DuplicatePolicy.CLONE),
        )
        right, left = plan.steps
        assert isinstance(right, Create)
        assert isinstance(left, Create)
        assert (right.side, right.fields) == ("right", {"contact_name": "Acme (2)"})
        assert (left.side, left.right, left.fields) == ("left", RIGHT, {"account_name": "Acme"})
        assert len(list(plan.units())) == 2

    def test_two_clones_never_share_a_name(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord
    ) -> None:
        lefts = [account("1", account_name="Acme"), account("2", account_name="ACME")]
        rights = [customer("1", contact_name="Acme"), customer("2", contact_name="ACME")]
        plan = plan_unlinked(customers(ONE_WAY), lefts, rights, SyncOptions(duplicates=DuplicatePolicy.CLONE))
        made = [step.fields["contact_name"] for step in plan.steps if isinstance(step, Create)]
        assert made == ["Acme (2)", "ACME (3)"]

    def test_into_the_crm_alone_the_account_gets_the_number(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord
    ) -> None:
        pair = customers(Direction.RIGHT_TO_LEFT)
        lefts, rights = [account("1", account_name="Acme")], [customer("9", contact_name="Acme")]
        (create,) = plan_unlinked(pair, lefts, rights, SyncOptions(duplicates=DuplicatePolicy.CLONE)).steps
        assert isinstance(create, Create)
        assert (create.side, create.fields) == ("left", {"account_name": "Acme (2)"})

    def test_records_told_apart_by_their_e_mail_may_share_a_name(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord
    ) -> None:
        pair = replace(customers(ONE_WAY), match_on=("email",))
        lefts = [account("1", account_name="Acme", mail="a@x.test")]
        rights = [customer("9", contact_name="Acme", email="A@x.test")]
        (create,) = plan_unlinked(pair, lefts, rights, SyncOptions(duplicates=DuplicatePolicy.CLONE)).steps
        assert isinstance(create, Create)
        assert create.fields == {"contact_name": "Acme", "email": "a@x.test"}

    def test_a_clone_belongs_to_the_same_parent(
        self, persons: SyncPair, contact: MakeRecord, person: MakeRecord
    ) -> None:
        account, customer = RecordRef("crm", "account", "1"), RecordRef("fin", "customer", "9")
        known = {account: customer, customer: account}
        options = SyncOptions(duplicates=DuplicatePolicy.CLONE, references=lambda _, ref: known.get(ref))
        lefts = [contact("5", full_name="Ann", account=account)]
        plan = plan_unlinked(persons, lefts, [person("7", full_name="Ann", customer=customer)], options)
        assert [step.fields["full_name"] for step in plan.steps if isinstance(step, Create)] == ["Ann (2)", "Ann"]


def test_likely_matches_are_reported_and_not_linked(
    customers: MakePair, account: MakeRecord, customer: MakeRecord
) -> None:
    lefts = [account("1", account_name="Acme GmbH")]
    (park,) = plan_unlinked(customers(), lefts, [customer("9", contact_name="Acme Inc")], SyncOptions()).steps
    assert isinstance(park, Park)
    assert (park.kind, park.left, park.right) == ("match", LEFT, RIGHT)


def test_nobody_guesses_between_two(customers: MakePair, account: MakeRecord, customer: MakeRecord) -> None:
    lefts = [account("1", account_name="Acme"), account("2", account_name="Acme")]
    rights = [customer("9", contact_name="Acme")]
    plan = plan_unlinked(customers(), lefts, rights, SyncOptions())
    assert names(plan) == ["Park", "Park", "Park"]
    assert [park.candidates for park in plan.parked] == [(RIGHT,), (RIGHT,), tuple(one.ref for one in lefts)]
    # Nothing would be created in the CRM by a one-way pair, so nothing is held up there.
    assert len(plan_unlinked(customers(ONE_WAY), lefts, rights, SyncOptions()).parked) == 2


def test_the_rest_is_new(customers: MakePair, account: MakeRecord, customer: MakeRecord) -> None:
    plan = plan_unlinked(
        customers(), [account("1", account_name="Acme")], [customer("9", contact_name="Globex")], SyncOptions()
    )
    assert plan.counts() == {"create": 2}


def test_what_lives_on_alone_is_matched_but_not_made_anew(
    customers: MakePair, account: MakeRecord, customer: MakeRecord
) -> None:
    alone = account("1", account_name="Acme")
    assert plan_unlinked(customers(), [alone], [], SyncOptions(), orphaned={LEFT}).steps == ()
    # The customer was deleted, then somebody entered it again.
    again = plan_unlinked(customers(), [alone], [customer("9", contact_name="ACME")], SyncOptions(), orphaned={LEFT})
    assert names(again) == ["Adopt", "Update"]


def test_a_preview_shows_the_matches(customers: MakePair, acme: Record, acme_there: Record) -> None:
    (match,) = match_unlinked(customers(), [acme], [acme_there], SyncOptions()).matches
    assert (match.left, match.right, match.certainty) == (LEFT, RIGHT, "certain")


NAMES = st.lists(st.sampled_from(["Acme", "ACME", "Acme Inc", "Acme GmbH", "Globex", "㈱アクメ", "", None]), max_size=6)


@given(NAMES, NAMES, st.sampled_from(DuplicatePolicy), st.sampled_from(Direction), st.randoms(use_true_random=False))
def test_the_order_of_records_makes_no_difference(
    customers: MakePair,
    account: MakeRecord,
    customer: MakeRecord,
    lefts: list[str | None],
    rights: list[str | None],
    duplicates: DuplicatePolicy,
    direction: Direction,
    random: Random,
) -> None:
    ours = [account(str(number), account_name=name) for number, name in enumerate(lefts)]
    theirs = [customer(str(number), contact_name=name) for number, name in enumerate(rights)]
    plan = plan_unlinked(customers(direction), ours, theirs, SyncOptions(duplicates=duplicates))
    random.shuffle(ours)
    random.shuffle(theirs)
    assert plan_unlinked(customers(direction), ours, theirs, SyncOptions(duplicates=duplicates)) == plan
