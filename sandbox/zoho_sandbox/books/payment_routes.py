"""The operations on payments: by customers, and to vendors."""

from __future__ import annotations

from collections.abc import Callable

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import payment_views, payments
from zoho_sandbox.finance.operations import FinanceCall, Offer, offer, resource_answer, success
from zoho_sandbox.finance.payments import MADE, RECEIVED, PaymentKind

_WORDS = {
    RECEIVED.kind: (
        "The payment from the customer has been recorded",
        "The payment details have been updated.",
        "The payment has been deleted.",
    ),
    MADE.kind: (
        "The payment made to the vendor has been recorded.",
        "The details of the payment made to the vendor has been updated",
        "The payment has been deleted.",
    ),
}


def _create(call: FinanceCall, kind: PaymentKind) -> Answer:
    payment_id = payments.create(call, kind)
    payment = payments.detail(call, kind, payment_id)
    return resource_answer(kind.resource, payment, _WORDS[kind.kind][0], status=201)


def _get(call: FinanceCall, kind: PaymentKind) -> Answer:
    return resource_answer(kind.resource, payments.detail(call, kind, call.id("payment_id")))


def _change(call: FinanceCall, kind: PaymentKind) -> Answer:
    payment_id = call.id("payment_id")
    payments.change(call, kind, payment_id)
    return resource_answer(kind.resource, payments.detail(call, kind, payment_id), _WORDS[kind.kind][1])


def _remove(call: FinanceCall, kind: PaymentKind) -> Answer:
    payments.remove(call, kind, call.id("payment_id"))
    return success(_WORDS[kind.kind][2])


def _list(call: FinanceCall, kind: PaymentKind) -> Answer:
    return payment_views.list_answer(call, kind, kind.resources)


def _offers(kind: PaymentKind) -> tuple[Offer, ...]:
    def of_kind(handler: Callable[[FinanceCall, PaymentKind], Answer]) -> Callable[[FinanceCall], Answer]:
        return lambda call: handler(call, kind)

    path = f"/{kind.resources}"
    return (
        offer("POST", path, of_kind(_create), scope=f"{kind.resources}.CREATE"),
        offer("GET", path, of_kind(_list), scope=f"{kind.resources}.READ"),
        offer("GET", f"{path}/{{payment_id}}", of_kind(_get), scope=f"{kind.resources}.READ"),
        offer("PUT", f"{path}/{{payment_id}}", of_kind(_change), scope=f"{kind.resources}.UPDATE"),
        offer("DELETE", f"{path}/{{payment_id}}", of_kind(_remove), scope=f"{kind.resources}.DELETE"),
    )


OFFERS = _offers(RECEIVED)
VENDOR_OFFERS = _offers(MADE)
