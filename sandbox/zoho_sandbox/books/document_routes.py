"""The operations on documents: the same for every kind, and what only invoices have."""

from __future__ import annotations

from collections.abc import Callable

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import (
    custom_fields,
    document_store,
    document_views,
    document_writes,
    payment_views,
    recurring_invoices,
)
from zoho_sandbox.finance.comments import comment_offers
from zoho_sandbox.finance.document_answers import answer, mail_offers, several_as_pdf, templates_offer
from zoho_sandbox.finance.document_kind import DocumentKind, StatusCall
from zoho_sandbox.finance.document_kinds import (
    BILL,
    CREDIT_NOTE,
    ESTIMATE,
    INVOICE,
    PURCHASE_ORDER,
    RECURRING_INVOICE,
    SALES_ORDER,
)
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.errors import invalid_value
from zoho_sandbox.finance.operations import FinanceCall, Offer, offer, resource_answer, success
from zoho_sandbox.finance.payload import Fields


def _named(call: FinanceCall, kind: DocumentKind) -> Document:
    return document_store.find(call, kind, call.id(kind.id_key))


def _shown(call: FinanceCall, document: Document, message: str, status: int = 200) -> Answer:
    return resource_answer(document.kind.one, document_views.detail(call, document), message, status=status)


def _create(call: FinanceCall, kind: DocumentKind) -> Answer:
    return _shown(call, document_writes.create(call, kind, call.fields), kind.said[0], 201)


def _list(call: FinanceCall, kind: DocumentKind) -> Answer:
    return document_views.list_answer(call, kind)


def _get(call: FinanceCall, kind: DocumentKind) -> Answer:
    return answer(call, _named(call, kind))


def _change(call: FinanceCall, kind: DocumentKind) -> Answer:
    return _shown(call, document_writes.change(call, _named(call, kind)), kind.said[1])


def _upsert(call: FinanceCall, kind: DocumentKind) -> Answer:
    """`PUT /{kind}s`: change the document a custom field names, or make it."""
    document_id = custom_fields.record_named(call, "finance_documents", kind.label, kind.kind)
    if not document_id:
        return _shown(call, document_writes.create(call, kind, call.fields), kind.said[0])
    return _shown(call, document_writes.change(call, document_store.find(call, kind, document_id)), kind.said[1])


def _remove(call: FinanceCall, kind: DocumentKind) -> Answer:
    document_writes.remove(call, _named(call, kind))
    return success(kind.said[2])


def _moved(kind: DocumentKind, wanted: StatusCall) -> Callable[[FinanceCall], Answer]:
    def handler(call: FinanceCall) -> Answer:
        document_writes.move(call, _named(call, kind), wanted.move)
        return success(wanted.message, status=wanted.status)

    return handler


def _of_kind(
    handler: Callable[[FinanceCall, DocumentKind], Answer], kind: DocumentKind
) -> Callable[[FinanceCall], Answer]:
    return lambda call: handler(call, kind)


def _common_offers(kind: DocumentKind, scope: str) -> tuple[Offer, ...]:
    """What every kind of document offers: reading, deleting, its status calls and comments."""
    one = f"/{kind.plural}/{{{kind.id_key}}}"
    return (
        offer("GET", f"/{kind.plural}", _of_kind(_list, kind), scope=f"{scope}.READ"),
        offer("GET", one, _of_kind(_get, kind), scope=f"{scope}.READ"),
        offer("DELETE", one, _of_kind(_remove, kind), scope=f"{scope}.DELETE"),
        *(offer("POST", f"{one}/{each.path}", _moved(kind, each), scope=f"{scope}.CREATE") for each in kind.calls),
        *comment_offers(one, kind.id_key, kind.kind, scope, lambda call: _named(call, kind)),
    )


def offers_of(kind: DocumentKind) -> tuple[Offer, ...]:
    """What a kind of document offers that a request makes and changes as it is declared."""
    all_of, one, scope = f"/{kind.plural}", f"/{kind.plural}/{{{kind.id_key}}}", kind.plural
    return (
        *((templates_offer(kind),) if kind.mailed else ()),
        *((offer("GET", f"{all_of}/pdf", several_as_pdf(kind), scope=f"{scope}.READ"),) if kind.in_bulk else ()),
        offer("POST", all_of, _of_kind(_create, kind), scope=f"{scope}.CREATE"),
        offer("PUT", all_of, _of_kind(_upsert, kind), scope=f"{scope}.UPDATE"),
        offer("PUT", one, _of_kind(_change, kind), scope=f"{scope}.UPDATE"),
        *_common_offers(kind, scope),
        *(mail_offers(kind) if kind.mailed else ()),
    )


def _several(move: str, message: str) -> Callable[[FinanceCall], Answer]:
    """A move of many invoices: all are there, or none is touched."""

    def handler(call: FinanceCall) -> Answer:
        ids = [part.strip() for part in call.query.get("invoice_ids", "").split(",") if part.strip()]
        if not ids:
            raise invalid_value("invoice_ids")
        for invoice in [document_store.find(call, INVOICE, each) for each in dict.fromkeys(ids)]:
            document_writes.move(call, invoice, move)
        return success(message)

    return handler


def _create_profile(call: FinanceCall) -> Answer:
    return _shown(call, recurring_invoices.create(call), RECURRING_INVOICE.said[0], 201)


def _change_profile(call: FinanceCall) -> Answer:
    changed = recurring_invoices.change(call, _named(call, RECURRING_INVOICE))
    return _shown(call, changed, RECURRING_INVOICE.said[1])


def _resume_profile(call: FinanceCall) -> Answer:
    recurring_invoices.resume(call, _named(call, RECURRING_INVOICE))
    return success("The recurring invoice has been resumed.", status=201)


def _list_made_invoices(call: FinanceCall) -> Answer:
    made = recurring_invoices.children(call, _named(call, RECURRING_INVOICE))
    names = ("invoice_id", "invoice_number", "reference_number", "customer_name", "date", "due_date", "total",
             "balance", "status")  # fmt: skip
    shown = [document_views.detail(call, invoice) for invoice in made]
    history = [{**{name: invoice[name] for name in names}, "source": "recurring"} for invoice in shown]
    return success(invoice_history=history)


def _list_payments(call: FinanceCall) -> Answer:
    return success(payments=payment_views.of_invoice(call, _named(call, INVOICE)))


def _from_sales_order(call: FinanceCall) -> Answer:
    """`POST /invoices/fromsalesorder`: a draft invoice of the whole order, which is invoiced from then on."""
    salesorder_id = call.query.get("salesorder_id", "")
    if not salesorder_id.isdigit():
        raise invalid_value("salesorder_id")
    order = document_store.find(call, SALES_ORDER, salesorder_id)
    document_writes.move(call, order, "invoiced")
    body = document_writes.copied(order) | {"salesorder_id": salesorder_id}
    return _shown(call, document_writes.create(call, INVOICE, Fields(body)), INVOICE.said[0], 201)


_PROFILE = "/recurringinvoices/{recurring_invoice_id}"
_RECURRING = (
    offer("POST", "/recurringinvoices", _create_profile, scope="invoices.CREATE"),
    offer("PUT", _PROFILE, _change_profile, scope="invoices.UPDATE"),
    offer("POST", f"{_PROFILE}/status/resume", _resume_profile, scope="invoices.CREATE"),
    offer("GET", f"{_PROFILE}/invoices", _list_made_invoices, scope="invoices.READ"),
    *_common_offers(RECURRING_INVOICE, "invoices"),
)
# Fixed paths come before those with an id in the same place.
_SEVERAL = (
    offer("POST", "/invoices/status/sent", _several("sent", "The invoices have been marked as sent."),
          scope="invoices.CREATE"),
    offer("POST", "/invoices/status/void", _several("void", "The selected invoices have been marked as void."),
          scope="invoices.CREATE"),
)  # fmt: skip
SELLING = (
    *offers_of(ESTIMATE),
    *_SEVERAL,
    *offers_of(INVOICE),
    *offers_of(CREDIT_NOTE),
    *_RECURRING,
    offer("GET", "/invoices/{invoice_id}/payments", _list_payments, scope="invoices.READ"),
)
BUYING = (
    offer("POST", "/invoices/fromsalesorder", _from_sales_order, scope="invoices.CREATE"),
    *offers_of(SALES_ORDER),
    *offers_of(PURCHASE_ORDER),
    *offers_of(BILL),
)
