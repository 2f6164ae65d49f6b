"""Consent at Zoho's own page: OAuth 2.0's authorization code, exchanged for a refresh token.

Source: the accounts server's `/oauth/v2/auth` and `/oauth/v2/token`; refusals come as HTTP 200 with an `error`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx2
from pydantic import BaseModel

from tsunagi import AuthenticationFailed, Consent, Text
from tsunagi_zoho.answers import decode_body
from tsunagi_zoho.retry_policy import unanswered
from tsunagi_zoho.settings import ZohoSettings

_PATH = "/oauth/v2/token"


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
