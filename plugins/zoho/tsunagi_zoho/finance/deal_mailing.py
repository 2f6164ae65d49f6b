"""The rule action that mails a document: the deal's own, or the one an event happened to. Each once, ever."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tsunagi import (
    MAIL_VERB,
    Action,
    ActionCall,
    ActionContext,
    Document,
    Fields,
    Mailing,
    OutsideWrite,
    RecordRef,
    RecordUnusable,
    Text,
)
from tsunagi_zoho.finance.deal_documents import OVER, deal_of
from tsunagi_zoho.finance.kinds import Kind

_NAMES = {
    "invoice": ("invoice", "請求書"),
    "estimate": ("estimate", "見積書"),
    "sales_order": ("sales order", "受注書"),
    "purchase_order": ("purchase order", "発注書"),
}


class MailingOfDeal(BaseModel):
    """Whom a document is mailed to: one address or several; where `to` is left out, whom the service proposes.

    `subject` and `body` are as the service words them where they are left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: Annotated[
        tuple[str, ...] | None,
        Text(
            "One address or several; left out, whom the service proposes",
            "宛先（複数可）。省略するとサービスが提案する宛先",
        ),
    ] = None
    cc: Annotated[tuple[str, ...], Text("Who gets a copy", "CC の宛先")] = ()
    subject: Annotated[
        str, Text("Its subject; left out, as the service words it", "件名。省略するとサービスの文面")
    ] = Field(default="", max_length=1000)
    body: Annotated[str, Text("Its text; left out, as the service words it", "本文。省略するとサービスの文面")] = Field(
        default="", max_length=5000
    )

    @field_validator("to", "cc", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        """A fact may be one address, several in one text, or blank: then there is nobody."""
        if value is None:
            return ()
        given = value.split(",") if isinstance(value, str) else value
        if not isinstance(given, list | tuple):
            return value
        return tuple(each.strip() for each in given if isinstance(each, str) and each.strip())

    @field_validator("to", "cc")
    @classmethod
    def _addresses(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for each in value or ():
            name, at, host = each.partition("@")
            if not (name and at and "." in host) or any(sign.isspace() or sign in "<>;" for sign in each):
                raise ValueError(f"'{each}' is not an e-mail address")
        return value


def mailing_of_deal(service: str, name: Text, kind: Kind) -> Action:
    """`<service>.<document>.email`; `name` is what people call the service."""
    en, ja = _NAMES[kind.entity]
    return Action(
        name=f"{service}.{kind.entity}.email",
        label=Text(f"E-mail the deal's {en} from {name.en}", f"{name.ja} から商談の{ja}をメールで送信"),
        parameters=MailingOfDeal,
        permission=f"{kind.entity}:email",
        plan=partial(_plan, service, kind.entity),
    )


def _plan(service: str, entity: str, call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """One message for each document that counts and was not mailed yet, those that are still to be made too.

    Raises RecordUnusable where one of them has nobody to be mailed to.
    """
    parameters = call.parameters
    assert isinstance(parameters, MailingOfDeal)
    fields: Fields = {
        "to": parameters.to or (),
        "cc": parameters.cc,
        "subject": parameters.subject,
        "body": parameters.body,
    }
    return tuple(_messages(service, entity, call, context, fields, named=parameters.to is not None))


def _messages(
    service: str, entity: str, call: ActionCall, context: ActionContext, fields: Fields, *, named: bool
) -> Iterator[OutsideWrite]:
    ref = call.event.ref
    if (ref.service, ref.entity) == (service, entity):
        deal = (call.event.after or {}).get("deal")
        relates = deal if isinstance(deal, RecordRef) else None
        if not context.was_mailed(ref):
            _require_reader(service, ref, str((call.event.after or {}).get("number") or ref.id), fields, context, named)
            yield OutsideWrite("perform", service, entity, fields, target=ref, verb=MAIL_VERB, relates=relates)
        return
    relates = deal_of(call, context).ref
    for document in context.documents_of(relates, service, entity):
        if _counts(document) and not context.was_mailed(document.ref):
            _require_reader(service, document.ref, document.number, fields, context, named)
            yield OutsideWrite("perform", service, entity, fields, target=document.ref, verb=MAIL_VERB, relates=relates)
    for planned in context.planned_for(relates, service, entity):
        # Whom the service proposes is known once it is made.
        if named and not fields["to"]:
            raise _nobody(str(relates), Text("the document to come", "作成予定の書類"))
        yield OutsideWrite("perform", service, entity, fields, verb=MAIL_VERB, relates=relates, target_of=planned.key)


def _counts(document: Document) -> bool:
    return document.status not in OVER[document.ref.entity]


def _require_reader(
    service: str, ref: RecordRef, number: str, fields: Fields, context: ActionContext, named: bool
) -> None:
    """Raises RecordUnusable where the rule's fact is blank, or the customer has no address. One call at most."""
    if fields["to"]:
        return
    connector = context.connector(service)
    if named or not isinstance(connector, Mailing) or not connector.addresses(ref):
        raise _nobody(str(ref), Text.same(number))


def _nobody(ref: str, document: Text) -> RecordUnusable:
    return RecordUnusable(
        Text(
            en=f"{document.en} has nobody to be mailed to.",
            ja=f"{document.ja}の送信先メールアドレスがありません。",
        ),
        ref=ref,
        field="to",
        hint=Text(
            "Give the customer, or the contact the rule names, an e-mail address.",
            "顧客、またはルールで指定した連絡先にメールアドレスを登録してください。",
        ),
    )
