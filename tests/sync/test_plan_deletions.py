from collections.abc import Callable
from dataclasses import replace

import pytest

from tsunagi.domain.conflicts import DeletionPolicy
from tsunagi.domain.mapping import Direction, SyncPair
from tsunagi.domain.records import Record, RecordRef
from tsunagi.sync.pair_state import AgreedLink, PairState, SyncOptions
from tsunagi.sync.plan import plan_pair
from tsunagi.sync.steps import Adopt, Agree, Create, Delete, Park, Step, Unlink, Update

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


class TestDeleted:
    def gone(self, side: str, state: PairState) -> PairState:
        return replace(state, left_deleted=side == "left", right_deleted=side == "right")

    def untouched(self, account: MakeRecord, customer: MakeRecord, linked: MakeLink) -> PairState:
        return PairState(
            account("1", account_name="Acme"), customer("9", contact_name="Acme"), linked(name="Acme", phone=None)
        )

    def edited(self, account: MakeRecord, customer: MakeRecord, linked: MakeLink) -> PairState:
        return PairState(
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
        options = SyncOptions(deletions=DeletionPolicy.DELETE)
        step = only(customers(), self.gone(side, self.untouched(account, customer, linked)), options)
        assert isinstance(step, Delete)
        assert step.ref == ref

    def test_a_one_way_pair_never_deletes_in_its_source(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        options = SyncOptions(deletions=DeletionPolicy.DELETE)
        step = only(customers(ONE_WAY), self.gone("right", self.untouched(account, customer, linked)), options)
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
        options = SyncOptions(deletions=DeletionPolicy.DELETE)
        step = only(customers(), self.gone(side, self.edited(account, customer, linked)), options)
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
        step = only(customers(), PairState(link=linked(name="Acme"), left_deleted=True, right_deleted=True))
        assert isinstance(step, Unlink)
        assert step.keep is None

    @pytest.mark.parametrize("side", ["left", "right"])
    def test_what_was_kept_alone_stays_alone(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink, side: str
    ) -> None:
        edited = self.edited(account, customer, linked)
        orphaned = replace(self.gone(side, edited), link=linked(orphaned=True, name="Acme", phone="000"))
        assert plan_pair(customers(), orphaned, SyncOptions()).steps == ()

    def test_a_record_that_comes_back_is_kept_in_step_again(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink
    ) -> None:
        state = PairState(
            account("1", account_name="Acme", phone="111"),
            customer("9", contact_name="Acme", telephone="000"),
            linked(orphaned=True, name="Acme", phone="000"),
        )
        adopt, update = plan_pair(customers(), state, SyncOptions()).steps
        assert isinstance(adopt, Adopt)
        assert values(adopt) == {"name": "Acme", "phone": "000"}
        assert isinstance(update, Update)

    @pytest.mark.parametrize("side", ["left", "right"])
    def test_a_linked_record_that_was_not_read_is_not_taken_for_deleted(
        self, customers: MakePair, account: MakeRecord, customer: MakeRecord, linked: MakeLink, side: str
    ) -> None:
        state = self.untouched(account, customer, linked)
        unread = replace(state, left=None) if side == "left" else replace(state, right=None)
        step = only(customers(), unread)
        assert isinstance(step, Park)
        assert step.kind == "unread"
