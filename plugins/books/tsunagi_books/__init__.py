"""Zoho Books for Tsunagi: customers, contact persons, items, vendors, estimates, invoices and orders."""

from collections.abc import Sequence

from tsunagi import CONTRACT, Action, ConnectorType, EntityType, Panel, SyncPair, hookimpl
from tsunagi_books.actions import ACTIONS
from tsunagi_books.connector import SERVICE
from tsunagi_books.mappings import PAIRS
from tsunagi_books.panels import PANELS

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
