"""Expense as a product of the sandbox."""

from __future__ import annotations

from zoho_sandbox.expense import (
    categories,
    category_routes,
    customers,
    expense_routes,
    projects,
    report_routes,
    settings_routes,
)
from zoho_sandbox.expense.schema import SCHEMA
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.product import product_of
from zoho_sandbox.finance.services import EXPENSE


def _add_categories(call: FinanceCall) -> None:
    """An organisation has the usual categories from its first call on."""
    categories.add_standard(call.sandbox, call.organization_id)


PRODUCT = product_of(
    EXPENSE,
    settings_routes.OFFERS,
    customers.OFFERS,
    category_routes.OFFERS,
    projects.OFFERS,
    expense_routes.OFFERS,
    report_routes.OFFERS,
    schema=SCHEMA,
    before=_add_categories,
)
