"""Expense as a product of the sandbox."""

from __future__ import annotations

from zoho_sandbox.expense import categories, customers, expense_routes, projects, report_routes
from zoho_sandbox.finance import settings_routes
from zoho_sandbox.finance.operations import FinanceCall, offer, open_offer, product_of
from zoho_sandbox.finance.services import EXPENSE

_SETTINGS = (
    open_offer("GET", "/organizations", settings_routes.list_organizations, scope="orgsettings.READ"),
    open_offer("GET", "/organizations/{organization_id}", settings_routes.get_organization, scope="orgsettings.READ"),
    offer("GET", "/users", settings_routes.list_users, scope="users.READ"),
    offer("GET", "/users/me", settings_routes.me, scope="users.READ"),
    offer("GET", "/users/{user_id}", settings_routes.get_user, scope="users.READ"),
    offer("GET", "/settings/currencies", settings_routes.list_currencies, scope="currency.READ"),
    offer("GET", "/settings/currencies/{currency_id}", settings_routes.get_currency, scope="currency.READ"),
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS expense_categories (
  category_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, category_name TEXT NOT NULL, name_key TEXT NOT NULL,
  description TEXT NOT NULL, gl_code TEXT NOT NULL, status TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS expense_categories_name ON expense_categories (organization_id, name_key);
CREATE TABLE IF NOT EXISTS expense_projects (
  project_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, project_name TEXT NOT NULL, name_key TEXT NOT NULL,
  customer_id TEXT NOT NULL, description TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS expense_projects_name ON expense_projects (organization_id, name_key);
CREATE TABLE IF NOT EXISTS expense_expenses (
  expense_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, user_id TEXT NOT NULL, customer_id TEXT NOT NULL,
  project_id TEXT NOT NULL, category_id TEXT NOT NULL, report_id TEXT NOT NULL, merchant_name TEXT NOT NULL,
  reference_number TEXT NOT NULL, description TEXT NOT NULL, date TEXT NOT NULL, total INTEGER NOT NULL,
  bcy_total INTEGER NOT NULL, is_billable INTEGER NOT NULL, is_reimbursable INTEGER NOT NULL,
  created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS expense_expenses_date ON expense_expenses (organization_id, date);
CREATE INDEX IF NOT EXISTS expense_expenses_modified ON expense_expenses (organization_id, modified_at);
CREATE INDEX IF NOT EXISTS expense_expenses_customer ON expense_expenses (customer_id);
CREATE INDEX IF NOT EXISTS expense_expenses_report ON expense_expenses (report_id);
CREATE TABLE IF NOT EXISTS expense_reports (
  report_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, report_number TEXT NOT NULL, report_name TEXT NOT NULL,
  user_id TEXT NOT NULL, customer_id TEXT NOT NULL, project_id TEXT NOT NULL, status TEXT NOT NULL,
  start_date TEXT NOT NULL, end_date TEXT NOT NULL, total INTEGER NOT NULL, reimbursable INTEGER NOT NULL,
  created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, document TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS expense_reports_number ON expense_reports (organization_id, report_number);
CREATE INDEX IF NOT EXISTS expense_reports_modified ON expense_reports (organization_id, modified_at);
CREATE INDEX IF NOT EXISTS expense_reports_customer ON expense_reports (customer_id);
CREATE TABLE IF NOT EXISTS expense_approvals (
  entry_id TEXT PRIMARY KEY, report_id TEXT NOT NULL, status TEXT NOT NULL, user_id TEXT NOT NULL,
  comments TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS expense_approvals_report ON expense_approvals (report_id);
"""


def _add_categories(call: FinanceCall) -> None:
    """Every organisation has the usual categories from its first call on."""
    categories.add_standard(call.sandbox, call.organization_id)


PRODUCT = product_of(
    EXPENSE,
    _SETTINGS,
    customers.OFFERS,
    categories.OFFERS,
    projects.OFFERS,
    expense_routes.OFFERS,
    report_routes.OFFERS,
    schema=_SCHEMA,
    before=_add_categories,
)
