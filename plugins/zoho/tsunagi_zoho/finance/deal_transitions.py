"""The rule actions that move the documents of a deal on when the deal is decided.

What people moved on themselves is theirs: it is left as it is. The store may be a moment behind the service, so each
write names the statuses it may start from, and the connector looks again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict

from tsunagi import Action, ActionCall, ActionContext, Document, OutsideWrite, PlannedWrite, RecordRef, Text
from tsunagi_zoho.finance.deal_documents import deal_of

# An estimate nobody has answered: time alone makes one expire.
_UNANSWERED = ("sent", "viewed", "expired")
# The later states, without anybody's action, of an invoice that was made as draft or as sent.
_AS_MADE = {"draft": ("draft",), "sent": ("sent", "viewed", "unpaid", "overdue")}


class AnswerOfDeal(BaseModel):
    """Nothing to choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class VoidingOfDeal(BaseModel):
    """`made_as`: the status in which the rules make invoices; one in another was moved on by somebody and stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    made_as: Annotated[
        Literal["draft", "sent"],
        Text(
            "The status in which the rules make invoices; one that was moved on stays",
            "ルールが請求書を作成する状態。人が進めたものは変更しない",
        ),
    ] = "draft"


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


def _plan_answer(service: str, verb: str, call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """Every estimate of the deal nobody has answered; a draft is marked as sent first, which mails nothing."""
    deal = deal_of(call, context).ref
    known = context.documents_of(deal, service, "estimate")
    estimates = [*map(_Moved.of, known), *map(_Moved.to_be, context.planned_for(deal, service, "estimate"))]
    return tuple(write for estimate in estimates for write in _answers(estimate, verb, deal))


def _answers(estimate: "_Moved", verb: str, deal: RecordRef) -> Iterator[OutsideWrite]:
    if estimate.status == "draft":
        yield estimate.move("sent", ("draft",), deal)
    elif estimate.status not in _UNANSWERED:
        return
    yield estimate.move(verb, _UNANSWERED, deal)


def _plan_voiding(service: str, call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """The deal's invoices nothing was paid of and nobody moved on."""
    parameters = call.parameters
    assert isinstance(parameters, VoidingOfDeal)
    deal = deal_of(call, context).ref
    as_made = _AS_MADE[parameters.made_as]
    unpaid = (each for each in context.documents_of(deal, service, "invoice") if each.balance == each.total)
    invoices = [*map(_Moved.of, unpaid), *map(_Moved.to_be, context.planned_for(deal, service, "invoice"))]
    return tuple(invoice.move("void", as_made, deal) for invoice in invoices if invoice.status in as_made)


@dataclass(frozen=True, slots=True)
class _Moved:
    """A document of the deal: one that is there, or one that an earlier action decided to make (`key`)."""

    service: str
    entity: str
    status: str
    ref: RecordRef | None = None
    key: str = ""

    @classmethod
    def of(cls, document: Document) -> "_Moved":
        return cls(document.ref.service, document.ref.entity, document.status, document.ref)

    @classmethod
    def to_be(cls, planned: PlannedWrite) -> "_Moved":
        write = planned.write
        return cls(write.service, write.entity, str(write.fields.get("status") or "draft"), key=planned.key)

    def move(self, verb: str, start: tuple[str, ...], deal: RecordRef) -> OutsideWrite:
        return OutsideWrite(
            "perform",
            self.service,
            self.entity,
            fields={"from": start},
            target=self.ref,
            verb=verb,
            relates=deal,
            target_of=self.key,
        )
