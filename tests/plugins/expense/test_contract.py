"""Expense keeps the contract every connector keeps."""

from collections.abc import Iterator

import pytest
from sandbox_double import SandboxDouble, serving

from tsunagi.testing import Case, ConnectorContract, amount
from tsunagi_expense import SERVICE


class Expense(SandboxDouble):
    """Expense as its people use it: they spend, hand in and change what they wrote."""

    base_path = "/expense/v1"

    def add(self, entity: str, number: int) -> str:
        return self.spend(number) if entity == "expense" else self.hand_in(number)

    def spend(self, number: int) -> str:
        currencies = self.call("GET", "/settings/currencies")["currencies"]
        dollars = next(each["currency_id"] for each in currencies if each["currency_code"] == "USD")
        category = self.call("GET", "/expensecategories")["expense_accounts"][0]["category_id"]
        spent = {"amount": amount(number), "currency_id": dollars, "category_id": category, "date": "2026-01-31"}
        return str(self.call("POST", "/expenses", spent)["expense"]["expense_id"])

    def hand_in(self, number: int) -> str:
        report = {"report_name": f"Report {number}", "expenses": []}
        return str(self.call("POST", "/expensereports", report)["expense_report"]["report_id"])

    def alter(self, entity: str, id: str, number: int) -> None:
        if entity == "expense":
            self.call("PUT", f"/expenses/{id}", {"merchant_name": f"Shop {number}"})
        else:
            self.call("PUT", f"/expensereports/{id}", {"report_name": f"Report {number}"})


@pytest.fixture(scope="module")
def double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Expense]:
    with serving(Expense, tmp_path_factory.mktemp("expense"), service="expense") as expense:
        yield expense


class TestExpense(ConnectorContract):
    connector_type = SERVICE.connector_type()
    entity_types = SERVICE.entity_types()
    cases = (
        Case("customer", new=lambda _, n: {"name": f"Customer {n}"}, change=lambda n: {"notes": f"Note {n}"}),
        Case("expense", amount="total"),
        Case("expense_report"),
    )
