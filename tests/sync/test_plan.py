from collections.abc import Callable
from dataclasses import replace

import pytest
from tsunagi.domain.conflicts import ConflictPolicy, Resolution
from tsunagi.domain.mapping import Direction, SyncPair
from tsunagi.domain.records import Record, RecordRef
from tsunagi.sync.changes import FieldChange
from tsunagi.sync.link import Link
from tsunagi.sync.pairing import Deletions, Pairing, Terms
from tsunagi.sync.plan import conflicts_of, plan_pair
from tsunagi.sync.steps import Adopt, Agree, Create, Delete, Note, Park, Step, Unlink, Update

MakePair = Callable[..., SyncPair]
MakeRecord = Callable[..., Record]
MakeLink = Callable[..., Link]
ONE_WAY = Direction.LEFT_TO_RIGHT
LEFT, RIGHT = RecordRef("crm", "account", "1"), RecordRef("fin", "customer", "9")


def only(pair: SyncPair, pairing: Pairing, terms: Terms | None = None) -> Step:
    (step,) = plan_pair(pair, pairing, terms or Terms()).steps
    return step


def values(step: Step) -> dict[str, object]:
    assert isinstance(step, Create | Update | Adopt | Agree)
    return {name: value for name, value in step.baseline.items() if value is not None}


class TestNewRecords:
    def test_a_new_account_becomes_a_customer(self, customers: MakePair, account: MakeRecord) -> None:
        step = only(customers(), Pairing(left=account("1", account_name=" Acme ", mail="A@X.test", phone="")))
        assert isinstance(step, Create)
        assert (step.side, step.left, step.right, step.replaces) == ("right", LEFT, None, None)
        assert step.fields == {"contact_name": "Acme", "email": "a@x.test"}
        assert values(step) == {"name": "Acme", "email": "a@x.test"}
        assert (step.reason.en, step.reason.ja) == ("New in the CRM.", "CRM側の新しいレコードです。")

    def test_a_new_customer_becomes_an_account(self, customers: MakePair, customer: MakeRecord) -> None:
        step = only(customers(), Pairing(right=customer("9", contact_name="Acme", town="Osaka")))
        assert isinstance(step, Create)
        assert (step.side, step.left, step.right) == ("left", None, RIGHT)
        assert step.fields == {"account_name": "Acme", "city": "Osaka"}

    def test_a_one_way_pair_leaves_the_other_sides_new_records_there(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord
    ) -> None:
        assert not plan_pair(customers(ONE_WAY), Pairing(right=customer("9", contact_name="Acme")), Terms()).steps
        back = customers(Direction.RIGHT_TO_LEFT)
        assert not plan_pair(back, Pairing(left=account("1", account_name="Acme")), Terms()).steps

    def test_a_field_that_may_not_travel_is_not_created(self, customers: MakePair, account: MakeRecord) -> None:
        pair = customers(balance=Direction.RIGHT_TO_LEFT)
        step = only(pair, Pairing(left=account("1", account_name="Acme", owes=5)))
        assert isinstance(step, Create)
        assert step.fields == {"contact_name": "Acme"}
        assert step.baseline["balance"] is None

    def test_a_record_without_what_is_required_is_parked_and_the_field_named(
        self, customers: MakePair, account: MakeRecord
    ) -> None:
        step = only(customers(), Pairing(left=account("1", account_name="  ", phone="03")))
        assert isinstance(step, Park)
        assert (step.kind, step.left, step.field) == ("incomplete", LEFT, "name")
        assert "'name'" in step.reason.en

    def test_nothing_anywhere_is_nothing_to_do(self, customers: MakePair, account: MakeRecord) -> None:
        assert plan_pair(customers(), Pairing(), Terms()).quiet
        gone = Pairing(left=account("1", account_name="Acme"), left_deleted=True)
        assert not plan_pair(customers(), gone, Terms()).steps


class TestBothEdited:
    def pairing(self, account: MakeRecord, customer: MakeRecord, linked: MakeLink) -> Pairing:
        return Pairing(
            account("1", 9, account_name="Acme", phone="111", city="Kyoto"),
            customer("9", 10, contact_name="Acme", telephone="000", town="Kobe"),
            linked(name="Acme", phone="000", city="Osaka"),
        )

    def test_an_edit_in_the_crm_goes_to_finance(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pairing = Pairing(
            account("1", 9, account_name="Acme", phone="111"),
            customer("9", 8, contact_name="Acme", telephone="000"),
            linked(name="Acme", phone="000"),
        )
        step = only(customers(), pairing)
        assert isinstance(step, Update)
        assert (step.side, step.ref, step.expected_version) == ("right", RIGHT, "9@8")
        assert step.fields == {"telephone": "111"}
        assert step.changes == (FieldChange("phone", "000", "111"),)
        assert values(step) == {"name": "Acme", "phone": "111"}
        assert step.reason.en == "Changed in the CRM: phone."

    def test_an_edit_in_finance_goes_to_the_crm(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pairing = Pairing(
            account("1", account_name="Acme", phone="000"),
            customer("9", contact_name="Acme", telephone=None),
            linked(name="Acme", phone="000"),
        )
        step = only(customers(), pairing)
        assert isinstance(step, Update)
        assert (step.side, step.ref, step.fields) == ("left", LEFT, {"phone": None})

    def test_edits_of_different_fields_both_survive(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pairing = Pairing(
            account("1", account_name="Acme", phone="111", city="Osaka"),
            customer("9", contact_name="Acme", telephone="000", town="Kobe"),
            linked(name="Acme", phone="000", city="Osaka"),
        )
        plan = plan_pair(customers(), pairing, Terms())
        right, left = plan.steps
        assert isinstance(right, Update)
        assert isinstance(left, Update)
        assert (right.fields, left.fields) == ({"telephone": "111"}, {"city": "Kobe"})
        # Were the second write to fail, the city would still be finance's edit to carry over.
        assert values(right) == {"name": "Acme", "phone": "111", "city": "Osaka"}
        assert values(left) == {"name": "Acme", "phone": "111", "city": "Kobe"}
        assert list(plan.units()) == [(right, left)]

    def test_the_same_new_value_is_no_conflict(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pairing = Pairing(
            account("1", account_name="Acme", city=" Kobe"),
            customer("9", contact_name="Acme", town="Kobe"),
            linked(name="Acme", city="Osaka"),
        )
        step = only(customers(), pairing, Terms(ConflictPolicy.ASK))
        assert isinstance(step, Agree)
        assert values(step) == {"name": "Acme", "city": "Kobe"}

    def test_nothing_changed_is_nothing_to_do(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pairing = Pairing(
            account("1", account_name="Acme", phone=" "), customer("9", contact_name="Acme"), linked(name="Acme")
        )
        assert plan_pair(customers(), pairing, Terms()).steps == ()

    @pytest.mark.parametrize(
        ("policy", "side", "city"),
        [
            (ConflictPolicy.OVERWRITE, "right", "Kyoto"),
            (ConflictPolicy.LEFT_WINS, "right", "Kyoto"),
            (ConflictPolicy.RIGHT_WINS, "left", "Kobe"),
            (ConflictPolicy.NEWEST_WINS, "left", "Kobe"),
        ],
    )
    def test_the_policy_decides_a_conflict(
        self,
        customers: MakePair,
        account: MakeRecord,
        customer: MakeRecord,
        linked: MakeLink,
        policy: ConflictPolicy,
        side: str,
        city: str,
    ) -> None:
        plan = plan_pair(customers(), self.pairing(account, customer, linked), Terms(policy))
        written = {step.side: step for step in plan.writes if isinstance(step, Update)}
        native = "town" if side == "right" else "city"
        assert written[side].fields[native] == city  # type: ignore[index]  # a side is a text here
        assert plan.writes[-1].baseline["city"] == city  # type: ignore[union-attr]  # all of them are updates
        assert f"decided by policy {policy.value}" in written[side].reason.en  # type: ignore[index]
        # The phone, changed in the CRM alone, travels whatever becomes of the city.
        assert written["right"].fields["telephone"] == "111"

    @pytest.mark.parametrize("policy", [ConflictPolicy.ASK, ConflictPolicy.CLONE])
    def test_a_conflict_nobody_may_decide_is_parked_and_the_rest_goes_on(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink, policy: ConflictPolicy
    ) -> None:
        update, park = plan_pair(customers(), self.pairing(account, customer, linked), Terms(policy)).steps
        assert isinstance(update, Update)
        assert update.fields == {"telephone": "111"}
        assert update.baseline["city"] == "Osaka"
        assert isinstance(park, Park)
        assert (park.kind, park.field) == ("conflict", "city")
        assert park.conflict is not None
        assert (park.conflict.base, park.conflict.left, park.conflict.right) == ("Osaka", "Kyoto", "Kobe")

    def test_skip_leaves_both_and_says_so(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        update, note = plan_pair(customers(), self.pairing(account, customer, linked), Terms(ConflictPolicy.SKIP)).steps
        assert isinstance(update, Update)
        assert isinstance(note, Note)
        assert (note.kind, note.field) == ("skipped", "city")

    def test_an_answer_gathered_beforehand_goes_before_the_policy(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pairing = self.pairing(account, customer, linked)
        (conflict,) = conflicts_of(customers(), pairing, Terms())
        assert conflict.field == "city"
        answered = replace(pairing, overrides={"city": Resolution("Kyoto and Kobe", by="plugin geo")})
        right, left = plan_pair(customers(), answered, Terms(ConflictPolicy.ASK)).steps
        assert isinstance(right, Update)
        assert isinstance(left, Update)
        assert (right.fields["town"], left.fields["city"]) == ("Kyoto and Kobe", "Kyoto and Kobe")
        # Should the CRM refuse its write, the answer still comes from finance at the next sync.
        assert (right.baseline["city"], left.baseline["city"]) == ("Kyoto", "Kyoto and Kobe")
        assert "plugin geo" in left.reason.en

    def test_an_answer_to_no_conflict_is_not_used(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pairing = replace(
            self.pairing(account, customer, linked), overrides={"phone": Resolution("999", by="plugin geo")}
        )
        plan = plan_pair(customers(), pairing, Terms())
        assert plan.writes[0].fields["telephone"] == "111"  # type: ignore[union-attr]  # an update it is

    def test_a_required_field_is_not_blanked_on_the_other_side(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pairing = Pairing(
            account("1", account_name="", phone="111"),
            customer("9", contact_name="Acme", telephone="000"),
            linked(name="Acme", phone="000"),
        )
        update, park = plan_pair(customers(), pairing, Terms()).steps
        assert isinstance(update, Update)
        assert update.fields == {"telephone": "111"}
        assert isinstance(park, Park)
        assert (park.kind, park.field) == ("incomplete", "name")


class TestOneWay:
    def test_an_edit_at_the_far_end_is_noted_and_left(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pairing = Pairing(
            account("1", account_name="Acme", city="Osaka"),
            customer("9", contact_name="Acme", town="Kobe"),
            linked(name="Acme", city="Osaka"),
        )
        step = only(customers(ONE_WAY), pairing)
        assert isinstance(step, Note)
        assert (step.kind, step.field) == ("one_way", "city")
        assert "Kobe" in step.reason.en

    def test_it_is_overwritten_once_the_source_changes_that_field(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pairing = Pairing(
            account("1", account_name="Acme", city="Kyoto"),
            customer("9", contact_name="Acme", town="Kobe"),
            linked(name="Acme", city="Osaka"),
        )
        step = only(customers(ONE_WAY), pairing)
        assert isinstance(step, Update)
        assert (step.side, step.fields, step.baseline["city"]) == ("right", {"town": "Kyoto"}, "Kyoto")

    @pytest.mark.parametrize("policy", [ConflictPolicy.RIGHT_WINS, ConflictPolicy.NEWEST_WINS])
    def test_where_the_far_end_stands_the_matter_is_settled_without_writing(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink, policy: ConflictPolicy
    ) -> None:
        pairing = Pairing(
            account("1", 9, account_name="Acme", city="Kyoto"),
            customer("9", 10, contact_name="Acme", town="Kobe"),
            linked(name="Acme", city="Osaka"),
        )
        step = only(customers(ONE_WAY), pairing, Terms(policy))
        assert isinstance(step, Agree)
        assert step.baseline["city"] == "Kyoto"
        after = replace(pairing, link=linked(name="Acme", city="Kyoto"))
        assert isinstance(only(customers(ONE_WAY), after, Terms(policy)), Note)

    def test_what_the_source_never_said_is_the_far_ends_own(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pairing = Pairing(
            account("1", account_name="Acme"), customer("9", contact_name="Acme", town="Kobe"), linked(name="Acme")
        )
        assert plan_pair(customers(ONE_WAY), pairing, Terms()).steps == ()

    def test_a_field_has_its_own_direction(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pair = customers(balance=Direction.RIGHT_TO_LEFT)
        pairing = Pairing(
            account("1", account_name="Acme", owes=7),
            customer("9", contact_name="Acme", outstanding=9),
            linked(name="Acme", balance=5),
        )
        step = only(pair, pairing)
        assert isinstance(step, Update)
        assert (step.side, step.fields) == ("left", {"owes": 9})

    def test_a_field_no_direction_is_left_for_stays(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pair = customers(ONE_WAY, balance=Direction.RIGHT_TO_LEFT)
        pairing = Pairing(
            account("1", account_name="Acme", owes=7),
            customer("9", contact_name="Acme", outstanding=9),
            linked(name="Acme", balance=5),
        )
        assert isinstance(only(pair, pairing), Note)
        assert conflicts_of(pair, pairing, Terms()) == ()


class TestDeleted:
    def gone(self, side: str, pairing: Pairing) -> Pairing:
        return replace(pairing, left_deleted=side == "left", right_deleted=side == "right")

    def untouched(self, account: MakeRecord, customer: MakeRecord, linked: MakeLink) -> Pairing:
        return Pairing(
            account("1", account_name="Acme"), customer("9", contact_name="Acme"), linked(name="Acme", phone=None)
        )

    def edited(self, account: MakeRecord, customer: MakeRecord, linked: MakeLink) -> Pairing:
        return Pairing(
            account("1", account_name="Acme", phone="111"),
            customer("9", contact_name="Acme", telephone="999"),
            linked(name="Acme", phone="000"),
        )

    @pytest.mark.parametrize(("side", "kept"), [("left", "right"), ("right", "left")])
    def test_deleted_here_and_untouched_there_is_kept_alone(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink, side: str, kept: str
    ) -> None:
        step = only(customers(), self.gone(side, self.untouched(account, customer, linked)))
        assert isinstance(step, Unlink)
        assert (step.left, step.right, step.keep) == (LEFT, RIGHT, kept)

    @pytest.mark.parametrize(("side", "ref"), [("left", RIGHT), ("right", LEFT)])
    def test_where_deletions_follow_it_is_deleted_too(
        self,
        customers: MakePair,
        account: MakeRecord,
        customer: MakeRecord,
        linked: MakeLink,
        side: str,
        ref: RecordRef,
    ) -> None:
        terms = Terms(deletions=Deletions.FOLLOW)
        step = only(customers(), self.gone(side, self.untouched(account, customer, linked)), terms)
        assert isinstance(step, Delete)
        assert step.ref == ref

    def test_a_one_way_pair_never_deletes_in_its_source(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        terms = Terms(deletions=Deletions.FOLLOW)
        step = only(customers(ONE_WAY), self.gone("right", self.untouched(account, customer, linked)), terms)
        assert isinstance(step, Unlink)
        assert step.keep == "left"

    @pytest.mark.parametrize(
        ("side", "fields", "phone"),
        [
            ("left", {"account_name": "Acme", "phone": "999"}, "999"),
            ("right", {"contact_name": "Acme", "telephone": "111"}, "111"),
        ],
    )
    def test_deleted_here_and_edited_there_the_edit_survives(
        self,
        customers: MakePair,
        account: MakeRecord,
        customer: MakeRecord,
        linked: MakeLink,
        side: str,
        fields: dict[str, str],
        phone: str,
    ) -> None:
        terms = Terms(deletions=Deletions.FOLLOW)
        step = only(customers(), self.gone(side, self.edited(account, customer, linked)), terms)
        assert isinstance(step, Create)
        assert (step.side, step.fields, step.baseline["phone"]) == (side, fields, phone)
        assert step.replaces == (LEFT if side == "left" else RIGHT)
        assert (step.left is None) == (side == "left")
        assert "phone" in step.reason.en

    def test_where_it_cannot_be_made_anew_the_edited_record_is_kept(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        step = only(customers(ONE_WAY), self.gone("left", self.edited(account, customer, linked)))
        assert isinstance(step, Unlink)
        assert step.keep == "right"
        assert "phone" in step.reason.en

    def test_gone_on_both_sides_is_forgotten(self, customers: MakePair, linked: MakeLink) -> None:
        step = only(customers(), Pairing(link=linked(name="Acme"), left_deleted=True, right_deleted=True))
        assert isinstance(step, Unlink)
        assert step.keep is None

    @pytest.mark.parametrize("side", ["left", "right"])
    def test_what_was_kept_alone_stays_alone(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink, side: str
    ) -> None:
        edited = self.edited(account, customer, linked)
        apart = replace(self.gone(side, edited), link=linked(apart=True, name="Acme", phone="000"))
        assert plan_pair(customers(), apart, Terms()).steps == ()

    def test_a_record_that_comes_back_is_kept_in_step_again(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pairing = Pairing(
            account("1", account_name="Acme", phone="111"),
            customer("9", contact_name="Acme", telephone="000"),
            linked(apart=True, name="Acme", phone="000"),
        )
        adopt, update = plan_pair(customers(), pairing, Terms()).steps
        assert isinstance(adopt, Adopt)
        assert values(adopt) == {"name": "Acme", "phone": "000"}
        assert isinstance(update, Update)

    @pytest.mark.parametrize("side", ["left", "right"])
    def test_a_linked_record_that_was_not_read_is_not_taken_for_deleted(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink, side: str
    ) -> None:
        pairing = self.untouched(account, customer, linked)
        unread = replace(pairing, left=None) if side == "left" else replace(pairing, right=None)
        step = only(customers(), unread)
        assert isinstance(step, Park)
        assert step.kind == "unread"


class TestReferences:
    """A contact's account is compared as the customer it is linked with."""

    ACCOUNT, CUSTOMER = RecordRef("crm", "account", "1"), RecordRef("fin", "customer", "9")

    def known(self, pair: str, ref: RecordRef) -> RecordRef | None:
        assert pair == "customers"
        return {self.ACCOUNT: self.CUSTOMER, self.CUSTOMER: self.ACCOUNT}.get(ref)

    def test_a_contact_is_created_at_the_customer_of_its_account(self, persons: SyncPair, contact: MakeRecord) -> None:
        step = only(
            persons, Pairing(left=contact("5", full_name="Ann", account=self.ACCOUNT)), Terms(references=self.known)
        )
        assert isinstance(step, Create)
        assert step.fields == {"full_name": "Ann", "customer": self.CUSTOMER}
        assert step.baseline["customer"] == self.CUSTOMER

    def test_a_person_is_created_at_the_account_of_its_customer(self, persons: SyncPair, person: MakeRecord) -> None:
        step = only(
            persons, Pairing(right=person("7", full_name="Ann", customer=self.CUSTOMER)), Terms(references=self.known)
        )
        assert isinstance(step, Create)
        assert step.fields == {"full_name": "Ann", "account": self.ACCOUNT}

    @pytest.mark.parametrize("side", ["left", "right"])
    def test_one_whose_parent_is_not_linked_yet_waits_for_it(
        self, persons: SyncPair, contact: MakeRecord, person: MakeRecord, side: str
    ) -> None:
        pairing = Pairing(left=contact("5", full_name="Ann", account=self.ACCOUNT))
        if side == "right":
            pairing = Pairing(right=person("7", full_name="Ann", customer=self.CUSTOMER))
        step = only(persons, pairing)
        assert isinstance(step, Park)
        assert (step.kind, step.field) == ("waits", "customer")
        assert step.reason.en.startswith("'customer' waits for ")

    def test_one_without_a_parent_it_needs_is_incomplete(self, persons: SyncPair, contact: MakeRecord) -> None:
        step = only(persons, Pairing(left=contact("5", full_name="Ann", account=None)))
        assert isinstance(step, Park)
        assert (step.kind, step.field) == ("incomplete", "customer")

    def test_a_reference_that_names_no_record_is_parked(self, persons: SyncPair, contact: MakeRecord) -> None:
        step = only(persons, Pairing(left=contact("5", full_name="Ann", account="1")))
        assert isinstance(step, Park)
        assert (step.kind, step.field) == ("invalid", "customer")

    @pytest.mark.parametrize("side", ["left", "right"])
    def test_only_the_moved_field_waits_when_a_linked_record_moves_to_an_unlinked_parent(
        self, persons: SyncPair, contact: MakeRecord, person: MakeRecord, side: str
    ) -> None:
        moved_left = RecordRef("crm", "account", "2") if side == "left" else self.ACCOUNT
        moved_right = RecordRef("fin", "customer", "8") if side == "right" else self.CUSTOMER
        pairing = Pairing(
            contact("5", full_name="Ann", email="ann@x.test", account=moved_left),
            person("7", full_name="Ann", customer=moved_right),
            Link(
                RecordRef("crm", "contact", "5"),
                RecordRef("fin", "person", "7"),
                {"name": "Ann", "customer": self.CUSTOMER},
            ),
        )
        update, park = plan_pair(persons, pairing, Terms(references=self.known)).steps
        assert isinstance(update, Update)
        assert update.fields == {"email": "ann@x.test"}
        assert update.baseline["customer"] == self.CUSTOMER
        assert isinstance(park, Park)
        assert (park.kind, park.field) == ("waits", "customer")


def test_two_records_nobody_said_are_one_are_a_mistake_of_the_caller(
    customers: MakePair, account: MakeRecord, customer: MakeRecord
) -> None:
    with pytest.raises(ValueError, match="crm:account:1 and fin:customer:9 are neither linked nor matched"):
        plan_pair(customers(), Pairing(account("1"), customer("9")), Terms())
