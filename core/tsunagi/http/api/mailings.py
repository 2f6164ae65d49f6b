"""What can be done with a document: fetch it anew, print it, mail it."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.documents import mailing, refreshing
from tsunagi.app.documents.pdf import print_document
from tsunagi.domain.mail import Mail
from tsunagi.domain.records import RecordRef
from tsunagi.http.api.sync_runs import RunOut, run_out
from tsunagi.http.auth import SignedIn
from tsunagi.store.mailings import Mailing
from tsunagi.translation import say

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


class MailingsOut(BaseModel):
    items: list[MailingOut]


@router.post("/refresh", status_code=202, summary="Fetch new documents now")
def refresh(caller: SignedIn, response: Response, given: RefreshIn) -> RunOut:
    """Reads the documents alone, in the background: follow the run at the address in `Location`."""
    crm = caller.hub.registry.crm_service()
    record = RecordRef(crm, given.record.entity, given.record.id) if given.record else None
    run = refreshing.refresh(caller.hub.context, caller.hub.jobs, caller.person, given.service, record=record)
    response.headers["Location"] = f"/api/sync-runs/{run.id}"
    return run_out(run)


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
    return _mailing(
        mailing.email_document(
            caller.hub.context, caller.hub.settings, caller.person, RecordRef(service, entity, id), mail
        )
    )


@router.get("/{service}/{entity}/{id}/mailings", summary="List a document's messages")
def list_mailings(caller: SignedIn, service: str, entity: str, id: str) -> MailingsOut:
    """The latest first: who sent it to whom, and how it went."""
    found = mailing.mailings_of(caller.hub.context, RecordRef(service, entity, id), actor=caller.person)
    return MailingsOut(items=[_mailing(each) for each in found])


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
