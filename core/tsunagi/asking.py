"""Who asks, and of which hub: the one thing every route of API and pages depends on.

Programs carry a bearer token. A browser carries a signed cookie that holds nothing but the id of the token its
reader signed in with. Either way who they are is looked up afresh for each request, and nobody else gets in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection
from itsdangerous import BadSignature, URLSafeTimedSerializer

from tsunagi.app.access.permissions import require
from tsunagi.app.access.tokens import person_of_token, person_with_token
from tsunagi.domain.directory import Person
from tsunagi.errors import PermissionDenied
from tsunagi.hub import Hub
from tsunagi.refusals import NotSignedIn
from tsunagi.rules.permissions import VIEW
from tsunagi.text import Text

SESSION = "tsunagi_session"
SESSION_SECONDS = 14 * 24 * 3600
_PROGRAMS = "/api/"


@dataclass(frozen=True, slots=True)
class Serving:
    """The hub that is served, to whomever. `nudge` tells it that notifications have arrived."""

    hub: Hub
    nudge: Callable[[], None]
    sessions: URLSafeTimedSerializer


@dataclass(frozen=True, slots=True)
class Asking:
    """The hub that is asked, and the person who asks it."""

    hub: Hub
    person: Person


def sessions(key: bytes) -> URLSafeTimedSerializer:
    """What signs the cookies of readers, with a key only this installation has."""
    return URLSafeTimedSerializer(key, salt="session")


def serving(connection: HTTPConnection) -> Serving:
    found: Serving = connection.app.state.serving
    return found


def asking(connection: HTTPConnection) -> Asking:
    """Raises NotSignedIn; PermissionDenied for somebody who may not even look."""
    hub = serving(connection).hub
    person = _program(connection) if connection.url.path.startswith(_PROGRAMS) else _reader(connection)
    require(hub.context, person, VIEW)
    connection.state.person = person
    return Asking(hub, person)


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
    return _known(lambda: person_with_token(serving(connection).hub.context, token.strip()))


def _reader(connection: HTTPConnection) -> Person:
    cookie = connection.cookies.get(SESSION, "")
    try:
        token = serving(connection).sessions.loads(cookie, max_age=SESSION_SECONDS)
    except BadSignature:
        raise NotSignedIn(Text(en="Sign in first.", ja="サインインしてください。")) from None
    return _known(lambda: person_of_token(serving(connection).hub.context, str(token)))


def _known(look_up: Callable[[], Person]) -> Person:
    try:
        return look_up()
    except PermissionDenied as error:
        raise NotSignedIn(error.message, hint=error.hint) from error


Asked = Annotated[Asking, Depends(asking)]
Open = Annotated[Serving, Depends(serving)]
