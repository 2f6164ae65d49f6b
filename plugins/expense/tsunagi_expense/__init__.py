"""Zoho Expense for Tsunagi: customers, the expenses made for them, and the reports these are handed in with."""

from collections.abc import Sequence
from dataclasses import replace

from tsunagi import CONTRACT, ConnectorType, EntityType, Panel, SyncPair, Text, hookimpl
from tsunagi_expense.expenses import EXPENSE, NAME, REPORT
from tsunagi_zoho.finance.customers import CUSTOMER
from tsunagi_zoho.finance.service import FinanceService

tsunagi_contract = CONTRACT

SERVICE = FinanceService(
    name=NAME,
    label=Text.same("Zoho Expense"),
    base_path="/expense/v1",
    scope="ZohoExpense.fullaccess.ALL",
    # Its customers are the contacts of the other finance services, without people.
    kinds=(replace(CUSTOMER, related=()), EXPENSE, REPORT),
    set_up_in="Zoho Expense",
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
def register_panels() -> Sequence[Panel]:
    return SERVICE.panels()
