"""Authentication: who calls, and which hub; the one thing every route of API and pages depends on.

Programs carry a bearer token. A browser carries a signed cookie that holds nothing but the id of the token its
reader signed in with. Either way the person is looked up again for each request, and nobody else gets in.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection
from itsdangerous import BadSignature, URLSafeTimedSerializer

from tsunagi.app.access.faces import ROUTES, admit
from tsunagi.app.access.tokens import person_of_token, person_with_token
from tsunagi.domain.directory import Person
from tsunagi.errors import PermissionDenied
from tsunagi.http.drafts import Drafts
from tsunagi.http.errors import NotSignedIn, TooManyTries
from tsunagi.hub import Hub
from tsunagi.text import Text

TRIES = 10
WINDOW = timedelta(minutes=1)
# Addresses remembered at most, so that trying from many of them fills no memory.
_ADDRESSES = 10_000


class WrongTokens:
    """Wrong tokens by the address they came from, kept by this process alone."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Raises TooManyTries, before a token is even looked up: right or wrong, the answer reveals nothing."""
        with self._lock:
            tries = self._recent(address)
            if len(tries) < TRIES:
                return
            wait = (tries[0] + WINDOW - self._now()).total_seconds()
        raise TooManyTries(
            Text(en="Too many wrong tokens came from this address.", ja="このアドレスから誤ったトークンが続きました。"),
            hint=Text(
                en=f"Wait {wait:.0f} seconds, then try again.", ja=f"{wait:.0f} 秒待ってから再試行してください。"
            ),
            retry_after=wait,
        )

    def add(self, address: str) -> None:
        with self._lock:
            tries = self._recent(address)
            tries.append(self._now())
            self._tries[address] = tries
            self._tries.move_to_end(address)
            while len(self._tries) > _ADDRESSES:
                self._tries.popitem(last=False)

    def _recent(self, address: str) -> deque[datetime]:
        tries = self._tries.get(address, deque())
        while tries and tries[0] + WINDOW <= self._now():
            tries.popleft()
        return tries


SESSION = "tsunagi_session"
SESSION_SECONDS = 14 * 24 * 3600
_PROGRAMS = ("/api/", "/metrics")


@dataclass(frozen=True, slots=True)
class ServerState:
    """What all requests share. `nudge` tells the worker that notifications have arrived."""

    hub: Hub
    nudge: Callable[[], None]
    sessions: URLSafeTimedSerializer
    wrong_tokens: WrongTokens
    drafts: Drafts


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and the hub they call."""

    hub: Hub
    person: Person


def sessions(key: bytes) -> URLSafeTimedSerializer:
    """What signs the cookies of readers, with a key only this installation has."""
    return URLSafeTimedSerializer(key, salt="session")


def server_state(connection: HTTPConnection) -> ServerState:
    found: ServerState = connection.app.state.server
    return found


def authenticate(connection: HTTPConnection) -> Caller:
    """Raises NotSignedIn; PermissionDenied for somebody who may not even look."""
    hub = server_state(connection).hub
    by_token = connection.url.path.startswith(_PROGRAMS)
    person = _program(connection) if by_token else _reader(connection)
    name = route_name(connection.scope.get("endpoint"))
    admit(hub.context, person, ROUTES.get(name), name)
    connection.state.person = person
    return Caller(hub, person)


def route_name(endpoint: object) -> str:
    """A route as the table of permissions names it: its module below this package, and its function."""
    module = str(getattr(endpoint, "__module__", "")).removeprefix("tsunagi.http.")
    return f"{module}:{getattr(endpoint, '__name__', '')}"


def may_read_metrics(connection: HTTPConnection) -> None:
    """Raises as `authenticate`, unless the setting opens them to everybody."""
    if not server_state(connection).hub.settings.metrics_open:
        authenticate(connection)


def may_read_description(connection: HTTPConnection) -> None:
    """Raises as `authenticate`, unless the setting opens the API's description to everybody."""
    if not server_state(connection).hub.settings.description_open:
        authenticate(connection)


def address_of(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


def reader(connection: HTTPConnection) -> Person | None:
    """Who reads this page; None for somebody who has not signed in."""
    known: Person | None = getattr(connection.state, "person", None)
    if known is not None:
        return known
    try:
        return _reader(connection)
    except NotSignedIn:
        return None


def _program(connection: HTTPConnection) -> Person:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn(
            Text(en="Who is asking? No token was sent.", ja="トークンがありません。"),
            hint=Text(
                en="Send 'Authorization: Bearer TOKEN'. An administrator makes one: tsunagi tokens create --user EMAIL",
                ja="「Authorization: Bearer トークン」を付けてください。"
                "作成は管理者が行います: tsunagi tokens create --user メールアドレス",
            ),
        )
    state, address = server_state(connection), address_of(connection)
    state.wrong_tokens.check(address)
    try:
        return _known(lambda: person_with_token(state.hub.context, token.strip()))
    except NotSignedIn:
        state.wrong_tokens.add(address)
        raise


def _reader(connection: HTTPConnection) -> Person:
    cookie = connection.cookies.get(SESSION, "")
    try:
        token = server_state(connection).sessions.loads(cookie, max_age=SESSION_SECONDS)
    except BadSignature:
        raise NotSignedIn(Text(en="Sign in first.", ja="サインインしてください。")) from None
    return _known(lambda: person_of_token(server_state(connection).hub.context, str(token)))


def _known(look_up: Callable[[], Person]) -> Person:
    try:
        return look_up()
    except PermissionDenied as error:
        raise NotSignedIn(error.message, hint=error.hint) from error


SignedIn = Annotated[Caller, Depends(authenticate)]
AnyCaller = Annotated[ServerState, Depends(server_state)]
