"""Keys with which somebody else may connect one's own organisation."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.connections import keys
from tsunagi.http.api.schemas import Entered, revealed
from tsunagi.http.auth import SignedIn
from tsunagi.store.shared_keys import SharedKey

router = APIRouter(prefix="/keys", tags=["keys"])


class IssueIn(BaseModel):
    """One's own settings for the service; they stay encrypted, and the key's holder never sees them."""

    model_config = ConfigDict(extra="forbid")

    settings: Entered
    organization_id: str | None = Field(default=None, max_length=100)


class KeyOut(BaseModel):
    """A key as it may be shown: never its text, which nobody keeps."""

    id: str
    service: str
    issuer: str
    organization_id: str
    created_at: dt.datetime
    revoked_at: dt.datetime | None


class NewKeyOut(KeyOut):
    text: str = Field(description="shown this once: hand it on together with the issuer's e-mail address")


class KeysOut(BaseModel):
    items: list[KeyOut]


@router.get("", summary="List keys")
def list_keys(caller: SignedIn) -> KeysOut:
    """The latest first. CRM administrators only."""
    return KeysOut(items=[_key(key) for key in keys.list_keys(caller.hub.context, caller.person)])


@router.post("/{service}", status_code=201, summary="Issue a key, or a new one in place of the old")
def issue(caller: SignedIn, service: str, given: IssueIn) -> NewKeyOut:
    """For an administrator of the finance organisation, whose key for this service before is revoked with it."""
    new = keys.issue_key(caller.hub.context, service, revealed(given.settings), organization_id=given.organization_id)
    return NewKeyOut(**_key(new.key).model_dump(), text=new.text)


@router.delete("/{service}/{issuer}", status_code=204, summary="Revoke a key")
def revoke(
    caller: SignedIn,
    service: str,
    issuer: str,
    confirm: Annotated[str, Query(max_length=100, description="the service's name, where a connection ends")] = "",
) -> None:
    """For its issuer and for CRM administrators. A connection made with it is switched off, its credentials erased."""
    keys.revoke_key(caller.hub.context, caller.person, service, issuer, confirmed=confirm)


def _key(key: SharedKey) -> KeyOut:
    return KeyOut(
        id=key.id,
        service=key.service,
        issuer=key.issuer,
        organization_id=key.organization_id,
        created_at=key.created_at,
        revoked_at=key.revoked_at,
    )
