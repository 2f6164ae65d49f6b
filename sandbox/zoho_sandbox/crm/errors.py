"""The CRM's error objects, bare for a whole request and wrapped for one of its records."""

from collections.abc import Sequence
from typing import Any

from zoho_sandbox.calls import Answer, Refusal, Refused

Body = dict[str, Any]


def error(code: str, message: str, details: Body | None = None) -> Body:
    return {"code": code, "details": details or {}, "message": message, "status": "error"}


def refused(code: str, message: str, details: Body | None = None, *, status: int = 400) -> Refused:
    """To be raised: the whole request is turned down."""
    return Refused(Answer(status, error(code, message, details)))


def invalid_parameter(name: str, message: str = "invalid data") -> Refused:
    return refused("INVALID_DATA", message, {"param_name": name})


def missing_parameter(name: str) -> Refused:
    return refused("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": name})


def invalid_module(name: str) -> Refused:
    return refused("INVALID_MODULE", "The module name given seems to be invalid", {"api_name": name})


class RecordProblem(ValueError):
    """One record cannot be written: `body` is the vendor's error object for it."""

    def __init__(self, code: str, message: str, details: Body) -> None:
        super().__init__(f"{code}: {message} {details}")
        self.body = error(code, message, details)

    @property
    def errors(self) -> list[Body]:
        """What is wrong, one error a field."""
        several: list[Body] | None = self.body["details"].get("errors")
        return [self.body] if several is None else several


def problem_of(problems: Sequence[RecordProblem]) -> RecordProblem:
    """The one problem, or all of them as one."""
    if len(problems) == 1:
        return problems[0]
    errors = [body for problem in problems for body in problem.errors]
    return RecordProblem("MULTIPLE_OR_MULTI_ERRORS", "multiple errors occurred", {"errors": errors})


def status_of(outcomes: Sequence[Body], success: int) -> int:
    """The HTTP status of a call with an outcome an item: 207 where they differ."""
    failed = sum(outcome["status"] == "error" for outcome in outcomes)
    if not failed:
        return success
    return 400 if failed == len(outcomes) else 207


def refuse(refusal: Refusal) -> Answer:
    """Word a refusal of the endpoint as the CRM does."""
    if refusal.reason == "failure":
        return Answer(refusal.status, _FAILURES.get(refusal.status, _INTERNAL))
    return _REFUSALS[refusal.reason]


_INTERNAL = error("INTERNAL_ERROR", "Internal server error occurred.")
_TOO_MANY = error("TOO_MANY_REQUESTS", "Too many requests fired within a time frame. Please try again after some time.")
_FAILURES = {429: _TOO_MANY, 401: error("INVALID_TOKEN", "invalid oauth token")}
_REFUSALS = {
    "no_token": Answer(401, error("AUTHENTICATION_FAILURE", "Authentication failed")),
    "invalid_token": Answer(401, error("INVALID_TOKEN", "invalid oauth token")),
    "scope": Answer(401, error("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")),
    "not_found": Answer(404, error("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")),
    "method": Answer(400, error("INVALID_REQUEST_METHOD", "The http request method type is not a valid one")),
    "unreadable": Answer(400, error("INVALID_DATA", "body")),
    "rate_limit": Answer(429, _TOO_MANY),
}
