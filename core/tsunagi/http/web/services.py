"""The services page: what is connected and in which state, features, switching off and on, and lending with a key."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tsunagi.app.access.permissions import require_administrator
from tsunagi.app.connections import compatibility, fit, keys, services
from tsunagi.app.connections.connecting import OrganizationUnclear
from tsunagi.app.connections.fit import is_started
from tsunagi.app.connections.services import EVERYTHING, SHARED_BY, EverythingNotConfirmed, FeatureState, NotConfirmed
from tsunagi.domain.compatibility import Finding
from tsunagi.domain.connector import ConnectorType
from tsunagi.domain.rates import LABELS
from tsunagi.errors import TsunagiError
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import status_of
from tsunagi.http.web.rendering import page, service_label
from tsunagi.http.web.setting_fields import EnteredForm, entered_settings, setting_fields
from tsunagi.hub import Hub
from tsunagi.store.connections import Connection
from tsunagi.translation import gettext as _
from tsunagi.translation import say

router = APIRouter(prefix="/services")

_Word = Annotated[str, Form(max_length=100)]


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """A service with a plugin or a connection, and its state."""

    service: str
    label: str
    kind: ConnectorType | None
    connection: Connection | None
    state: tuple[str, str]
    lent_by: str
    prevented_by: tuple[Finding, ...]
    features: tuple[FeatureState, ...]
    awaits_start: bool = False


@router.get("")
def list_services(
    request: Request, caller: SignedIn, connected: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    return page(
        request,
        caller.hub,
        "services.html",
        cards=_cards(caller.hub),
        connected=connected if connected in caller.hub.registry.connectors else "",
    )


@router.post("/{service}/features/{name}")
def set_feature(caller: SignedIn, service: str, name: str, on: Annotated[bool, Form()] = False) -> RedirectResponse:
    services.set_feature(caller.hub.context, caller.person, service, name, on=on)
    return _back()


@router.get("/disable")
def show_everything(request: Request, caller: SignedIn) -> HTMLResponse:
    return _everything(request, caller)


@router.post("/disable")
def disable_everything(request: Request, caller: SignedIn, confirm: _Word = "") -> Response:
    try:
        services.disable_everything(caller.hub.context, caller.person, confirmed=confirm.strip())
    except EverythingNotConfirmed as error:
        return _everything(request, caller, error)
    return _back()


@router.get("/{service}/disable")
def show_consequences(request: Request, caller: SignedIn, service: str) -> HTMLResponse:
    return _consequences(request, caller, service)


@router.post("/{service}/disable")
def disable(
    request: Request,
    caller: SignedIn,
    service: str,
    confirm: _Word = "",
    forget: Annotated[bool, Form()] = False,
) -> Response:
    """`forget` erases all that is kept of it as well."""
    act = services.forget if forget else services.disable
    try:
        act(caller.hub.context, caller.person, service, confirmed=confirm.strip())
    except NotConfirmed as error:
        return _consequences(request, caller, service, error)
    return _back()


@router.post("/{service}/enable")
def enable(caller: SignedIn, service: str) -> RedirectResponse:
    services.enable(caller.hub.context, caller.person, service)
    return _back()


@router.post("/{service}/rates")
def compare_rates(request: Request, caller: SignedIn, service: str) -> HTMLResponse:
    """Both sides are asked now, as a person wanted; the page that leads here asks nobody."""
    found = compatibility.rate_differences(caller.hub.context, service, actor=caller.person)
    return page(request, caller.hub, "rates.html", service=service, rates=found, labels=LABELS)


@router.get("/keys")
def list_keys(request: Request, caller: SignedIn) -> HTMLResponse:
    return _keys(request, caller)


@router.get("/{service}/keys")
def show_key_form(request: Request, caller: SignedIn, service: str) -> HTMLResponse:
    return _keys(request, caller, caller.hub.registry.connector(service))


@router.post("/{service}/keys")
def issue_key(request: Request, caller: SignedIn, service: str, form: EnteredForm) -> HTMLResponse:
    """The key is shown on the answer to this and never again."""
    kind = caller.hub.registry.connector(service)
    values = entered_settings(kind.settings, form)
    try:
        new = keys.issue_key(
            caller.hub.context, service, values, organization_id=str(form.get("organization") or "") or None
        )
    except TsunagiError as error:
        return _keys(request, caller, kind, values=values, error=error)
    return _keys(request, caller, new=new)


@router.get("/{service}/keys/revoke")
def show_revocation(
    request: Request, caller: SignedIn, service: str, issuer: Annotated[str, Query(max_length=320)]
) -> HTMLResponse:
    return _revocation(request, caller, service, issuer)


@router.post("/{service}/keys/revoke")
def revoke_key(
    request: Request,
    caller: SignedIn,
    service: str,
    issuer: Annotated[str, Form(max_length=320)],
    confirm: _Word = "",
) -> Response:
    try:
        keys.revoke_key(caller.hub.context, caller.person, service, issuer, confirmed=confirm.strip())
    except NotConfirmed as error:
        return _revocation(request, caller, service, issuer, error)
    return RedirectResponse("/services/keys", 303)


def _cards(hub: Hub) -> list[ServiceCard]:
    """The CRM first: nothing else can be connected before it."""
    connections = {each.service: each for each in hub.connectors.all()}
    known = sorted(hub.registry.connectors.values(), key=lambda kind: not kind.is_crm)
    names = list(dict.fromkeys([*(kind.service for kind in known), *connections]))
    return [_card(hub, name, connections.get(name)) for name in names]


def _card(hub: Hub, service: str, connection: Connection | None) -> ServiceCard:
    kind = hub.registry.connectors.get(service)
    return ServiceCard(
        service=service,
        label=say(kind.label) if kind else service,
        kind=kind,
        connection=connection,
        state=_state(kind, connection),
        lent_by=str(connection.remembered.get(SHARED_BY, "")) if connection else "",
        prevented_by=fit.prevented_by(connection) if connection else (),
        features=tuple(services.features(hub.context, service)) if connection and kind else (),
        awaits_start=connection is not None and connection.active and not _is_begun(kind, connection),
    )


def _is_begun(kind: ConnectorType | None, connection: Connection) -> bool:
    """The CRM has no first sync of its own, and a service without a plugin none at all."""
    return kind is None or kind.is_crm or is_started(connection)


def _state(kind: ConnectorType | None, connection: Connection | None) -> tuple[str, str]:
    """In a word, and its tone."""
    if connection is None:
        return _("Not connected"), "secondary"
    if kind is None:
        return _("Plugin missing"), "danger"
    if not connection.active:
        return _("Off"), "secondary"
    if fit.prevented_by(connection):
        return _("Read only"), "warning"
    if not _is_begun(kind, connection):
        return _("First sync not started"), "warning"
    return _("Connected"), "success"


def _consequences(request: Request, caller: Caller, service: str, error: NotConfirmed | None = None) -> HTMLResponse:
    return page(
        request,
        caller.hub,
        "disable_service.html",
        status=status_of(error) if error else 200,
        known=[services.consequences(caller.hub.context, service, actor=caller.person)],
        word=service,
        error=error,
        title=_("Switch off {service}").format(service=service_label(caller.hub, service)),
    )


def _everything(request: Request, caller: Caller, error: EverythingNotConfirmed | None = None) -> HTMLResponse:
    return page(
        request,
        caller.hub,
        "disable_service.html",
        status=status_of(error) if error else 200,
        known=services.everything(caller.hub.context, actor=caller.person),
        word=EVERYTHING,
        error=error,
        title=_("Switch every service off"),
    )


def _revocation(
    request: Request, caller: Caller, service: str, issuer: str, error: NotConfirmed | None = None
) -> HTMLResponse:
    return page(
        request,
        caller.hub,
        "revoke_key.html",
        status=status_of(error) if error else 200,
        service=service,
        issuer=issuer,
        ends=keys.revocation(caller.hub.context, caller.person, service, issuer),
        error=error,
    )


def _keys(
    request: Request,
    caller: Caller,
    kind: ConnectorType | None = None,
    *,
    values: dict[str, str] | None = None,
    new: keys.NewKey | None = None,
    error: TsunagiError | None = None,
) -> HTMLResponse:
    require_administrator(caller.hub.context, caller.person, "keys:list")
    return page(
        request,
        caller.hub,
        "keys.html",
        status=status_of(error) if error else 200,
        issued=keys.list_keys(caller.hub.context, caller.person),
        kinds=[each for each in caller.hub.registry.connectors.values() if not each.is_crm],
        kind=kind,
        fields=setting_fields(kind.settings, values) if kind else (),
        new=new,
        error=error,
        # The form has a field for the organisation: the hint names an option of the command line.
        hint=None if error is None or isinstance(error, OrganizationUnclear) else error.hint,
    )


def _back() -> RedirectResponse:
    return RedirectResponse("/services", 303)
