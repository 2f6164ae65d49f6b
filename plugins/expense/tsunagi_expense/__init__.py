"""Zoho Expense for Tsunagi: customers, the expenses made for them, and the reports these are handed in with."""

from collections.abc import Sequence

from tsunagi import CONTRACT, ConnectorType, EntityType, Panel, SyncPair, hookimpl
from tsunagi_expense.connector import EXPENSE_SERVICE
from tsunagi_expense.kinds import ENTITY_TYPES
from tsunagi_expense.mappings import PAIRS
from tsunagi_expense.panels import PANELS

tsunagi_contract = CONTRACT


@hookimpl
def register_connectors() -> Sequence[ConnectorType]:
    return (EXPENSE_SERVICE,)


@hookimpl
def register_entity_types() -> Sequence[EntityType]:
    return ENTITY_TYPES


@hookimpl
def register_sync_pairs() -> Sequence[SyncPair]:
    return PAIRS


@hookimpl
def register_panels() -> Sequence[Panel]:
    return PANELS
