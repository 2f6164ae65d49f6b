"""Zoho Books for Tsunagi: customers, contact persons, items, estimates and invoices."""

from collections.abc import Sequence

from tsunagi import CONTRACT, Action, ConnectorType, EntityType, Panel, SyncPair, hookimpl

from tsunagi_books.actions import ACTIONS
from tsunagi_books.connector import BOOKS, ENTITY_TYPES
from tsunagi_books.mappings import PAIRS
from tsunagi_books.panels import PANELS

tsunagi_contract = CONTRACT


@hookimpl
def register_connectors() -> Sequence[ConnectorType]:
    return (BOOKS,)


@hookimpl
def register_entity_types() -> Sequence[EntityType]:
    return ENTITY_TYPES


@hookimpl
def register_sync_pairs() -> Sequence[SyncPair]:
    return PAIRS


@hookimpl
def register_actions() -> Sequence[Action]:
    return ACTIONS


@hookimpl
def register_panels() -> Sequence[Panel]:
    return PANELS
