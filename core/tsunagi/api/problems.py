"""Errors as RFC 9457 problem details, with a hint in the caller's language."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from tsunagi.api.consequences import ConsequencesOut, consequences_of
from tsunagi.api.findings import FindingOut, findings
from tsunagi.api.organizations import OrganizationOut, organization
from tsunagi.app.connections.compatibility import Incompatible
from tsunagi.app.connections.connecting import OrganizationUnclear
from tsunagi.app.connections.services import NotConfirmed
from tsunagi.errors import ConnectorError, RecordRejected, RecordUnusable, TsunagiError
from tsunagi.refusals import NotSignedIn, of_status, status_of
from tsunagi.translation import gettext as _
from tsunagi.translation import language, say

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one value that was sent."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details. `hint` says what to do, where the hub knows; what follows is there where it belongs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:tsunagi:problem:NotConnected",
                    "title": "The service 'ledger' is not connected.",
                    "status": 409,
                    "hint": "Connect it first: tsunagi connect ledger",
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


ANSWERS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "Refused, with the reason",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def of_error(error: TsunagiError, instance: str) -> JSONResponse:
    headers = {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="tsunagi"'
    if isinstance(error, ConnectorError) and error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    problem = Problem(
        type=f"urn:tsunagi:problem:{type(error).__name__}",
        title=say(error.message),
        status=status_of(error),
        hint=say(error.hint) if error.hint else None,
        instance=instance,
        errors=_fields(error),
        organizations=[organization(each) for each in error.reached]
        if isinstance(error, OrganizationUnclear)
        else None,
        findings=findings(error.findings) if isinstance(error, Incompatible) else None,
        consequences=consequences_of(error.consequences) if isinstance(error, NotConfirmed) else None,
    )
    return _answer(problem, headers)


def of_http(error: HTTPException, instance: str) -> JSONResponse:
    told = of_status(error.status_code)
    hint = say(told.hint) if told.hint else None
    problem = Problem(title=say(told.message), status=error.status_code, hint=hint, instance=instance)
    return _answer(problem, error.headers)


def of_invalid(error: RequestValidationError, instance: str) -> JSONResponse:
    fields = [FieldProblem(field=_place(item["loc"]), message=item["msg"]) for item in error.errors()]
    problem = Problem(title=_("The input cannot be used."), status=422, instance=instance, errors=fields)
    return _answer(problem)


def _fields(error: TsunagiError) -> list[FieldProblem]:
    if isinstance(error, RecordRejected):
        return [FieldProblem(field=name, message=message) for name, message in error.problems.items()]
    if isinstance(error, RecordUnusable):
        return [FieldProblem(field=error.field, message=say(error.message))]
    return []


def _place(steps: tuple[int | str, ...]) -> str:
    """`("body", "pairs", 0)` as "pairs[0]"; the whole body is "body"."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps[1:])
    return path.lstrip(".") or str(steps[0])


def _answer(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language(), **(headers or {})},
    )
