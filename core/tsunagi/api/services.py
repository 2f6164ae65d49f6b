"""Services: what switching one off would mean, switching it off and on, and forgetting it."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.api.findings import FindingOut, findings
from tsunagi.app import switching
from tsunagi.app.switching import Consequences
from tsunagi.asking import Asked
from tsunagi.translation import say

router = APIRouter(prefix="/services", tags=["services"])


class TracesOut(BaseModel):
    """What the hub keeps of a service, in numbers."""

    records: int
    documents: int
    links: int
    planned_writes: int
    waiting_notices: int
    subscriptions: int


class ConsequencesOut(BaseModel):
    """What goes with a service that is switched off; nothing is deleted at the service itself."""

    service: str
    label: str
    organization: str
    panels: list[str]
    features: list[str]
    rules: list[str]
    pairs: list[str]
    permissions: list[str]
    traces: dict[str, int] = Field(description="what the hub keeps of it, by kind")
    findings: list[FindingOut] = Field(description="what becomes of currencies")
    unsure: list[str] = Field(description="what could not be asked")


class ConfirmIn(BaseModel):
    """The consequences are confirmed by giving the service's name."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"confirm": "ledger"}]})

    confirm: str = Field(default="", max_length=100)


class SwitchedOut(BaseModel):
    service: str
    state: str


@router.get("/{service}/consequences", summary="What would switching a service off mean?")
def consequences(asked: Asked, service: str) -> ConsequencesOut:
    return _consequences(switching.consequences(asked.hub, service, asker=asked.person))


@router.post("/{service}/disable", summary="Switch a service off")
def disable(asked: Asked, service: str, given: ConfirmIn) -> ConsequencesOut:
    """Its links and settings are kept, so that switching it on again makes no duplicate. CRM administrators only."""
    return _consequences(switching.switch_off(asked.hub, asked.person, service, confirmed=given.confirm))


@router.post("/{service}/enable", summary="Switch a service on again")
def enable(asked: Asked, service: str) -> SwitchedOut:
    """CRM administrators only."""
    return SwitchedOut(service=service, state=switching.switch_on(asked.hub, asked.person, service).state)


@router.post("/{service}/forget", summary="Switch a service off and erase all the hub keeps of it")
def forget(asked: Asked, service: str, given: ConfirmIn) -> ConsequencesOut:
    """Connecting again starts from nothing. CRM administrators only."""
    return _consequences(switching.forget(asked.hub, asked.person, service, confirmed=given.confirm))


def _consequences(known: Consequences) -> ConsequencesOut:
    return ConsequencesOut(
        service=known.service,
        label=say(known.label),
        organization=known.organization,
        panels=[say(label) for label in known.panels],
        features=[say(label) for label in known.features],
        rules=list(known.rules),
        pairs=list(known.pairs),
        permissions=list(known.permissions),
        traces=known.traces,
        findings=findings(known.findings),
        unsure=[say(text) for text in known.unsure],
    )
