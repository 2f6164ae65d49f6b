"""The rule actions that make a document for a deal: an estimate for it, an invoice that bills it."""

import datetime as dt
from functools import partial
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tsunagi import Action, ActionCall, ActionContext, OutsideWrite, Record, Text, Value
from tsunagi_zoho.finance.deals import customer_of, deal_of, lines_of

# What is void, refused or too old stands in nobody's way: the deal may have another.
_OVER = {"invoice": frozenset({"void"}), "estimate": frozenset({"declined", "expired"})}


class DocumentOfDeal(BaseModel):
    """How a deal is put on a document.

    `lines`: the deal's products, one line at its amount, or whichever there is (`auto`: products first). `status`:
    `sent` marks the document as sent, which mails nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: Literal["products", "amount", "auto"] = "auto"
    status: Literal["draft", "sent"] = "draft"
    notes: str = Field(default="", max_length=5000)
    date: dt.date | None = None


class InvoiceOfDeal(DocumentOfDeal):
    """How a deal is billed.

    `terms_days`: days until payment is due; the customer's own terms where it is left out. `date`: the deal's closing
    date where it is left out.
    """

    terms_days: int | None = Field(default=None, ge=0, le=3650)


class EstimateOfDeal(DocumentOfDeal):
    """How a deal is estimated.

    `valid_days`: days until the estimate expires; never where it is left out. `date`: the day of the event where it is
    left out.
    """

    valid_days: int | None = Field(default=None, ge=0, le=3650)


def invoice_of_deal(service: str, name: Text) -> Action:
    """`<service>.invoice.create`; `name` is what people call the service."""
    return Action(
        name=f"{service}.invoice.create",
        label=Text(f"Create an invoice in {name.en}", f"{name.ja} に請求書を作成"),
        parameters=InvoiceOfDeal,
        permission="invoice:create",
        plan=partial(_plan_invoice, service),
    )


def estimate_of_deal(service: str, name: Text) -> Action:
    """`<service>.estimate.create`."""
    return Action(
        name=f"{service}.estimate.create",
        label=Text(f"Create an estimate in {name.en}", f"{name.ja} に見積書を作成"),
        parameters=EstimateOfDeal,
        permission="estimate:create",
        plan=partial(_plan_estimate, service),
    )


def _plan_invoice(service: str, call: ActionCall, desk: ActionContext) -> tuple[OutsideWrite, ...]:
    """One invoice for a deal, none where an invoice that is not void bills it already.

    Raises RecordUnusable where the deal has no account that is a customer, or nothing to bill.
    """
    parameters = call.parameters
    assert isinstance(parameters, InvoiceOfDeal)
    deal = deal_of(call, desk)
    day = parameters.date or _closing_date(deal) or call.event.at.date()
    own: dict[str, Value] = {"date": day, "terms_days": parameters.terms_days}
    return _plan(service, "invoice", deal, parameters, own, desk)


def _plan_estimate(service: str, call: ActionCall, desk: ActionContext) -> tuple[OutsideWrite, ...]:
    """One estimate for a deal, none where it has one that is neither declined nor expired; raises as for invoices."""
    parameters = call.parameters
    assert isinstance(parameters, EstimateOfDeal)
    day = parameters.date or call.event.at.date()
    valid = parameters.valid_days
    own: dict[str, Value] = {"date": day, "due_date": None if valid is None else day + dt.timedelta(days=valid)}
    return _plan(service, "estimate", deal_of(call, desk), parameters, own, desk)


def _plan(
    service: str, entity: str, deal: Record, parameters: DocumentOfDeal, own: dict[str, Value], desk: ActionContext
) -> tuple[OutsideWrite, ...]:
    if any(document.status not in _OVER[entity] for document in desk.documents_of(deal.ref, service, entity)):
        return ()
    customer = customer_of(service, deal, desk)
    currency, lines, adjustment = lines_of(deal, parameters.lines, desk)
    fields: dict[str, Value] = {
        "customer": customer,
        "deal": deal.ref,
        "currency": currency,
        "lines": lines,
        "adjustment": adjustment or None,
        "status": parameters.status,
        "notes": parameters.notes or None,
        **own,
    }
    said = {field: value for field, value in fields.items() if value is not None}
    return (OutsideWrite("create", service, entity, fields=said, relates=deal.ref),)


def _closing_date(deal: Record) -> dt.date | None:
    date = deal.fields.get("closing_date")
    return date if isinstance(date, dt.date) else None
