"""Where both sides differ, in JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from tsunagi.app.sync import reconciliation
from tsunagi.errors import ConfigError
from tsunagi.http.api.schemas import Limit, RefOut, fields, reference
from tsunagi.http.auth import SignedIn
from tsunagi.http.errors import InvalidInput
from tsunagi.translation import say

router = APIRouter(prefix="/reconciliation", tags=["reconciliation"])


class DifferenceOut(BaseModel):
    """One difference; `reason` is in the caller's language, `command` fixes it."""

    cause: str
    pair: str = Field(description="empty for documents and rates")
    crm: RefOut | None
    finance: RefOut | None
    field: str = Field(description="empty where it is about the whole record")
    values: dict[str, Any] = Field(description="what `crm` and `finance` say")
    reason: str
    command: str


class ReconciliationOut(BaseModel):
    counts: dict[str, int] = Field(description="how many, by cause")
    differences: list[DifferenceOut] = Field(description="the first ones of each cause; `counts` has them all")
    not_compared: dict[str, str] = Field(description="pairs that could not be compared, and why")


@router.get("", summary="Compare both sides")
def read_reconciliation(
    caller: SignedIn, pair: Annotated[list[str] | None, Query(max_length=100)] = None, limit: Limit = 20
) -> ReconciliationOut:
    """From the store alone; nothing is written and no service is asked."""
    try:
        found = reconciliation.reconcile(caller.hub.context, caller.person, pairs=pair or (), limit=limit)
    except ConfigError as error:
        raise InvalidInput(error.message, hint=error.hint) from error
    return ReconciliationOut(
        counts=dict(found.counts),
        differences=[
            DifferenceOut(
                cause=each.cause,
                pair=each.pair,
                crm=reference(each.left) if each.left else None,
                finance=reference(each.right) if each.right else None,
                field=each.field,
                values=fields({"crm": each.crm, "finance": each.finance}),
                reason=say(each.reason),
                command=each.command,
            )
            for each in found.differences
        ],
        not_compared={name: say(problem) for name, problem in found.problems.items()},
    )
