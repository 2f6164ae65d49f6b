"""The finance organisation that is to be joined with the CRM."""

from dataclasses import dataclass

from tsunagi.domain.plans import ServicePlan
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class FinanceSide:
    """One organisation of a finance service with its plan; `label` is the service's name as people know it."""

    service: str
    label: Text
    organization_id: str
    organization: str
    plan: ServicePlan

    @property
    def foreign_currencies(self) -> frozenset[str]:
        """Those in use besides the base currency."""
        return frozenset(self.plan.currencies) - {self.plan.base_currency}
