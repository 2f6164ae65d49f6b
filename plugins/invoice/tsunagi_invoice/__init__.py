"""Zoho Invoice for Tsunagi: customers, contact persons, items, estimates and invoices."""

from collections.abc import Sequence

from tsunagi import CONTRACT, Action, ConnectorType, EntityType, Panel, SyncPair, hookimpl
from tsunagi_invoice.actions import ACTIONS
from tsunagi_invoice.connector import SERVICE
from tsunagi_invoice.mappings import PAIRS
from tsunagi_invoice.panels import PANELS

tsunagi_contract = CONTRACT


@hookimpl
def register_connectors() -> Sequence[ConnectorType]:
    return (SERVICE.connector_type(),)


@hookimpl
def register_entity_types() -> Sequence[EntityType]:
    return SERVICE.entity_types()


@hookimpl
def register_sync_pairs() -> Sequence[SyncPair]:
    return PAIRS


@hookimpl
def register_actions() -> Sequence[Action]:
    return ACTIONS


@hookimpl
def register_panels() -> Sequence[Panel]:
    return PANELS
