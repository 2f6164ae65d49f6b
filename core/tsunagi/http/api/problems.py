"""Errors as RFC 9457 problem details, with a hint in the caller's language."""

import re
from collections.abc import Mapping
from math import ceil
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from tsunagi.app.access.permission_editing import CellsRefused
from tsunagi.app.connections.compatibility import Incompatible
from tsunagi.app.connections.connecting import OrganizationUnclear
from tsunagi.app.connections.fit import FirstSyncPending
from tsunagi.app.connections.services import CredentialsTakenBack, EverythingNotConfirmed, NotConfirmed
from tsunagi.errors import (
    ConnectorError,
    DocumentInvalid,
    NotConnected,
    RecordRejected,
    RecordUnusable,
    RuleFileError,
    ServiceOff,
    TsunagiError,
)
from tsunagi.http.api.schemas import (
    ConsequencesOut,
    FindingOut,
    OrganizationOut,
    consequences_of,
    findings,
    organization,
)
from tsunagi.http.errors import (
    FileRefused,
    NotSignedIn,
    PreconditionFailed,
    TooManyTries,
    of_status,
    status_of,
)
from tsunagi.translation import gettext as _
from tsunagi.translation import language, say
from tsunagi.validation import reason

MEDIA_TYPE = "application/problem+json"
_COMMAND = re.compile(r"\btsunagi [a-z]|(?<![\w-])--[a-z]")


class FieldProblem(BaseModel):
    """What is wrong with one value that was sent."""

    field: str
    message: str
    file: str | None = Field(default=None, description="for mistakes in a file: which, and where, counted from 1")
    line: int | None = None
    column: int | None = None


class Problem(BaseModel):
    """RFC 9457 problem details. `hint` is what to do, where known; the other members depend on the type."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:tsunagi:problem:NotConnected",
                    "title": "The service 'ledger' is not connected.",
                    "status": 409,
                    "hint": "Connect it first: PUT /api/connections/ledger",
                    "instance": "/api/sync-runs",
                }
            ]
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    hint: str | None = None
    instance: str = ""
    errors: list[FieldProblem] = Field(default=[], description="for input that cannot be used: by field")
    organizations: list[OrganizationOut] | None = Field(default=None, description="those one has to be chosen of")
    findings: list[FindingOut] | None = Field(default=None, description="why organisations cannot be joined")
    consequences: ConsequencesOut | None = Field(default=None, description="what has to be confirmed")
    etag: str | None = Field(default=None, description="what is to be changed has this one now")


REFUSED = {
    "description": "Refused, with the reason",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
ANSWERS: dict[int | str, dict[str, Any]] = {"4XX": REFUSED}


def of_error(error: TsunagiError, instance: str) -> JSONResponse:
    headers = {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="tsunagi"'
    if isinstance(error, ConnectorError) and error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    if isinstance(error, TooManyTries):
        headers["Retry-After"] = str(max(1, ceil(error.retry_after)))
    if isinstance(error, PreconditionFailed) and error.etag:
        headers["ETag"] = error.etag
    problem = Problem(
        type=f"urn:tsunagi:problem:{type(error).__name__}",
        title=say(error.message),
        status=status_of(error),
        hint=_hint(error),
        instance=instance,
        errors=_fields(error),
        organizations=[organization(each) for each in error.reached]
        if isinstance(error, OrganizationUnclear)
        else None,
        findings=findings(error.findings) if isinstance(error, Incompatible) else None,
        consequences=consequences_of(error.consequences) if isinstance(error, NotConfirmed) else None,
        etag=(error.etag or None) if isinstance(error, PreconditionFailed) else None,
    )
    return _answer(problem, headers)


def of_http(error: HTTPException, instance: str) -> JSONResponse:
    refusal = of_status(error.status_code)
    hint = say(refusal.hint) if refusal.hint else None
    problem = Problem(title=say(refusal.message), status=error.status_code, hint=hint, instance=instance)
    return _answer(problem, error.headers)


def of_invalid(error: RequestValidationError, instance: str) -> JSONResponse:
    fields = [FieldProblem(field=_place(item["loc"]), message=say(reason(item))) for item in error.errors()]
    problem = Problem(title=_("The input cannot be used."), status=422, instance=instance, errors=fields)
    return _answer(problem)


def _hint(error: TsunagiError) -> str | None:
    """What to call next. Hints of the hub that name a command are for people at a terminal."""
    match error:
        case NotSignedIn():
            return _("Send 'Authorization: Bearer TOKEN'. An administrator makes one: POST /api/tokens")
        case ServiceOff(service=service):
            return _("Switch it on: POST /api/services/{service}/enable").format(service=service)
        case CredentialsTakenBack(service=service):
            return _("Connect it anew: PUT /api/connections/{service}").format(service=service)
        case NotConnected(service=service):
            return _("Connect it first: PUT /api/connections/{service}").format(service=service)
        case FirstSyncPending():
            return _("See what it would do: POST /api/sync-runs with `plan`. Start it: the same with `first`.")
        case OrganizationUnclear():
            return _("Choose one of `organizations` and send its id as `organization_id`.")
        case NotConfirmed():
            return _("Send the service's name as `confirm`.")
        case EverythingNotConfirmed():
            return _("See what it means: GET /api/services/consequences. Then send `everything` as `confirm`.")
    hint = say(error.hint) if error.hint else None
    return None if hint and _COMMAND.search(hint) else hint


def _fields(error: TsunagiError) -> list[FieldProblem]:
    if isinstance(error, RecordRejected):
        return [FieldProblem(field=name, message=message) for name, message in error.problems.items()]
    if isinstance(error, DocumentInvalid):
        return [FieldProblem(field=name, message=say(text)) for name, text in error.problems.items()]
    if isinstance(error, FileRefused):
        return [_mistake(each) for each in error.mistakes]
    if isinstance(error, RuleFileError):
        return [_mistake(error)]
    if isinstance(error, CellsRefused):
        return [FieldProblem(field=f"cells.{each[0]}.{each[1]}", message=say(error.message)) for each in error.cells]
    if isinstance(error, RecordUnusable):
        return [FieldProblem(field=error.field, message=say(error.message))]
    return []


def _mistake(error: RuleFileError) -> FieldProblem:
    return FieldProblem(
        field=error.field, message=say(error.reason), file=error.path, line=error.line, column=error.column
    )


def _place(steps: tuple[int | str, ...]) -> str:
    """`("body", "pairs", 0)` as "pairs[0]"; the body itself is "body"."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps[1:])
    return path.lstrip(".") or str(steps[0])


def _answer(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language(), **(headers or {})},
    )
