"""A finance service described once: what the hub needs of it follows from its kinds of record."""

from collections.abc import Sequence
from dataclasses import dataclass

from tsunagi import (
    Action,
    ConnectorContext,
    ConnectorType,
    EntityType,
    NewOrganization,
    Organization,
    Panel,
    SyncPair,
    Text,
)
from tsunagi_zoho.finance.actions import actions_of
from tsunagi_zoho.finance.entity_types import TYPES
from tsunagi_zoho.finance.features import features_of
from tsunagi_zoho.finance.founding import found_organization
from tsunagi_zoho.finance.kinds import Kind
from tsunagi_zoho.finance.office import BillingOffice
from tsunagi_zoho.finance.organizations import finance_client, list_organizations
from tsunagi_zoho.finance.pairs import contact_persons_pair, customers_pair
from tsunagi_zoho.finance.panels import panels_of
from tsunagi_zoho.settings import ZohoSettings


@dataclass(frozen=True, slots=True)
class FinanceService:
    """`name` is the service's short name, `label` what people call it, `kinds` what it keeps, in the order it is read.

    A kind outside `on_demand` is listed by every sync: one call where nothing changed.
    """

    name: str
    label: Text
    base_path: str
    kinds: tuple[Kind, ...]
    on_demand: tuple[str, ...] = ("item",)

    def connect(self, context: ConnectorContext) -> BillingOffice:
        return BillingOffice(context, service=self.name, base_path=self.base_path, kinds=self.kinds)

    def probe(self, context: ConnectorContext) -> Sequence[Organization]:
        with finance_client(context, self.name, self.base_path) as client:
            return list_organizations(client)

    def create(self, context: ConnectorContext, new: NewOrganization) -> Organization:
        return found_organization(context, new, service=self.name, base_path=self.base_path)

    def connector_type(self) -> ConnectorType:
        return ConnectorType(
            service=self.name,
            label=self.label,
            side="finance",
            settings=ZohoSettings,
            build=self.connect,
            probe=self.probe,
            entities=tuple(kind.entity for kind in self.kinds if kind.entity not in self.on_demand),
            features=features_of(self.kinds),
            create=self.create,
        )

    def entity_types(self) -> tuple[EntityType, ...]:
        return tuple(TYPES[kind.entity](self.name) for kind in self.kinds)

    def pairs(self) -> tuple[SyncPair, ...]:
        return (customers_pair(self.name, self.label), contact_persons_pair(self.name, self.label))

    def panels(self) -> tuple[Panel, ...]:
        return panels_of(self.name, self.kinds)

    def actions(self) -> tuple[Action, ...]:
        return actions_of(self.name, self.label, self.kinds)
