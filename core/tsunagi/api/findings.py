"""What a check of plans and currencies found, in JSON."""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from tsunagi.domain.compatibility import Finding
from tsunagi.translation import say


class FindingOut(BaseModel):
    """One thing found; texts are in the caller's language."""

    kind: str
    severity: str = Field(description="refuses: nothing may be connected; acts: the hub does it; tells; fine")
    side: str = Field(description="whom it concerns, or who is to change: crm, finance or both")
    currency: str
    message: str
    what_to_do: str | None


def findings(found: Iterable[Finding]) -> list[FindingOut]:
    return [
        FindingOut(
            kind=str(finding.kind),
            severity=finding.severity.value,
            side=finding.side,
            currency=finding.currency,
            message=say(finding.message),
            what_to_do=say(finding.what_to_do) if finding.what_to_do else None,
        )
        for finding in found
    ]
