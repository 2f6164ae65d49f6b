"""Zoho Subscriptions (sold as Billing) for Tsunagi: customers, their subscriptions and the invoices of these."""

from collections.abc import Sequence

from tsunagi import CONTRACT, Action, ConnectorType, EntityType, Panel, SyncPair, Text, hookimpl
from tsunagi_subscriptions.client import BillingClient
from tsunagi_subscriptions.customers import CUSTOMER
from tsunagi_subscriptions.deal_subscriptions import subscription_actions
from tsunagi_subscriptions.documents import INVOICE, NAME, SUBSCRIPTION
from tsunagi_zoho.finance.service import FinanceService

tsunagi_contract = CONTRACT

SERVICE = FinanceService(
    name=NAME,
    label=Text.same("Zoho Subscriptions"),
    base_path="/billing/v1",
    scope="ZohoSubscriptions.fullaccess.all",
    kinds=(CUSTOMER, SUBSCRIPTION, INVOICE),
    calls=BillingClient,
    set_up_in="Zoho Billing",
)


@hookimpl
def register_connectors() -> Sequence[ConnectorType]:
    return (SERVICE.connector_type(),)


@hookimpl
def register_entity_types() -> Sequence[EntityType]:
    return SERVICE.entity_types()


@hookimpl
def register_sync_pairs() -> Sequence[SyncPair]:
    return SERVICE.pairs()


@hookimpl
def register_actions() -> Sequence[Action]:
    return (*SERVICE.actions(), *subscription_actions())


@hookimpl
def register_panels() -> Sequence[Panel]:
    return SERVICE.panels()
