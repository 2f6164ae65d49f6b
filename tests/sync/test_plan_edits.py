from collections.abc import Callable
from dataclasses import replace

import pytest

from tsunagi.domain.conflicts import ConflictPolicy, Resolution
from tsunagi.domain.mapping import Direction, Side, SyncPair
from tsunagi.domain.records import FieldChange, Record, RecordRef
from tsunagi.sync.pair_state import AgreedLink, PairState, SyncOptions
from tsunagi.sync.plan import conflicts_of, plan_pair
from tsunagi.sync.steps import Adopt, Agree, Create, Note, Park, Step, Update

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


class TestBothEdited:
    def state(self, account: MakeRecord, customer: MakeRecord, linked: MakeLink) -> PairState:
        return PairState(
            account("1", 9, account_name="Acme", phone="111", city="Kyoto"),
            customer("9", 10, contact_name="Acme", telephone="000", town="Kobe"),
            linked(name="Acme", phone="000", city="Osaka"),
        )

    def test_an_edit_in_the_crm_goes_to_finance(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        state = PairState(
            account("1", 9, account_name="Acme", phone="111"),
            customer("9", 8, contact_name="Acme", telephone="000"),
            linked(name="Acme", phone="000"),
        )
        step = only(customers(), state)
        assert isinstance(step, Update)
        assert (step.side, step.ref, step.expected_version) == ("right", RIGHT, "9@8")
        assert step.fields == {"telephone": "111"}
        assert step.changes == (FieldChange("phone", "000", "111"),)
        assert values(step) == {"name": "Acme", "phone": "111"}
        assert step.reason.en == "Changed in the CRM: phone."

    def test_an_edit_in_finance_goes_to_the_crm(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        state = PairState(
            account("1", account_name="Acme", phone="000"),
            customer("9", contact_name="Acme", telephone=None),
            linked(name="Acme", phone="000"),
        )
        step = only(customers(), state)
        assert isinstance(step, Update)
        assert (step.side, step.ref, step.fields) == ("left", LEFT, {"phone": None})

    def test_edits_of_different_fields_both_survive(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        state = PairState(
            account("1", account_name="Acme", phone="111", city="Osaka"),
            customer("9", contact_name="Acme", telephone="000", town="Kobe"),
            linked(name="Acme", phone="000", city="Osaka"),
        )
        plan = plan_pair(customers(), state, SyncOptions())
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
        state = PairState(
            account("1", account_name="Acme", city=" Kobe"),
            customer("9", contact_name="Acme", town="Kobe"),
            linked(name="Acme", city="Osaka"),
        )
        step = only(customers(), state, SyncOptions(ConflictPolicy.ASK))
        assert isinstance(step, Agree)
        assert values(step) == {"name": "Acme", "city": "Kobe"}

    def test_nothing_changed_is_nothing_to_do(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        state = PairState(
            account("1", account_name="Acme", phone=" "), customer("9", contact_name="Acme"), linked(name="Acme")
        )
        assert plan_pair(customers(), state, SyncOptions()).steps == ()

    @pytest.mark.parametrize(
        ("policy", "side", "city"),
        [
            (ConflictPolicy.SOURCE_WINS, "right", "Kyoto"),
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
        side: Side,
        city: str,
    ) -> None:
        plan = plan_pair(customers(), self.state(account, customer, linked), SyncOptions(policy))
        updates = [step for step in plan.steps if isinstance(step, Update)]
        written = {step.side: step for step in updates}
        native = "town" if side == "right" else "city"
        assert written[side].fields[native] == city
        assert updates[-1].baseline["city"] == city
        assert f"decided by policy {policy.value}" in written[side].reason.en
        # The phone, changed in the CRM alone, travels whatever becomes of the city.
        assert written["right"].fields["telephone"] == "111"

    @pytest.mark.parametrize("policy", [ConflictPolicy.ASK])
    def test_a_conflict_nobody_may_decide_is_parked_and_the_rest_goes_on(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink, policy: ConflictPolicy
    ) -> None:
        update, park = plan_pair(customers(), self.state(account, customer, linked), SyncOptions(policy)).steps
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
        update, note = plan_pair(
            customers(), self.state(account, customer, linked), SyncOptions(ConflictPolicy.SKIP)
        ).steps
        assert isinstance(update, Update)
        assert isinstance(note, Note)
        assert (note.kind, note.field) == ("skipped", "city")

    def test_an_answer_gathered_beforehand_goes_before_the_policy(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        state = self.state(account, customer, linked)
        (conflict,) = conflicts_of(customers(), state, SyncOptions())
        assert conflict.field == "city"
        answered = replace(state, overrides={"city": Resolution("Kyoto and Kobe", by="plugin geo")})
        right, left = plan_pair(customers(), answered, SyncOptions(ConflictPolicy.ASK)).steps
        assert isinstance(right, Update)
        assert isinstance(left, Update)
        assert (right.fields["town"], left.fields["city"]) == ("Kyoto and Kobe", "Kyoto and Kobe")
        # Should the CRM refuse its write, the answer still comes from finance at the next sync.
        assert (right.baseline["city"], left.baseline["city"]) == ("Kyoto", "Kyoto and Kobe")
        assert "plugin geo" in left.reason.en

    def test_an_answer_to_no_conflict_is_not_used(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        state = replace(self.state(account, customer, linked), overrides={"phone": Resolution("999", by="plugin geo")})
        step = plan_pair(customers(), state, SyncOptions()).steps[0]
        assert isinstance(step, Update)
        assert step.fields["telephone"] == "111"

    def test_a_required_field_is_not_blanked_on_the_other_side(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        state = PairState(
            account("1", account_name="", phone="111"),
            customer("9", contact_name="Acme", telephone="000"),
            linked(name="Acme", phone="000"),
        )
        update, park = plan_pair(customers(), state, SyncOptions()).steps
        assert isinstance(update, Update)
        assert update.fields == {"telephone": "111"}
        assert isinstance(park, Park)
        assert (park.kind, park.field) == ("incomplete", "name")


class TestOneWay:
    def test_an_edit_at_the_far_end_is_noted_and_left(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        state = PairState(
            account("1", account_name="Acme", city="Osaka"),
            customer("9", contact_name="Acme", town="Kobe"),
            linked(name="Acme", city="Osaka"),
        )
        step = only(customers(ONE_WAY), state)
        assert isinstance(step, Note)
        assert (step.kind, step.field) == ("one_way", "city")
        assert "Kobe" in step.reason.en

    def test_it_is_overwritten_once_the_source_changes_that_field(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        state = PairState(
            account("1", account_name="Acme", city="Kyoto"),
            customer("9", contact_name="Acme", town="Kobe"),
            linked(name="Acme", city="Osaka"),
        )
        step = only(customers(ONE_WAY), state)
        assert isinstance(step, Update)
        assert (step.side, step.fields, step.baseline["city"]) == ("right", {"town": "Kyoto"}, "Kyoto")

    @pytest.mark.parametrize("policy", [ConflictPolicy.RIGHT_WINS, ConflictPolicy.NEWEST_WINS])
    def test_where_the_far_end_stands_the_matter_is_settled_without_writing(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink, policy: ConflictPolicy
    ) -> None:
        state = PairState(
            account("1", 9, account_name="Acme", city="Kyoto"),
            customer("9", 10, contact_name="Acme", town="Kobe"),
            linked(name="Acme", city="Osaka"),
        )
        step, said = plan_pair(customers(ONE_WAY), state, SyncOptions(policy)).steps
        assert isinstance(step, Agree)
        assert step.baseline["city"] == "Kyoto"
        assert isinstance(said, Note)
        assert (said.kind, said.field) == ("one_way", "city")
        after = replace(state, link=linked(name="Acme", city="Kyoto"))
        assert isinstance(only(customers(ONE_WAY), after, SyncOptions(policy)), Note)

    def test_what_the_source_never_said_is_the_far_ends_own(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        state = PairState(
            account("1", account_name="Acme"), customer("9", contact_name="Acme", town="Kobe"), linked(name="Acme")
        )
        assert plan_pair(customers(ONE_WAY), state, SyncOptions()).steps == ()

    def test_a_field_has_its_own_direction(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pair = customers(balance=Direction.RIGHT_TO_LEFT)
        state = PairState(
            account("1", account_name="Acme", owes=7),
            customer("9", contact_name="Acme", outstanding=9),
            linked(name="Acme", balance=5),
        )
        step = only(pair, state)
        assert isinstance(step, Update)
        assert (step.side, step.fields) == ("left", {"owes": 9})

    def test_a_field_no_direction_is_left_for_stays(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        pair = customers(ONE_WAY, balance=Direction.RIGHT_TO_LEFT)
        state = PairState(
            account("1", account_name="Acme", owes=7),
            customer("9", contact_name="Acme", outstanding=9),
            linked(name="Acme", balance=5),
        )
        assert isinstance(only(pair, state), Note)
        assert conflicts_of(pair, state, SyncOptions()) == ()


class TestListingsThatLeaveFieldsOut:
    def test_a_field_that_was_not_shown_is_not_taken_for_blanked(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        row = replace(customer("9", contact_name="Acme", telephone="111"), complete=False)
        state = PairState(
            account("1", account_name="Acme", phone="000", city="Osaka"),
            row,
            linked(name="Acme", phone="000", city="Osaka"),
        )
        step = only(customers(), state)
        assert isinstance(step, Update)
        assert (step.side, step.fields) == ("left", {"phone": "111"})
        assert step.baseline["city"] == "Osaka"

    def test_an_edit_still_travels_to_it(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        row = replace(customer("9", contact_name="Acme"), complete=False)
        state = PairState(account("1", account_name="Acme", city="Kobe"), row, linked(name="Acme", city="Osaka"))
        step = only(customers(), state, SyncOptions(ConflictPolicy.ASK))
        assert isinstance(step, Update)
        assert (step.side, step.fields) == ("right", {"town": "Kobe"})

    @pytest.mark.parametrize(
        ("policy", "written"),
        [
            (ConflictPolicy.SOURCE_WINS, True),
            (ConflictPolicy.LEFT_WINS, True),
            (ConflictPolicy.RIGHT_WINS, False),
            (ConflictPolicy.NEWEST_WINS, False),
            (ConflictPolicy.ASK, False),
            (ConflictPolicy.SKIP, False),
        ],
    )
    def test_what_nobody_agreed_on_is_written_over_unseen_only_where_the_crm_stands_anyway(
        self,
        customers: MakePair,
        account: MakeRecord,
        customer: MakeRecord,
        linked: MakeLink,
        policy: ConflictPolicy,
        written: bool,
    ) -> None:
        row = replace(customer("9", contact_name="Acme"), complete=False)
        state = PairState(account("1", account_name="Acme", city="Kobe"), row, linked(name="Acme"))
        step = only(customers(), state, SyncOptions(policy))
        assert isinstance(step, Update if written else Park)
        if isinstance(step, Park):
            assert (step.kind, step.field) == ("unread", "city")
