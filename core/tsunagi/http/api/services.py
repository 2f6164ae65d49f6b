"""Services: what switching one off would mean, switching it off and on, and forgetting it."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.connections import services
from tsunagi.app.connections.services import FeatureState
from tsunagi.http.api.schemas import ConsequencesOut, consequences_of
from tsunagi.http.auth import SignedIn
from tsunagi.translation import say

router = APIRouter(prefix="/services", tags=["services"])


class ConfirmIn(BaseModel):
    """The consequences are confirmed by giving the service's name."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"confirm": "ledger"}]})

    confirm: str = Field(default="", max_length=100)


class SwitchedOut(BaseModel):
    service: str
    state: str


class ConfirmEverythingIn(BaseModel):
    """The consequences are confirmed by giving the word `everything`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"confirm": "everything"}]})

    confirm: str = Field(default="", max_length=100)


class EverythingOut(BaseModel):
    """What goes with each service that is on, or was until now."""

    items: list[ConsequencesOut]


@router.get("/consequences", summary="What would switching everything off mean?")
def everything(caller: SignedIn) -> EverythingOut:
    found = services.everything(caller.hub.context, actor=caller.person)
    return EverythingOut(items=[consequences_of(each) for each in found])


@router.post("/disable", summary="Switch every service off at once")
def disable_everything(caller: SignedIn, given: ConfirmEverythingIn) -> EverythingOut:
    """All are off or none is; each is switched on again separately. CRM administrators only."""
    found = services.disable_everything(caller.hub.context, caller.person, confirmed=given.confirm)
    return EverythingOut(items=[consequences_of(each) for each in found])


@router.get("/{service}/consequences", summary="What would switching a service off mean?")
def consequences(caller: SignedIn, service: str) -> ConsequencesOut:
    return consequences_of(services.consequences(caller.hub.context, service, actor=caller.person))


@router.post("/{service}/disable", summary="Switch a service off")
def disable(caller: SignedIn, service: str, given: ConfirmIn) -> ConsequencesOut:
    """Its links and settings are kept, so that switching it on again makes no duplicate. CRM administrators only."""
    return consequences_of(services.disable(caller.hub.context, caller.person, service, confirmed=given.confirm))


@router.post("/{service}/enable", summary="Switch a service on again")
def enable(caller: SignedIn, service: str) -> SwitchedOut:
    """CRM administrators only."""
    return SwitchedOut(service=service, state=services.enable(caller.hub.context, caller.person, service).state)


@router.post("/{service}/forget", summary="Switch a service off and erase all the hub keeps of it")
def forget(caller: SignedIn, service: str, given: ConfirmIn) -> ConsequencesOut:
    """Connecting again starts from nothing. CRM administrators only."""
    return consequences_of(services.forget(caller.hub.context, caller.person, service, confirmed=given.confirm))


features_router = APIRouter(prefix="/features", tags=["features"])


class FeatureOut(BaseModel):
    """What is off is neither fetched nor shown; `entities` are the kinds of records that belong to it."""

    service: str
    name: str
    label: str
    on: bool
    entities: list[str]


class FeaturesOut(BaseModel):
    items: list[FeatureOut]


class SwitchIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    on: bool = Field(strict=True)


@features_router.get("", summary="List features")
def list_features(
    caller: SignedIn, service: Annotated[str | None, Query(description="of this service only", max_length=100)] = None
) -> FeaturesOut:
    return FeaturesOut(items=[_feature(state) for state in services.features(caller.hub.context, service)])


@features_router.put("/{service}/{name}", summary="Switch a feature on or off")
def set_feature(caller: SignedIn, service: str, name: str, given: SwitchIn) -> FeatureOut:
    """CRM administrators only."""
    return _feature(services.set_feature(caller.hub.context, caller.person, service, name, on=given.on))


def _feature(state: FeatureState) -> FeatureOut:
    feature = state.feature
    return FeatureOut(
        service=state.service,
        name=feature.name,
        label=say(feature.label),
        on=state.on,
        entities=list(feature.entities),
    )
