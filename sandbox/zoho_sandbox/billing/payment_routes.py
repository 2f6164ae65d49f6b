"""The operations on payments."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.billing import invoices, renewals
from zoho_sandbox.billing.payments import shown
from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import payment_views, payments
from zoho_sandbox.finance.moments import present
from zoho_sandbox.finance.operations import FinanceCall, offer, success
from zoho_sandbox.finance.payments import RECEIVED


def _create(call: FinanceCall) -> Answer:
    payment = shown(call, payments.create(call, RECEIVED))
    _look_again(call, payment)
    return success("The payment has been created.", status=201, payment=payment)


def _list(call: FinanceCall) -> Answer:
    return payment_views.list_answer(call, RECEIVED, "payments")


def _get(call: FinanceCall) -> Answer:
    return success(payment=shown(call, call.id("payment_id")))


def _remove(call: FinanceCall) -> Answer:
    payment = shown(call, call.id("payment_id"))
    payments.remove(call, RECEIVED, payment["payment_id"])
    _look_again(call, payment)
    return success("The payment has been deleted.")


def _look_again(call: FinanceCall, payment: dict[str, Any]) -> None:
    """What was paid, or is owed again, decides whether a subscription is unpaid."""
    moment = present(call)
    for each in payment["invoices"]:
        renewals.invoice_changed(call, invoices.find(call, each["invoice_id"]), moment)


OFFERS = (
    offer("POST", "/payments", _create, scope="payments.CREATE"),
    offer("GET", "/payments", _list, scope="payments.READ"),
    offer("GET", "/payments/{payment_id}", _get, scope="payments.READ"),
    offer("DELETE", "/payments/{payment_id}", _remove, scope="payments.DELETE"),
)
