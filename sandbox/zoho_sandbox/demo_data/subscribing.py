"""What the demo company's customers subscribe to: Billing's products, plans, subscriptions and their invoices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import NamedTuple

from zoho_sandbox.billing import catalogue, customers, invoices, renewals, subscription_routes
from zoho_sandbox.billing.catalogue import ADDON, PLAN, PRODUCT
from zoho_sandbox.billing.subscriptions import find
from zoho_sandbox.demo_data.customer import Customer
from zoho_sandbox.demo_data.staff_user import staff_user
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.services import BILLING
from zoho_sandbox.sandbox import Sandbox

_PRODUCT = "みなとクラウド監視"
_PLANS = (
    {"plan_code": "watch-basic", "name": "Basic 月額", "recurring_price": 9_800, "trial_period": 14},
    {"plan_code": "watch-pro", "name": "Pro 月額", "recurring_price": 29_800, "setup_fee": 50_000},
    {"plan_code": "calibration-year", "name": "校正保守 年額", "recurring_price": 240_000, "interval_unit": "years"},
)


class _Sale(NamedTuple):
    """A subscription: its plan, how many days ago it began (ahead where negative), what became of it."""

    plan: str
    days_ago: int
    trial: bool = False
    pays: bool = True
    by_card: bool = False
    cancel: str = ""


_SALES = (
    _Sale("watch-pro", 196, by_card=True),
    _Sale("watch-basic", 141),
    _Sale("watch-basic", 5, trial=True),
    _Sale("calibration-year", 400),
    _Sale("watch-pro", 66, pays=False),
    _Sale("watch-pro", 45, cancel="at_end"),
    _Sale("watch-basic", 118, by_card=True, cancel="now"),
    _Sale("calibration-year", 30),
    _Sale("watch-basic", -12),
    _Sale("watch-pro", 20, by_card=True),
)


def seed_billing(sandbox: Sandbox, random: Random, demo_customers: Sequence[Customer]) -> None:
    """Plans, and subscriptions in every status with the invoices of all their terms, most of them paid."""
    _catalogue(sandbox)
    now = sandbox.clock.now()
    for sale, customer in zip(_SALES, demo_customers, strict=False):
        began = now - timedelta(days=max(sale.days_ago, 0))
        with sandbox.clock.standing_at(began):
            customer_id = _customer(sandbox, customer)
            subscription_id = _subscribe(sandbox, random, sale, customer_id)
        renewals.catch_up(staff_user(sandbox, BILLING))
        if sale.pays and not sale.by_card:
            _pay_what_is_due(sandbox, customer_id)
        if sale.cancel:
            books = staff_user(sandbox, BILLING)
            subscription = find(books, subscription_id)
            renewals.cancel(books, subscription, books.present, at_end=sale.cancel == "at_end")


def _catalogue(sandbox: Sandbox) -> None:
    books = staff_user(sandbox, BILLING)
    product = catalogue.create(books, PRODUCT, Fields({"name": _PRODUCT, "description": "計測値の遠隔監視"}))
    for plan in _PLANS:
        catalogue.create(books, PLAN, Fields({**plan, "product_id": product.code}))
    alerts = {
        "addon_code": "sms-alert",
        "name": "SMS 通知",
        "product_id": product.code,
        "price_brackets": [{"start_quantity": 1, "end_quantity": 1, "price": 1_500}],
    }
    catalogue.create(books, ADDON, Fields(alerts))


def _customer(sandbox: Sandbox, customer: Customer) -> str:
    person = customer.person
    body = {
        "display_name": customer.name,
        "company_name": customer.name,
        "first_name": person.get("First_Name", ""),
        "last_name": person.get("Last_Name", ""),
        "email": person.get("Email", ""),
        "phone": person.get("Phone", ""),
        "currency_code": customer.currency,
        "payment_terms": 30,
        "billing_address": customer.address,
    }
    return customers.create(staff_user(sandbox, BILLING), Fields(body)).contact_id


def _subscribe(sandbox: Sandbox, random: Random, sale: _Sale, customer_id: str) -> str:
    books = staff_user(sandbox, BILLING)
    starts = books.today + timedelta(days=max(-sale.days_ago, 0))
    body = {
        "customer_id": customer_id,
        "plan": {"plan_code": sale.plan, "quantity": random.randint(1, 4), "exclude_trial": not sale.trial},
        "addons": [{"addon_code": "sms-alert"}] if random.random() < 0.4 else [],
        "auto_collect": sale.by_card,
        "starts_at": starts.isoformat(),
    }
    return subscription_routes.create(books, Fields(body), books.present).subscription_id


def _pay_what_is_due(sandbox: Sandbox, customer_id: str) -> None:
    """Bank transfers on the due dates that have passed; what is not due yet stays open."""
    books = staff_user(sandbox, BILLING)
    moment = books.present
    for invoice in invoices.unpaid(books, customer_id, books.today):
        renewals.collect(books, invoice, moment, mode="banktransfer")
        renewals.invoice_changed(books, invoice, moment)
