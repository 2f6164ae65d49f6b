"""The HTTP client every Zoho plugin calls its service through."""

import logging
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, lru_cache
from itertools import count
from time import perf_counter
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

import httpx2

from tsunagi import (
    Allowance,
    ApiCall,
    BrokenAnswer,
    ConfigError,
    ConnectorContext,
    ConnectorError,
    DayLimitReached,
    Limits,
    RateLimited,
    Text,
)
from tsunagi_zoho.answers import Answer, ErrorReader, decode_body, encode_body
from tsunagi_zoho.oauth import AccessToken, AccessTokens
from tsunagi_zoho.retry_policy import RetryPolicy, Sending, outcome_unknown, unanswered, unavailable
from tsunagi_zoho.settings import ZohoSettings

_log = logging.getLogger(__name__)
_ID = re.compile(r"(?<=/)\d+(?=/|$)")
# Web servers close idle connections, some after five seconds: one closed under a write cannot be told from an
# answer that was lost, so ours are given up before.
_IDLE_SECONDS = 4.0
_CONNECTIONS = 10
_CONNECT_SECONDS = 10.0
_RECORDS_A_CALL = 10
# The headers that tell of the day's limit: `x-rate-limit-` and one of these.
_OF_THE_DAY = ("limit", "remaining", "reset")
_LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")

Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Request:
    """One call to make. `path` is complete; `repeatable` calls may be made again after a lost answer.

    `file` is the media type of the requested file, empty where the answer is an object.
    """

    method: str
    path: str
    params: Parameters
    headers: Mapping[str, str]
    content: bytes | None
    repeatable: bool
    file: str = ""
    cost: int = 1

    @property
    def template(self) -> str:
        return _ID.sub("{id}", self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@lru_cache(maxsize=256)
def _url(address: str, params: tuple[tuple[str, str], ...]) -> httpx2.URL:
    """Taking an address apart costs as much as a tenth of a call, and most calls go to a few of them."""
    return httpx2.URL(f"{address}?{urlencode(params, quote_via=quote)}" if params else address)


class ZohoClient:
    """Calls one service of one organisation. Safe to use from several threads.

    Waits for the rate limiter before each call and reports each one to `context.observe`. Repeats what
    certainly had no effect or only reads; a token the service rejects is renewed once. `params` go with every
    call. Every method returns the Answer or raises a ConnectorError; a write whose answer was lost raises
    OutcomeUnknown.
    """

    def __init__(
        self,
        context: ConnectorContext,
        *,
        service: str,
        base_path: str,
        error_reader: ErrorReader,
        params: Parameters | None = None,
        limits: Limits | None = None,
        retry_policy: RetryPolicy | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        settings = _zoho_settings(context)
        limits = _chosen(limits or Limits(), settings)
        self.service = service
        self._base_path = base_path
        self._params = dict(params or {})
        self._error_reader = error_reader
        self._retry_policy = retry_policy or RetryPolicy(sleep=context.sleep)
        self._observe, self._now = context.observe, context.now
        # Who switches the limits off wants none of them.
        self._counts_days = settings.requests_per_minute != 0
        self._limiter = context.limiter(limits)
        self._http = _http_client(settings, limits, transport)
        self._tokens = AccessTokens(
            context, service=service, settings=settings, http=self._http, retry_policy=self._retry_policy
        )
        # Calls a brand-new token was refused for: renewing it once more for each would only use tokens up.
        self._forbidden: set[tuple[str, str]] = set()

    def get(self, path: str, *, params: Parameters | None = None, headers: Parameters | None = None) -> Answer:
        """Read; repeated while the service is unavailable."""
        return self._call(self._request("GET", path, None, params, headers, repeatable=True))

    def download(
        self, path: str, *, media_type: str, params: Parameters | None = None, headers: Parameters | None = None
    ) -> Answer:
        """Read a file into `content`; BrokenAnswer where the answer is of another media type."""
        sent = {**(headers or {}), "Accept": media_type}
        request = self._request("GET", path, None, params, sent, repeatable=True)
        return self._call(replace(request, file=media_type))

    def post(
        self,
        path: str,
        json: Mapping[str, Any] | None = None,
        *,
        params: Parameters | None = None,
        headers: Parameters | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """Write; set `repeatable` where doing it twice is the same as once, or where it only reads."""
        return self._call(self._request("POST", path, json, params, headers, repeatable=repeatable))

    def put(
        self,
        path: str,
        json: Mapping[str, Any] | None = None,
        *,
        params: Parameters | None = None,
        headers: Parameters | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """As `post`."""
        return self._call(self._request("PUT", path, json, params, headers, repeatable=repeatable))

    def delete(
        self,
        path: str,
        *,
        params: Parameters | None = None,
        headers: Parameters | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """As `post`, without a body."""
        return self._call(self._request("DELETE", path, None, params, headers, repeatable=repeatable))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _request(
        self,
        method: str,
        path: str,
        json: Mapping[str, Any] | None,
        params: Parameters | None,
        headers: Parameters | None,
        *,
        repeatable: bool,
    ) -> _Request:
        sent = {"Accept": "application/json", **(headers or {})}
        if json is not None:
            sent["Content-Type"] = "application/json"
        return _Request(
            method=method,
            path=self._base_path + path,
            params={**self._params, **(params or {})},
            headers=sent,
            content=None if json is None else encode_body(json),
            repeatable=repeatable,
            cost=_cost(json),
        )

    def _allowance(self, response: httpx2.Response) -> Allowance | None:
        """What the finance services say of the day's limit; the CRM says nothing of it."""
        limit, left, reset = (response.headers.get(f"x-rate-limit-{name}", "") for name in _OF_THE_DAY)
        if not self._counts_days or not limit.isdecimal() or not left.removeprefix("-").isdecimal():
            return None
        now = self._now()
        # Told in full seconds: a moment later the day has certainly turned.
        resets_at = now + timedelta(seconds=int(reset) + 1) if reset.isdecimal() else None
        return Allowance(int(limit), int(left), now, resets_at)

    def _call(self, request: _Request) -> Answer:
        renewed = False
        failures = 0
        for attempt in count(1):
            token = self._tokens.current()
            answer, error = self._attempt(request, token, attempt)
            if answer is not None and error is None:
                self._forbidden.discard((request.method, request.template))
                return answer
            assert error is not None
            if answer is not None and answer.status == 401 and self._renew(request, token, renewed):
                renewed = True
                continue
            failures += 1
            self._wait_or_raise(failures, error)
        raise AssertionError("count() does not end")

    def _renew(self, request: _Request, rejected: AccessToken, renewed: bool) -> bool:
        # A rejected call had no effect: with another token even a write may be made again.
        key = (request.method, request.template)
        if renewed:
            self._forbidden.add(key)
        if key in self._forbidden:
            return False
        self._tokens.renewed(rejected)
        return True

    def _wait_or_raise(self, failures: int, error: ConnectorError) -> None:
        wait = self._retry_policy.wait_after(failures, error)
        # The limit of a day means hours: holding every caller that long would look like a standstill.
        throttled = isinstance(error, RateLimited) and not isinstance(error, DayLimitReached)
        if throttled and (pause := wait or error.retry_after):
            self._limiter.penalize(min(pause, self._retry_policy.longest))
        if wait is None:
            raise error
        self._retry_policy.sleep(wait)

    def _attempt(
        self, request: _Request, token: AccessToken, attempt: int
    ) -> tuple[Answer | None, ConnectorError | None]:
        self._limiter.acquire()
        sending = Sending()
        started, status, allowance = perf_counter(), 0, None
        try:
            response = self._send(request, token, sending)
            status, allowance = response.status_code, self._allowance(response)
        except httpx2.HTTPError as error:
            harmless = request.repeatable or sending.without_effect(error)
            return None, unanswered(self.service, str(request), error, harmless=harmless)
        finally:
            self._report(request, status, perf_counter() - started, attempt, allowance)
        return self._read(request, response)

    def _send(self, request: _Request, token: AccessToken, sending: Sending) -> httpx2.Response:
        return self._http.request(
            request.method,
            _url(token.api_url + request.path, tuple(request.params.items())),
            headers={**request.headers, "Authorization": f"Zoho-oauthtoken {token.value}"},
            content=request.content,
            extensions={"trace": sending},
        )

    def _report(
        self, request: _Request, status: int, seconds: float, attempt: int, allowance: Allowance | None
    ) -> None:
        call = ApiCall(
            self.service, request.method, request.template, status, seconds, attempt, allowance, request.cost
        )
        self._observe(call)
        _log.debug(
            "zoho_call",
            extra={
                "service": self.service,
                "method": request.method,
                "path": request.template,
                "status": status,
                "seconds": round(seconds, 4),
                "attempt": attempt,
            },
        )

    def _read(self, request: _Request, response: httpx2.Response) -> tuple[Answer, ConnectorError | None]:
        headers = {name.lower(): value for name, value in response.headers.items()}
        if request.file and response.status_code < 300:
            return self._read_file(request, response, headers)
        body = decode_body(response.content)
        answer = Answer(self.service, str(request), response.status_code, body or {}, headers)
        error = self._error_reader(answer)
        if error is None and (answer.status >= 500 or body is None):
            error = self._unreadable(request, answer)
        return answer, error

    def _read_file(
        self, request: _Request, response: httpx2.Response, headers: Mapping[str, str]
    ) -> tuple[Answer, ConnectorError | None]:
        answer = Answer(self.service, str(request), response.status_code, {}, headers, response.content)
        received = headers.get("content-type", "-")
        if received.partition(";")[0].strip() == request.file and response.content:
            return answer, None
        return answer, BrokenAnswer(
            Text(
                en=f"{request}: a file of the type {request.file} was expected, got {received}.",
                ja=f"{request}: {request.file} のファイルが必要ですが、受け取った形式: {received}",
            ),
            service=self.service,
        )

    def _unreadable(self, request: _Request, answer: Answer) -> ConnectorError:
        reason = f"HTTP {answer.status}" if answer.status >= 500 else "the answer is not JSON"
        if not request.repeatable:
            return outcome_unknown(self.service, str(request), reason)
        if answer.status >= 500:
            return unavailable(self.service, str(request), reason)
        return BrokenAnswer(
            Text(
                en=f"{request}: a JSON object was expected, got {answer.headers.get('content-type', 'no type')}.",
                ja=f"{request}: JSON が必要ですが、受け取った形式: {answer.headers.get('content-type', 'なし')}",
            ),
            service=self.service,
        )


def _zoho_settings(context: ConnectorContext) -> ZohoSettings:
    if isinstance(context.settings, ZohoSettings):
        return context.settings
    kind = type(context.settings).__name__
    raise ConfigError(
        Text(
            en=f"The connection '{context.connection}' needs ZohoSettings, got {kind}.",
            ja=f"接続「{context.connection}」には ZohoSettings が必要です（受け取った型: {kind}）。",
        )
    )


def _cost(json: Mapping[str, Any] | None) -> int:
    """The CRM counts one call for ten records that are written together; the finance services take one at a time."""
    rows = (json or {}).get("data")
    return max(1, -(-len(rows) // _RECORDS_A_CALL)) if isinstance(rows, list) else 1


def _chosen(limits: Limits, settings: ZohoSettings) -> Limits:
    chosen = limits
    if settings.requests_per_minute is not None:
        chosen = replace(chosen, per_minute=settings.requests_per_minute or None)
    if settings.requests_per_minute == 0:
        chosen = replace(chosen, per_day=None)
    return chosen if settings.calls_per_day is None else replace(chosen, per_day=settings.calls_per_day or None)


def _http_client(settings: ZohoSettings, limits: Limits, transport: httpx2.BaseTransport | None) -> httpx2.Client:
    most = limits.concurrency or _CONNECTIONS
    return httpx2.Client(
        timeout=httpx2.Timeout(settings.timeout, connect=min(_CONNECT_SECONDS, settings.timeout), pool=None),
        limits=httpx2.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=_IDLE_SECONDS),
        # A proxy of the environment cannot reach this machine's own loopback.
        trust_env=urlsplit(settings.endpoints.api).hostname not in _LOCAL_HOSTS,
        transport=transport,
        verify=_trusted(),
    )


@cache
def _trusted() -> ssl.SSLContext:
    """Loading all certificate authorities for each client costs more than many a call."""
    return httpx2.create_ssl_context()
