"""Errors of the finance services: `{"code": 1002, "message": "..."}`, code 0 being success."""

import re

from tsunagi import (
    AccessRefused,
    AuthenticationFailed,
    BrokenAnswer,
    ConnectorError,
    RateLimited,
    RecordNotFound,
    RecordRejected,
)
from tsunagi_zoho.answers import Answer
from tsunagi_zoho.refusals import CHECK_SCOPES, RECONNECT, by_status, refusal

_DAILY_LIMIT = "45"
_NAMED_FIELD = re.compile(r"Invalid (?:value passed for|element) (\w+)")


def finance_error(answer: Answer) -> ConnectorError | None:
    """The error a Books, Invoice, Expense or Billing answer stands for; None where it is a success or a 5xx."""
    code = str(answer.body.get("code", ""))
    if answer.status >= 500 or (answer.status < 300 and code in ("", "0")):
        return None
    message = str(answer.body.get("message", ""))
    return _by_code(answer, code, message) or by_status(answer, code, message) or _unusual(answer, code, message)


def _by_code(answer: Answer, code: str, message: str) -> ConnectorError | None:
    service, words = answer.service, refusal(answer, code, message)
    match code:
        case "14":
            return AuthenticationFailed(words, service=service, code=code, hint=RECONNECT)
        case "57" | "6041":
            # 57 is said of a dead token too: the client renews it once before it believes the answer.
            return AccessRefused(words, service=service, code=code, hint=CHECK_SCOPES)
        case "44" | "45" | "1070":
            return RateLimited(words, service=service, code=code, retry_after=_retry_after(answer, code))
        case "1002":
            return RecordNotFound(words, service=service, code=code)
        case "5" | "37":
            return BrokenAnswer(words, service=service, code=code)
    if answer.status == 400:
        return RecordRejected(words, service=service, code=code, problems=_problems(message))
    return None


def _retry_after(answer: Answer, code: str) -> float | None:
    asked = answer.seconds_of("retry-after")
    # x-rate-limit-reset counts to the end of the day: only the daily limit waits for that.
    return asked if asked is not None or code != _DAILY_LIMIT else answer.seconds_of("x-rate-limit-reset")


def _problems(message: str) -> dict[str, str]:
    named = _NAMED_FIELD.search(message)
    return {named.group(1): message} if named else {}


def _unusual(answer: Answer, code: str, message: str) -> ConnectorError | None:
    if answer.status >= 300:
        return None
    # Success by its status, refused by its code: the record was not accepted.
    return RecordRejected(
        refusal(answer, code, message), service=answer.service, code=code, problems=_problems(message)
    )
