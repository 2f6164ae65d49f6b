"""Zoho Subscriptions (sold as Billing) for Tsunagi: customers, their subscriptions and the invoices of these."""

from collections.abc import Sequence

from tsunagi import CONTRACT, ConnectorType, EntityType, Panel, SyncPair, hookimpl
from tsunagi_subscriptions.connector import SUBSCRIPTIONS
from tsunagi_subscriptions.documents import INVOICE_TYPE, SUBSCRIPTION_TYPE
from tsunagi_subscriptions.mappings import PAIRS
from tsunagi_subscriptions.panels import PANELS
from tsunagi_zoho.finance.entity_types import customer_type

tsunagi_contract = CONTRACT


@hookimpl
def register_connectors() -> Sequence[ConnectorType]:
    return (SUBSCRIPTIONS,)


@hookimpl
def register_entity_types() -> Sequence[EntityType]:
    return (customer_type(SUBSCRIPTIONS.service), SUBSCRIPTION_TYPE, INVOICE_TYPE)


@hookimpl
def register_sync_pairs() -> Sequence[SyncPair]:
    return PAIRS


@hookimpl
def register_panels() -> Sequence[Panel]:
    return PANELS
