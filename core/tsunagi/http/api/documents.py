"""Documents of the finance services in JSON, and why the hub made them."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.documents import mailing, refreshing
from tsunagi.app.documents.mailing import print_document
from tsunagi.app.views.explanations import Explanation, Reading, explain
from tsunagi.app.views.records import PanelRow, PanelView
from tsunagi.domain.documents import Mail, Panel
from tsunagi.domain.records import RecordRef
from tsunagi.http.api.schemas import After, Limit, Listing, MoneyOut, RefOut, money, reference
from tsunagi.http.api.sync_runs import RunOut, run_out
from tsunagi.http.auth import SignedIn
from tsunagi.hub import Hub
from tsunagi.store.document_totals import Totals
from tsunagi.store.mailings import Mailing
from tsunagi.translation import say


class ConditionOut(BaseModel):
    """One condition of a rule with what it saw; texts are in the caller's language."""

    text: str
    verdict: Literal["holds", "does_not", "cannot_tell", ""]
    seen: str | None = None
    reason: str = ""
    place: str = Field(default="", description="file:line:column of the rule")
    parts: list["ConditionOut"] = []
    origin: str = Field(default="", description="the record the value is of, as service:entity:id")
    known_at: dt.datetime | None = Field(default=None, description="when it had that value, as far as the hub knew")


class WhyOut(BaseModel):
    """Which rule made a document, for which record, when, and on what grounds."""

    rule: str
    title: str
    action: str
    event: str
    relates: RefOut | None
    at: dt.datetime | None
    conditions: list[ConditionOut]
    remarks: list[str] = []


class StatusOut(BaseModel):
    code: str
    label: str


class DocumentOut(BaseModel):
    """One document; the `base_*` amounts are in the organisation's own currency, at the document's own rate."""

    id: str
    number: str
    status: StatusOut
    date: dt.date | None
    due_date: dt.date | None
    total: MoneyOut
    balance: MoneyOut
    base_total: MoneyOut
    base_balance: MoneyOut
    deal: RefOut | None
    reference: str
    why: WhyOut | None = Field(description="null for a document people made in the service")


class TotalsOut(BaseModel):
    """Sums over the documents of one currency."""

    count: int
    total: MoneyOut
    balance: MoneyOut
    base_total: MoneyOut
    base_balance: MoneyOut


class PanelOut(BaseModel):
    """One kind of document of one service, as the account's page shows it."""

    service: str
    name: str
    label: str
    count: int
    totals: list[TotalsOut] = Field(description="of issued documents; void ones count for nothing")
    drafts: list[TotalsOut] = Field(description="sums of drafts, which are in no total")
    as_of: dt.datetime | None = Field(description="when the service was last asked for these")
    documents: Listing[DocumentOut]


def panel(hub: Hub, view: PanelView) -> PanelOut:
    return PanelOut(
        service=view.panel.service,
        name=view.panel.name,
        label=say(view.panel.label),
        count=view.count,
        totals=[totals_out(totals) for totals in view.totals],
        drafts=[totals_out(totals) for totals in view.drafts],
        as_of=view.as_of,
        documents=Listing(items=_documents(hub, view.panel, view.rows), next=view.next),
    )


def _documents(hub: Hub, panel: Panel, rows: Sequence[PanelRow]) -> list[DocumentOut]:
    return [_document(hub, panel, row) for row in rows]


def _document(hub: Hub, panel: Panel, row: PanelRow) -> DocumentOut:
    document = row.document
    return DocumentOut(
        id=document.ref.id,
        number=document.number,
        status=StatusOut(code=document.status, label=say(panel.status(document.status).label)),
        date=document.date,
        due_date=document.due_date,
        total=money(document.total),
        balance=money(document.balance),
        base_total=money(document.base_total),
        base_balance=money(document.base_balance),
        deal=reference(document.deal) if document.deal else None,
        reference=document.reference,
        why=_why(explain(hub.context, row.why)) if row.why else None,
    )


def _why(explanation: Explanation) -> WhyOut:
    relates = explanation.relates
    return WhyOut(
        rule=explanation.rule,
        title=explanation.title,
        action=explanation.action,
        event=explanation.event,
        relates=reference(relates, {relates: explanation.relates_title}) if relates else None,
        at=explanation.at,
        conditions=[condition(reading) for reading in explanation.conditions],
        remarks=list(explanation.remarks),
    )


def condition(reading: Reading) -> ConditionOut:
    return ConditionOut(
        text=reading.text,
        verdict=reading.verdict,
        seen=reading.seen,
        reason=reading.reason,
        place=reading.place,
        parts=[condition(part) for part in reading.parts],
        origin=reading.origin,
        known_at=reading.known_at,
    )


def totals_out(totals: Totals) -> TotalsOut:
    return TotalsOut(
        count=totals.count,
        total=money(totals.total),
        balance=money(totals.balance),
        base_total=money(totals.base_total),
        base_balance=money(totals.base_balance),
    )


router = APIRouter(prefix="/documents", tags=["documents"])

Address = Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$", max_length=320)]


class NamedIn(BaseModel):
    """A record of the CRM."""

    model_config = ConfigDict(extra="forbid")

    entity: Literal["account", "contact", "deal"]
    id: str = Field(max_length=100)


class RefreshIn(BaseModel):
    """Whose documents; those of every service that is on when left out."""

    model_config = ConfigDict(extra="forbid")

    service: str | None = Field(default=None, max_length=100)
    record: NamedIn | None = Field(default=None, description="read what the customer of this record owes again, too")


class MailIn(BaseModel):
    """Without `to` the service's own recipients get it; without `subject` and `body` it words them itself."""

    model_config = ConfigDict(extra="forbid")

    to: list[Address] = Field(default=[], max_length=20)
    cc: list[Address] = Field(default=[], max_length=20)
    subject: str = Field(default="", max_length=500, pattern=r"^[^\r\n]*$")
    body: str = Field(default="", max_length=20_000)


class MailingOut(BaseModel):
    """One message; `through` is the service that sent it, or "hub". `unknown`: the answer was lost."""

    id: str
    sender: str
    recipients: list[str]
    subject: str
    through: str
    state: str
    problem: str | None
    at: dt.datetime


@router.post("/refresh", status_code=202, summary="Fetch new documents now")
def refresh(caller: SignedIn, response: Response, given: RefreshIn) -> RunOut:
    """Reads the documents alone, in the background: follow the run at the address in `Location`."""
    crm = caller.hub.registry.crm_service()
    record = RecordRef(crm, given.record.entity, given.record.id) if given.record else None
    run = refreshing.refresh(caller.hub.context, caller.hub.jobs, caller.person, given.service, record=record)
    response.headers["Location"] = f"/api/sync-runs/{run.id}"
    return run_out(run)


class RecipientsOut(BaseModel):
    """Whom the service would send a document to."""

    recipients: list[str]


@router.get("/{service}/{entity}/{id}/recipients", summary="Read whom a document would be mailed to")
def read_recipients(caller: SignedIn, service: str, entity: str, id: str) -> RecipientsOut:
    """Asks the service; nobody where it mails no documents itself."""
    ref = RecordRef(service, entity, id)
    return RecipientsOut(recipients=list(mailing.recipients_of(caller.hub.context, caller.person, ref)))


@router.get(
    "/{service}/{entity}/{id}/pdf",
    summary="Read a document as PDF",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}},
)
def read_pdf(caller: SignedIn, service: str, entity: str, id: str) -> Response:
    printed = print_document(caller.hub.context, caller.person, RecordRef(service, entity, id))
    return Response(printed.content, media_type="application/pdf")


@router.post("/{service}/{entity}/{id}/email", status_code=201, summary="Mail a document to its customer")
def send(caller: SignedIn, service: str, entity: str, id: str, given: MailIn) -> MailingOut:
    """Through its service, or by the hub where the service does not mail."""
    mail = Mail(tuple(given.to), given.subject, given.body, tuple(given.cc))
    ref, hub = RecordRef(service, entity, id), caller.hub
    return _mailing(mailing.email_document(hub.context, hub.settings, caller.person, ref, mail))


@router.get("/{service}/{entity}/{id}/mailings", summary="List a document's messages")
def list_mailings(
    caller: SignedIn, service: str, entity: str, id: str, after: After = None, limit: Limit = 50
) -> Listing[MailingOut]:
    """The latest first: who sent it to whom, and how it went."""
    ref = RecordRef(service, entity, id)
    found = mailing.mailing_page(caller.hub.context, caller.person, ref, after=after, limit=limit)
    return Listing(items=[_mailing(each) for each in found.items], next=found.next)


def _mailing(sent: Mailing) -> MailingOut:
    return MailingOut(
        id=sent.id,
        sender=sent.sender,
        recipients=list(sent.recipients),
        subject=sent.subject,
        through=sent.through,
        state=sent.state,
        problem=say(sent.problem) if sent.problem else None,
        at=sent.at,
    )
