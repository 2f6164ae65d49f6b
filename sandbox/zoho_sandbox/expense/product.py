"""Expense as a product of the sandbox."""

from __future__ import annotations

from functools import partial

from zoho_sandbox.books import limits
from zoho_sandbox.books.operations import refuse, refused
from zoho_sandbox.books.services import EXPENSE
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.expense import category_routes, customers, expense_routes, projects, report_routes, settings_routes
from zoho_sandbox.expense.schema import SCHEMA
from zoho_sandbox.product import Product


def _admit(call: Call) -> Answer | None:
    error = limits.admit(call, EXPENSE)
    return None if error is None else refused(error)


PRODUCT = Product(
    name=EXPENSE.name,
    prefix="/expense",
    schema=SCHEMA,
    operations=(
        *settings_routes.OPERATIONS,
        *customers.OPERATIONS,
        *category_routes.OPERATIONS,
        *projects.OPERATIONS,
        *expense_routes.OPERATIONS,
        *report_routes.OPERATIONS,
    ),
    refuse=partial(refuse, service=EXPENSE),
    admit=_admit,
    stamp=partial(limits.stamp, service=EXPENSE),
)
