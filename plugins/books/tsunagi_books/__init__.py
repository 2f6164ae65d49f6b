"""Zoho Books for Tsunagi: customers, contact persons, items, vendors, estimates, invoices and orders."""

from collections.abc import Sequence

from tsunagi import CONTRACT, Action, ConnectorType, EntityType, Panel, SyncPair, Text, hookimpl
from tsunagi_zoho.finance.contact_persons import CONTACT_PERSON
from tsunagi_zoho.finance.customers import CUSTOMER
from tsunagi_zoho.finance.documents import ESTIMATE, INVOICE, PURCHASE_ORDER, SALES_ORDER
from tsunagi_zoho.finance.items import ITEM
from tsunagi_zoho.finance.service import FinanceService
from tsunagi_zoho.finance.vendors import VENDOR

tsunagi_contract = CONTRACT

SERVICE = FinanceService(
    name="books",
    label=Text.same("Zoho Books"),
    base_path="/books/v3",
    scope="ZohoBooks.fullaccess.all",
    kinds=(CUSTOMER, CONTACT_PERSON, ITEM, ESTIMATE, INVOICE, SALES_ORDER, VENDOR, PURCHASE_ORDER),
    when_paired=("item",),
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
    return SERVICE.actions()


@hookimpl
def register_panels() -> Sequence[Panel]:
    return SERVICE.panels()
