"""What a reader does with documents: fetch them now, mail one to its customer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tsunagi.app.access.permissions import require_document
from tsunagi.app.documents import mailing, refreshing
from tsunagi.app.sync import workflows
from tsunagi.app.views import records
from tsunagi.domain.documents import Mail
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError, PermissionDenied, TsunagiError
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import InvalidInput, NotHere, status_of
from tsunagi.http.web.rendering import HOME, page, with_parameter, within
from tsunagi.hub import Hub
from tsunagi.store.sync_runs import SyncRun
from tsunagi.text import Text
from tsunagi.translation import gettext as _

router = APIRouter()

_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as somebody writes it; `to` and `cc` hold addresses with commas between them."""

    to: str = ""
    cc: str = ""
    subject: str = ""
    body: str = ""

    def mail(self) -> Mail:
        """Raises InvalidInput naming what is no address."""
        return Mail(_addresses(self.to), " ".join(self.subject.split()), self.body.strip(), _addresses(self.cc))


@router.post("/documents/refresh")
def refresh(
    caller: SignedIn,
    to: Annotated[str, Form(max_length=2000)] = HOME,
    record: Annotated[str, Form(max_length=300)] = "",
) -> RedirectResponse:
    """`record` names the one whose page this is."""
    run = refreshing.refresh(caller.hub.context, caller.hub.jobs, caller.person, record=_ref(record))
    return RedirectResponse(with_parameter(within(to), "run", run.id), 303)


@router.get("/documents/{service}/{entity}/{id}/pdf")
def read_pdf(caller: SignedIn, service: str, entity: str, id: str, download: bool = False) -> Response:
    """Shown by the browser, or downloaded under the name its service gives it."""
    printed = mailing.print_document(caller.hub.context, caller.person, RecordRef(service, entity, id))
    how = "attachment" if download else "inline"
    # The service names the file; a header holds ASCII alone.
    name = quote(PurePath(printed.name).name, safe="")
    return Response(
        printed.content,
        media_type="application/pdf",
        headers={"Content-Disposition": f"{how}; filename*=UTF-8''{name}"},
    )


@router.get("/documents/{service}/{entity}/{id}/mail")
def show_form(
    request: Request,
    caller: SignedIn,
    service: str,
    entity: str,
    id: str,
    to: str = HOME,
    sent: bool = False,
    recipients: bool = False,
) -> HTMLResponse:
    """The service is asked for its recipients once the page is there, or where somebody wants to see them."""
    ref = RecordRef(service, entity, id)
    if not recipients:
        return _form(request, caller, ref, to, Letter(), sent=sent)
    try:
        known = mailing.recipients_of(caller.hub.context, caller.person, ref)
    except PermissionDenied:
        raise
    except TsunagiError as error:
        return _form(request, caller, ref, to, Letter(), unknown=error.message)
    return _form(request, caller, ref, to, Letter(), known=known)


@router.post("/documents/{service}/{entity}/{id}/mail")
def send(
    request: Request,
    caller: SignedIn,
    service: str,
    entity: str,
    id: str,
    recipients: Annotated[str, Form(max_length=2000)] = "",
    cc: Annotated[str, Form(max_length=2000)] = "",
    subject: Annotated[str, Form(max_length=500)] = "",
    body: Annotated[str, Form(max_length=20_000)] = "",
    to: Annotated[str, Form(max_length=2000)] = HOME,
) -> Response:
    letter = Letter(recipients, cc, subject, body)
    ref = RecordRef(service, entity, id)
    try:
        mailing.email_document(caller.hub.context, caller.hub.settings, caller.person, ref, letter.mail())
    except PermissionDenied:
        raise
    except TsunagiError as error:
        return _form(request, caller, ref, to, letter, error=error)
    return RedirectResponse(with_parameter(f"{request.url.path}?sent=true", "to", within(to)), 303)


def fetching(hub: Hub, run: str) -> SyncRun | None:
    """The run that fetches documents now, if there is one of this id."""
    try:
        return workflows.sync_run(hub.context, run) if run else None
    except ConfigError:
        return None


def changed_in(run: SyncRun) -> int:
    found = [count.get("changed", 0) for count in run.counts.values() if isinstance(count, Mapping)]
    return sum(number for number in found if isinstance(number, int))


def _form(
    request: Request,
    caller: Caller,
    ref: RecordRef,
    to: str,
    letter: Letter,
    *,
    error: TsunagiError | None = None,
    sent: bool = False,
    known: Sequence[str] | None = None,
    unknown: Text | None = None,
) -> HTMLResponse:
    hub = caller.hub
    require_document(hub.context, caller.person, ref, "email")
    number = records.titles(hub.context, [ref], caller.person).get(ref)
    if number is None:
        raise NotHere(Text(en="There is no such document.", ja="この書類はありません。"))
    return page(
        request,
        hub,
        "mail.html",
        status=200 if error is None else status_of(error),
        ref=ref,
        number=number,
        kind=hub.registry.entity(ref.service, ref.entity),
        letter=letter,
        error=error,
        sent=sent,
        known=known,
        unknown=unknown,
        to=within(to),
        about=_whose_page(caller, within(to)),
        mailings=mailing.mailings_of(hub.context, ref, actor=caller.person),
        states={
            "sending": (_("Being sent"), "primary"),
            "sent": (_("Sent"), "success"),
            "failed": (_("Failed"), "danger"),
            "unknown": (_("Not known"), "warning"),
        },
    )


def _whose_page(caller: Caller, address: str) -> str:
    """The name of the record whose page this is, "" for another page."""
    kind, _slash, id = address.partition("?")[0].removeprefix("/").partition("s/")
    ref = RecordRef(caller.hub.registry.crm_service(), kind, id) if kind and id else None
    return records.titles(caller.hub.context, [ref], caller.person).get(ref, "") if ref else ""


def _ref(text: str) -> RecordRef | None:
    try:
        return RecordRef.parse(text) if text else None
    except ValueError:
        raise InvalidInput(Text(en="There is no such record.", ja="このデータはありません。")) from None


def _addresses(text: str) -> tuple[str, ...]:
    given = tuple(part for part in re.split(r"[,;\s、]+", text) if part)
    wrong = next((part for part in given if not _ADDRESS.fullmatch(part)), None)
    if wrong is not None:
        raise InvalidInput(
            Text(en=f"'{wrong}' is no e-mail address.", ja=f"「{wrong}」はメールアドレスではありません。")
        )
    return given
