"""The errors in answers of Zoho services.

The CRM answers `{"code": "INVALID_DATA", "details": {...}, "message": "...", "status": "error"}`: a refused request
answers that object itself, a refused item of a batch has it in the item's place. The finance services answer
`{"code": 1002, "message": "..."}`, code 0 being success.
"""

import re

from tsunagi import (
    AccessRefused,
    AuthenticationFailed,
    BrokenAnswer,
    ConnectorError,
    DayLimitReached,
    RateLimited,
    RecordNotFound,
    RecordRejected,
    StaleRecord,
    Text,
)
from tsunagi_zoho.answers import Answer, Json

RECONNECT = Text(
    en="Make a new refresh token for the client in Zoho's API console and connect again.",
    ja="Zoho の API コンソールでリフレッシュトークンを作り直し、接続し直してください。",
)
CHECK_SCOPES = Text(
    en="Check that the refresh token was made with the scopes this service needs, and the user's role in Zoho.",
    ja="リフレッシュトークンのスコープと、Zoho でのユーザーの権限を確認してください。",
)


def refusal(answer: Answer, code: str, message: str) -> Text:
    """Which call was refused and why, in the service's own words."""
    described = message or f"HTTP {answer.status}"
    note = f" ({code})" if code else ""
    return Text(
        en=f"{answer.service} refused {answer.request}: {described}{note}",
        ja=f"{answer.service} が {answer.request} を拒否しました: {described}{note}",
    )


def by_status(answer: Answer, code: str, message: str) -> ConnectorError | None:
    """The error by the status alone; None for a success and for a failure of the service itself (5xx)."""
    service, words = answer.service, refusal(answer, code, message)
    match answer.status:
        case 401:
            return AuthenticationFailed(words, service=service, code=code, hint=RECONNECT)
        case 403:
            return AccessRefused(words, service=service, code=code, hint=CHECK_SCOPES)
        # Without a code of the service's own, the 404 is from some other web server.
        case 404 if code:
            return RecordNotFound(words, service=service, code=code)
        case 412:
            return StaleRecord(words, service=service, code=code)
        case 429:
            return RateLimited(words, service=service, code=code, retry_after=answer.seconds_of("retry-after"))
        case 400 | 409 | 422:
            return RecordRejected(words, service=service, code=code)
    # A redirection or a method that is not allowed: we do not speak the language this address speaks.
    misunderstood = 300 <= answer.status < 500 and answer.status != 304
    return BrokenAnswer(words, service=service, code=code) if misunderstood else None


_EDITION = Text(
    en="The edition of the CRM does not have this: compare the editions in Zoho, or leave it switched off.",
    ja="お使いの CRM のエディションではこの機能を利用できません。Zoho でエディションを確認してください。",
)
_SPECIFICS = ("expected_data_type", "maximum_length", "supported_values", "limit", "regex")


def crm_error(answer: Answer) -> ConnectorError | None:
    """The error of the answer itself; None where it is a success, a 5xx, or per item."""
    if answer.status >= 500:
        return None
    if answer.body.get("status") == "error":
        return _error_of(answer, answer.body)
    for part in answer.body.values():
        # What is no list of records has its outcome right under its name: {"base_currency": {...}}.
        if isinstance(part, dict) and part.get("status") == "error":
            return _error_of(answer, part)
    if answer.status < 500 and _first_item(answer.body) is not None:
        return None
    return by_status(answer, "", "")


def crm_item(answer: Answer, key: str = "data") -> Json:
    """The one item of a write's answer, whose `details` carry the id. Raises what the item was refused for."""
    item = _first_item(answer.body, key)
    if item is None:
        raise BrokenAnswer(
            Text(
                en=f"{answer.request}: one item under '{key}' was expected, got: {sorted(answer.body)}.",
                ja=f"{answer.request}: 「{key}」に1件必要ですが、受け取った項目: {sorted(answer.body)}",
            ),
            service=answer.service,
        )
    if item.get("status") == "error":
        raise _error_of(answer, item)
    return item


def crm_items(answer: Answer, key: str = "data") -> list[Json | ConnectorError]:
    """The items of a write's answer, in order; in the place of one that was refused, why."""
    items = answer.body.get(key)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BrokenAnswer(
            Text(
                en=f"{answer.request}: a list of items under '{key}' was expected, got: {sorted(answer.body)}.",
                ja=f"{answer.request}: 「{key}」に項目の一覧が必要ですが、受け取った項目: {sorted(answer.body)}",
            ),
            service=answer.service,
        )
    return [_error_of(answer, item) if item.get("status") == "error" else item for item in items]


def _first_item(body: Json, key: str | None = None) -> Json | None:
    items = body.get(key) if key else next((value for value in body.values() if isinstance(value, list)), None)
    item = items[0] if isinstance(items, list) and items else None
    return item if isinstance(item, dict) else None


def _error_of(answer: Answer, body: Json) -> ConnectorError:
    code, message = str(body.get("code", "")), str(body.get("message", ""))
    details = body.get("details")
    details = details if isinstance(details, dict) else {}
    return _crm_by_code(answer, code, message, details) or _rejected(answer, code, message, details)


def _crm_by_code(answer: Answer, code: str, message: str, details: Json) -> ConnectorError | None:
    service, words = answer.service, refusal(answer, code, message)
    match code:
        case "INVALID_TOKEN" | "AUTHENTICATION_FAILURE":
            return AuthenticationFailed(words, service=service, code=code, hint=RECONNECT)
        case "OAUTH_SCOPE_MISMATCH" | "NO_PERMISSION" | "AUTHORIZATION_FAILED" | "CURRENCIES_NOT_ENABLED":
            return AccessRefused(words, service=service, code=code, hint=_missing(details))
        case "FEATURE_NOT_SUPPORTED" | "FEATURE_NOT_ENABLED":
            return AccessRefused(words, service=service, code=code, hint=_EDITION)
        case "ALREADY_MODIFIED":
            return StaleRecord(words, service=service, code=code)
        case "INVALID_URL_PATTERN" | "INVALID_REQUEST_METHOD" | "INVALID_MODULE":
            return BrokenAnswer(words, service=service, code=code)
        case "INVALID_DATA" if _about_the_id(details):
            return RecordNotFound(words, service=service, code=code)
    if answer.status in (401, 403, 412, 429):
        return by_status(answer, code, message)
    return None


def _about_the_id(details: Json) -> bool:
    # A missing record is reported by the name of the field, by its place in the path, or by its id alone.
    return details.get("api_name") == "id" or details.get("resource_path_index") == 1 or set(details) == {"id"}


def _missing(details: Json) -> Text:
    permissions = details.get("permissions")
    if not isinstance(permissions, list):
        return CHECK_SCOPES
    names = ", ".join(map(str, permissions))
    return Text(
        en=f"The user whose refresh token this is lacks: {names}",
        ja=f"このリフレッシュトークンのユーザーに足りない権限: {names}",
    )


def _rejected(answer: Answer, code: str, message: str, details: Json) -> RecordRejected:
    return RecordRejected(
        refusal(answer, code, _sentence(message, details)),
        service=answer.service,
        code=code,
        problems=_crm_problems(message, details),
    )


def _sentence(message: str, details: Json) -> str:
    field = details.get("api_name") or details.get("param_name")
    return f"{field}: {message}" if field else message


def _crm_problems(message: str, details: Json) -> dict[str, str]:
    several = details.get("errors")
    if isinstance(several, list):
        parts = [(str(part.get("message", "")), part.get("details") or {}) for part in several]
        return {field: words for part in parts for field, words in _crm_problems(*part).items()}
    field = details.get("api_name") or details.get("param_name")
    valid = ", ".join(f"{name} {details[name]}" for name in _SPECIFICS if name in details)
    return {str(field): f"{message}; {valid}" if valid else message} if field else {}


_NAMED_FIELD = re.compile(r"Invalid (?:value passed for|element) (\w+)")


def finance_error(answer: Answer) -> ConnectorError | None:
    """The error in an answer of Books, Invoice, Expense or Billing; None where it is a success or a 5xx."""
    code = str(answer.body.get("code", ""))
    if answer.status >= 500 or (answer.status < 300 and code in ("", "0")):
        return None
    message = str(answer.body.get("message", ""))
    return (
        _finance_by_code(answer, code, message) or by_status(answer, code, message) or _unusual(answer, code, message)
    )


def _finance_by_code(answer: Answer, code: str, message: str) -> ConnectorError | None:
    service, words = answer.service, refusal(answer, code, message)
    match code:
        case "14":
            return AuthenticationFailed(words, service=service, code=code, hint=RECONNECT)
        case "57" | "6041":
            # 57 is sent for a dead token too: the client renews it once before it believes the answer.
            return AccessRefused(words, service=service, code=code, hint=CHECK_SCOPES)
        case "44" | "1070":
            return RateLimited(words, service=service, code=code, retry_after=answer.seconds_of("retry-after"))
        case "45":
            return DayLimitReached(words, service=service, code=code, retry_after=_rest_of_day(answer))
        case "1002":
            return RecordNotFound(words, service=service, code=code)
        case "5" | "37":
            return BrokenAnswer(words, service=service, code=code)
    if answer.status == 400:
        return RecordRejected(words, service=service, code=code, problems=_finance_problems(message))
    return None


def _rest_of_day(answer: Answer) -> float | None:
    asked = answer.seconds_of("retry-after")
    # Counts to the end of the day: only its limit waits for that.
    return asked if asked is not None else answer.seconds_of("x-rate-limit-reset")


def _finance_problems(message: str) -> dict[str, str]:
    named = _NAMED_FIELD.search(message)
    return {named.group(1): message} if named else {}


def _unusual(answer: Answer, code: str, message: str) -> ConnectorError | None:
    if answer.status >= 300:
        return None
    # Success by its status, refused by its code: the record was not accepted.
    return RecordRejected(
        refusal(answer, code, message), service=answer.service, code=code, problems=_finance_problems(message)
    )
