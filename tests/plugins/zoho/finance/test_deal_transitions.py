"""What becomes of a deal's documents when the deal is decided."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from tsunagi import (
    Action,
    ActionCall,
    Connector,
    Document,
    Event,
    Money,
    OutsideWrite,
    PlannedWrite,
    Record,
    RecordRef,
    RecordUnusable,
    Text,
)
from tsunagi_zoho.finance.deal_transitions import acceptance_of_deal, refusal_of_deal, voiding_of_deal

BOOKS = Text.same("Books")
ACCEPT, DECLINE, VOID = (make("books", BOOKS) for make in (acceptance_of_deal, refusal_of_deal, voiding_of_deal))
DEAL = RecordRef("crm", "deal", "77")


class ActionContext:
    """A deal and its documents; nothing else may be looked at."""

    def __init__(self, *documents: Document, to_be: tuple[PlannedWrite, ...] = ()) -> None:
        self.documents = documents
        self.to_be = to_be

    def record(self, ref: RecordRef) -> Record | None:
        return None

    def linked(self, ref: RecordRef, service: str, entity: str) -> RecordRef | None:
        raise AssertionError("not needed")

    def is_paired(self, kind: str, service: str, entity: str) -> bool:
        raise AssertionError("not needed")

    def connector(self, service: str) -> Connector:
        raise AssertionError("not needed")

    def written(self, ref: RecordRef) -> None:
        raise AssertionError("not needed")

    def documents_of(self, ref: RecordRef, service: str, entity: str) -> tuple[Document, ...]:
        assert (ref, service) == (DEAL, "books")
        return tuple(document for document in self.documents if document.ref.entity == entity)

    def planned_for(self, ref: RecordRef, service: str, entity: str) -> tuple[PlannedWrite, ...]:
        assert (ref, service) == (DEAL, "books")
        return tuple(each for each in self.to_be if each.write.entity == entity)


def document(entity: str, status: str, id: str = "7", balance: int = 100) -> Document:
    total, owed = Money(Decimal(100), "JPY"), Money(Decimal(balance), "JPY")
    ref = RecordRef("books", entity, id)
    return Document(ref, "N-7", status, None, None, total, owed, total, owed, None, DEAL, "")


def planned(
    action: Action,
    *documents: Document,
    ref: RecordRef = DEAL,
    to_be: tuple[PlannedWrite, ...] = (),
    **parameters: Any,
) -> tuple[OutsideWrite, ...]:
    event = Event("e", "deal.won", ref, None, {}, dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    given: BaseModel = action.parameters(**parameters)
    return action.plan(ActionCall("rule", action.name, given, event), ActionContext(*documents, to_be=to_be))


def still_to_be_made(entity: str, **fields: Any) -> tuple[PlannedWrite, ...]:
    return (PlannedWrite("rule-1:create", OutsideWrite("create", "books", entity, fields=fields, relates=DEAL)),)


def said(writes: tuple[OutsideWrite, ...]) -> list[tuple[str, str]]:
    assert all(write.operation == "perform" and write.relates == DEAL for write in writes)
    return [(write.verb, write.target.id if write.target else "") for write in writes]


@pytest.mark.parametrize(("action", "verb"), [(ACCEPT, "accepted"), (DECLINE, "declined")])
class TestEstimates:
    def test_a_draft_is_sent_first(self, action: Action, verb: str) -> None:
        writes = planned(action, document("estimate", "draft"))
        assert said(writes) == [("sent", "7"), (verb, "7")]
        assert [write.fields["from"] for write in writes] == [("draft",), ("sent", "viewed", "expired")]

    @pytest.mark.parametrize(("status", "first"), [("draft", ["sent"]), ("sent", [])])
    def test_one_that_is_still_to_be_made_is_answered_once_it_is(
        self, action: Action, verb: str, status: str, first: list[str]
    ) -> None:
        writes = planned(action, to_be=still_to_be_made("estimate", status=status))
        assert [write.verb for write in writes] == [*first, verb]
        assert {(write.target, write.target_of) for write in writes} == {(None, "rule-1:create")}

    @pytest.mark.parametrize("status", ["sent", "viewed", "expired"])
    def test_one_nobody_has_answered_is_answered(self, action: Action, verb: str, status: str) -> None:
        assert said(planned(action, document("estimate", status))) == [(verb, "7")]

    @pytest.mark.parametrize("status", ["accepted", "declined", "invoiced", "approved", "pending_approval"])
    def test_one_that_somebody_moved_on_is_left_alone(self, action: Action, verb: str, status: str) -> None:
        assert planned(action, document("estimate", status)) == ()

    def test_all_of_the_deal_are_answered_and_none_is_no_error(self, action: Action, verb: str) -> None:
        both = document("estimate", "sent", "1"), document("estimate", "draft", "2"), document("invoice", "draft", "3")
        assert said(planned(action, *both)) == [(verb, "1"), ("sent", "2"), (verb, "2")]
        assert planned(action) == ()


class TestInvoices:
    @pytest.mark.parametrize(
        ("status", "made_as", "voided"),
        [
            ("draft", "draft", True),
            # Somebody has sent it since.
            ("sent", "draft", False),
            ("overdue", "draft", False),
            ("sent", "sent", True),
            ("viewed", "sent", True),
            # Time alone made it so.
            ("overdue", "sent", True),
            ("draft", "sent", False),
            ("paid", "sent", False),
            ("void", "draft", False),
            ("approved", "draft", False),
        ],
    )
    def test_only_one_that_is_as_it_was_made_is_void(self, status: str, made_as: str, voided: bool) -> None:
        writes = planned(VOID, document("invoice", status), made_as=made_as)
        assert said(writes) == ([("void", "7")] if voided else [])

    def test_one_that_something_was_paid_of_stays(self) -> None:
        assert planned(VOID, document("invoice", "overdue", balance=99), made_as="sent") == ()

    def test_one_that_is_still_to_be_made_is_void_once_it_is(self) -> None:
        (write,) = planned(VOID, to_be=still_to_be_made("invoice"))
        assert (write.verb, write.target, write.target_of) == ("void", None, "rule-1:create")
        assert planned(VOID, to_be=still_to_be_made("invoice", status="sent")) == ()

    def test_the_write_may_start_from_nothing_else(self) -> None:
        (write,) = planned(VOID, document("invoice", "draft"))
        assert write.fields == {"from": ("draft",)}


@pytest.mark.parametrize("action", [ACCEPT, DECLINE, VOID], ids=lambda action: action.name)
def test_they_are_for_deals_and_take_nothing_they_do_not_know(action: Action) -> None:
    with pytest.raises(RecordUnusable, match="is about deals"):
        planned(action, ref=RecordRef("crm", "account", "1"))
    with pytest.raises(ValidationError):
        action.parameters(colour="red")


def test_what_a_policy_must_allow() -> None:
    allowed: Mapping[str, str] = {action.name: action.permission for action in (ACCEPT, DECLINE, VOID)}
    assert allowed == {
        "books.estimate.accept": "estimate:edit",
        "books.estimate.decline": "estimate:edit",
        "books.invoice.void": "invoice:edit",
    }
