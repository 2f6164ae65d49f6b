"""Sales orders and purchase orders: made, found, moved through their statuses, invoiced and billed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoho_sandbox.finance.document_kind import moved
from zoho_sandbox.finance.document_kinds import PURCHASE_ORDER, SALES_ORDER
from zoho_sandbox.finance.errors import FinanceError


def test_a_sales_order_is_priced_and_numbered_like_other_documents(books: Any) -> None:
    customer = books.customer()
    order = books.order(
        customer,
        rate="99.95",
        shipment_date="2026-07-01",
        reference_number="key-1",
        zcrm_potential_id="4711",
        zcrm_potential_name="Big deal",
        crm_owner_id="12",
        delivery_method="Truck",
        shipping_charge=5,
    )
    assert (order["salesorder_number"], order["status"]) == ("SO-00001", "draft")
    assert str(order["total"]) == "104.95"
    assert (order["customer_name"], order["shipment_date"]) == ("Acme", "2026-07-01")
    assert (order["zcrm_potential_id"], order["zcrm_potential_name"], order["crm_owner_id"]) == (
        "4711",
        "Big deal",
        "12",
    )
    assert books.shown("salesorder", order) == order
    assert books.order(customer)["salesorder_number"] == "SO-00002"
    assert (
        books.made(
            "/salesorders",
            {
                "customer_id": customer["contact_id"],
                "salesorder_number": "X-1",
                "line_items": [{"name": "W", "rate": 1}],
            },
            ignore_auto_number_generation=True,
        )["salesorder_number"]
        == "X-1"
    )


def test_a_purchase_order_goes_to_a_vendor_at_purchase_rates(books: Any) -> None:
    vendor = books.vendor()
    item = books.made("/items", {"name": "Valve", "rate": 30, "purchase_rate": "12.50"})
    order = books.made(
        "/purchaseorders",
        {
            "vendor_id": vendor["contact_id"],
            "delivery_date": "2026-08-01",
            "line_items": [{"item_id": item["item_id"], "quantity": 4}],
        },
    )
    assert (order["purchaseorder_number"], order["status"], order["vendor_name"]) == ("PO-00001", "draft", "Parts Ltd")
    assert (str(order["total"]), order["delivery_date"]) == ("50.00", "2026-08-01")
    assert "customer_id" not in order
    for wrong in (books.customer()["contact_id"], "1"):
        reply = books.post("/purchaseorders", {"vendor_id": wrong, "line_items": [{"name": "W", "rate": 1}]})
        assert (reply.status, reply.message) == (404, "Vendor does not exist.")
    assert books.post("/salesorders", {"customer_id": vendor["contact_id"]}).message == "Customer does not exist."
    assert books.post("/purchaseorders", {"line_items": []}).message == "Invalid value passed for vendor_id"


@pytest.mark.parametrize("kind", ["salesorder", "purchaseorder"])
def test_orders_are_found_by_what_they_say(books: Any, set_clock: Any, kind: str) -> None:
    party, other = (
        (books.customer("A"), books.customer("B")) if kind == "salesorder" else (books.vendor("A"), books.vendor("B"))
    )
    key = "customer_id" if kind == "salesorder" else "vendor_id"
    set_clock("2026-06-09T10:00:00Z")
    first = books.order(party, reference_number="r-1")
    set_clock("2026-06-09T11:00:00Z")
    second = books.order(other, rate=5, date="2026-06-01")
    books.post(f"/{kind}s/{first[f'{kind}_id']}/status/open")
    set_clock("2026-06-09T12:00:00Z")
    third = books.order(other, rate=7)

    def numbers(**query: Any) -> list[str]:
        reply = books.get(f"/{kind}s", **query)
        assert reply.status == 200, reply.body
        return [row[f"{kind}_number"] for row in reply.body[f"{kind}s"]]

    one, two, three = (order[f"{kind}_number"] for order in (first, second, third))
    assert numbers() == [three, two, one]
    assert numbers(**{key: party["contact_id"]}) == [one]
    assert numbers(reference_number="r-1") == [one]
    assert numbers(status="open") == [one]
    assert numbers(status="draft", sort_column="total") == [two, three]
    assert numbers(filter_by="Status.Draft", per_page=1, page=2) == [two]
    assert numbers(last_modified_time="2026-06-09T11:00:00+0000") == [three, two, one]
    assert numbers(last_modified_time="2026-06-09T11:30:00+0000") == [three]
    assert numbers(date="2026-06-01") == [two]
    assert numbers(search_text=two) == [two]
    assert books.get(f"/{kind}s", status="lost").message == "Invalid value passed for status"
    row = books.get(f"/{kind}s", reference_number="r-1").body[f"{kind}s"][0]
    assert row["status"] == "open"
    assert "line_items" not in row


def test_sales_orders_of_a_deal(books: Any) -> None:
    customer = books.customer()
    order = books.order(customer, zcrm_potential_id="88")
    books.order(customer)
    (found,) = books.get("/salesorders", zcrm_potential_id="88").body["salesorders"]
    assert found["salesorder_id"] == order["salesorder_id"]
    assert found["zcrm_potential_id"] == "88"


def test_a_sales_order_is_opened_voided_and_reopened(books: Any) -> None:
    order = books.order(books.customer())
    path = f"/salesorders/{order['salesorder_id']}"
    opened = books.post(f"{path}/status/open")
    assert (opened.status, opened.message) == (201, "Sales order status has been changed to Open.")
    assert books.post(f"{path}/status/void").message == "Sales order status has been changed to Void."
    assert books.put(path, {"notes": "x"}).status == 400
    assert books.post(f"{path}/status/open").status == 201
    changed = books.put(path, {"notes": "x"}).body["salesorder"]
    assert (changed["notes"], changed["status"]) == ("x", "open")
    assert books.delete(path).message == "The sales order has been deleted."
    assert books.get(path).message == "Sales order does not exist."


def test_an_invoice_is_made_of_a_sales_order(books: Any) -> None:
    order = books.order(books.customer(), rate=250, zcrm_potential_id="9", discount="10%", discount_type="entity_level")
    path = f"/salesorders/{order['salesorder_id']}"
    draft = books.post("/invoices/fromsalesorder", salesorder_id=order["salesorder_id"])
    assert draft.status == 400, "a draft is opened first"
    books.post(f"{path}/status/open")
    made = books.post("/invoices/fromsalesorder", salesorder_id=order["salesorder_id"])
    assert made.status == 201
    invoice = made.body["invoice"]
    assert (str(invoice["total"]), invoice["zcrm_potential_id"], invoice["salesorder_id"]) == (
        "225.00",
        "9",
        order["salesorder_id"],
    )
    assert invoice["line_items"][0]["line_item_id"] != order["line_items"][0]["line_item_id"]
    assert books.shown("salesorder", order)["status"] == "invoiced"
    for refused in (books.post(f"{path}/status/void"), books.put(path, {"notes": "x"}), books.delete(path)):
        assert refused.status == 400
    assert books.post("/invoices/fromsalesorder", salesorder_id=order["salesorder_id"]).status == 400
    assert books.post("/invoices/fromsalesorder").message == "Invalid value passed for salesorder_id"


def test_a_purchase_order_is_billed_or_cancelled(books: Any) -> None:
    order = books.order(books.vendor())
    path = f"/purchaseorders/{order['purchaseorder_id']}"
    assert books.post(f"{path}/status/billed").status == 400, "a draft cannot be billed"
    assert books.post(f"{path}/status/open").message == "The purchase order has been marked as open."
    assert books.post(f"{path}/status/billed").message == "The purchase order has been marked as billed."
    assert books.post(f"{path}/status/cancelled").status == 400
    assert books.delete(path).status == 400
    assert books.post(f"{path}/status/open").status == 201, "unbilled"
    assert books.post(f"{path}/status/cancelled").message == "The purchase order has been cancelled."
    assert books.shown("purchaseorder", order)["status"] == "cancelled"
    assert books.delete(path).message == "The purchase order has been deleted."


def test_only_the_documented_status_calls_exist(books: Any) -> None:
    sales = books.order(books.customer())["salesorder_id"]
    bought = books.order(books.vendor())["purchaseorder_id"]
    for path in (f"/salesorders/{sales}/status/sent", f"/purchaseorders/{bought}/status/void"):
        assert books.post(path).status == 404


@given(
    moves=st.lists(st.sampled_from(["open", "void", "invoiced"]), max_size=8),
)
def test_an_invoiced_sales_order_stays_invoiced(moves: list[str]) -> None:
    stage = "draft"
    for move in moves:
        before = stage
        try:
            stage = moved(SALES_ORDER, stage, move)
        except FinanceError:
            assert stage == before
        assert before != "invoiced" or stage == "invoiced"
        assert stage != "draft" or before == "draft"


@given(moves=st.lists(st.sampled_from(["open", "billed", "cancelled"]), max_size=8))
def test_a_purchase_order_is_billed_only_while_open(moves: list[str]) -> None:
    stage = "draft"
    for move in moves:
        before = stage
        try:
            stage = moved(PURCHASE_ORDER, stage, move)
        except FinanceError:
            continue
        assert stage != "billed" or before in ("open", "billed")
