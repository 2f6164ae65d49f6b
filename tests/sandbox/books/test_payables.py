"""What is owed to vendors, and by customers: bills, payments, and the figures on contacts."""

from decimal import Decimal
from typing import Any


def figures(books: Any, contact: Any, side: str) -> list[str]:
    detail = books.get(f"/contacts/{contact['contact_id']}").body["contact"]
    rows = books.get("/contacts", contact_name=contact["contact_name"]).body["contacts"]
    names = (f"outstanding_{side}_amount", f"outstanding_{side}_amount_bcy", f"unused_credits_{side}_amount")
    assert [str(rows[0][name]) for name in names] == [str(detail[name]) for name in names]
    return [str(detail[name]) for name in names]


def test_bills_are_payable_until_paid_or_void(books: Any) -> None:
    vendor = books.vendor()
    assert figures(books, vendor, "payable") == ["0.00", "0.00", "0.00"]
    bill = books.bill(vendor, "B-1", rate=300, due_date="2030-01-01")
    other = books.bill(vendor, "B-2", rate="50.25", date="2020-01-01", due_date="2020-02-01")
    assert (bill["status"], other["status"], str(bill["balance"])) == ("open", "overdue", "300.00")
    assert figures(books, vendor, "payable") == ["350.25", "350.25", "0.00"]
    assert figures(books, vendor, "receivable") == ["0.00", "0.00", "0.00"]
    payment = books.made(
        "/vendorpayments",
        {
            "vendor_id": vendor["contact_id"],
            "amount": 120,
            "bills": [{"bill_id": bill["bill_id"], "amount_applied": 100}],
        },
    )
    assert (str(payment["balance"]), str(payment["bills"][0]["balance"])) == ("20.00", "200.00")
    assert books.shown("bill", bill)["status"] == "partially_paid"
    assert figures(books, vendor, "payable") == ["250.25", "250.25", "20.00"]
    assert books.post(f"/bills/{bill['bill_id']}/status/void").status == 400, "it has a payment"
    assert books.post(f"/bills/{other['bill_id']}/status/void").status == 201
    assert figures(books, vendor, "payable") == ["200.00", "200.00", "20.00"]
    assert books.delete(f"/vendorpayments/{payment['payment_id']}").status == 200
    assert figures(books, vendor, "payable") == ["300.00", "300.00", "0.00"]
    assert books.post(f"/bills/{other['bill_id']}/status/open").status == 201
    assert figures(books, vendor, "payable") == ["350.25", "350.25", "0.00"]


def test_payables_in_another_currency_are_worth_their_bills_rates(books: Any) -> None:
    euro = books.currency("EUR", rate="1.10")
    vendor = books.vendor(currency_id=euro["currency_id"])
    books.bill(vendor, "1", rate=100)
    books.bill(vendor, "2", rate=100, exchange_rate="1.25")
    assert figures(books, vendor, "payable") == ["200.00", "235.00", "0.00"]
    (summary,) = books.get(f"/contacts/{vendor['contact_id']}").body["contact"]["vendor_currency_summaries"]
    assert (summary["currency_code"], str(summary["outstanding_payable_amount"])) == ("EUR", "200.00")


def test_receivables_are_those_of_sent_invoices(books: Any) -> None:
    customer = books.customer()
    invoice = books.invoice(customer, rate=80)
    books.order(customer, rate=500)
    assert figures(books, customer, "receivable") == ["0.00", "0.00", "0.00"]
    books.post(f"/invoices/{invoice['invoice_id']}/status/sent")
    assert figures(books, customer, "receivable") == ["80.00", "80.00", "0.00"]
    assert figures(books, customer, "payable") == ["0.00", "0.00", "0.00"]


def test_vendors_are_contacts_of_their_own(books: Any) -> None:
    vendor, customer = books.vendor("Same"), books.customer("Same")
    listed = books.get("/contacts", contact_type="vendor").body["contacts"]
    assert [row["contact_id"] for row in listed] == [vendor["contact_id"]]
    assert books.get(f"/contacts/{customer['contact_id']}").body["contact"]["contact_type"] == "customer"
    assert books.post("/contacts", {"contact_name": "same", "contact_type": "vendor"}).code == 3062
    assert books.delete(f"/contacts/{vendor['contact_id']}").message == "The vendor has been deleted."
    debtor = books.vendor("Debtor")
    books.order(debtor)
    refused = books.delete(f"/contacts/{debtor['contact_id']}")
    assert refused.message.startswith("Vendors involved in transactions")


def test_contacts_sort_by_what_is_owed_to_them(books: Any) -> None:
    low, high = books.vendor("Low"), books.vendor("High")
    books.bill(low, "1", rate=1)
    books.bill(high, "2", rate=2)
    listed = books.get("/contacts", sort_column="outstanding_payable_amount", sort_order="D").body["contacts"]
    assert [row["contact_name"] for row in listed] == ["High", "Low"]


def test_a_bill_bills_its_purchase_orders(books: Any) -> None:
    vendor = books.vendor()
    order = books.order(vendor)
    books.post(f"/purchaseorders/{order['purchaseorder_id']}/status/open")
    bill = books.bill(vendor, "B-9", purchaseorder_ids=[order["purchaseorder_id"]])
    assert books.shown("purchaseorder", order)["status"] == "billed"
    (found,) = books.get("/bills", purchaseorder_id=order["purchaseorder_id"]).body["bills"]
    assert found["bill_id"] == bill["bill_id"]
    assert "due_days" in found
    stranger = books.vendor("Stranger")
    reply = books.post(
        "/bills",
        {
            "vendor_id": stranger["contact_id"],
            "bill_number": "B-10",
            "purchaseorder_ids": [order["purchaseorder_id"]],
            "line_items": [{"name": "W", "rate": 1}],
        },
    )
    assert reply.message == "Invalid value passed for purchaseorder_ids"


def test_a_bill_carries_the_vendors_number_once(books: Any) -> None:
    vendor = books.vendor()
    bill = books.bill(vendor, "2026-001")
    body = {"vendor_id": vendor["contact_id"], "line_items": [{"name": "W", "rate": 1}]}
    assert books.post("/bills", body).message == "Invalid value passed for bill_number"
    assert books.post("/bills", body | {"bill_number": "2026-001"}).code == 1001
    statuses = {status: books.get("/bills", status=status).body["bills"] for status in ("open", "paid", "unpaid")}
    assert [len(rows) for rows in statuses.values()] == [1, 0, 1]
    assert books.delete(f"/bills/{bill['bill_id']}").message == "The bill has been deleted."


def test_vendor_payments_are_listed_apart_from_customers_payments(books: Any) -> None:
    vendor, customer = books.vendor(), books.customer()
    bill = books.bill(vendor, "B-1", rate=10)
    paid = {"bills": [{"bill_id": bill["bill_id"], "amount_applied": 10}]}
    made = books.made("/vendorpayments", {"vendor_id": vendor["contact_id"], "amount": 10, **paid})
    books.made("/customerpayments", {"customer_id": customer["contact_id"], "amount": 5})
    (row,) = books.get("/vendorpayments", vendor_id=vendor["contact_id"]).body["vendorpayments"]
    assert (row["payment_id"], row["bill_numbers"], row["amount"]) == (made["payment_id"], "B-1", Decimal("10.00"))
    assert len(books.get("/customerpayments").body["customerpayments"]) == 1
    assert books.get(f"/customerpayments/{made['payment_id']}").status == 404
    assert books.shown("bill", bill)["status"] == "paid"
    too_much = {
        "vendor_id": vendor["contact_id"],
        "amount": 1,
        "bills": [{"bill_id": bill["bill_id"], "amount_applied": 1}],
    }
    assert books.post("/vendorpayments", too_much).status == 400
    assert books.post("/vendorpayments", {"vendor_id": customer["contact_id"], "amount": 1}).status == 404


def test_a_bill_is_changed_as_long_as_what_was_paid_is_covered(books: Any) -> None:
    vendor = books.vendor()
    bill, other = books.bill(vendor, "B-1"), books.bill(vendor, "B-2")
    path = f"/bills/{bill['bill_id']}"
    changed = books.put(path, {"line_items": [{"name": "W", "rate": 1500}], "reference_number": "R"})
    assert (changed.status, changed.message) == (200, "Bill information has been updated.")
    assert (changed.body["bill"]["total"], changed.body["bill"]["balance"]) == (1500, 1500)
    assert books.put(path, {"bill_number": "B-2"}).code == 1001
    assert books.put(path, {"bill_number": "B-3"}).body["bill"]["bill_number"] == "B-3"
    share = {"bill_id": bill["bill_id"], "amount_applied": 1000}
    books.made("/vendorpayments", {"vendor_id": vendor["contact_id"], "amount": 1000, "bills": [share]})
    assert books.put(path, {"line_items": [{"name": "W", "rate": 900}]}).status == 400
    assert books.put(path, {"line_items": [{"name": "W", "rate": 1200}]}).body["bill"]["balance"] == 200
    assert books.shown("bill", other)["balance"] == 1000


def test_a_payment_to_a_vendor_is_changed(books: Any) -> None:
    vendor = books.vendor()
    bill = books.bill(vendor, "B-1")
    share = {"bill_id": bill["bill_id"], "amount_applied": 400}
    payment = books.made("/vendorpayments", {"vendor_id": vendor["contact_id"], "amount": 400, "bills": [share]})
    changed = books.put(f"/vendorpayments/{payment['payment_id']}", {"amount": 1000, "bills": [share]})
    assert changed.message == "The details of the payment made to the vendor has been updated"
    assert changed.body["vendorpayment"]["balance"] == 600
    assert books.shown("bill", bill)["balance"] == 600


def test_a_bill_is_neither_mailed_nor_printed(books: Any) -> None:
    bill = books.bill(books.vendor(), "B-1")
    path = f"/bills/{bill['bill_id']}"
    assert books.post(f"{path}/email", {"to_mail_ids": ["a@example.com"]}).code == 5
    assert books.get("/bills/pdf", bill_ids=bill["bill_id"]).code == 5
    assert books.get(path).body["bill"]["bill_number"] == "B-1"
