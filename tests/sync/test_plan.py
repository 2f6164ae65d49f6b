from collections.abc import Callable
from dataclasses import replace

import pytest

from tsunagi.domain.mapping import Direction, SyncPair
from tsunagi.domain.records import Record, RecordRef
from tsunagi.sync.pair_state import AgreedLink, PairState, SyncOptions
from tsunagi.sync.plan import conflicts_of, plan_pair
from tsunagi.sync.steps import Adopt, Agree, Create, Park, Step, Update

MakePair = Callable[..., SyncPair]
MakeRecord = Callable[..., Record]
MakeLink = Callable[..., AgreedLink]
ONE_WAY = Direction.LEFT_TO_RIGHT
LEFT, RIGHT = RecordRef("crm", "account", "1"), RecordRef("fin", "customer", "9")


def only(pair: SyncPair, state: PairState, options: SyncOptions | None = None) -> Step:
    (step,) = plan_pair(pair, state, options or SyncOptions()).steps
    return step


def values(step: Step) -> dict[str, object]:
    assert isinstance(step, Create | Update | Adopt | Agree)
    return {name: value for name, value in step.baseline.items() if value is not None}


class TestNewRecords:
    def test_a_new_account_becomes_a_customer(self, customers: MakePair, account: MakeRecord) -> None:
        step = only(customers(), PairState(left=account("1", account_name=" Acme ", mail="A@X.test", phone="")))
        assert isinstance(step, Create)
        assert (step.side, step.left, step.right, step.replaces) == ("right", LEFT, None, None)
        assert step.fields == {"contact_name": "Acme", "email": "a@x.test"}
        assert values(step) == {"name": "Acme", "email": "a@x.test"}
        assert (step.reason.en, step.reason.ja) == ("New in the CRM.", "CRM側の新しいレコードです。")

    def test_a_new_customer_becomes_an_account(self, customers: MakePair, customer: MakeRecord) -> None:
        step = only(customers(), PairState(right=customer("9", contact_name="Acme", town="Osaka")))
        assert isinstance(step, Create)
        assert (step.side, step.left, step.right) == ("left", None, RIGHT)
        assert step.fields == {"account_name": "Acme", "city": "Osaka"}

    def test_a_one_way_pair_leaves_the_other_sides_new_records_there(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord
    ) -> None:
        assert not plan_pair(
            customers(ONE_WAY), PairState(right=customer("9", contact_name="Acme")), SyncOptions()
        ).steps
        back = customers(Direction.RIGHT_TO_LEFT)
        assert not plan_pair(back, PairState(left=account("1", account_name="Acme")), SyncOptions()).steps

    def test_a_field_that_may_not_travel_is_not_created(self, customers: MakePair, account: MakeRecord) -> None:
        pair = customers(balance=Direction.RIGHT_TO_LEFT)
        step = only(pair, PairState(left=account("1", account_name="Acme", owes=5)))
        assert isinstance(step, Create)
        assert step.fields == {"contact_name": "Acme"}
        assert step.baseline["balance"] is None

    def test_a_record_without_what_is_required_is_parked_and_the_field_named(
        self, customers: MakePair, account: MakeRecord
    ) -> None:
        step = only(customers(), PairState(left=account("1", account_name="  ", phone="03")))
        assert isinstance(step, Park)
        assert (step.kind, step.left, step.field) == ("incomplete", LEFT, "name")
        assert "'name'" in step.reason.en

    def test_nothing_anywhere_is_nothing_to_do(self, customers: MakePair, account: MakeRecord) -> None:
        assert plan_pair(customers(), PairState(), SyncOptions()).quiet
        gone = PairState(left=account("1", account_name="Acme"), left_deleted=True)
        assert not plan_pair(customers(), gone, SyncOptions()).steps


class TestReferences:
    """A contact's account is compared as the customer it is linked with."""

    ACCOUNT, CUSTOMER = RecordRef("crm", "account", "1"), RecordRef("fin", "customer", "9")

    def known(self, pair: str, ref: RecordRef) -> RecordRef | None:
        assert pair == "customers"
        return {self.ACCOUNT: self.CUSTOMER, self.CUSTOMER: self.ACCOUNT}.get(ref)

    def test_a_contact_is_created_at_the_customer_of_its_account(self, persons: SyncPair, contact: MakeRecord) -> None:
        step = only(
            persons,
            PairState(left=contact("5", full_name="Ann", account=self.ACCOUNT)),
            SyncOptions(references=self.known),
        )
        assert isinstance(step, Create)
        assert step.fields == {"full_name": "Ann", "customer": self.CUSTOMER}
        assert step.baseline["customer"] == self.CUSTOMER

    def test_a_person_is_created_at_the_account_of_its_customer(self, persons: SyncPair, person: MakeRecord) -> None:
        step = only(
            persons,
            PairState(right=person("7", full_name="Ann", customer=self.CUSTOMER)),
            SyncOptions(references=self.known),
        )
        assert isinstance(step, Create)
        assert step.fields == {"full_name": "Ann", "account": self.ACCOUNT}

    @pytest.mark.parametrize("side", ["left", "right"])
    def test_one_whose_parent_is_not_linked_yet_waits_for_it(
        self, persons: SyncPair, contact: MakeRecord, person: MakeRecord, side: str
    ) -> None:
        state = PairState(left=contact("5", full_name="Ann", account=self.ACCOUNT))
        if side == "right":
            state = PairState(right=person("7", full_name="Ann", customer=self.CUSTOMER))
        step = only(persons, state)
        assert isinstance(step, Park)
        assert (step.kind, step.field) == ("waits", "customer")
        assert step.reason.en.startswith("'customer' waits for ")

    def test_one_without_a_parent_it_needs_is_incomplete(self, persons: SyncPair, contact: MakeRecord) -> None:
        step = only(persons, PairState(left=contact("5", full_name="Ann", account=None)))
        assert isinstance(step, Park)
        assert (step.kind, step.field) == ("incomplete", "customer")

    def test_a_listing_that_leaves_the_reference_out_changes_nothing(
        self, persons: SyncPair, contact: MakeRecord, person: MakeRecord
    ) -> None:
        row = replace(person("7", full_name="Ann"), complete=False)
        link = AgreedLink(
            RecordRef("crm", "contact", "5"),
            RecordRef("fin", "person", "7"),
            {"name": "Ann", "customer": self.CUSTOMER},
        )
        state = PairState(contact("5", full_name="Ann", account=self.ACCOUNT), row, link)
        assert plan_pair(persons, state, SyncOptions(references=self.known)).steps == ()

    def test_a_reference_that_names_no_record_is_parked(self, persons: SyncPair, contact: MakeRecord) -> None:
        step = only(persons, PairState(left=contact("5", full_name="Ann", account="1")))
        assert isinstance(step, Park)
        assert (step.kind, step.field) == ("invalid", "customer")

    @pytest.mark.parametrize("side", ["left", "right"])
    def test_only_the_moved_field_waits_when_a_linked_record_moves_to_an_unlinked_parent(
        self, persons: SyncPair, contact: MakeRecord, person: MakeRecord, side: str
    ) -> None:
        moved_left = RecordRef("crm", "account", "2") if side == "left" else self.ACCOUNT
        moved_right = RecordRef("fin", "customer", "8") if side == "right" else self.CUSTOMER
        state = PairState(
            contact("5", full_name="Ann", email="ann@x.test", account=moved_left),
            person("7", full_name="Ann", customer=moved_right),
            AgreedLink(
                RecordRef("crm", "contact", "5"),
                RecordRef("fin", "person", "7"),
                {"name": "Ann", "customer": self.CUSTOMER},
            ),
        )
        update, park = plan_pair(persons, state, SyncOptions(references=self.known)).steps
        assert isinstance(update, Update)
        assert update.fields == {"email": "ann@x.test"}
        assert update.baseline["customer"] == self.CUSTOMER
        assert isinstance(park, Park)
        assert (park.kind, park.field) == ("waits", "customer")


def test_one_record_alone_is_in_conflict_with_nothing(customers: MakePair, account: MakeRecord) -> None:
    assert conflicts_of(customers(), PairState(left=account("1", account_name="Acme")), SyncOptions()) == ()


def test_two_records_nobody_said_are_one_are_a_mistake_of_the_caller(
    customers: MakePair, account: MakeRecord, customer: MakeRecord
) -> None:
    with pytest.raises(ValueError, match="crm:account:1 and fin:customer:9 are neither linked nor matched"):
        plan_pair(customers(), PairState(account("1"), customer("9")), SyncOptions())
