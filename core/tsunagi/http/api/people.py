"""What people and programs sign in with, and who may see and do what."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.access import matrix, tokens
from tsunagi.app.access.matrix import Matrix
from tsunagi.app.views import denials
from tsunagi.errors import ConfigError
from tsunagi.http.api.rules import RuleErrorOut, rule_error
from tsunagi.http.api.schemas import After, Limit, Listing, page_of_latest
from tsunagi.http.auth import SignedIn
from tsunagi.http.errors import InvalidInput
from tsunagi.rules.permissions_proof import PolicyProof, StepProof, Wording
from tsunagi.rules.trace import condition_json
from tsunagi.store.people import ApiToken
from tsunagi.translation import say

router = APIRouter(prefix="/permissions", tags=["permissions"])

Outcome = Literal["permitted", "denied", "depends"]
tokens_router = APIRouter(prefix="/tokens", tags=["tokens"])


class MatrixRowOut(BaseModel):
    """One profile, or one user of it. `actions` by name, such as "ledger.invoice:email"."""

    profile: str
    user: str | None
    administrator: bool
    actions: dict[str, Outcome]
    policies: dict[str, list[str]] = Field(description="those each permission rests on")


class BrokenFileOut(BaseModel):
    """`held`: its last good version is in force; otherwise everything is denied until it is fixed."""

    file: str
    held: bool
    errors: list[RuleErrorOut]


class MatrixOut(BaseModel):
    """`depends`: it depends on the record."""

    rows: list[MatrixRowOut]
    broken: list[BrokenFileOut]


class PolicyProofOut(BaseModel):
    """One policy about the action, with what its conditions saw."""

    policy: str
    effect: str
    result: Literal["permits", "forbids", "other_people", "not_met", "cannot_tell", "no_record"]
    who: str
    place: str = Field(description="file:line")
    conditions: list[dict[str, Any]]


class StepProofOut(BaseModel):
    """One of the actions that all have to be permitted."""

    action: str
    outcome: Outcome
    policies: list[PolicyProofOut]


class ProofOut(BaseModel):
    """`nearest` are the smallest changes that would turn a denial; texts are in the caller's language."""

    outcome: Outcome
    reason: str
    steps: list[StepProofOut]
    nearest: list[str]


@router.get("/matrix", summary="Read what each profile may do")
def read_matrix(caller: SignedIn) -> MatrixOut:
    """Every profile that a user of the CRM has or a policy names."""
    return _matrix(matrix.profile_matrix(caller.hub.context, caller.person))


@router.get("/effective", summary="Read what one user may do")
def read_effective(
    caller: SignedIn, user: Annotated[str, Query(max_length=320, description="an e-mail address")]
) -> MatrixOut:
    """Everybody may ask it of themselves."""
    try:
        return _matrix(matrix.effective(caller.hub.context, caller.person, user))
    except ConfigError as error:
        raise InvalidInput(error.message) from error


@router.get("/why-denied", summary="Read why a user may, or may not, do something")
def read_why_denied(
    caller: SignedIn,
    user: Annotated[str, Query(max_length=320, description="an e-mail address")],
    action: Annotated[str, Query(max_length=20, description="such as view, create, edit or email")],
    resource: Annotated[
        str, Query(max_length=500, description="SERVICE.invoice or tab.SERVICE, or a document: service:kind:id")
    ],
) -> ProofOut:
    try:
        proof = denials.why_denied(caller.hub.context, caller.person, user, action, resource)
    except ConfigError as error:
        raise InvalidInput(error.message) from error
    return ProofOut(
        outcome=proof.decision.outcome,
        reason=say(proof.decision.reason),
        steps=[_step(step, proof.wording) for step in proof.steps],
        nearest=[say(each) for each in proof.nearest],
    )


def _matrix(found: Matrix) -> MatrixOut:
    names = [action for resource in found.resources for action in resource.actions]
    rows = [
        MatrixRowOut(
            profile=row.subject.profile,
            user=row.subject.email or None,
            administrator=row.subject.administrator,
            actions={name: each.outcome for name, each in zip(names, row.decisions, strict=True)},
            policies={
                name: list(each.determining)
                for name, each in zip(names, row.decisions, strict=True)
                if each.determining
            },
        )
        for row in found.rows
    ]
    broken = [
        BrokenFileOut(
            file=each.file,
            held=each.held,
            errors=[rule_error(error) for error in each.errors],
        )
        for each in found.book.broken
    ]
    return MatrixOut(rows=rows, broken=broken)


def _step(step: StepProof, wording: Wording) -> StepProofOut:
    return StepProofOut(
        action=step.decision.action,
        outcome=step.decision.outcome,
        policies=[_policy(each, wording) for each in step.policies],
    )


def _policy(each: PolicyProof, wording: Wording) -> PolicyProofOut:
    return PolicyProofOut(
        policy=each.policy.id,
        effect=each.policy.effect,
        result=each.result,
        who=say(each.who),
        place=str(each.policy.place),
        conditions=[
            {**condition_json(condition), "text": say(wording.condition(condition))} for condition in each.conditions
        ],
    )


class NewTokenIn(BaseModel):
    """For which CRM user; `label` is what it is for."""

    model_config = ConfigDict(extra="forbid")

    user: str = Field(max_length=320, description="their e-mail address in the CRM", examples=["hanako@example.com"])
    label: str = Field(default="", max_length=200)


class TokenOut(BaseModel):
    """A token as it may be shown: never its text, which nobody keeps."""

    id: str
    user: str
    label: str
    created_at: dt.datetime
    used_at: dt.datetime | None
    revoked_at: dt.datetime | None


class NewTokenOut(TokenOut):
    text: str = Field(description="shown this once")


@tokens_router.get("", summary="List tokens")
def list_tokens(caller: SignedIn, after: After = None, limit: Limit = 50) -> Listing[TokenOut]:
    """The latest first. CRM administrators only."""
    known = tokens.list_tokens(caller.hub.context, caller.person)
    found = page_of_latest(known, lambda each: (each.created_at, each.id), after, limit)
    return Listing(items=[_token(each) for each in found.items], next=found.next)


@tokens_router.post("", status_code=201, summary="Make a token")
def create(caller: SignedIn, given: NewTokenIn) -> NewTokenOut:
    """CRM administrators only."""
    new = tokens.create_token(caller.hub.context, caller.person, given.user, label=given.label)
    return NewTokenOut(**_token(new.token).model_dump(), text=new.text)


@tokens_router.delete("/{id}", status_code=204, summary="Revoke a token")
def revoke(caller: SignedIn, id: str) -> None:
    """It is refused from then on. CRM administrators only."""
    tokens.revoke_token(caller.hub.context, caller.person, id)


def _token(token: ApiToken) -> TokenOut:
    return TokenOut(
        id=token.id,
        user=token.email,
        label=token.label,
        created_at=token.created_at,
        used_at=token.used_at,
        revoked_at=token.revoked_at,
    )
