"""Tokens for API and pages: made for a CRM user, shown once, kept as a hash."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import person_named, require_administrator
from tsunagi.app.context import Context
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError, PermissionDenied
from tsunagi.store.people import ApiToken, ApiTokens, People
from tsunagi.text import Text

PREFIX = "tsunagi_"
# How exactly it is kept when a token was used last: a commit for each request would cost more than the request.
_USED_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made. `text` is the only time it is seen."""

    token: ApiToken
    text: str


def create_token(context: Context, actor: Person | None, email: str, *, label: str = "") -> NewToken:
    """Make a token for a CRM user; administrators only. Raises ConfigError for an unknown or deactivated user."""
    require_administrator(context, actor, "tokens:create")
    person = person_named(context, email, refresh=True)
    if not person.active:
        raise ConfigError(
            Text(en=f"The user {person.email} is deactivated.", ja=f"利用者 {person.email} は無効化されています。")
        )
    # Long and random: a plain hash keeps it as well as a slow one would.
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        digest=digest(text), id=secrets.token_hex(6), email=person.email, label=label, created_at=context.now()
    )
    with context.store.write() as session:
        ApiTokens(session).add(token)
        note(context, session, actor, "tokens:create", person.email, token=token.id, label=label)
    return NewToken(token, text)


SIGN_IN = "sign in"


def person_with_token(context: Context, text: str) -> Person:
    """Who signs in with this token. Raises PermissionDenied, alike for unknown, revoked and malformed ones."""
    return _person(context, sign_in(context, text))


def person_of_token(context: Context, id: str) -> Person:
    """Who signed in with the token of this id earlier. Raises PermissionDenied once it is revoked."""
    with context.store.read() as session:
        token = ApiTokens(session).live_id(id)
    return _person(context, token)


def sign_in(context: Context, text: str) -> ApiToken:
    """The live token of this text. Raises PermissionDenied."""
    with context.store.read() as session:
        token = ApiTokens(session).live(digest(text))
    if token is None:
        raise _refused()
    return token


def _person(context: Context, token: ApiToken | None) -> Person:
    """From what was last read of the CRM: no request waits for it. Raises PermissionDenied."""
    if token is None:
        raise _refused()
    with context.store.read() as session:
        person = People(session).by_email(token.email)
    if person is None or not person.active:
        raise PermissionDenied(
            Text(en=f"The CRM has no active user {token.email}.", ja=f"CRM に有効な利用者 {token.email} はいません。"),
            who=token.email,
            what=SIGN_IN,
        )
    now = context.now()
    if token.used_at is None or now - token.used_at > _USED_WITHIN:
        with context.store.write(lasting=False) as session:
            ApiTokens(session).used(token.id, now)
    return person


def _refused() -> PermissionDenied:
    return PermissionDenied(
        Text(en="This token is not valid.", ja="このトークンは無効です。"),
        who="",
        what=SIGN_IN,
        hint=Text(
            en="An administrator makes a new one: tsunagi tokens create --user EMAIL",
            ja="管理者に依頼して作成してください: tsunagi tokens create --user メールアドレス",
        ),
    )


def list_tokens(context: Context, actor: Person | None) -> list[ApiToken]:
    """Every token ever made, the latest first; administrators only."""
    require_administrator(context, actor, "tokens:list")
    with context.store.read() as session:
        return ApiTokens(session).all()


def anybody_may_sign_in(context: Context) -> bool:
    """Was a token ever made?"""
    with context.store.read() as session:
        return bool(ApiTokens(session).all())


def revoke_token(context: Context, actor: Person | None, id: str) -> None:
    """End a token at once; administrators only. Raises ConfigError where there is no live token of this id."""
    require_administrator(context, actor, "tokens:revoke")
    with context.store.write() as session:
        revoked = ApiTokens(session).revoke(id, context.now())
        if revoked:
            note(context, session, actor, "tokens:revoke", id)
    if not revoked:
        raise ConfigError(Text(en=f"There is no live token '{id}'.", ja=f"有効なトークン「{id}」はありません。"))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
