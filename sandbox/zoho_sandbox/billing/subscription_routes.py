"""The operations on subscriptions."""

from __future__ import annotations

from datetime import date

from zoho_sandbox.billing import renewals, subscriptions
from zoho_sandbox.billing.renewals import ENDED
from zoho_sandbox.billing.subscriptions import STATUSES, Subscription
from zoho_sandbox.calls import Answer
from zoho_sandbox.finance.errors import invalid_value, not_allowed_now
from zoho_sandbox.finance.listing import (
    Listing,
    amount_filter,
    equal,
    equal_filter,
    identifier_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.finance.operations import FinanceCall, offer, page_answer, success
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.times import Moment

_LISTING = Listing(
    report_name="Subscriptions",
    filters=(
        identifier_filter("customer_id", "s.customer_id"),
        equal_filter("plan_code", "s.plan_code"),
        text_filter("reference_id", "s.reference_id"),
        text_filter("customer_name", "c.contact_name"),
        amount_filter("amount", "s.amount"),
        modified_filter("s.modified_at"),
        search_filter("c.contact_name", "s.plan_code", "s.reference_id"),
    ),
    sort_columns={
        "customer_name": "c.contact_name",
        "amount": "s.amount",
        "status": "s.status",
        "created_time": "s.created_at",
        "updated_time": "s.modified_at",
        "last_modified_time": "s.modified_at",
    },
    key="s.subscription_id",
    default_sort="created_time",
    default_order="D",
)
_GROUPS = {
    "all": "",
    "active": "s.status IN ('live', 'trial', 'non_renewing', 'unpaid')",
    "past_due": "s.status = 'unpaid'",
    "cancelled_from_dunning": "0",
    "trial_expired": "0",
    "online": "s.document ->> 'auto_collect'",
    "offline": "NOT s.document ->> 'auto_collect'",
    **{status: f"s.status = '{status}'" for status in STATUSES},
}


def create(call: FinanceCall, fields: Fields, moment: Moment) -> Subscription:
    """Store a subscription and let happen what happens on its first day; raises FinanceError."""
    subscription = subscriptions.insert(call, fields, moment)
    billed = fields.flag("create_backdated_invoice")
    return renewals.start(call, subscription, moment, bill_current_term=billed)


def _create(call: FinanceCall) -> Answer:
    subscription = create(call, call.fields, call.present)
    shown = subscriptions.detail(call, subscription)
    return success("Subscription has been created successfully.", status=201, subscription=shown)


def _list(call: FinanceCall) -> Answer:
    base = equal({"s.organization_id": call.organization_id})
    for name in ("filter_by", "status"):
        wanted = call.query.get(name, "").rpartition(".")[2].lower()
        if not wanted:
            continue
        condition = _cancelled_in_month(call, wanted) or _GROUPS.get(wanted)
        if condition is None:
            raise invalid_value(name)
        if condition:
            base.add(condition)
    page = page_of(_LISTING, {"filter_by": "SubscriptionStatus.All", **call.query}, base)
    found = page.rows(call.db, subscriptions.SELECT)
    shown = [subscriptions.row(subscriptions.from_row(row)) for row in found]
    return page_answer("subscriptions", shown, page)


def _cancelled_in_month(call: FinanceCall, wanted: str) -> str:
    """The condition for CANCELLED_THIS_MONTH and CANCELLED_LAST_MONTH; "" for anything else."""
    if wanted not in ("cancelled_this_month", "cancelled_last_month"):
        return ""
    first = call.today.replace(day=1)
    if wanted == "cancelled_last_month":
        first = date.fromordinal(first.toordinal() - 1)
    return f"s.status = 'cancelled' AND s.document ->> 'cancelled_at' LIKE '{first:%Y-%m}-%'"


def _subscription(call: FinanceCall) -> Subscription:
    return subscriptions.find(call, call.id("subscription_id"))


def _get(call: FinanceCall) -> Answer:
    return success(subscription=subscriptions.detail(call, _subscription(call)))


def _running(call: FinanceCall) -> Subscription:
    subscription = _subscription(call)
    if subscription.status in ENDED:
        raise not_allowed_now(f"A subscription in {subscription.status} status cannot be changed.")
    return subscription


def _change(call: FinanceCall) -> Answer:
    changed = subscriptions.changed_by(call, _running(call), call.fields)
    saved = subscriptions.save(call, changed, call.present)
    shown = subscriptions.detail(call, saved)
    return success("Subscription has been updated successfully.", subscription=shown)


def _remove(call: FinanceCall) -> Answer:
    subscriptions.remove(call, _subscription(call))
    return success("The subscription has been deleted.")


def _cancel(call: FinanceCall) -> Answer:
    at_end = call.wants("cancel_at_end")
    subscription = _running(call)
    if at_end and subscription.status == "non_renewing":
        raise not_allowed_now("The subscription is to be cancelled at the end of its term already.")
    cancelled = renewals.cancel(call, subscription, call.present, at_end=at_end)
    return success(
        "The subscription has been cancelled.",
        subscription=subscriptions.detail(call, cancelled),
    )


def _reactivate(call: FinanceCall) -> Answer:
    subscription = _subscription(call)
    if subscription.status != "non_renewing":
        raise not_allowed_now(f"A subscription in {subscription.status} status cannot be reactivated.")
    live = renewals.reactivate(call, subscription, call.present)
    shown = subscriptions.detail(call, live)
    return success("Subscription has been reactivated successfully.", subscription=shown)


def _postpone(call: FinanceCall) -> Answer:
    subscription = _running(call)
    day = call.fields.day("renewal_at")
    if not day or day <= call.today.isoformat() or subscription.status not in ("live", "unpaid", "trial"):
        raise invalid_value("renewal_at")
    moved = renewals.postpone(call, subscription, date.fromisoformat(day), call.present)
    shown = subscriptions.detail(call, moved)
    return success("Billing date of the subscription has been changed.", subscription=shown)


_ONE = "/subscriptions/{subscription_id}"
OFFERS = (
    offer("POST", "/subscriptions", _create, scope="subscriptions.CREATE"),
    offer("GET", "/subscriptions", _list, scope="subscriptions.READ"),
    offer("GET", _ONE, _get, scope="subscriptions.READ"),
    offer("PUT", _ONE, _change, scope="subscriptions.UPDATE"),
    offer("DELETE", _ONE, _remove, scope="subscriptions.DELETE"),
    offer("POST", f"{_ONE}/cancel", _cancel, scope="subscriptions.CREATE"),
    offer("POST", f"{_ONE}/reactivate", _reactivate, scope="subscriptions.CREATE"),
    offer("POST", f"{_ONE}/postpone", _postpone, scope="subscriptions.CREATE"),
)
