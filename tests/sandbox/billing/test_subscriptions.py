from decimal import Decimal

import pytest


def test_a_subscription_is_billed_at_once_and_on_every_renewal(billing) -> None:
    made = billing.subscription()
    assert (made["status"], made["amount"], made["next_billing_at"]) == ("live", 5000, "2026-02-28")
    (first,) = billing.invoices()
    assert (first["total"], first["status"], first["transaction_type"]) == (5000, "sent", "new")
    assert made["child_invoice_id"] == first["invoice_id"]
    billing.on("2026-03-31")
    found = billing.invoices(subscription_id=made["subscription_id"])
    assert [row["invoice_date"] for row in found] == ["2026-01-31", "2026-02-28", "2026-03-31"]
    assert {row["transaction_type"] for row in found[1:]} == {"renewal"}
    assert found[1]["created_time"] == "2026-02-28T00:00:00+0900"
    shown = billing.now(made)
    assert (shown["current_term_starts_at"], shown["next_billing_at"]) == ("2026-03-31", "2026-04-30")


def test_a_trial_comes_before_the_first_invoice(billing) -> None:
    made = billing.subscription(plan=billing.plan(trial_period=14, setup_fee=1000))
    assert (made["status"], made["trial_ends_at"], billing.invoices()) == ("trial", "2026-02-14", [])
    billing.on("2026-02-14")
    assert billing.now(made)["status"] == "live"
    assert billing.invoices()[0]["total"] == 6000
    billing.on("2026-03-14")
    assert [row["total"] for row in billing.invoices()] == [6000, 5000]


def test_a_future_subscription_starts_on_its_day(billing) -> None:
    made = billing.subscription(starts_at="2026-02-10")
    assert (made["status"], made["activated_at"]) == ("future", "")
    billing.on("2026-02-12")
    shown = billing.now(made)
    assert (shown["status"], shown["activated_at"], shown["next_billing_at"]) == ("live", "2026-02-10", "2026-03-10")


def test_a_backdated_subscription_is_taken_up_where_it_would_be(billing) -> None:
    plan = billing.plan()
    made = billing.subscription(plan=plan, starts_at="2025-11-10")
    assert (made["status"], made["current_term_starts_at"], billing.invoices()) == ("live", "2026-01-10", [])
    other = billing.customer("Other")["customer_id"]
    billing.subscription(plan=plan, customer_id=other, starts_at="2025-11-10", create_backdated_invoice=True)
    assert len(billing.invoices()) == 1
    over = billing.plan("short", product_id=plan["product_id"], billing_cycles=2)
    third = billing.customer("Third")["customer_id"]
    ended = billing.subscription(plan=over, customer_id=third, starts_at="2025-11-10")
    assert (ended["status"], ended["expires_at"]) == ("expired", "2026-01-10")


def test_it_expires_after_its_billing_cycles(billing) -> None:
    made = billing.subscription(plan=billing.plan(billing_cycles=2))
    assert made["expires_at"] == "2026-03-31"
    billing.on("2026-05-01")
    assert billing.now(made)["status"] == "expired"
    assert len(billing.invoices()) == 2


def test_it_is_cancelled_now(billing) -> None:
    made = billing.subscription()
    path = f"/subscriptions/{made['subscription_id']}"
    shown = billing.post(f"{path}/cancel").body["subscription"]
    assert (shown["status"], shown["cancelled_at"], shown["next_billing_at"]) == ("cancelled", "2026-01-31", "")
    assert billing.post(f"{path}/reactivate").status == 400
    assert billing.put(path, {"reference_id": "x"}).status == 400
    billing.on("2026-03-31")
    assert len(billing.invoices()) == 1


def test_it_is_cancelled_at_the_end_of_its_term(billing) -> None:
    made = billing.subscription()
    shown = billing.post(f"/subscriptions/{made['subscription_id']}/cancel", cancel_at_end=True).body["subscription"]
    assert (shown["status"], shown["current_term_ends_at"]) == ("non_renewing", "2026-02-28")
    billing.on("2026-02-27")
    assert billing.now(made)["status"] == "non_renewing"
    billing.on("2026-02-28")
    assert billing.now(made)["status"] == "cancelled"
    assert len(billing.invoices()) == 1


def test_a_pending_cancellation_is_taken_back(billing) -> None:
    made = billing.subscription()
    path = f"/subscriptions/{made['subscription_id']}"
    billing.post(f"{path}/cancel", cancel_at_end="true")
    assert billing.post(f"{path}/reactivate").body["subscription"]["status"] == "live"
    billing.on("2026-02-28")
    assert len(billing.invoices()) == 2


def test_an_invoice_left_open_makes_it_unpaid_until_it_is_paid(billing) -> None:
    made = billing.subscription(plan=billing.plan(interval=1, interval_unit="years"))
    (invoice,) = billing.invoices()
    billing.on("2026-02-14")
    assert (billing.now(made)["status"], billing.invoices()[0]["status"]) == ("live", "overdue")
    billing.on("2026-02-15")
    assert billing.now(made)["status"] == "unpaid"
    (row,) = billing.get("/subscriptions", sort_column="last_modified_time", sort_order="D").body["subscriptions"]
    assert row["updated_time"] == "2026-02-15T00:00:00+0900"
    billing.pay(invoice, 1000)
    assert billing.now(made)["status"] == "unpaid"
    payment = billing.pay(invoice, 4000)
    assert billing.now(made)["status"] == "live"
    billing.delete(f"/payments/{payment['payment_id']}")
    assert billing.now(made)["status"] == "unpaid"
    billing.post(f"/invoices/{invoice['invoice_id']}/void")
    assert billing.now(made)["status"] == "live"


def test_an_online_subscription_pays_by_itself(billing) -> None:
    billing.subscription(auto_collect=True)
    billing.on("2026-02-28")
    assert [row["status"] for row in billing.invoices()] == ["paid", "paid"]


def test_addons_are_billed_with_the_plan(billing) -> None:
    plan = billing.plan()
    for code, kind in (("sms", "recurring"), ("install", "one_time")):
        brackets = [{"start_quantity": 1, "end_quantity": 1, "price": 700}]
        body = {"addon_code": code, "name": code, "product_id": plan["product_id"], "price_brackets": brackets}
        billing.made("/addons", body | {"type": kind})
    made = billing.subscription(plan=plan, addons=[{"addon_code": "sms", "quantity": 2}, {"addon_code": "install"}])
    assert made["amount"] == 6400
    billing.on("2026-02-28")
    assert [row["total"] for row in billing.invoices()] == [7100, 6400]


def test_an_update_counts_from_the_next_invoice_on(billing) -> None:
    plan = billing.plan()
    made = billing.subscription(plan=plan)
    billing.plan("pro", product_id=plan["product_id"], recurring_price=9000)
    path = f"/subscriptions/{made['subscription_id']}"
    changed = billing.put(path, {"plan": {"plan_code": "pro"}, "reference_id": "460"}).body["subscription"]
    assert (changed["amount"], changed["plan_name"], changed["reference_id"]) == (9000, "Pro", "460")
    assert changed["next_billing_at"] == made["next_billing_at"]
    billing.on("2026-02-28")
    assert [row["total"] for row in billing.invoices()] == [5000, 9000]


def test_the_renewal_is_postponed(billing) -> None:
    made = billing.subscription()
    path = f"/subscriptions/{made['subscription_id']}"
    moved = billing.post(f"{path}/postpone", {"renewal_at": "2026-03-10"}).body["subscription"]
    assert moved["next_billing_at"] == "2026-03-10"
    billing.on("2026-03-10")
    assert len(billing.invoices()) == 2
    assert billing.now(made)["next_billing_at"] == "2026-04-10"
    assert billing.post(f"{path}/postpone", {"renewal_at": "2026-03-01"}).status == 400


def test_a_foreign_customer_is_billed_in_its_currency(billing) -> None:
    currency = billing.made("/settings/currencies", {"currency_code": "USD", "currency_format": "1,234.56"})
    rates = f"/settings/currencies/{currency['currency_id']}/exchangerates"
    billing.post(rates, {"effective_date": "2020-01-01", "rate": 156})
    customer = billing.customer("Harwell Ltd", currency_code="USD")
    made = billing.subscription(customer_id=customer["customer_id"])
    assert (made["amount"], made["currency_code"]) == (Decimal("32.05"), "USD")
    (invoice,) = billing.invoices()
    assert (invoice["exchange_rate"], invoice["bcy_total"]) == (156, 5000)


def test_subscriptions_are_listed_by_customer_and_status(billing) -> None:
    plan = billing.plan()
    first = billing.subscription(plan=plan)
    second = billing.subscription(plan=plan, customer_id=billing.customer("Other")["customer_id"])
    billing.post(f"/subscriptions/{second['subscription_id']}/cancel")

    def ids(**query):
        return [row["subscription_id"] for row in billing.get("/subscriptions", **query).body["subscriptions"]]

    assert ids() == [second["subscription_id"], first["subscription_id"]]
    assert ids(customer_id=first["customer_id"]) == [first["subscription_id"]]
    for query in ({"filter_by": "SubscriptionStatus.LIVE"}, {"status": "live"}, {"status": "active"}):
        assert ids(**query) == [first["subscription_id"]]
    assert ids(filter_by="SubscriptionStatus.CANCELLED_THIS_MONTH") == [second["subscription_id"]]
    assert ids(filter_by="SubscriptionStatus.CANCELLED_LAST_MONTH") == []
    assert billing.get("/subscriptions", status="asleep").body["code"] == 2


def test_a_subscription_can_bring_its_customer(billing) -> None:
    billing.plan()
    body = {"customer": {"display_name": "New Ltd", "email": "a@new.example"}, "plan": {"plan_code": "basic"}}
    made = billing.made("/subscriptions", body)
    assert made["customer"]["display_name"] == "New Ltd"


@pytest.mark.parametrize(
    "wrong",
    [
        {"plan": {"plan_code": "unheard"}},
        {"plan": {"plan_code": "basic", "quantity": 0}},
        {"plan": {"plan_code": "basic", "price": -5}},
        {"plan": {}},
        {"plan": {"plan_code": "basic", "price": 10**13, "quantity": 1000}},
        {"plan": {"plan_code": "basic", "trial_days": 10**9}},
        {"plan": {"plan_code": "basic", "billing_cycles": -7}},
        {"payment_terms": 10**12},
        {"starts_at": "0001-01-01"},
        {"starts_at": "soon"},
        {"customer_id": ""},
    ],
)
def test_a_wrong_subscription_is_refused_and_leaves_nothing(billing, wrong) -> None:
    billing.plan()
    body = {"customer_id": billing.customer()["customer_id"], "plan": {"plan_code": "basic"}}
    assert billing.post("/subscriptions", body | wrong).status in (400, 404)
    assert billing.get("/subscriptions").body["subscriptions"] == []


def test_one_without_invoices_can_be_deleted(billing) -> None:
    plan = billing.plan()
    future = billing.subscription(plan=plan, starts_at="2026-03-01")
    assert billing.delete(f"/subscriptions/{future['subscription_id']}").status == 200
    other = billing.subscription(plan=plan, customer_id=future["customer_id"])
    assert billing.delete(f"/subscriptions/{other['subscription_id']}").status == 400
