"""The rule actions that move the documents of a deal on when the deal is decided.

What people moved on themselves is theirs: it is left as it is. The store may be a moment behind the service, so each
write names the statuses it may start from, and the connector looks again.
"""

from collections.abc import Iterator
from functools import partial
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tsunagi import Action, ActionCall, ActionContext, Document, OutsideWrite, RecordRef, Text
from tsunagi_zoho.finance.deals import deal_of

# An estimate nobody has answered: time alone makes one expire.
_UNANSWERED = ("sent", "viewed", "expired")
# What becomes, by itself or by being looked at, of an invoice that was made as draft or as sent.
_AS_MADE = {"draft": ("draft",), "sent": ("sent", "viewed", "unpaid", "overdue")}


class AnswerOfDeal(BaseModel):
    """Nothing to choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class VoidingOfDeal(BaseModel):
    """`made_as`: the status in which the rules make invoices; one in another was moved on by somebody and stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    made_as: Literal["draft", "sent"] = "draft"


def acceptance_of_deal(service: str, name: Text) -> Action:
    """`<service>.estimate.accept`; `name` is what people call the service."""
    label = Text(f"Mark the deal's estimates in {name.en} as accepted", f"{name.ja} の商談の見積書を承諾済みにする")
    return _answer(service, "accept", "accepted", label)


def refusal_of_deal(service: str, name: Text) -> Action:
    """`<service>.estimate.decline`."""
    label = Text(f"Mark the deal's estimates in {name.en} as declined", f"{name.ja} の商談の見積書を辞退にする")
    return _answer(service, "decline", "declined", label)


def voiding_of_deal(service: str, name: Text) -> Action:
    """`<service>.invoice.void`."""
    return Action(
        name=f"{service}.invoice.void",
        label=Text(f"Void the deal's invoices in {name.en}", f"{name.ja} の商談の請求書を無効にする"),
        parameters=VoidingOfDeal,
        permission="invoice:edit",
        plan=partial(_plan_voiding, service),
    )


def _answer(service: str, name: str, verb: str, label: Text) -> Action:
    return Action(
        name=f"{service}.estimate.{name}",
        label=label,
        parameters=AnswerOfDeal,
        permission="estimate:edit",
        plan=partial(_plan_answer, service, verb),
    )


def _plan_answer(service: str, verb: str, call: ActionCall, desk: ActionContext) -> tuple[OutsideWrite, ...]:
    """Every estimate of the deal nobody has answered; a draft is marked as sent first, which mails nothing."""
    deal = deal_of(call, desk).ref
    estimates = desk.documents_of(deal, service, "estimate")
    return tuple(write for estimate in estimates for write in _answers(estimate, verb, deal))


def _answers(estimate: Document, verb: str, deal: RecordRef) -> Iterator[OutsideWrite]:
    if estimate.status == "draft":
        yield _move(estimate, "sent", ("draft",), deal)
    elif estimate.status not in _UNANSWERED:
        return
    yield _move(estimate, verb, _UNANSWERED, deal)


def _plan_voiding(service: str, call: ActionCall, desk: ActionContext) -> tuple[OutsideWrite, ...]:
    """The deal's invoices nothing was paid of and nobody moved on."""
    parameters = call.parameters
    assert isinstance(parameters, VoidingOfDeal)
    deal = deal_of(call, desk).ref
    as_made = _AS_MADE[parameters.made_as]
    invoices = desk.documents_of(deal, service, "invoice")
    untouched = (each for each in invoices if each.status in as_made and each.balance == each.total)
    return tuple(_move(invoice, "void", as_made, deal) for invoice in untouched)


def _move(document: Document, verb: str, start: tuple[str, ...], deal: RecordRef) -> OutsideWrite:
    ref = document.ref
    return OutsideWrite("perform", ref.service, ref.entity, fields={"from": start}, target=ref, verb=verb, relates=deal)
