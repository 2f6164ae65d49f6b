"""Whether a CRM and a finance organisation can be joined: decided by the CRM's plugin, carried out by the hub.

COMPATIBILITY   what a plugin knows of plans and currencies, decided from facts alone: no clock, no network, no store
FACTS           the ServicePlans of both sides, as their connectors report them
FINDING         one result of comparing the two, with its weight, its side, and what a person can do
EFFECT          what the hub is to do about a finding once the two are connected
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol, runtime_checkable

from tsunagi.domain.directory import Person
from tsunagi.domain.rates import Rate
from tsunagi.text import Text

# The name from when the hub knew the editions itself; plugins written then import it.
Edition = str


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """The facts that decide whether two organisations can be joined.

    `edition` is the plan in the plugin's own words, which its Compatibility reads; "unknown" if not reported.
    `multi_currency`: whether more than the base currency can be used, `currencies` which are in use (ISO
    codes), `has_transactions` whether there are documents, after which a base currency cannot be changed.
    """

    edition: str
    base_currency: str
    multi_currency: bool
    currencies: tuple[str, ...] = ()
    has_transactions: bool = False


@runtime_checkable
class Plans(Protocol):
    """A connector that can read its organisation's plan and rates. Nothing is cached."""

    def plan(self) -> ServicePlan: ...

    def rates(self) -> tuple[Rate, ...]:
        """The current rate of every foreign currency that has one, in the service's own direction."""
        ...


@runtime_checkable
class MultiCurrency(Protocol):
    """A connector whose service can be switched to several currencies."""

    def enable_multi_currency(self, base: str) -> None:
        """Turn it on with this base currency; on already with the same base is no error. AccessRefused by edition."""
        ...

    def add_currency(self, rate: Rate) -> None:
        """Add a foreign currency at a rate, in the service's own direction; there already is no error."""
        ...


FindingSide = Literal["crm", "finance", "both"]
Effect = Literal["", "enable_multi_currency"]


class Severity(Enum):
    """REFUSES: nothing may be connected or changed. ACTS: the hub does something about it once connected.
    TELLS: a person should know or do something. FINE: good to know.
    """

    REFUSES = "refuses"
    ACTS = "acts"
    TELLS = "tells"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `kind` is the plugin's own word for it, the same for ever: scripts read it.

    `side` is the one it concerns, or the one to change; `currency` the code it is about. `what_to_do` is None where
    there is nothing for a person to do. `effect` is what the hub does where the severity is ACTS:
    "enable_multi_currency" turns the CRM's multi-currency on with `currency` as its base. `needs_support`: only the
    vendor's support can change it, and Compatibility.support_request words the request.
    """

    kind: str
    severity: Severity
    side: FindingSide
    message: Text
    what_to_do: Text | None = None
    currency: str = ""
    effect: Effect = ""
    needs_support: bool = False


@dataclass(frozen=True, slots=True)
class FinanceSide:
    """One organisation of a finance service with its plan; `label` is the service's name as people know it.

    `organization_id` is empty for an organisation that does not exist yet.
    """

    service: str
    label: Text
    organization_id: str
    organization: str
    plan: ServicePlan

    @property
    def foreign_currencies(self) -> frozenset[str]:
        """Those in use besides the base currency."""
        return frozenset(self.plan.currencies) - {self.plan.base_currency}


@dataclass(frozen=True, slots=True)
class SupportRequest:
    """A message to a vendor's support, in every language the hub speaks."""

    subject: Text
    body: Text


class Compatibility(Protocol):
    """The rules by which a CRM can be joined with finance organisations. Pure: the same facts, the same answer.

    The hub asks before it connects, creates or switches off a finance service, and whenever a person wants to know.
    While anything found REFUSES, nothing is connected, created or changed. Nothing is expected to be raised.
    """

    def check(self, crm: ServicePlan, finance: FinanceSide) -> Sequence[Finding]:
        """All findings about the two, in any order: the hub shows the weightiest first."""
        ...

    def after_disabling(self, crm: ServicePlan, still_needed_by: Sequence[Text]) -> Sequence[Finding]:
        """What becomes of the multi-currency the hub turned on in the CRM, when a finance service is switched off.

        `still_needed_by`: labels of the services that stay connected and use several currencies.
        """
        ...

    def support_request(self, actor: Person, finance: FinanceSide, to_currency: str) -> SupportRequest:
        """Words the request to change the organisation's base currency, in the name of `actor`."""
        ...


def weightiest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    weights = list(Severity)
    return tuple(sorted(findings, key=lambda finding: weights.index(finding.severity)))


def refusals(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that forbid connecting; empty when it may go on."""
    return tuple(finding for finding in findings if finding.severity is Severity.REFUSES)
