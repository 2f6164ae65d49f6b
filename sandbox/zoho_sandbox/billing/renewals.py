"""What the clock does to subscriptions: they start, end their trial, renew with an invoice, fall behind, end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from zoho_sandbox.billing import customers, invoices, subscriptions
from zoho_sandbox.billing.invoices import Item, Order
from zoho_sandbox.billing.subscriptions import Subscription
from zoho_sandbox.finance import payments
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.payments import RECEIVED
from zoho_sandbox.finance.times import Moment

# How long after its due date an open invoice makes its subscription unpaid.
GRACE = timedelta(days=15)
ENDED = frozenset({"cancelled", "expired"})


def catch_up(call: FinanceCall) -> None:
    """Let everything happen that was due up to the sandbox's present, in the order of its days."""
    due = (
        "SELECT subscription_id, next_event_on FROM billing_subscriptions WHERE organization_id = ?"
        " AND next_event_on <> '' AND next_event_on <= ? ORDER BY next_event_on, subscription_id LIMIT 1"
    )
    parameters = (call.organization_id, call.today.isoformat())
    if not call.db.one(due, parameters):
        return
    with call.db.transaction():
        while row := call.db.one(due, parameters):
            subscription = subscriptions.find(call, row["subscription_id"])
            day = date.fromisoformat(row["next_event_on"])
            _advance(call, subscription, call.first_of_day(day, earliest=subscription.created_at))


def start(call: FinanceCall, subscription: Subscription, moment: Moment, *, bill_current_term: bool) -> Subscription:
    """The first day of a new subscription. One that started in the past is taken up in the term it would be in
    today, with an invoice for that term only where the request wants one."""
    if subscription.starts_on > moment.day:
        return subscription
    trial_ends = subscription.starts_on + timedelta(days=subscription.content["plan"]["trial_days"])
    if trial_ends > moment.day:
        return _try(call, subscription, trial_ends, moment)
    if subscription.starts_on == moment.day:
        return _activate(call, subscription, moment)
    subscription = replace(subscription, anchor=trial_ends.isoformat())
    schedule = subscription.schedule
    if schedule.expires_on is not None and schedule.expires_on <= moment.day:
        ended = schedule.expires_on.isoformat()
        return _end(call, subscription.changed("expired", activated_at=trial_ends.isoformat()), ended, moment)
    subscription = replace(subscription, cycle=schedule.cycle_on(moment.day))
    subscription = subscription.changed("live", activated_at=trial_ends.isoformat())
    return _enter_term(call, subscription, moment, bill=bill_current_term)


def _advance(call: FinanceCall, subscription: Subscription, moment: Moment) -> None:
    match subscription.status:
        case "future":
            start(call, subscription, moment, bill_current_term=True)
        case "trial":
            _activate(call, subscription, moment)
        case "non_renewing":
            _end(call, subscription.changed("cancelled"), moment.day.isoformat(), moment)
        case "live" | "unpaid" if subscription.content["next_billing_at"] <= moment.day.isoformat():
            _renew(call, subscription, moment)
        case _:
            reconsider(call, subscription, moment)


def _try(call: FinanceCall, subscription: Subscription, until: date, moment: Moment) -> Subscription:
    ends, starts = until.isoformat(), subscription.starts_on.isoformat()
    trying = subscription.changed(
        "trial",
        trial_starts_at=starts,
        trial_ends_at=ends,
        current_term_starts_at=starts,
        current_term_ends_at=ends,
        next_billing_at=ends,
    )
    return subscriptions.save(call, replace(trying, next_event_on=ends), moment)


def _activate(call: FinanceCall, subscription: Subscription, moment: Moment) -> Subscription:
    day = moment.day.isoformat()
    live = replace(subscription, anchor=day, cycle=1).changed("live", activated_at=day)
    return _enter_term(call, live, moment, bill=True)


def _renew(call: FinanceCall, subscription: Subscription, moment: Moment) -> Subscription:
    if subscription.schedule.is_last(subscription.cycle):
        return _end(call, subscription.changed("expired"), moment.day.isoformat(), moment)
    return _enter_term(call, replace(subscription, cycle=subscription.cycle + 1), moment, bill=True)


def _enter_term(call: FinanceCall, subscription: Subscription, moment: Moment, *, bill: bool) -> Subscription:
    schedule, cycle = subscription.schedule, subscription.cycle
    ends = schedule.end(cycle).isoformat()
    expires = schedule.expires_on
    subscription = subscription.changed(
        current_term_starts_at=schedule.start(cycle).isoformat(),
        current_term_ends_at=ends,
        next_billing_at=ends,
        expires_at="" if expires is None else expires.isoformat(),
    )
    if bill:
        invoice = _bill(call, subscription, moment)
        day = moment.day.isoformat()
        subscription = subscription.changed(last_billing_at=day, child_invoice_id=invoice.document_id)
    return reconsider(call, subscription, moment)


def _end(call: FinanceCall, subscription: Subscription, ended: str, moment: Moment) -> Subscription:
    key = "expires_at" if subscription.status == "expired" else "cancelled_at"
    ended_one = subscription.changed(next_billing_at="", **{key: ended})
    return subscriptions.save(call, replace(ended_one, next_event_on=""), moment)


def cancel(call: FinanceCall, subscription: Subscription, moment: Moment, *, at_end: bool) -> Subscription:
    """Cancel now, or let the current term be the last."""
    if at_end and subscription.status != "future":
        pending = subscription.changed("non_renewing", next_billing_at="")
        ends = subscription.content["current_term_ends_at"]
        return subscriptions.save(call, replace(pending, next_event_on=ends), moment)
    return _end(call, subscription.changed("cancelled"), moment.day.isoformat(), moment)


def reactivate(call: FinanceCall, subscription: Subscription, moment: Moment) -> Subscription:
    """Take a cancellation at the end of the term back."""
    ends = subscription.content["current_term_ends_at"]
    if not subscription.anchor:
        trying = subscription.changed("trial", next_billing_at=ends)
        return subscriptions.save(call, replace(trying, next_event_on=ends), moment)
    return reconsider(call, subscription.changed("live", next_billing_at=ends), moment)


def postpone(call: FinanceCall, subscription: Subscription, day: date, moment: Moment) -> Subscription:
    """Renew on another day; later terms are counted from there."""
    written = day.isoformat()
    moved = subscription.changed(current_term_ends_at=written, next_billing_at=written)
    if subscription.status == "trial":
        return subscriptions.save(call, replace(moved.changed(trial_ends_at=written), next_event_on=written), moment)
    # The anchor lies so that the term after the current one starts on `day`.
    anchor = moved.interval.after(day, -moved.cycle)
    return reconsider(call, replace(moved, anchor=anchor.isoformat()), moment)


def reconsider(call: FinanceCall, subscription: Subscription, moment: Moment) -> Subscription:
    """Store a subscription as live or unpaid, by its open invoices, and when to look at it again."""
    if subscription.status not in ("live", "unpaid"):
        return subscriptions.save(call, subscription, moment)
    behind = _behind_on(call, subscription)
    late = behind is not None and behind <= moment.day
    days = [subscription.content["next_billing_at"]]
    if behind is not None and not late:
        days.append(behind.isoformat())
    renewed = replace(subscription.changed("unpaid" if late else "live"), next_event_on=min(days))
    return subscriptions.save(call, renewed, moment)


def invoice_changed(call: FinanceCall, invoice: Document, moment: Moment) -> None:
    """Look at the subscription of an invoice that was paid, voided or opened again."""
    if not invoice.content["subscription_id"]:
        return
    subscription = subscriptions.find(call, invoice.content["subscription_id"])
    behind = _behind_on(call, subscription)
    late = behind is not None and behind <= moment.day
    if subscription.status in ("live", "unpaid") and (subscription.status == "unpaid") != late:
        reconsider(call, subscription, moment)


def _behind_on(call: FinanceCall, subscription: Subscription) -> date | None:
    """The day from which the oldest open invoice makes the subscription unpaid."""
    due = call.db.value(
        "SELECT MIN(end_date) FROM finance_documents WHERE origin_id = ? AND stage = 'sent' AND balance > 0",
        (subscription.subscription_id,),
    )
    return None if due is None else date.fromisoformat(due) + GRACE


def _bill(call: FinanceCall, subscription: Subscription, moment: Moment) -> Document:
    content = subscription.content
    customer = customers.find(call, subscription.customer_id)
    order = Order(
        customer=customer,
        currency=customers.currency_of(call, customer),
        exchange_rate=Decimal(content["exchange_rate"]),
        items=_items(subscription),
        day=moment.day,
        due=invoices.due_after(moment.day, content["payment_terms"]),
        transaction_type="new" if subscription.cycle == 1 else "renewal",
        subscription_id=subscription.subscription_id,
        reference_number=content["reference_id"],
    )
    invoice = invoices.create(call, order, moment)
    if content["auto_collect"] and invoice.balance:
        collect(call, invoice, moment)
    return invoice


def collect(call: FinanceCall, invoice: Document, moment: Moment, mode: str = "creditcard") -> str:
    """Pay an invoice in full, as a customer's card does on renewal; returns the payment's id."""
    share = {"invoice_id": invoice.document_id, "amount_applied": invoice.balance}
    body = {
        "customer_id": invoice.contact_id,
        "payment_mode": mode,
        "amount": invoice.balance,
        "description": f"Payment has been added to {invoice.number}",
        "invoices": [share],
    }
    return payments.create(call.at(moment), RECEIVED, Fields(body))


def _items(subscription: Subscription) -> list[Item]:
    """The plan and its addons; on the first invoice also what is charged once."""
    content, plan = subscription.content, subscription.content["plan"]
    first = subscription.cycle == 1
    items = [_item(plan, plan["plan_code"], plan["plan_description"], content["product_id"])]
    if first and Decimal(plan["setup_fee"]):
        items.append(Item(name="Setup fee", price=Decimal(plan["setup_fee"]), product_id=content["product_id"]))
    items += [
        _item(addon, addon["addon_code"], addon["addon_description"], content["product_id"])
        for addon in content["addons"]
        if first or addon["type"] == "recurring"
    ]
    return items


def _item(sold: dict[str, Any], code: str, description: str, product_id: str) -> Item:
    return Item(
        name=sold["name"],
        price=Decimal(sold["price"]),
        quantity=Decimal(sold["quantity"]),
        description=description,
        code=code,
        product_id=product_id,
        tax_id=sold["tax_id"],
    )
