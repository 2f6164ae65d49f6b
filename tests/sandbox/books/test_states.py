"""What may become of an estimate and of an invoice."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from zoho_sandbox.finance.document_kind import moved
from zoho_sandbox.finance.document_kinds import ESTIMATE, INVOICE
from zoho_sandbox.finance.errors import FinanceError

ESTIMATES = {
    ("draft", "sent"): "sent",
    ("draft", "accepted"): None,
    ("draft", "declined"): None,
    ("draft", "invoiced"): None,
    ("sent", "sent"): "sent",
    ("sent", "accepted"): "accepted",
    ("sent", "declined"): "declined",
    ("sent", "invoiced"): "invoiced",
    ("accepted", "sent"): None,
    ("accepted", "accepted"): None,
    ("accepted", "declined"): "declined",
    ("accepted", "invoiced"): "invoiced",
    ("declined", "sent"): None,
    ("declined", "accepted"): "accepted",
    ("declined", "declined"): None,
    ("declined", "invoiced"): None,
    ("invoiced", "sent"): None,
    ("invoiced", "accepted"): None,
    ("invoiced", "declined"): None,
    ("invoiced", "invoiced"): None,
}
INVOICES = {
    ("draft", "sent"): "sent",
    ("draft", "void"): "void",
    ("draft", "draft"): None,
    ("sent", "sent"): "sent",
    ("sent", "void"): "void",
    ("sent", "draft"): None,
    ("void", "sent"): None,
    ("void", "void"): "void",
    ("void", "draft"): "draft",
}
TODAY = date(2026, 6, 9)


def move_estimate(stage: str, move: str) -> str:
    return moved(ESTIMATE, stage, move)


def move_invoice(stage: str, move: str) -> str:
    return moved(INVOICE, stage, move)


@pytest.mark.parametrize(("stage", "move"), ESTIMATES)
def test_estimate_moves(stage: str, move: str) -> None:
    expected = ESTIMATES[stage, move]
    if expected is not None:
        assert move_estimate(stage, move) == expected
        return
    with pytest.raises(FinanceError) as refusal:
        move_estimate(stage, move)
    assert refusal.value.status == 400
    assert move in refusal.value.message


@pytest.mark.parametrize(("stage", "move"), INVOICES)
def test_invoice_moves(stage: str, move: str) -> None:
    expected = INVOICES[stage, move]
    if expected is not None:
        assert move_invoice(stage, move) == expected
        return
    with pytest.raises(FinanceError):
        move_invoice(stage, move)


@pytest.mark.parametrize(
    ("stage", "balance", "due", "expected"),
    [
        ("draft", "100", "2020-01-01", "draft"),
        ("void", "100", "2020-01-01", "void"),
        ("sent", "100", "2026-06-09", "sent"),
        ("sent", "100", "2026-06-08", "overdue"),
        ("sent", "40", "2026-06-09", "partially_paid"),
        ("sent", "40", "2026-06-08", "overdue"),
        ("sent", "0", "2020-01-01", "paid"),
    ],
)
def test_an_invoice_is_called_by_what_is_owed_today(stage: str, balance: str, due: str, expected: str) -> None:
    assert INVOICE.called(stage, Decimal(100), Decimal(balance), due, TODAY) == expected


def test_only_a_sent_estimate_expires() -> None:
    assert ESTIMATE.called("sent", Decimal(100), Decimal(0), "2026-06-08", TODAY) == "expired"
    assert ESTIMATE.called("sent", Decimal(100), Decimal(0), "2026-06-09", TODAY) == "sent"
    assert ESTIMATE.called("sent", Decimal(100), Decimal(0), "", TODAY) == "sent"
    assert ESTIMATE.called("accepted", Decimal(100), Decimal(0), "2026-06-08", TODAY) == "accepted"
    assert ESTIMATE.called("draft", Decimal(100), Decimal(0), "2026-06-08", TODAY) == "draft"


class EstimateMachine(RuleBasedStateMachine):
    """Any sequence of moves: refused ones change nothing, and nothing ever returns to draft."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = "draft"
        self.left_draft = False

    @rule(move=st.sampled_from(["sent", "accepted", "declined", "invoiced"]))
    def move(self, move: str) -> None:
        allowed = ESTIMATES[self.stage, move]
        try:
            after = move_estimate(self.stage, move)
        except FinanceError:
            assert allowed is None
            return
        assert after == allowed
        self.stage = after
        self.left_draft = True

    @invariant()
    def draft_is_left_for_good(self) -> None:
        assert not (self.left_draft and self.stage == "draft")


class InvoiceMachine(RuleBasedStateMachine):
    """Voiding is always possible and always undone into draft; a refused move changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = "draft"

    @rule(move=st.sampled_from(["sent", "void", "draft"]))
    def move(self, move: str) -> None:
        try:
            self.stage = move_invoice(self.stage, move)
        except FinanceError:
            assert INVOICES[self.stage, move] is None

    @invariant()
    def it_can_be_voided_and_taken_back(self) -> None:
        assert move_invoice(move_invoice(self.stage, "void"), "draft") == "draft"


TestEstimateMachine = EstimateMachine.TestCase
TestInvoiceMachine = InvoiceMachine.TestCase
