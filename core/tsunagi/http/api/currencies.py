"""Plans and currencies of the CRM and a finance service: do they fit, and do their rates agree?"""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.connections import compatibility
from tsunagi.app.connections.support_request import support_request
from tsunagi.domain.compatibility import SupportRequest
from tsunagi.domain.rates import LABELS, Rate, RateDifference
from tsunagi.http.api.schemas import Entered, FindingOut, findings, revealed
from tsunagi.http.auth import SignedIn
from tsunagi.translation import say

router = APIRouter(prefix="/currencies", tags=["currencies"])


class CheckOut(BaseModel):
    service: str
    findings: list[FindingOut]


class RateOut(BaseModel):
    """An exact rate as one side gives it."""

    value: str = Field(examples=["151.5"])
    direction: Literal["foreign_per_base", "base_per_foreign"]


class RateDifferenceOut(BaseModel):
    """One currency on both sides; `crm_value` and `finance_value` are both base per foreign."""

    currency: str
    crm: RateOut | None
    finance: RateOut | None
    crm_value: str | None
    finance_value: str | None
    relative: str | None = Field(description="the difference as a part of the larger")
    agreement: str
    label: str


class RatesOut(BaseModel):
    service: str
    items: list[RateDifferenceOut]


class SupportIn(BaseModel):
    """The settings of an organisation that could not be connected; left out for the connected one."""

    model_config = ConfigDict(extra="forbid")

    settings: Entered | None = None
    organization_id: str | None = Field(default=None, max_length=100)


class SupportOut(BaseModel):
    """A message to the vendor's support, to be sent by a person."""

    subject: str
    body: str


@router.get("/{service}", summary="Do plans and currencies fit?")
def check(caller: SignedIn, service: str) -> CheckOut:
    """Both sides are read now. Administrators only."""
    found = compatibility.findings_of(caller.hub.context, service, actor=caller.person)
    return CheckOut(service=service, findings=findings(found))


@router.get("/{service}/rates", summary="Compare both sides' exchange rates")
def rates(caller: SignedIn, service: str) -> RatesOut:
    """Both sides are read now. Administrators only."""
    found = compatibility.rate_differences(caller.hub.context, service, actor=caller.person)
    return RatesOut(service=service, items=[_difference(each) for each in found])


@router.post("/{service}/support-request", summary="Word the request to change a base currency")
def word_request(caller: SignedIn, service: str, given: SupportIn) -> SupportOut:
    """For an organisation with transactions, whose base currency only its vendor's support can change."""
    values = revealed(given.settings) if given.settings is not None else None
    found = support_request(caller.hub.context, caller.person, service, values, organization_id=given.organization_id)
    return _support(found)


def _support(request: SupportRequest) -> SupportOut:
    return SupportOut(subject=say(request.subject), body=say(request.body))


def _difference(found: RateDifference) -> RateDifferenceOut:
    return RateDifferenceOut(
        currency=found.currency,
        crm=_rate(found.crm),
        finance=_rate(found.finance),
        crm_value=None if found.crm_value is None else f"{found.crm_value:f}",
        finance_value=None if found.finance_value is None else f"{found.finance_value:f}",
        relative=None if found.relative is None else f"{found.relative:f}",
        agreement=found.severity.value,
        label=say(LABELS[found.severity]),
    )


def _rate(rate: Rate | None) -> RateOut | None:
    return RateOut(value=f"{rate.value:f}", direction=rate.direction.value) if rate else None
