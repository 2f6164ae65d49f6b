"""Consent at the vendor's own page: sending somebody there, and going on with connecting when they come back.

What was entered is kept in an encrypted cookie; `state` ties the answer to the browser that sent it (RFC 6749, 10.12),
once: who sends cookie and answer again is refused.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from tsunagi.app.connections import connecting
from tsunagi.http.auth import ServerState, reader, server_state
from tsunagi.http.errors import InvalidInput
from tsunagi.http.web.rendering import page
from tsunagi.hub import Hub
from tsunagi.text import Text

PATH = "/consent"
COOKIE = "tsunagi_consent"
_SECONDS = 15 * 60
# What travels with the settings: whose answer it is, and the code of a set-up link.
_STATE, _SERVICE, _SET_UP, _VERIFIER = "consent.state", "consent.service", "consent.set_up", "consent.verifier"


def ask(request: Request, service: str, values: Mapping[str, str], *, set_up: str = "") -> HTMLResponse:
    """A page with the way to the vendor's. Raises ConfigError for settings that cannot be used."""
    server = server_state(request)
    state = secrets.token_urlsafe(24)
    verifier = secrets.token_urlsafe(48)
    address = connecting.consent_page(server.hub.context, service, values, redirect_uri(request), state, verifier)
    draft = {**values, _STATE: state, _SERVICE: service, _SET_UP: set_up, _VERIFIER: verifier}
    answer = page(request, server.hub, "consent.html", address=address, kind=server.hub.registry.connector(service))
    answer.set_cookie(
        COOKIE,
        server.drafts.seal(reader(request), PATH, draft),
        max_age=_SECONDS,
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


def redirect_uri(request: Request) -> str:
    """Where the vendor sends people back to: it has to be registered with the client there."""
    hub: Hub = server_state(request).hub
    base = hub.settings.public_url or str(request.base_url)
    return base.rstrip("/") + PATH


@dataclass(frozen=True, slots=True)
class Consented:
    """The settings with what consent gave; `set_up` is the code of the set-up link it began with, if any."""

    service: str
    values: dict[str, str]
    set_up: str


def consented(request: Request, *, state: str, code: str, error: str) -> Consented:
    """The settings of a returning person. Raises InvalidInput for an unrequested answer, or a refusal."""
    server = server_state(request)
    draft = _draft(request, server, state)
    if error or not code:
        raise InvalidInput(
            Text(en="Consent was not given.", ja="同意が得られませんでした。"),
            hint=Text(en="Begin again, or enter the value by hand.", ja="やり直すか、値を直接入力してください。"),
        )
    if not _first_time(request, state):
        raise _unrequested()
    service, set_up, verifier = draft.pop(_SERVICE), draft.pop(_SET_UP), draft.pop(_VERIFIER)
    del draft[_STATE]
    values = connecting.with_consent(server.hub.context, service, draft, code, redirect_uri(request), verifier)
    return Consented(service, values, set_up)


def _draft(request: Request, server: ServerState, state: str) -> dict[str, str]:
    draft = server.drafts.open(reader(request), PATH, request.cookies.get(COOKIE, ""))
    if not secrets.compare_digest(draft.get(_STATE, "").encode(), state.encode()):
        raise _unrequested()
    return draft


def _unrequested() -> InvalidInput:
    return InvalidInput(
        Text(
            en="This answer does not belong to a request made here.",
            ja="この応答は、このブラウザーからの要求に対するものではありません。",
        )
    )


def _first_time(request: Request, state: str) -> bool:
    """Whether this state was not answered before; states end with their drafts, so older ones need not be known."""
    used: OrderedDict[str, float] = request.app.state.used_states
    now = time.monotonic()
    while used and next(iter(used.values())) < now - _SECONDS:
        used.popitem(last=False)
    return used.setdefault(state, now) == now
