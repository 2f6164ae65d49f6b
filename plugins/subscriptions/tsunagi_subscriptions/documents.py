"""Subscriptions, which rules create and cancel, and the invoices Billing makes of them."""

import datetime as dt

from tsunagi import EntityType, Fields, FieldSpec, Money, NewRecord, RecordRef, StatusLabel, Text, Value
from tsunagi_zoho import Json
from tsunagi_zoho.finance.document_types import INVOICE_STATUSES, INVOICE_VERBS, invoice_type
from tsunagi_zoho.finance.kinds import Kind, Listing, Search
from tsunagi_zoho.finance.ledger import Ledger, amounts, tells_base
from tsunagi_zoho.finance.wire import Row, require

NAME = "subscriptions"
_NEWEST = {"sort_column": "created_time", "sort_order": "D"}
_LATEST_FIRST = {"sort_column": "updated_time", "sort_order": "D"}

SUBSCRIPTION_STATUSES = (
    StatusLabel("future", Text("Starts later", "開始前"), "info"),
    StatusLabel("trial", Text("Trial", "試用中"), "info"),
    StatusLabel("trial_expired", Text("Trial over", "試用終了"), "secondary"),
    StatusLabel("live", Text("Live", "有効"), "success"),
    StatusLabel("non_renewing", Text("Ends with its term", "更新なし"), "warning"),
    StatusLabel("unpaid", Text("Unpaid", "未払い"), "danger"),
    StatusLabel("dunning", Text("Payment being retried", "支払い再試行中"), "danger"),
    StatusLabel("paused", Text("Paused", "一時停止"), "warning"),
    StatusLabel("cancelled", Text("Cancelled", "解約済み"), "secondary"),
    StatusLabel("expired", Text("Expired", "満了"), "secondary"),
)


def _read_subscription(row: Row, ledger: Ledger) -> dict[str, Value]:
    """What a term costs is its total; what is owed is on its invoices."""
    return {
        "number": row.text("subscription_number") or row.required_text("subscription_id"),
        "name": row.optional_text("name"),
        "status": row.required_text("status"),
        "date": row.date("activated_at") or row.date("created_at"),
        "due_date": row.date("next_billing_at"),
        **amounts(row, "amount", "total", ledger),
        "balance": Money.zero(row.currency()),
        "base_balance": Money.zero(ledger.base),
        "customer": RecordRef(ledger.service, "customer", row.required_text("customer_id")),
        "reference": row.text("reference_id"),
        "plan": row.optional_text("plan_name"),
        "term": _term(row),
    }


def _write_subscription(fields: Fields, current: Row | None, ledger: Ledger) -> Json:
    """A new one, paid by invoice: a card is given by the customer, on the vendor's own pages."""
    assert current is None, "subscriptions are not changed"
    customer = RecordRef.parse(require(ledger.service, "subscription", "customer", fields.get("customer")))
    plan = {"plan_code": require(ledger.service, "subscription", "plan", fields.get("plan")), **_priced(fields)}
    body: Json = {
        "customer_id": customer.id,
        "plan": plan,
        "auto_collect": False,
        "reference_id": fields.get("reference"),
    }
    addons = fields.get("addons")
    if isinstance(addons, tuple) and addons:
        body["addons"] = [
            {"addon_code": each.get("code"), **_priced(each)} for each in addons if isinstance(each, dict)
        ]
    if isinstance(date := fields.get("date"), dt.date):
        body["starts_at"] = date.isoformat()
    return body


def _priced(fields: Fields) -> Json:
    """What is left out is as the catalogue has it."""
    return {name: fields[name] for name in ("quantity", "price") if fields.get(name) is not None}


def _search(new: NewRecord, ledger: Ledger) -> Search:
    """Among the customer's own, the latest first, by the reference that carries the key."""
    customer = new.fields.get("customer")
    assert isinstance(customer, RecordRef), ledger.service
    query = {"filter_by": "SubscriptionStatus.All", "customer_id": customer.id, **_NEWEST}
    return Search("subscriptions", query, lambda row: row.text("reference_id") == new.key)


def _term(row: Row) -> str | None:
    """ "1 months", as the service counts terms."""
    count, unit = row.text("interval"), row.text("interval_unit")
    return f"{count} {unit}" if count and unit else None


def _read_invoice(row: Row, ledger: Ledger) -> dict[str, Value]:
    """Nothing is owed on an invoice that is void."""
    status = row.required_text("status")
    owed = amounts(row, "balance", "balance", ledger)
    nothing: dict[str, Value] = {"balance": Money.zero(row.currency()), "base_balance": Money.zero(ledger.base)}
    return {
        "number": row.text("invoice_number") or row.required_text("number"),
        "status": status,
        "date": row.date("invoice_date") or row.date("date"),
        "due_date": row.date("due_date"),
        "currency": row.currency(),
        **amounts(row, "total", "total", ledger),
        **(owed if status != "void" else nothing),
        "customer": RecordRef(ledger.service, "customer", row.required_text("customer_id")),
        "reference": row.text("reference_number"),
    }


def _choices(statuses: tuple[StatusLabel, ...]) -> dict[str, Text]:
    return {each.status: each.label for each in statuses}


SUBSCRIPTION_TYPE = EntityType(
    service=NAME,
    name="subscription",
    label=Text("Subscription", "サブスクリプション"),
    plural=Text("Subscriptions", "サブスクリプション"),
    fields=(
        FieldSpec("number", "text", Text("Number", "番号"), read_only=True),
        FieldSpec("name", "text", Text("Name", "名称"), read_only=True),
        FieldSpec("status", "choice", Text("Status", "状態"), choices=_choices(SUBSCRIPTION_STATUSES)),
        FieldSpec("date", "date", Text("Activated on", "開始日")),
        FieldSpec("due_date", "date", Text("Next billing on", "次回請求日")),
        FieldSpec("total", "money", Text("Amount per term", "1期間の金額"), read_only=True),
        FieldSpec("balance", "money", Text("Balance", "残高"), read_only=True),
        FieldSpec(
            "base_total", "money", Text("Amount per term in base currency", "1期間の金額(基準通貨)"), read_only=True
        ),
        FieldSpec("base_balance", "money", Text("Balance in base currency", "残高(基準通貨)"), read_only=True),
        FieldSpec("customer", "reference", Text("Customer", "顧客"), references=f"{NAME}.customer", required=True),
        FieldSpec("reference", "text", Text("Reference", "参照番号")),
        FieldSpec("plan", "text", Text("Plan", "プラン")),
        FieldSpec("term", "text", Text("Term", "期間")),
    ),
    kind="document",
    title="number",
)

_ENDED = frozenset({"cancelled", "expired"})
SUBSCRIPTION = Kind(
    entity="subscription",
    path="subscriptions",
    one="subscription",
    many="subscriptions",
    read=_read_subscription,
    describe=lambda _: SUBSCRIPTION_TYPE,
    listing=Listing({"filter_by": "SubscriptionStatus.All", **_LATEST_FIRST}, newest_first=True),
    write=_write_subscription,
    search=_search,
    key_field="reference",
    removable=False,
    verbs={"cancelled": _ENDED, "ended": _ENDED | {"non_renewing"}},
    verb_paths={"cancelled": "cancel?cancel_at_end=false", "ended": "cancel?cancel_at_end=true"},
    # Rows of the list leave out the rate of a foreign one.
    complete=lambda row, ledger: tells_base(row, ledger, "amount"),
    statuses=SUBSCRIPTION_STATUSES,
    customers_only=True,
    columns=("plan", "date", "due_date", "status", "total"),
)
INVOICE = Kind(
    entity="invoice",
    path="invoices",
    one="invoice",
    many="invoices",
    read=_read_invoice,
    describe=invoice_type,
    listing=Listing({"filter_by": "Status.All", **_LATEST_FIRST}, newest_first=True),
    complete=lambda row, ledger: tells_base(row, ledger, "total", "balance"),
    verbs={"open": INVOICE_VERBS["sent"], "void": INVOICE_VERBS["void"]},
    # Billing has no /status/ paths, and proposes no readers: an invoice names its customer's address.
    verb_paths={"open": "converttoopen", "void": "void"},
    address_key="email",
    prints=True,
    owed="receivable",
    statuses=INVOICE_STATUSES,
    customers_only=True,
)
