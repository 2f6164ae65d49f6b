"""Connecting organisations, creating those that are missing, and keys with which others may connect one's own."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from tsunagi.app.connections import connecting, fit, keys, organizations
from tsunagi.domain.connector import NewOrganization
from tsunagi.http.api.schemas import (
    After,
    Entered,
    FindingOut,
    Limit,
    Listing,
    OrganizationOut,
    findings,
    organization,
    page_of_latest,
    revealed,
)
from tsunagi.http.auth import SignedIn
from tsunagi.store.connections import Connection
from tsunagi.store.shared_keys import SharedKey
from tsunagi.translation import say

router = APIRouter(prefix="/connections", tags=["connections"])

_STRICT = ConfigDict(extra="forbid")
keys_router = APIRouter(prefix="/keys", tags=["keys"])


class ConnectionOut(BaseModel):
    """A connected organisation; `state` is active or off. While anything is in `prevented_by`, it is not written to."""

    service: str
    organization: OrganizationOut
    state: str
    connected_by: str
    prevented_by: list[FindingOut]


class PreventedOut(BaseModel):
    """A connected service that is not written to, and why."""

    service: str
    findings: list[FindingOut]


class ConnectedOut(ConnectionOut):
    """What was connected; `prevented` are the services that do not fit the CRM, which may have come second."""

    prevented: list[PreventedOut]


class ConnectionsOut(BaseModel):
    items: list[ConnectionOut]


class SurveyIn(BaseModel):
    """The settings to look with, by service."""

    model_config = _STRICT

    settings: dict[str, Entered] = Field(min_length=1, max_length=20)


class OfferOut(BaseModel):
    """`reached` are the organisations of each service, `problems` why one could not be reached."""

    reached: dict[str, list[OrganizationOut]]
    problems: dict[str, str]
    creatable: list[str] = Field(description="services in which an organisation can be created")


class NewOrganizationIn(BaseModel):
    """An organisation to be created: country and currency as ISO codes, time zone as IANA names it."""

    model_config = _STRICT

    name: str = Field(min_length=1, max_length=200)
    country: str = Field(max_length=100, examples=["JP"])
    currency: str = Field(pattern="^[A-Z]{3}$", examples=["JPY"])
    time_zone: str = Field(max_length=100, examples=["Asia/Tokyo"])
    language: str = Field(default="en", max_length=10)


class SettleIn(SurveyIn):
    """Which organisation is wanted in every service given: one that is there, or a new one."""

    organization_id: str | None = Field(default=None, max_length=100)
    new: NewOrganizationIn | None = None


class SettledOut(BaseModel):
    """What became of one service; `by_hand`: follow `message`, then send the same again."""

    service: str
    state: Literal["connected", "created", "by_hand", "refused"]
    connection: ConnectionOut | None
    message: str | None
    hint: str | None


class SettledListOut(BaseModel):
    items: list[SettledOut]


class ConnectIn(BaseModel):
    """`organization_id` may be left out where the settings reach one alone."""

    model_config = _STRICT

    settings: Entered
    organization_id: str | None = Field(default=None, max_length=100)


class KeyIn(BaseModel):
    """A key another user issued for their organisation."""

    model_config = _STRICT

    issuer: str = Field(max_length=320, description="their e-mail address")
    key: SecretStr = Field(max_length=200)


@router.get("", summary="List connections")
def list_connections(caller: SignedIn) -> ConnectionsOut:
    return ConnectionsOut(items=[_connection(each) for each in caller.hub.connectors.all()])


@router.post("/discover", summary="Look for organisations in several services")
def discover(caller: SignedIn, given: SurveyIn) -> OfferOut:
    """Nothing is stored. CRM administrators only."""
    offer = organizations.discover(caller.hub.context, caller.person, _by_service(given))
    return OfferOut(
        reached={service: [organization(each) for each in found] for service, found in offer.reached.items()},
        problems={service: say(why) for service, why in offer.problems.items()},
        creatable=list(offer.creatable),
    )


@router.post("/provision", summary="Connect one organisation in several services, creating it where it is missing")
def provision(caller: SignedIn, given: SettleIn) -> SettledListOut:
    """Each service is handled separately. CRM administrators only."""
    new = NewOrganization(**given.new.model_dump()) if given.new else None
    settled = organizations.provision(
        caller.hub.context, caller.person, _by_service(given), organization_id=given.organization_id, new=new
    )
    return SettledListOut(items=[_settled(each) for each in settled])


@router.put("/{service}", summary="Connect an organisation of a service")
def connect(caller: SignedIn, service: str, given: Annotated[ConnectIn, Body()]) -> ConnectedOut:
    """In place of the one connected before. CRM administrators only."""
    made = connecting.connect(
        caller.hub.context,
        service,
        revealed(given.settings),
        organization_id=given.organization_id,
        actor=caller.person,
    )
    prevented = [
        PreventedOut(service=name, findings=findings(found))
        for name, found in fit.prevented_services(caller.hub.context).items()
    ]
    return ConnectedOut(**_connection(made).model_dump(), prevented=prevented)


@router.put("/{service}/key", summary="Connect another user's organisation with their key")
def connect_with_key(caller: SignedIn, service: str, given: KeyIn) -> ConnectionOut:
    """A key that does not fit is refused without a reason, and after several tries for a while. Administrators only."""
    made = keys.connect_with_key(caller.hub.context, caller.person, service, given.issuer, given.key.get_secret_value())
    return _connection(made)


def _by_service(given: SurveyIn) -> dict[str, dict[str, object]]:
    return {service: revealed(values) for service, values in given.settings.items()}


def _connection(connection: Connection) -> ConnectionOut:
    return ConnectionOut(
        service=connection.service,
        organization=organization(connection.organization),
        state=connection.state,
        connected_by=connection.connected_by,
        prevented_by=findings(fit.prevented_by(connection)),
    )


def _settled(settled: organizations.Provisioned) -> SettledOut:
    return SettledOut(
        service=settled.service,
        state=settled.state,
        connection=_connection(settled.connection) if settled.connection else None,
        message=say(settled.message) if settled.message else None,
        hint=say(settled.hint) if settled.hint else None,
    )


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
    organization_name: str = Field(description="empty for keys issued before it was kept")
    created_at: dt.datetime
    revoked_at: dt.datetime | None


class NewKeyOut(KeyOut):
    text: str = Field(description="shown this once: hand it on together with the issuer's e-mail address")


@keys_router.get("", summary="List keys")
def list_keys(caller: SignedIn, after: After = None, limit: Limit = 50) -> Listing[KeyOut]:
    """The latest first. CRM administrators only."""
    known = keys.list_keys(caller.hub.context, caller.person)
    found = page_of_latest(known, lambda each: (each.created_at, each.id), after, limit)
    return Listing(items=[_key(each) for each in found.items], next=found.next)


@keys_router.post("/{service}", status_code=201, summary="Issue a key, or a new one in place of the old")
def issue(caller: SignedIn, service: str, given: IssueIn) -> NewKeyOut:
    """For an administrator of the finance organisation, whose key for this service before is revoked with it."""
    new = keys.issue_key(caller.hub.context, service, revealed(given.settings), organization_id=given.organization_id)
    return NewKeyOut(**_key(new.key).model_dump(), text=new.text)


@keys_router.delete("/{service}/{issuer}", status_code=204, summary="Revoke a key")
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
        organization_name=key.organization_name,
        created_at=key.created_at,
        revoked_at=key.revoked_at,
    )
