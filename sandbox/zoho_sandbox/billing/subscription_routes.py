"""The operations on subscriptions."""

from __future__ import annotations

from datetime import date

from zoho_sandbox.billing import renewals, subscriptions
from zoho_sandbox.billing.moments import Moment, present
from zoho_sandbox.billing.operations import operation
from zoho_sandbox.billing.renewals import ENDED
from zoho_sandbox.billing.subscriptions import STATUSES, Subscription
from zoho_sandbox.books.errors import invalid_value, not_allowed_now
from zoho_sandbox.books.listing import (
    Conditions,
    Listing,
    amount_filter,
    equal_filter,
    identifier_filter,
    modified_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.books.operations import BooksCall, page_answer, success
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.calls import Answer

_LISTING = Listing(
    report_name="Subscriptions",
    filters=(
        identifier_filter("customer_id", "s.customer_id"),
        equal_filter("plan_code", "s.plan_code"),
        text_filter("reference_id", "s.reference_id"),
        text_filter("customer_name", "c.display_name"),
        amount_filter("amount", "s.amount"),
        modified_filter("s.modified_at"),
        search_filter("c.display_name", "s.plan_code", "s.reference_id"),
    ),
    sort_columns={
        "customer_name": "c.display_name",
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


def create(books: BooksCall, fields: Fields, moment: Moment) -> Subscription:
    """Store a subscription and let happen what happens on its first day; raises BooksError."""
    subscription = subscriptions.insert(books, fields, moment)
    billed = fields.flag("create_backdated_invoice")
    return renewals.start(books, subscription, moment, bill_current_term=billed)


def _create(books: BooksCall) -> Answer:
    subscription = create(books, books.fields, present(books))
    shown = subscriptions.detail(books, subscription)
    return success("Subscription has been created successfully.", status=201, subscription=shown)


def _list(books: BooksCall) -> Answer:
    base = Conditions()
    base.add("s.organization_id = ?", books.organization_id)
    for name in ("filter_by", "status"):
        wanted = books.query.get(name, "").rpartition(".")[2].lower()
        if not wanted:
            continue
        condition = _cancelled_in_month(books, wanted) or _GROUPS.get(wanted)
        if condition is None:
            raise invalid_value(name)
        if condition:
            base.add(condition)
    page = page_of(_LISTING, {"filter_by": "SubscriptionStatus.All", **books.query}, base)
    found = books.db.query(f"{subscriptions.SELECT} WHERE {page.where} {page.order_by} {page.limit}", page.parameters)
    shown = [subscriptions.row(subscriptions.from_row(row)) for row in found]
    return page_answer("subscriptions", shown, page)


def _cancelled_in_month(books: BooksCall, wanted: str) -> str:
    """The condition for CANCELLED_THIS_MONTH and CANCELLED_LAST_MONTH; "" for anything else."""
    if wanted not in ("cancelled_this_month", "cancelled_last_month"):
        return ""
    first = books.today.replace(day=1)
    if wanted == "cancelled_last_month":
        first = date.fromordinal(first.toordinal() - 1)
    return f"s.status = 'cancelled' AND s.document ->> 'cancelled_at' LIKE '{first:%Y-%m}-%'"


def _subscription(books: BooksCall) -> Subscription:
    return subscriptions.find(books, books.id("subscription_id"))


def _get(books: BooksCall) -> Answer:
    return success(subscription=subscriptions.detail(books, _subscription(books)))


def _running(books: BooksCall) -> Subscription:
    subscription = _subscription(books)
    if subscription.status in ENDED:
        raise not_allowed_now(f"A subscription in {subscription.status} status cannot be changed.")
    return subscription


def _change(books: BooksCall) -> Answer:
    changed = subscriptions.changed_by(books, _running(books), books.fields)
    saved = subscriptions.save(books, changed, present(books))
    shown = subscriptions.detail(books, saved)
    return success("Subscription has been updated successfully.", subscription=shown)


def _remove(books: BooksCall) -> Answer:
    subscriptions.remove(books, _subscription(books))
    return success("The subscription has been deleted.")


def _cancel(books: BooksCall) -> Answer:
    at_end = books.wants("cancel_at_end")
    subscription = _running(books)
    if at_end and subscription.status == "non_renewing":
        raise not_allowed_now("The subscription is to be cancelled at the end of its term already.")
    cancelled = renewals.cancel(books, subscription, present(books), at_end=at_end)
    return success(
        "The subscription has been cancelled.",
        subscription=subscriptions.detail(books, cancelled),
    )


def _reactivate(books: BooksCall) -> Answer:
    subscription = _subscription(books)
    if subscription.status != "non_renewing":
        raise not_allowed_now(f"A subscription in {subscription.status} status cannot be reactivated.")
    live = renewals.reactivate(books, subscription, present(books))
    shown = subscriptions.detail(books, live)
    return success("Subscription has been reactivated successfully.", subscription=shown)


def _postpone(books: BooksCall) -> Answer:
    subscription = _running(books)
    day = books.fields.day("renewal_at")
    if not day or day <= books.today.isoformat() or subscription.status not in ("live", "unpaid", "trial"):
        raise invalid_value("renewal_at")
    moved = renewals.postpone(books, subscription, date.fromisoformat(day), present(books))
    shown = subscriptions.detail(books, moved)
    return success("Billing date of the subscription has been changed.", subscription=shown)


_ONE = "/subscriptions/{subscription_id}"
OPERATIONS = (
    operation("POST", "/subscriptions", _create, scope="subscriptions.CREATE"),
    operation("GET", "/subscriptions", _list, scope="subscriptions.READ"),
    operation("GET", _ONE, _get, scope="subscriptions.READ"),
    operation("PUT", _ONE, _change, scope="subscriptions.UPDATE"),
    operation("DELETE", _ONE, _remove, scope="subscriptions.DELETE"),
    operation("POST", f"{_ONE}/cancel", _cancel, scope="subscriptions.CREATE"),
    operation("POST", f"{_ONE}/reactivate", _reactivate, scope="subscriptions.CREATE"),
    operation("POST", f"{_ONE}/postpone", _postpone, scope="subscriptions.CREATE"),
)
