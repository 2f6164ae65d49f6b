"""What switching a service off would take away, in JSON."""

from dataclasses import asdict

from pydantic import BaseModel, Field

from tsunagi.api.findings import FindingOut, findings
from tsunagi.app.connections.services import Consequences
from tsunagi.translation import say


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


def consequences_of(known: Consequences) -> ConsequencesOut:
    return ConsequencesOut(
        service=known.service,
        label=say(known.label),
        organization=known.organization,
        panels=[say(label) for label in known.panels],
        features=[say(label) for label in known.features],
        rules=list(known.rules),
        pairs=list(known.pairs),
        permissions=list(known.permissions),
        traces=asdict(known.traces),
        findings=findings(known.findings),
        unsure=[say(text) for text in known.unsure],
    )
