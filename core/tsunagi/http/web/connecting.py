"""Connecting a service by page: credentials or a key, then the organisation, then what does not fit.

Between the steps the form carries what was entered, sealed (`tsunagi.http.drafts`); nothing is stored before the end.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tsunagi.app.access.permissions import require_administrator
from tsunagi.app.connections import connecting, keys, organizations
from tsunagi.app.connections.compatibility import Incompatible
from tsunagi.app.connections.connecting import OrganizationUnclear
from tsunagi.domain.compatibility import Finding
from tsunagi.domain.connector import ConnectorType, NewOrganization, Organization
from tsunagi.errors import TsunagiError
from tsunagi.http.auth import Caller, SignedIn, authenticate, server_state
from tsunagi.http.drafts import Drafts
from tsunagi.http.errors import status_of
from tsunagi.http.web import signing_in
from tsunagi.http.web.consent import COOKIE, ask, consented, redirect_uri
from tsunagi.http.web.consent import PATH as CONSENT
from tsunagi.http.web.rendering import page, with_parameter
from tsunagi.http.web.setting_fields import EnteredForm, entered_settings, setting_fields

router = APIRouter(prefix="/services/{service}")
# People who set an installation up come back before they can sign in.
open_router = APIRouter()

SERVICES = "/services"
_Text = Annotated[str, Form(max_length=2000)]


@router.get("/connect")
def show_form(request: Request, caller: SignedIn, service: str) -> HTMLResponse:
    require_administrator(caller.hub.context, caller.person, f"connect {service}")
    return _form(request, caller, _kind(caller, service))


@router.post("/connect")
def connect(request: Request, caller: SignedIn, service: str, form: EnteredForm) -> Response:
    """With credentials of one's own, or consent where the secret is left out; several organisations are chosen from."""
    kind = _kind(caller, service)
    values = entered_settings(kind.settings, form)
    if kind.consent is None or kind.consent.fills in values:
        return _try(request, caller, kind, values)
    require_administrator(caller.hub.context, caller.person, f"connect {service}")
    try:
        return ask(request, service, values)
    except TsunagiError as error:
        return _form(request, caller, kind, values, error=error)


@open_router.get(CONSENT)
def come_back(
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=2000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """From the vendor's page, to where connecting goes on."""
    found = consented(request, state=state, code=code, error=error)
    if found.set_up:
        answer = signing_in.finish_set_up(request, server_state(request), found.set_up, found.values)
    else:
        caller = authenticate(request)
        answer = _try(request, caller, _kind(caller, found.service), found.values)
    # The code was used: coming back a second time is no way in.
    answer.delete_cookie(COOKIE, path=CONSENT)
    return answer


@router.post("/organization")
def choose(
    request: Request, caller: SignedIn, service: str, draft: Annotated[str, Form(max_length=20_000)], chosen: _Text = ""
) -> Response:
    kind = _kind(caller, service)
    return _try(request, caller, kind, _drafts(request).open(caller.person, service, draft), chosen)


@router.post("/new-organization")
def create(
    request: Request,
    caller: SignedIn,
    service: str,
    draft: Annotated[str, Form(max_length=20_000)],
    name: _Text = "",
    country: _Text = "",
    currency: _Text = "",
    time_zone: _Text = "",
) -> Response:
    """An organisation of its own where there is none, or none of those that are there is meant."""
    kind = _kind(caller, service)
    values = _drafts(request).open(caller.person, service, draft)
    new = NewOrganization(name.strip(), country.strip(), currency.strip().upper(), time_zone.strip())
    (settled,) = organizations.provision(caller.hub.context, caller.person, {service: values}, new=new)
    if settled.connection is not None:
        return _connected(service)
    tried = settled.draft or connecting.draft_connection(caller.hub.context, kind, values)
    return _choice(request, caller, tried, values, settled)


@router.post("/key")
def connect_with_key(request: Request, caller: SignedIn, service: str, issuer: _Text = "", key: _Text = "") -> Response:
    """Another user's organisation, with the key they issued and their e-mail address."""
    kind = _kind(caller, service)
    try:
        keys.connect_with_key(caller.hub.context, caller.person, service, issuer, key)
    except Incompatible as error:
        return _form(request, caller, kind, error=error, findings=error.findings, issuer=issuer)
    except TsunagiError as error:
        return _form(request, caller, kind, error=error, issuer=issuer)
    return _connected(service)


def _try(
    request: Request, caller: Caller, kind: ConnectorType, values: Mapping[str, str], chosen: str = ""
) -> Response:
    """Connect with a single probe: the page that offers several organisations is made from it too."""
    context = caller.hub.context
    try:
        draft = connecting.try_connection(
            context, kind.service, values, organization_id=chosen or None, actor=caller.person
        )
    except TsunagiError as error:
        return _form(request, caller, kind, values, error=error)
    try:
        connecting.connect_draft(context, draft, organization_id=chosen or None, actor=caller.person)
    except OrganizationUnclear as error:
        return _choice(request, caller, draft, values, error if chosen or not error.reached else None)
    except Incompatible as error:
        return _form(request, caller, kind, values, error=error, findings=error.findings)
    except TsunagiError as error:
        return _form(request, caller, kind, values, error=error)
    return _connected(kind.service)


def _form(
    request: Request,
    caller: Caller,
    kind: ConnectorType,
    values: Mapping[str, str] | None = None,
    *,
    error: TsunagiError | None = None,
    findings: Sequence[Finding] = (),
    issuer: str = "",
) -> HTMLResponse:
    return page(
        request,
        caller.hub,
        "connect.html",
        status=status_of(error) if error else 200,
        kind=kind,
        fields=setting_fields(kind.settings, values, kind.consent),
        redirect_uri=redirect_uri(request),
        error=error,
        findings=findings,
        issuer=issuer,
        connected=next((each for each in caller.hub.connectors.all() if each.service == kind.service), None),
    )


def _choice(
    request: Request,
    caller: Caller,
    tried: connecting.Draft,
    values: Mapping[str, str],
    problem: TsunagiError | organizations.Provisioned | None,
) -> HTMLResponse:
    """Which of the organisations that are reached, or a new one. `problem` has a message and maybe a hint."""
    kind = _kind(caller, tried.service)
    return page(
        request,
        caller.hub,
        "choose_organization.html",
        status=409 if problem else 200,
        kind=kind,
        reached=tried.reached,
        previews={each.id: _preview(caller, tried, each) for each in tried.reached},
        draft=_drafts(request).seal(caller.person, kind.service, values),
        problem=problem,
        # The organisations are there to choose from: the hint names an option of the command line.
        hint=None if problem is None or isinstance(problem, OrganizationUnclear) else problem.hint,
    )


def _preview(caller: Caller, tried: connecting.Draft, organization: Organization) -> Sequence[Finding]:
    """What connecting this one would find; nothing where that cannot be checked: connecting checks again."""
    try:
        return connecting.preview(caller.hub.context, caller.person, tried, organization_id=organization.id)
    except TsunagiError:
        return ()


def _connected(service: str) -> RedirectResponse:
    return RedirectResponse(with_parameter(SERVICES, "connected", service), 303)


def _kind(caller: Caller, service: str) -> ConnectorType:
    return caller.hub.registry.connector(service)


def _drafts(request: Request) -> Drafts:
    return server_state(request).drafts
