"""Tokens people and programs sign in with."""

import datetime as dt

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.access import tokens
from tsunagi.http.auth import SignedIn
from tsunagi.store.people import ApiToken

router = APIRouter(prefix="/tokens", tags=["tokens"])


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


class TokensOut(BaseModel):
    items: list[TokenOut]


@router.get("", summary="List tokens")
def list_tokens(caller: SignedIn) -> TokensOut:
    """The latest first. CRM administrators only."""
    return TokensOut(items=[_token(token) for token in tokens.list_tokens(caller.hub.context, caller.person)])


@router.post("", status_code=201, summary="Make a token")
def create(caller: SignedIn, given: NewTokenIn) -> NewTokenOut:
    """CRM administrators only."""
    new = tokens.create_token(caller.hub.context, caller.person, given.user, label=given.label)
    return NewTokenOut(**_token(new.token).model_dump(), text=new.text)


@router.delete("/{id}", status_code=204, summary="Revoke a token")
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
