"""Subscriptions: what a request may say of one, how they are kept and shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from zoho_sandbox.billing import catalogue, customers
from zoho_sandbox.billing.catalogue import ADDON, PLAN, PRODUCT
from zoho_sandbox.finance import currencies, custom_fields, organizations
from zoho_sandbox.finance.contacts import Contact, terms_label
from zoho_sandbox.finance.currencies import Currency
from zoho_sandbox.finance.errors import INACTIVE_CODE, FinanceError, does_not_exist, in_use, invalid_value
from zoho_sandbox.finance.money import LARGEST, ZERO, figure, rate_figure, scaled
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.times import EARLIEST_START, MOST_DAYS, Interval, Moment, Schedule
from zoho_sandbox.wire import decode, encode

STATUSES = ("live", "trial", "future", "non_renewing", "unpaid", "cancelled", "expired")
_DATES = (
    "activated_at", "trial_starts_at", "trial_ends_at", "current_term_starts_at", "current_term_ends_at",
    "last_billing_at", "next_billing_at", "expires_at", "cancelled_at",
)  # fmt: skip
_ROW = (
    "subscription_id", "subscription_number", "name", "customer_id", "plan_name", "plan_code", "amount", "created_at",
    *_DATES, "interval", "interval_unit", "auto_collect", "created_time", "updated_time", "reference_id",
    "salesperson_id", "salesperson_name", "currency_id", "currency_code", "currency_symbol", "product_id",
    "product_name",
)  # fmt: skip
SELECT = (
    "SELECT s.*, c.contact_name, c.email FROM billing_subscriptions s"
    " JOIN finance_contacts c ON c.contact_id = s.customer_id"
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A stored subscription. `anchor` is the first billed day ("" before there is one), `cycle` the term it is in,
    `next_event_on` the day on which something happens to it by itself ("" for never)."""

    subscription_id: str
    customer_id: str
    status: str
    starts_on: date
    anchor: str
    cycle: int
    cycles: int
    next_event_on: str
    created_at: int
    content: dict[str, Any]
    customer_name: str = ""
    email: str = ""

    @property
    def interval(self) -> Interval:
        return Interval(self.content["interval"], self.content["interval_unit"])

    @property
    def schedule(self) -> Schedule:
        """The calendar of its terms; there is one once it has been billed."""
        anchor = date.fromisoformat(self.anchor or self.starts_on.isoformat())
        return Schedule(anchor, self.interval, None if self.cycles == -1 else self.cycles)

    def dated(self, name: str) -> date:
        return date.fromisoformat(self.content[name])

    def changed(self, status: str | None = None, **content: Any) -> Subscription:
        """The same with another status or other members of its content."""
        return replace(self, status=status or self.status, content=self.content | content)


def find(call: FinanceCall, subscription_id: str) -> Subscription:
    """Raises FinanceError 1002."""
    row = call.db.one(
        f"{SELECT} WHERE s.subscription_id = ? AND s.organization_id = ?", (subscription_id, call.organization_id)
    )
    if row is None:
        raise does_not_exist("Subscription")
    return from_row(row)


def from_row(row: Any) -> Subscription:
    return Subscription(
        subscription_id=row["subscription_id"],
        customer_id=row["customer_id"],
        status=row["status"],
        starts_on=date.fromisoformat(row["starts_on"]),
        anchor=row["anchor"],
        cycle=row["cycle"],
        cycles=row["cycles"],
        next_event_on=row["next_event_on"],
        created_at=row["created_at"],
        content=decode(row["document"]),
        customer_name=row["contact_name"],
        email=row["email"],
    )


def insert(call: FinanceCall, fields: Fields, moment: Moment) -> Subscription:
    """Store the subscription `fields` describe as a future one: what happens on its first day comes after."""
    customer = _customer(call, fields)
    currency = customers.currency_of(call, customer)
    rate = currencies.rate_for(call.db, currency, fields, moment.day.isoformat())
    starts = fields.day("starts_at", moment.day.isoformat())
    if date.fromisoformat(starts) < EARLIEST_START:
        raise invalid_value("starts_at")
    subscription_id, written = call.sandbox.new_id(), call.organization.written(moment.at)
    chosen = _chosen(call, fields, currency, rate)
    content = {
        "subscription_id": subscription_id,
        "subscription_number": f"SUB-{call.db.count_up(f'billing/{call.organization_id}/subscription', 0):05d}",
        "customer_id": customer.contact_id,
        **chosen,
        **_terms(call, fields, customer),
        "created_at": moment.day.isoformat(),
        "starts_at": starts,
        **dict.fromkeys(_DATES, ""),
        **currency.shown(),
        "exchange_rate": rate_figure(rate),
        "end_of_term": False,
        "child_invoice_id": "",
        "can_add_bank_account": False,
        "notes": [],
        "taxes": [],
        "payment_gateways": [],
        "created_time": written,
        "updated_time": written,
    }
    subscription = Subscription(
        subscription_id=subscription_id,
        customer_id=customer.contact_id,
        status="future",
        starts_on=date.fromisoformat(starts),
        anchor="",
        cycle=0,
        cycles=content["plan"]["billing_cycles"],
        next_event_on=starts,
        created_at=moment.at,
        content=content,
    )
    columns = _columns(call, subscription, moment.at) | {
        "subscription_id": subscription_id,
        "organization_id": call.organization_id,
        "created_at": moment.at,
    }
    call.db.insert("billing_subscriptions", columns)
    organizations.note_use(call.sandbox, call.organization_id, call.service.name)
    return find(call, subscription_id)


def save(call: FinanceCall, subscription: Subscription, moment: Moment) -> Subscription:
    """Store what became of a subscription at `moment`."""
    columns = _columns(call, subscription, moment.at)
    call.db.update("billing_subscriptions", columns, "subscription_id", subscription.subscription_id)
    return find(call, subscription.subscription_id)


def _columns(call: FinanceCall, subscription: Subscription, at: int) -> dict[str, Any]:
    content = subscription.content | {"updated_time": call.organization.written(at)}
    return {
        "customer_id": subscription.customer_id,
        "plan_code": content["plan"]["plan_code"],
        "reference_id": content["reference_id"],
        "status": subscription.status,
        "starts_on": subscription.starts_on.isoformat(),
        "anchor": subscription.anchor,
        "cycle": subscription.cycle,
        "cycles": subscription.cycles,
        "next_event_on": subscription.next_event_on,
        "amount": scaled(Decimal(content["amount"])),
        "modified_at": at,
        "document": encode(content).decode(),
    }


def changed_by(call: FinanceCall, subscription: Subscription, fields: Fields) -> Subscription:
    """The subscription with what an update names; new prices count from the next invoice on."""
    customer = customers.find(call, subscription.customer_id)
    currency, rate = customers.currency_of(call, customer), Decimal(subscription.content["exchange_rate"])
    known = subscription.content
    kept = {name: known[name] for name in ("plan", "addons", "auto_collect", "reference_id", "salesperson_name")}
    kept |= {name: known[name] for name in ("payment_terms", "payment_terms_label", "contactpersons", "custom_fields")}
    wanted = fields.over(kept)
    changes = _chosen(call, wanted, currency, rate) | _terms(call, wanted, customer)
    # The calendar stays the one it was sold with.
    changes |= {name: known[name] for name in ("interval", "interval_unit")}
    changes["plan"] |= {name: known["plan"][name] for name in ("billing_cycles", "trial_days", "setup_fee")}
    return subscription.changed(**changes)


def remove(call: FinanceCall, subscription: Subscription) -> None:
    if call.db.value("SELECT 1 FROM finance_documents WHERE origin_id = ? LIMIT 1", (subscription.subscription_id,)):
        raise in_use("Subscriptions that have invoices cannot be deleted. Cancel the subscription instead.")
    call.db.execute("DELETE FROM billing_subscriptions WHERE subscription_id = ?", (subscription.subscription_id,))


def _customer(call: FinanceCall, fields: Fields) -> Contact:
    """The customer named by id, or the new one the request describes."""
    customer_id = fields.identifier("customer_id")
    if customer_id:
        customer = customers.find(call, customer_id)
        if customer.status != "active":
            raise FinanceError(400, INACTIVE_CODE, f'The customer "{customer.name}" is inactive.')
        return customer
    if "customer" not in fields:
        raise invalid_value("customer_id")
    return customers.create(call, fields.part("customer"))


def _chosen(call: FinanceCall, fields: Fields, currency: Currency, rate: Decimal) -> dict[str, Any]:
    """Plan and addons at their prices in the customer's currency, and what a term costs."""
    given = fields.part("plan")
    sold = catalogue.find(call, PLAN, given.text("plan_code", 100) or _missing("plan_code"))
    product = catalogue.find(call, PRODUCT, sold.document["product_id"]).document
    plan = _plan(given, sold.document, currency, rate)
    addons = [_addon(call, row, currency, rate) for row in fields.rows("addons")]
    amount = sum((each["total"] for each in addons if each["type"] == "recurring"), plan["total"])
    everything = sum((each["total"] for each in addons), plan["total"] + plan["setup_fee"])
    if everything * rate > LARGEST or everything > LARGEST:
        raise invalid_value("price")
    return {
        "name": f"{product['name']}-{plan['name']}",
        "product_id": product["product_id"],
        "product_name": product["name"],
        "plan": plan,
        "plan_code": plan["plan_code"],
        "plan_name": plan["name"],
        "addons": addons,
        "amount": amount,
        "sub_total": amount,
        "interval": sold.document["interval"],
        "interval_unit": sold.document["interval_unit"],
    }


def _missing(name: str) -> str:
    raise invalid_value(name)


def _plan(given: Fields, sold: dict[str, Any], currency: Currency, rate: Decimal) -> dict[str, Any]:
    quantity = _quantity(given)
    price = _price(given, "price", sold["recurring_price"], currency, rate)
    setup_fee = _price(given, "setup_fee", sold["setup_fee"], currency, rate)
    if given.flag("exclude_setup_fee"):
        setup_fee = figure(ZERO, currency.price_precision)
    return {
        "plan_code": sold["plan_code"],
        "name": sold["name"],
        "plan_description": given.text("plan_description", 2000, sold["description"]),
        "quantity": quantity,
        "price": price,
        "discount": figure(ZERO, currency.price_precision),
        "total": price * quantity,
        "setup_fee": setup_fee,
        "tax_id": given.identifier("tax_id") or sold["tax_id"],
        "trial_days": 0 if given.flag("exclude_trial") else _days(given, "trial_days", sold["trial_period"]),
        "billing_cycles": catalogue.cycles(given, sold["billing_cycles"]),
        "tags": [],
        "item_custom_fields": [],
    }


def _addon(call: FinanceCall, given: Fields, currency: Currency, rate: Decimal) -> dict[str, Any]:
    sold = catalogue.find(call, ADDON, given.text("addon_code", 100) or _missing("addon_code")).document
    quantity = _quantity(given)
    price = _price(given, "price", sold["price_brackets"][0]["price"], currency, rate)
    return {
        "addon_code": sold["addon_code"],
        "name": sold["name"],
        "addon_description": given.text("addon_description", 2000, sold["description"]),
        "type": sold["type"],
        "quantity": quantity,
        "price": price,
        "discount": figure(ZERO, currency.price_precision),
        "total": price * quantity,
        "tax_id": given.identifier("tax_id") or sold["tax_id"],
        "tags": [],
        "item_custom_fields": [],
    }


def _quantity(given: Fields) -> int:
    return given.between("quantity", 1, 1, 1_000_000)


def _days(given: Fields, name: str, default: int) -> int:
    return given.between(name, default, 0, MOST_DAYS)


def _price(given: Fields, name: str, listed: Any, currency: Currency, rate: Decimal) -> Decimal:
    """As given, else the catalogue's, which is in the base currency."""
    return figure(given.not_negative(name, Decimal(listed) / rate), currency.price_precision)


def _terms(call: FinanceCall, fields: Fields, customer: Contact) -> dict[str, Any]:
    days = _days(fields, "payment_terms", customer.document["payment_terms"])
    people = [person.contact_person_id for person in customers.people_of(call, customer)]
    chosen = [row.identifier("contactperson_id") for row in fields.rows("contactpersons")]
    if unknown := [person_id for person_id in chosen if person_id not in people]:
        raise invalid_value(f"contactpersons ({unknown[0]})")
    return {
        "auto_collect": fields.flag("auto_collect"),
        "reference_id": fields.text("reference_id", 100),
        "salesperson_id": "",
        "salesperson_name": fields.text("salesperson_name", 100),
        "payment_terms": days,
        "payment_terms_label": fields.text("payment_terms_label", 100) or terms_label(days),
        "contactpersons": [{"contactperson_id": person_id} for person_id in chosen or people[:1]],
        "custom_fields": custom_fields.given(fields),
    }


def row(subscription: Subscription) -> dict[str, Any]:
    """A row of `GET /subscriptions`."""
    kept = {name: subscription.content[name] for name in _ROW}
    named = {"customer_name": subscription.customer_name, "email": subscription.email}
    return {**kept, **named, "status": subscription.status}


def detail(call: FinanceCall, subscription: Subscription) -> dict[str, Any]:
    """The answer of `GET /subscriptions/{id}`."""
    customer = customers.detail(call, customers.find(call, subscription.customer_id))
    names = ("customer_id", "display_name", "salutation", "first_name", "last_name", "email", "company_name",
             "billing_address", "shipping_address", "payment_terms", "payment_terms_label", "zcrm_account_id",
             "zcrm_contact_id")  # fmt: skip
    return {
        **subscription.content,
        "customer_name": subscription.customer_name,
        "status": subscription.status,
        "current_billing_cycle": subscription.cycle,
        "customer": {name: customer[name] for name in names},
    }
