"""Templates filled in the reader's language, with amounts and dates as that language writes them."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from tsunagi import translation
from tsunagi.app.access.permissions import decide, may_with_document
from tsunagi.app.views import formats
from tsunagi.app.views.document_lists import Asked, seen_document
from tsunagi.app.views.explanations import action_label, event_label, seen_by
from tsunagi.app.views.overview import organization_zone
from tsunagi.domain.directory import Person
from tsunagi.domain.money import Money
from tsunagi.domain.records import Record, RecordRef
from tsunagi.http.auth import reader
from tsunagi.http.csrf import STYLE_NONCE, form_token
from tsunagi.http.errors import InvalidInput
from tsunagi.http.web.navigation import navigation
from tsunagi.http.web.setting_fields import in_labels
from tsunagi.hub import Hub
from tsunagi.text import Text

# The parameter that names a document somebody has just made, for the page it leads to.
MADE = "made"
_NAMES = {"en": "English", "ja": "日本語"}


def page(request: Request, hub: Hub, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The filled template. Beside `context`, templates know `hub`, `request`, `zone`, `person` and what is below."""
    shown = (
        _environment()
        .get_template(template)
        .render(
            **context,
            request=request,
            hub=hub,
            zone=organization_zone(hub.context) or dt.UTC,
            form_token=form_token(request.scope),
            style_nonce=request.scope[STYLE_NONCE],
            person=reader(request),
            language=translation.language(),
        )
    )
    return HTMLResponse(shown, status_code=status)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tsunagi.http.web"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The extension adds this method to the environment.
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext, translation.ngettext, newstyle=True
    )
    environment.filters.update(
        money=formats.money,
        number=formats.number,
        date=formats.date,
        duration=formats.duration,
        say=translation.say,
    )
    environment.globals.update(
        time=formats.time,
        age=formats.age,
        static=static_url,
        same_page=same_page,
        languages=_NAMES,
        service_label=service_label,
        pair_labels=pair_labels,
        record_address=record_address,
        money_of=Money,
        value_text=formats.value,
        rule_titles=rule_titles,
        may=may,
        may_mail=may_mail,
        just_made=just_made,
        seen_by=seen_by,
        navigation=navigation,
        export_page=export_page,
        records_file=records_file,
        person_name=person_name,
        action_label=action_label,
        event_label=event_label,
        in_labels=in_labels,
    )
    return environment


@cache
def static_url(name: str) -> str:
    """A file of the static folder under a name that changes with its content."""
    content = files("tsunagi.http.web").joinpath("static", name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def same_page(request: Request, **changes: str | None) -> str:
    """This page's address with other parameters; None takes one away."""
    changes = {MADE: None, **changes}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changes]
    query = urlencode([*kept, *((name, value) for name, value in changes.items() if value is not None)])
    return f"{request.url.path}?{query}" if query else request.url.path


def may(hub: Hub, person: Person | None, action: str) -> bool:
    """Whether to offer it; the permission is checked again when it is used."""
    return person is not None and decide(hub.context, person, action).allowed


def may_mail(hub: Hub, person: Person | None, document: RecordRef) -> bool:
    return person is not None and may_with_document(hub.context, person, document, "email")


def prints(hub: Hub, kind: str) -> bool:
    """Whether documents of this kind, "service.entity", are there as PDF: they are what is mailed."""
    return "email" in hub.registry.entities[kind].verbs


def just_made(request: Request, hub: Hub, person: Person | None) -> tuple[str, str] | None:
    """The document a form has just led here from, by its kind and number, and where it can be looked at."""
    try:
        ref = RecordRef.parse(request.query_params.get(MADE, ""))
    except ValueError:
        return None
    document = seen_document(hub.context, person, ref) if person is not None else None
    if document is None:
        return None
    kind = hub.registry.entity(ref.service, ref.entity)
    page = "pdf" if prints(hub, kind.key) else "edit"
    address = "/".join(quote(part, safe="") for part in (ref.service, ref.entity, ref.id))
    name = f"{translation.say(kind.label)} {document.number or ref.id}"
    return name, f"/documents/{address}/{page}"


def export_page(request: Request, asked: Asked, format: str) -> str:
    """Where the list that is shown is downloaded as a file."""
    named = {"service": asked.service, "kind": asked.entity, "format": format}
    names = ("search", "status", "currency", "since", "until", "sort")
    kept = {name: request.query_params[name] for name in names if name in request.query_params}
    return f"/documents/export?{urlencode({**named, **kept})}"


def records_file(request: Request, format: str) -> str:
    """Where the list of records that is shown is downloaded as a file."""
    names = ("search", "state", "service", "sort", "columns")
    kept = [(name, value) for name, value in request.query_params.multi_items() if name in names]
    return f"{request.url.path}/export?{urlencode([*kept, ('format', format)])}"


def service_label(hub: Hub, service: str) -> str:
    kind = hub.registry.connectors.get(service)
    return translation.say(kind.label) if kind else service


def pair_labels(hub: Hub, pairs: Iterable[str]) -> list[str]:
    """What is kept in step, as people call it."""
    return [translation.say(hub.registry.pairs[name].label) if name in hub.registry.pairs else name for name in pairs]


def rule_titles(hub: Hub, ids: Iterable[str]) -> list[str]:
    """Rules as their authors call them."""
    known = hub.rules.automations
    return [translation.say(known[id].title) if id in known else id for id in ids]


HOME = "/accounts"
_PAGES = {
    "account": "/accounts",
    "contact": "/contacts",
    "deal": "/deals",
    "vendor": "/vendors",
    "product": "/products",
}


def record_address(ref: RecordRef) -> str:
    """The page of a record of the CRM; empty for one that has none."""
    folder = _PAGES.get(ref.entity, "")
    return f"{folder}/{quote(ref.id, safe='')}" if folder else ""


def within(to: str) -> str:
    """Only a place of this hub: a link must not lead elsewhere by way of it."""
    inside = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()
    return to if inside else HOME


def with_parameter(to: str, name: str, value: str) -> str:
    return f"{to}{'&' if '?' in to else '?'}{name}={quote(value, safe='')}"


_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def person_name(contact: Record) -> str:
    first, last = contact.text("first_name"), contact.text("last_name")
    if first and _EAST_ASIAN.search(last):
        return f"{last} {first}"
    return contact.text("full_name") or " ".join(filter(None, (first, last))) or contact.ref.id


class _LastingFiles(StaticFiles):
    """The addresses carry a digest of the content, see `rendering.static_url`."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200 and scope["query_string"].startswith(b"v="):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def static_files() -> ASGIApp:
    folder: Any = files("tsunagi.http.web").joinpath("static")
    return GZipMiddleware(_LastingFiles(directory=str(folder)), minimum_size=1000)


def entered_day(written: str, name: str = "") -> dt.date | None:
    """A day of a form, None where it is left empty. Raises InvalidInput, with the name of the entry if it has one."""
    if not written.strip():
        return None
    try:
        return dt.date.fromisoformat(written.strip())
    except ValueError:
        entry = f"{name}: " if name else ""
        raise InvalidInput(
            Text(
                en=f"{entry}'{written}' is no day. Write it like 2026-11-24.",
                ja=f"{entry}「{written}」は日付ではありません。2026-11-24 の形で指定してください。",
            )
        ) from None
