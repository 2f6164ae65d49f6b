"""What the demo company's people spent for its customers: Expense's customers, expenses and reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from zoho_sandbox.demo_data.customer import Customer
from zoho_sandbox.demo_data.staff_user import staff_user
from zoho_sandbox.expense import categories, customers, expenses, report_routes
from zoho_sandbox.finance.currencies import of_code
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.services import EXPENSE
from zoho_sandbox.sandbox import Sandbox


class _Purchase(NamedTuple):
    """Something bought: from whom, in which category, for about how many yen."""

    category: str
    merchant: str
    words: str
    low: int
    high: int


_PURCHASES = (
    _Purchase("Air Travel Expense", "うみねこ航空", "往復航空券", 24_000, 58_000),
    _Purchase("Automobile Expense", "みなと交通", "タクシー代", 1_200, 9_800),
    _Purchase("Automobile Expense", "しおかぜ鉄道", "新幹線代", 11_000, 28_000),
    _Purchase("Lodging", "ホテル浜風", "宿泊費", 8_800, 19_500),
    _Purchase("Meals and Entertainment", "料亭いそべ", "会食", 9_000, 42_000),
    _Purchase("Meals and Entertainment", "喫茶かもめ", "打ち合わせ", 900, 3_600),
    _Purchase("Office Supplies", "文具のふじた", "検収用ラベル", 1_500, 6_400),
)


class _Trip(NamedTuple):
    """A report: what it was about, how many days ago it began, and the moves made with it."""

    name: str
    days_ago: int
    moves: tuple[str, ...]
    expenses: int


_TRIPS = (
    _Trip("現地調査", 2, (), 3),
    _Trip("据付工事の立ち会い", 9, ("submit",), 4),
    _Trip("展示会出展", 16, ("submit",), 5),
    _Trip("校正作業", 24, ("submit", "approve"), 3),
    _Trip("商談と工場見学", 38, ("submit", "reject"), 3),
    _Trip("保守点検", 52, ("submit", "approve", "reimburse"), 4),
    _Trip("海外拠点訪問", 71, ("submit", "approve", "reimburse"), 5),
    _Trip("納入前検査", 86, ("submit", "approve", "reimburse"), 3),
)


@dataclass(frozen=True, slots=True)
class _Spender:
    """Books expenses for one customer."""

    sandbox: Sandbox
    random: Random
    customer_id: str
    currency: str

    def spend(self, purchase: _Purchase, day: date) -> str:
        """Record a purchase of that day; returns the expense's id."""
        books = staff_user(self.sandbox, EXPENSE)
        yen = self.random.randrange(purchase.low, purchase.high, 10)
        body: dict[str, Any] = {
            "category_id": categories.of_name(self.sandbox, books.organization_id, purchase.category),
            "merchant_name": purchase.merchant,
            "description": purchase.words,
            "date": day.isoformat(),
            "customer_id": self.customer_id,
            "is_billable": self.random.random() < 0.5,
            "is_reimbursable": purchase.category != "Air Travel Expense",
            "amount": yen,
        }
        # What is bought abroad is paid in the customer's currency.
        currency = of_code(self.sandbox.db, books.organization_id, self.currency)
        if currency is not None and not currency.is_base and self.random.random() < 0.6:
            body |= {"currency_id": currency.currency_id, "amount": Decimal(yen // 150).quantize(Decimal("0.01"))}
        return expenses.create(books, Fields(body)).expense_id


def seed_expense(sandbox: Sandbox, random: Random, demo_customers: Sequence[Customer]) -> None:
    """A few customers with reports in every status, and expenses in no report yet."""
    books = staff_user(sandbox, EXPENSE)
    categories.add_standard(sandbox, books.organization_id)
    today = books.today
    for trip, customer in zip(_TRIPS, demo_customers, strict=False):
        began = today - timedelta(days=trip.days_ago)
        spender = _Spender(sandbox, random, _customer(sandbox, customer), customer.currency)
        bought = [
            spender.spend(purchase, min(began + timedelta(days=place), today))
            for place, purchase in enumerate(random.sample(_PURCHASES, trip.expenses))
        ]
        _report(sandbox, trip, customer, spender.customer_id, began, bought)
        if not trip.moves:
            spender.spend(random.choice(_PURCHASES), today)


def _customer(sandbox: Sandbox, customer: Customer) -> str:
    person = customer.person
    body = {
        "contact_name": customer.name,
        "company_name": customer.name,
        "first_name": person.get("First_Name", ""),
        "last_name": person.get("Last_Name", ""),
        "email": person.get("Email", ""),
        "phone": person.get("Phone", ""),
    }
    return customers.create(staff_user(sandbox, EXPENSE), Fields(body)).contact_id


def _report(
    sandbox: Sandbox, trip: _Trip, customer: Customer, customer_id: str, began: date, bought: Sequence[str]
) -> None:
    books = staff_user(sandbox, EXPENSE)
    ended = min(began + timedelta(days=len(bought) - 1), books.today)
    body: dict[str, Any] = {
        "report_name": f"{trip.name}({customer.name})",
        "start_date": began.isoformat(),
        "end_date": ended.isoformat(),
        "customer_id": customer_id,
        "expenses": [{"expense_id": expense_id} for expense_id in bought],
    }
    report = report_routes.create(books, Fields(body))
    for move in trip.moves:
        given = {"comments": "領収書を添付してください"} if move == "reject" else {}
        report = report_routes.change_status(books, report, move, Fields(given))
