"""OAuth 2.0 at Zoho's accounts server: people consent at its own page, and access tokens come of that.

CONSENT         the authorization code, exchanged for a refresh token (`/oauth/v2/auth`, `/oauth/v2/token`); refusals
                come as HTTP 200 with an `error`
ACCESS TOKENS   made from the refresh token, kept in the secret box, shared by every process
"""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from time import perf_counter
from urllib.parse import urlencode

import httpx2
from pydantic import BaseModel

from tsunagi import (
    ApiCall,
    AuthenticationFailed,
    BrokenAnswer,
    ConnectorContext,
    Consent,
    RateLimited,
    ServiceUnavailable,
    Text,
)
from tsunagi_zoho.answers import Json, decode_body
from tsunagi_zoho.errors import RECONNECT
from tsunagi_zoho.retry_policy import RetryPolicy, unanswered, unavailable
from tsunagi_zoho.settings import ZohoSettings

_PATH = "/oauth/v2/token"
# Renewed this long before it ends, so that no call is made with a token that dies on the way.
_EARLY = timedelta(minutes=2)
_THROTTLED_SECONDS = 60.0
# All attempts together stay within a minute, for others wait for the lock meanwhile.
_MOST_SECONDS = 10.0
_REQUEST = f"POST {_PATH}"
_CHECK_CLIENT = Text(
    en="Check the client id and client secret, and that the client belongs to this data centre.",
    ja="クライアント ID とクライアントシークレット、データセンターが正しいか確認してください。",
)


@dataclass(frozen=True, slots=True)
class ZohoConsent:
    """For one service and the scopes it needs."""

    service: str
    scopes: Sequence[str]

    def declared(self) -> Consent:
        return Consent(fills="refresh_token", url=self.url, exchange=self.exchange)

    def url(self, settings: BaseModel, redirect_uri: str, state: str) -> str:
        assert isinstance(settings, ZohoSettings)
        asked = {
            "response_type": "code",
            "client_id": settings.client_id,
            "scope": ",".join(self.scopes),
            "redirect_uri": redirect_uri,
            # Without these two only the first consent ever gives a refresh token.
            "access_type": "offline",
            "prompt": "consent",
            "state": state,
        }
        return f"{settings.endpoints.accounts}/oauth/v2/auth?{urlencode(asked)}"

    def exchange(self, settings: BaseModel, code: str, redirect_uri: str) -> str:
        """The refresh token. Raises AuthenticationFailed, ServiceUnavailable."""
        assert isinstance(settings, ZohoSettings)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.get_secret_value(),
            "redirect_uri": redirect_uri,
        }
        try:
            answer = httpx2.post(settings.endpoints.accounts + _PATH, data=form, timeout=settings.timeout)
        except httpx2.HTTPError as error:
            # Without its cause: that holds the request, whose body is the secrets.
            raise unanswered(self.service, f"POST {_PATH}", error, harmless=True) from None
        body = decode_body(answer.content) or {}
        token = body.get("refresh_token")
        if not isinstance(token, str) or not token:
            raise _refused(self.service, str(body.get("error") or f"HTTP {answer.status_code}"))
        return token


def _refused(service: str, code: str) -> AuthenticationFailed:
    return AuthenticationFailed(
        Text(
            en=f"{service}: Zoho's accounts server gave no refresh token: {code}",
            ja=f"{service}: Zoho のアカウントサーバーがリフレッシュトークンを発行しません: {code}",
        ),
        service=service,
        code=code,
        hint=Text(
            en="Check client id, client secret and data centre, and that the client lists this redirect address.",
            ja="クライアント ID、シークレット、データセンター、登録済みのリダイレクト先を確認してください。",
        ),
    )


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token with the moment it ends (aware UTC) and the API host it is good for."""

    value: str = field(repr=False)
    expires_at: datetime
    api_url: str


class AccessTokens:
    """The access token of one connection.

    Zoho gives ten access tokens per refresh token in ten minutes: the token lives in the secret box, and only
    one thread of one process renews it while the others wait for what it gets.
    """

    def __init__(
        self,
        context: ConnectorContext,
        *,
        service: str,
        settings: ZohoSettings,
        http: httpx2.Client,
        retry_policy: RetryPolicy,
    ) -> None:
        self._context = context
        self._service = service
        self._settings = settings
        self._http = http
        self._retry_policy = retry_policy
        self._lock = threading.Lock()
        self._known: AccessToken | None = None

    def current(self) -> AccessToken:
        """A token good for a call now. Raises AuthenticationFailed, RateLimited, ServiceUnavailable, BrokenAnswer."""
        known = self._known
        return known if known is not None and self._lasts(known) else self._shared(rejected="")

    def renewed(self, rejected: AccessToken) -> AccessToken:
        """Another token than the one the service rejected: one a colleague made meanwhile, else a new one."""
        return self._shared(rejected=rejected.value)

    def _shared(self, rejected: str) -> AccessToken:
        with self._lock:
            known = self._known
            if known is not None and known.value != rejected and self._lasts(known):
                return known
            self._known = self._stored(rejected) or self._made(rejected)
            return self._known

    def _made(self, rejected: str) -> AccessToken:
        with self._context.secrets.locked("token"):
            stored = self._stored(rejected)
            if stored is not None:
                return stored
            token = self._request()
            self._store(token)
            return token

    def _lasts(self, token: AccessToken) -> bool:
        return token.expires_at - _EARLY > self._context.now()

    def _stored(self, rejected: str) -> AccessToken | None:
        held = self._context.secrets.load()
        # A token made for other credentials is a leftover of an earlier connection.
        if held.get("access_token_origin") != self._origin or held.get("access_token") == rejected:
            return None
        ends = datetime.fromisoformat(held["access_token_expires_at"])
        token = AccessToken(held["access_token"], ends, held["access_token_api_url"])
        return token if self._lasts(token) else None

    def _store(self, token: AccessToken) -> None:
        self._context.secrets.save(
            {
                **self._context.secrets.load(),
                "access_token": token.value,
                "access_token_expires_at": token.expires_at.isoformat(),
                "access_token_api_url": token.api_url,
                "access_token_origin": self._origin,
            }
        )

    @property
    def _origin(self) -> str:
        settings = self._settings
        parts = (settings.endpoints.accounts, settings.client_id, settings.refresh_token.get_secret_value())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]

    def _request(self) -> AccessToken:
        for attempt in count(1):
            try:
                return self._read(*self._ask(attempt))
            except ServiceUnavailable as error:
                # A token that was made and lost on the way costs nothing: requesting another is always safe.
                wait = self._retry_policy.wait_after(attempt, error)
                if wait is None:
                    raise
                self._retry_policy.sleep(wait)
        raise AssertionError("count() does not end")

    def _ask(self, attempt: int) -> tuple[int, Json | None]:
        started, status = perf_counter(), 0
        try:
            timeout = min(self._settings.timeout, _MOST_SECONDS)
            answer = self._http.post(self._settings.endpoints.accounts + _PATH, data=self._form(), timeout=timeout)
            status = answer.status_code
        except httpx2.HTTPError as error:
            # Without its cause: that holds the request, whose body is the secrets.
            raise unanswered(self._service, _REQUEST, error, harmless=True) from None
        finally:
            seconds = perf_counter() - started
            self._context.observe(ApiCall(self._service, "POST", _PATH, status, seconds, attempt))
        return status, decode_body(answer.content)

    def _form(self) -> Mapping[str, str]:
        return {
            "grant_type": "refresh_token",
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret.get_secret_value(),
            "refresh_token": self._settings.refresh_token.get_secret_value(),
        }

    def _read(self, status: int, body: Json | None) -> AccessToken:
        if status >= 500:
            raise unavailable(self._service, _REQUEST, f"HTTP {status}")
        # The accounts server answers most refusals with HTTP 200: only the token itself means success.
        value = (body or {}).get("access_token")
        if body is None or not isinstance(value, str) or not value:
            raise self._refused(status, body or {})
        return AccessToken(value, self._context.now() + _lifetime(body), self._api_url(body))

    def _api_url(self, body: Json) -> str:
        domain = str(body.get("api_domain", "")).rstrip("/")
        # One base URL was given on purpose: the service may know itself by another name from inside.
        own = self._settings.endpoints.api
        return domain if self._settings.base_url is None and domain.startswith("https://") else own

    def _refused(self, status: int, body: Json) -> AuthenticationFailed | RateLimited | BrokenAnswer:
        code = str(body.get("error", ""))
        described = code or f"HTTP {status}"
        words = Text(
            en=f"{self._service}: Zoho's accounts server gave no access token: {described}",
            ja=f"{self._service}: Zoho のアカウントサーバーがアクセストークンを発行しません: {described}",
        )
        match code:
            case "Access Denied":
                return RateLimited(words, service=self._service, code=code, retry_after=_THROTTLED_SECONDS)
            case "":
                return BrokenAnswer(words, service=self._service)
            case "invalid_client" | "invalid_client_secret":
                return AuthenticationFailed(words, service=self._service, code=code, hint=_CHECK_CLIENT)
        return AuthenticationFailed(words, service=self._service, code=code, hint=RECONNECT)


def _lifetime(body: Json) -> timedelta:
    # Where expires_in_sec is there, expires_in is the old form, in milliseconds.
    seconds = body.get("expires_in_sec", body.get("expires_in"))
    return timedelta(seconds=seconds) if isinstance(seconds, int) else timedelta(hours=1)
