"""A finance service described once: what the hub needs of it follows from its kinds of record."""

from collections.abc import Sequence
from dataclasses import dataclass

from tsunagi import (
    Action,
    ConnectorContext,
    ConnectorType,
    EntityType,
    Feature,
    NewOrganization,
    Organization,
    Panel,
    SyncPair,
    Text,
)
from tsunagi_zoho.finance.connector import FinanceConnector
from tsunagi_zoho.finance.contact_persons import contact_persons_pair
from tsunagi_zoho.finance.customers import contact_customers_pair, customers_pair
from tsunagi_zoho.finance.deal_documents import estimate_of_deal, invoice_of_deal
from tsunagi_zoho.finance.deal_mailing import mailing_of_deal
from tsunagi_zoho.finance.deal_orders import purchase_order_of_deal, sales_order_of_deal
from tsunagi_zoho.finance.deal_revision import estimate_revision_of_deal, invoice_revision_of_deal
from tsunagi_zoho.finance.deal_transitions import acceptance_of_deal, refusal_of_deal, voiding_of_deal
from tsunagi_zoho.finance.items import items_pair
from tsunagi_zoho.finance.kinds import Kind
from tsunagi_zoho.finance.mailing import DocumentConnector
from tsunagi_zoho.finance.organization import (
    OrganizationClient,
    create_organization,
    finance_client,
    list_organizations,
)
from tsunagi_zoho.finance.vendors import vendors_pair
from tsunagi_zoho.oauth import ZohoConsent
from tsunagi_zoho.settings import ZohoSettings

_PLACES = ("account", "contact", "deal")
# What rules may have done with the documents a service lets us make.
_ACTIONS = {
    "estimate": (estimate_of_deal, acceptance_of_deal, refusal_of_deal, estimate_revision_of_deal),
    "invoice": (invoice_of_deal, voiding_of_deal, invoice_revision_of_deal),
    "sales_order": (sales_order_of_deal,),
    "purchase_order": (purchase_order_of_deal,),
}
_PAIRS = {
    "customer": (customers_pair, contact_customers_pair),
    "contact_person": (contact_persons_pair,),
    "vendor": (vendors_pair,),
    "item": (items_pair,),
}


@dataclass(frozen=True, slots=True)
class FinanceService:
    """`name` is the service's short name, `label` what people call it, `kinds` what it keeps, in the order it is read.

    A kind outside `when_paired` is listed by every sync: one call where nothing changed; the others are listed while
    a pair in force joins them. `calls` words the calls of a
    service that words them unlike the others. `scope` is what consent is requested for. `set_up_in` names the app
    organisations are made in by hand, where the service has no API for that.
    """

    name: str
    label: Text
    base_path: str
    scope: str
    kinds: tuple[Kind, ...]
    when_paired: tuple[str, ...] = ()
    calls: type[OrganizationClient] = OrganizationClient
    set_up_in: str = ""

    def connect(self, context: ConnectorContext) -> FinanceConnector:
        """A DocumentConnector where there is something to print."""
        connector = DocumentConnector if any(kind.prints for kind in self.kinds) else FinanceConnector
        return connector(context, self.name, self.base_path, self.kinds, self.calls)

    def probe(self, context: ConnectorContext) -> Sequence[Organization]:
        with finance_client(context, self.name, self.base_path) as client:
            return list_organizations(client)

    def create(self, context: ConnectorContext, new: NewOrganization) -> Organization:
        return create_organization(context, new, service=self.name, base_path=self.base_path)

    def connector_type(self) -> ConnectorType:
        return ConnectorType(
            service=self.name,
            label=self.label,
            side="finance",
            settings=ZohoSettings,
            build=self.connect,
            probe=self.probe,
            entities=tuple(kind.entity for kind in self.kinds if kind.entity not in self.when_paired),
            when_paired=self.when_paired,
            features=tuple(self._feature(kind) for kind in self.kinds if kind.is_document),
            create=None if self.set_up_in else self.create,
            create_by_hand=self._by_hand() if self.set_up_in else None,
            consent=ZohoConsent(self.name, (self.scope,)).declared(),
        )

    def entity_types(self) -> tuple[EntityType, ...]:
        return tuple(kind.describe(self.name) for kind in self.kinds)

    def pairs(self) -> tuple[SyncPair, ...]:
        return tuple(make(self.name, self.label) for kind in self.kinds for make in _PAIRS.get(kind.entity, ()))

    def panels(self) -> tuple[Panel, ...]:
        """One a kind of document, named alike in every service."""
        return tuple(self._panel(kind) for kind in self.kinds if kind.is_document)

    def actions(self) -> tuple[Action, ...]:
        written = [kind.entity for kind in self.kinds if kind.write is not None]
        made = (make(self.name, self.label) for entity in written for make in _ACTIONS.get(entity, ()))
        return (*made, *(mailing_of_deal(self.name, self.label, kind) for kind in self.kinds if kind.prints))

    def _feature(self, kind: Kind) -> Feature:
        return Feature(f"{kind.entity}s", kind.describe(self.name).plural, (kind.entity, *kind.kept_for))

    def _panel(self, kind: Kind) -> Panel:
        return Panel(
            service=self.name,
            name=f"{kind.entity}s",
            entity=kind.entity,
            label=kind.describe(self.name).plural,
            # What is bought stands on the pages of those it is bought from.
            places=(*_PLACES, *kind.kept_for),
            statuses=kind.statuses,
            through_deals=kind.through_deals,
            customers_only=kind.customers_only,
            columns=kind.columns,
            owed=kind.owed,
        )

    def _by_hand(self) -> Text:
        return Text(
            en=(
                f"Sign in to {self.set_up_in} with the same Zoho account, choose 'New organization', and give it the"
                " name, country, base currency and time zone you want. Then connect again: it is listed."
            ),
            ja=(
                f"同じ Zoho アカウントで {self.set_up_in} にサインインし、「新しい組織」を選んで、名称・国・基準通貨・"
                "タイムゾーンを設定してください。その後もう一度接続すると、一覧に表示されます。"
            ),
        )
