"""Features: which parts of the connected services are on."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.connections import features
from tsunagi.app.connections.features import FeatureState
from tsunagi.http.auth import SignedIn
from tsunagi.translation import say

router = APIRouter(prefix="/features", tags=["features"])


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


@router.get("", summary="List features")
def list_features(
    caller: SignedIn, service: Annotated[str | None, Query(description="of this service only", max_length=100)] = None
) -> FeaturesOut:
    return FeaturesOut(items=[_feature(state) for state in features.features(caller.hub.context, service)])


@router.put("/{service}/{name}", summary="Switch a feature on or off")
def set_feature(caller: SignedIn, service: str, name: str, given: SwitchIn) -> FeatureOut:
    """CRM administrators only."""
    return _feature(features.set_feature(caller.hub.context, caller.person, service, name, on=given.on))


def _feature(state: FeatureState) -> FeatureOut:
    feature = state.feature
    return FeatureOut(
        service=state.service,
        name=feature.name,
        label=say(feature.label),
        on=state.on,
        entities=list(feature.entities),
    )
