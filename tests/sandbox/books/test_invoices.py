"""Invoices over HTTP: amounts, numbers, status, lists."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest


def numbers(reply: Any) -> list[str]:
    return [invoice["invoice_number"] for invoice in reply.body["invoices"]]


def test_an_invoice_is_made_as_a_draft_and_read_back(books: Any) -> None:
    customer = books.customer(payment_terms=15, contact_persons=[{"email": "a@acme.example"}])
    invoice = books.invoice(
        customer,
        Decimal("120.50"),
        date="2026-06-09",
        reference_number="deal-1",
        zcrm_potential_id="4600000001",
        notes="Thank you",
    )
    assert invoice == books.get(f"/invoices/{invoice['invoice_id']}").body["invoice"]
    assert invoice["invoice_number"] == "INV-000001"
    assert (invoice["status"], invoice["due_date"]) == ("draft", "2026-06-24")
    assert invoice["customer_name"] == "Acme"
    assert invoice["zcrm_potential_id"] == "4600000001"
    assert invoice["contact_persons"] == [customer["primary_contact_id"]]
    assert [str(invoice[name]) for name in ("sub_total", "total", "balance", "bcy_total", "exchange_rate")] == [
        "120.50",
        "120.50",
        "120.50",
        "120.50",
        "1.00",
    ]
    (line,) = invoice["line_items"]
    assert (line["name"], str(line["rate"]), str(line["item_total"])) == ("Work", "120.50", "120.50")


def test_lines_take_what_they_do_not_say_from_their_item(books: Any) -> None:
    tax = books.made("/settings/taxes", {"tax_name": "Sales tax", "tax_percentage": 10})
    item = books.made(
        "/items", {"name": "Drive", "rate": 120, "description": "1 TB", "unit": "pcs", "tax_id": tax["tax_id"]}
    )
    lines = [
        {"item_id": item["item_id"], "quantity": 2},
        {"item_id": item["item_id"], "rate": 99, "name": "Drive, used", "tax_id": ""},
        {"description": "Delivery", "rate": 10, "discount": "50%"},
    ]
    invoice = books.invoice(books.customer(), line_items=lines)
    assert [(line["name"], line["unit"], line["item_total"]) for line in invoice["line_items"]] == [
        ("Drive", "pcs", 240),
        ("Drive, used", "pcs", 99),
        ("", "", 5),
    ]
    assert [line["item_order"] for line in invoice["line_items"]] == [1, 2, 3]
    assert invoice["taxes"] == [{"tax_id": tax["tax_id"], "tax_name": "Sales tax", "tax_amount": 24}]
    assert (invoice["sub_total"], invoice["tax_total"], invoice["total"]) == (344, 24, 368)


@pytest.mark.parametrize(
    ("base", "code", "rate", "total", "bcy_total"),
    [
        ("JPY", "USD", "150.25", "1234.57", "185494"),
        ("JPY", "BHD", "400", "1234.568", "493827"),
        ("USD", "JPY", "0.0067", "1235", "8.27"),
        ("USD", "USD", None, "1234.57", "1234.57"),
    ],
)
def test_each_currency_rounds_its_own_way(
    open_books: Callable[..., Any], base: str, code: str, rate: str | None, total: str, bcy_total: str
) -> None:
    books = open_books(base, "Asia/Tokyo")
    customer = books.customer()
    if rate is not None:
        currency = books.currency(code, Decimal(rate))
        customer = books.customer("Abroad", currency_id=currency["currency_id"])
    invoice = books.invoice(customer, Decimal("1234.5675"))
    assert invoice["currency_code"] == code
    assert (str(invoice["total"]), str(invoice["bcy_total"])) == (total, bcy_total)
    assert str(invoice["line_items"][0]["rate"]) == "1234.5675"


def test_the_rate_is_the_given_one_or_that_of_the_day(books: Any) -> None:
    euro = books.currency("EUR", Decimal("1.10"))
    path = f"/settings/currencies/{euro['currency_id']}/exchangerates"
    books.made(path, {"effective_date": "2026-06-01", "rate": Decimal("1.25")})
    customer = books.customer(currency_id=euro["currency_id"])
    for day, rate in (("2026-05-31", "1.10"), ("2026-06-01", "1.25"), ("2026-07-01", "1.25"), ("2019-01-01", "1.10")):
        assert str(books.invoice(customer, date=day)["exchange_rate"]) == rate
    given = books.invoice(customer, 100, exchange_rate=Decimal("1.5"))
    assert (str(given["exchange_rate"]), str(given["bcy_total"])) == ("1.50", "150.00")
    assert str(books.get(f"/invoices/{given['invoice_id']}").body["invoice"]["exchange_rate"]) == "1.50"
    assert books.post("/invoices", {"customer_id": customer["contact_id"], "exchange_rate": 0}).status == 400


def test_an_invoice_may_be_in_another_currency_than_its_customer(books: Any) -> None:
    euro = books.currency("EUR", Decimal(2))
    customer = books.customer()
    invoice = books.made(
        "/invoices",
        {
            "customer_id": customer["contact_id"],
            "currency_id": euro["currency_id"],
            "line_items": [{"name": "Work", "rate": 10}],
        },
        send="true",
    )
    assert (invoice["currency_code"], invoice["bcy_total"]) == ("EUR", 20)
    contact = books.get(f"/contacts/{customer['contact_id']}").body["contact"]
    assert (contact["outstanding_receivable_amount"], contact["outstanding_receivable_amount_bcy"]) == (0, 20)
    assert [
        (each["currency_code"], each["outstanding_receivable_amount"])
        for each in contact["customer_currency_summaries"]
    ] == [("USD", 0), ("EUR", 10)]


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"customer_id": ""}, 400, "Invalid value passed for customer_id"),
        ({"customer_id": "12"}, 404, "Customer does not exist."),
        ({"customer_id": "Acme"}, 400, "Invalid value passed for customer_id"),
        ({"line_items": []}, 400, "Invalid value passed for line_items"),
        ({"line_items": {"rate": 1}}, 400, "Invalid element line_items"),
        ({"line_items": [{"rate": 1}]}, 400, "Invalid value passed for name"),
        ({"line_items": [{"name": "Work"}]}, 400, "Invalid value passed for rate"),
        ({"line_items": [{"name": "Work", "rate": -1}]}, 400, "Invalid value passed for rate"),
        ({"line_items": [{"name": "Work", "rate": 1, "quantity": 0}]}, 400, "Invalid value passed for quantity"),
        ({"line_items": [{"item_id": "7", "rate": 1}]}, 404, "Item does not exist."),
        ({"line_items": [{"name": "Work", "rate": 1, "tax_id": "7"}]}, 404, "Tax does not exist."),
        ({"line_items": [{"name": "W", "rate": 1, "discount": 2}]}, 400, "Invalid value passed for discount"),
        ({"adjustment": -1001}, 400, "The total is less than zero."),
        ({"currency_id": "7"}, 404, "Currency does not exist."),
        ({"date": "09.06.2026"}, 400, "Invalid value passed for date"),
        ({"contact_persons": ["7"]}, 400, "Invalid value passed for contact_persons (7)"),
        ({"invoice_number": "A-1"}, 400, "Invoice numbers are generated automatically."),
        ({"invoiced_estimate_id": "7"}, 404, "Quote does not exist."),
    ],
)
def test_what_cannot_be_an_invoice_is_refused(books: Any, change: dict[str, Any], status: int, message: str) -> None:
    body = {"customer_id": books.customer()["contact_id"], "line_items": [{"name": "Work", "rate": 1000}]}
    reply = books.post("/invoices", body | change)
    assert reply.status == status
    assert reply.message.startswith(message)
    assert reply.code != 0
    assert books.get("/invoices").body["invoices"] == []


def test_numbers_count_up_and_step_over_those_given_by_hand(books: Any) -> None:
    customer = books.customer()
    by_hand = {"ignore_auto_number_generation": "true"}
    body = {"customer_id": customer["contact_id"], "line_items": [{"name": "Work", "rate": 1}]}
    own = books.made("/invoices", body | {"invoice_number": "INV-000002"}, **by_hand)
    assert own["invoice_number"] == "INV-000002"
    assert [books.invoice(customer)["invoice_number"] for _ in range(2)] == ["INV-000001", "INV-000003"]
    twice = books.post("/invoices", body | {"invoice_number": "INV-000003"}, **by_hand)
    assert (twice.status, twice.code) == (400, 1001)
    assert books.post("/invoices", body, **by_hand).message == "Invalid value passed for invoice_number"
    renamed = books.put(f"/invoices/{own['invoice_id']}", {"invoice_number": "A-1"}, **by_hand)
    assert renamed.body["invoice"]["invoice_number"] == "A-1"
    assert books.put(f"/invoices/{own['invoice_id']}", {"invoice_number": "A-1"}).status == 200


def test_the_path_of_an_invoice(books: Any) -> None:
    invoice = books.invoice(books.customer())
    path = f"/invoices/{invoice['invoice_id']}"
    steps = [
        ("draft", 400, "Only void invoices can be changed to draft.", "draft"),
        ("sent", 200, "Invoice status has been changed to Sent.", "sent"),
        ("sent", 200, "Invoice status has been changed to Sent.", "sent"),
        ("draft", 400, "Only void invoices can be changed to draft.", "sent"),
        ("void", 200, "Invoice status has been changed to Void.", "void"),
        ("void", 200, "Invoice status has been changed to Void.", "void"),
        ("sent", 400, "An invoice in void status cannot be marked as sent.", "void"),
        ("draft", 200, "Status of invoice changed from void to draft", "draft"),
        ("void", 200, "Invoice status has been changed to Void.", "void"),
    ]
    for move, status, message, after in steps:
        reply = books.post(f"{path}/status/{move}")
        assert (reply.status, reply.message) == (status, message)
        assert (reply.code == 0) == (status == 200)
        assert set(reply.body) == {"code", "message"}
        assert books.get(path).body["invoice"]["status"] == after
        assert numbers(books.get("/invoices", status=after)) == ["INV-000001"]
    assert books.put(path, {"notes": "x"}).message == "An invoice in void status cannot be edited."
    assert books.delete(path).message == "The invoice has been deleted."
    assert (books.get(path).status, books.get(path).code) == (404, 1002)
    assert books.get(path).message == "Invoice does not exist."


def test_several_invoices_at_once(books: Any) -> None:
    customer = books.customer()
    ids = [books.invoice(customer)["invoice_id"] for _ in range(2)]
    both = ",".join(ids)
    assert books.post("/invoices/status/void", invoice_ids=f"{both},99").code == 1002
    assert len(numbers(books.get("/invoices", status="draft"))) == 2
    assert books.post("/invoices/status/sent", invoice_ids=both).status == 200
    assert books.post("/invoices/status/void", invoice_ids=both).status == 200
    assert len(numbers(books.get("/invoices", status="void"))) == 2
    assert books.post("/invoices/status/void").message == "Invalid value passed for invoice_ids"


def test_an_invoice_is_overdue_from_the_day_after(books: Any, set_clock: Callable[[str], None]) -> None:
    # 23:00 in New York, where the organisation is: already the 10th in UTC.
    set_clock("2026-06-10T03:00:00+00:00")
    customer = books.customer(payment_terms=1)
    invoice = books.made(
        "/invoices",
        {"customer_id": customer["contact_id"], "line_items": [{"name": "Work", "rate": 1}]},
        send="true",
    )
    assert (invoice["date"], invoice["due_date"], invoice["status"]) == ("2026-06-09", "2026-06-10", "sent")
    seen = []
    for moment in ("2026-06-10T03:00:00+00:00", "2026-06-10T12:00:00+00:00", "2026-06-13T12:00:00+00:00"):
        set_clock(moment)
        (row,) = books.get("/invoices").body["invoices"]
        assert row["status"] == books.get(f"/invoices/{row['invoice_id']}").body["invoice"]["status"]
        assert len(numbers(books.get("/invoices", status=row["status"]))) == 1
        seen.append((row["status"], row["due_days"]))
    assert seen == [("sent", "Due in 1 day(s)"), ("sent", "Due Today"), ("overdue", "Overdue by 3 day(s)")]
    assert numbers(books.get("/invoices", status="sent")) == []
    assert len(numbers(books.get("/invoices", filter_by="Status.OverDue"))) == 1
    assert [c["contact_name"] for c in books.get("/contacts", filter_by="Invoice.OverDue").body["contacts"]] == ["Acme"]


def test_an_update_prices_the_invoice_anew(books: Any) -> None:
    invoice = books.invoice(books.customer(), 100, discount="10%", zcrm_potential_id="5")
    assert (invoice["total"], invoice["discount"]) == (90, "10%")
    path = f"/invoices/{invoice['invoice_id']}"
    same = books.put(path, {"notes": "new"}).body["invoice"]
    assert {k: v for k, v in same.items() if k not in ("notes", "last_modified_time")} == {
        k: v for k, v in invoice.items() if k not in ("notes", "last_modified_time")
    }
    line = invoice["line_items"][0]
    lines = [line | {"quantity": 3}, {"name": "More", "rate": 50}]
    changed = books.put(path, {"line_items": lines}).body["invoice"]
    assert changed["line_items"][0]["line_item_id"] == line["line_item_id"]
    assert (changed["sub_total"], changed["total"], changed["balance"]) == (350, 315, 315)
    assert changed["zcrm_potential_id"] == "5"
    moved = books.put(path, {"date": "2026-01-01", "payment_terms": 10}).body["invoice"]
    assert (moved["due_date"], moved["payment_terms_label"]) == ("2026-01-11", "Net 10")
    assert books.put("/invoices/1", {}).code == 1002


def test_an_update_does_not_mind_that_the_customer_changed_since(books: Any) -> None:
    people = [{"email": "a@acme.example"}, {"email": "b@acme.example"}]
    customer = books.customer(contact_persons=people)
    first, second = (person["contact_person_id"] for person in customer["contact_persons"])
    invoice = books.invoice(customer, contact_persons_associated=[{"contact_person_id": second}])
    assert (invoice["contact_persons"], invoice["email"]) == ([second], "b@acme.example")
    books.delete(f"/contacts/contactpersons/{second}")
    books.post(f"/contacts/{customer['contact_id']}/inactive")
    path = f"/invoices/{invoice['invoice_id']}"
    assert books.put(path, {"notes": "x"}).body["invoice"]["contact_persons"] == []
    assert books.put(path, {"contact_persons": [first]}).body["invoice"]["email"] == "a@acme.example"


def test_amounts_beyond_bookkeeping_are_refused_not_rounded(books: Any) -> None:
    customer = books.customer(currency_id=books.currency("EUR", Decimal(1000))["currency_id"])
    largest = books.invoice(customer, Decimal("9999999999.99"))
    assert str(largest["bcy_total"]) == "9999999999990.00"
    body = {"customer_id": customer["contact_id"], "line_items": [{"name": "W", "rate": 10**10 + 1}]}
    reply = books.post("/invoices", body)
    assert (reply.status, reply.message) == (400, "Invalid value passed for rate")


def test_the_list_finds_invoices(books: Any, set_clock: Callable[[str], None]) -> None:
    acme, beta = books.customer("Acme"), books.customer("Beta")
    set_clock("2026-06-01T12:00:00+00:00")
    books.invoice(acme, 10, reference_number="deal-1", zcrm_potential_id="11", date="2026-05-01")
    set_clock("2026-06-02T12:00:00+00:00")
    books.invoice(beta, 20, reference_number="deal-2", zcrm_potential_id="12", date="2026-05-02")
    set_clock("2026-06-03T12:00:00+00:00")
    books.invoice(acme, 30, reference_number="other", date="2026-05-03")
    one, two, three = "INV-000001", "INV-000002", "INV-000003"
    expected = {
        (): [three, two, one],
        (("reference_number", "deal-2"),): [two],
        (("reference_number_startswith", "deal-"),): [two, one],
        (("reference_number_contains", "the"),): [three],
        (("customer_id", acme["contact_id"]),): [three, one],
        (("customer_name_contains", "bet"),): [two],
        (("zcrm_potential_id", "11"),): [one],
        (("zcrm_potential_id", "99"),): [],
        (("invoice_number", two),): [two],
        (("invoice_number_startswith", "INV-"), ("sort_column", "invoice_number")): [one, two, three],
        (("date", "2026-05-02"),): [two],
        (("date_start", "2026-05-02"),): [three, two],
        (("date_end", "2026-05-02"),): [two, one],
        (("date_after", "2026-05-02"),): [three],
        (("date_before", "2026-05-02"),): [one],
        (("created_date", "2026-06-02"),): [two],
        (("total", "20"),): [two],
        (("total_greater_than", "10"), ("balance_less_equals", "20.00")): [two],
        (("last_modified_time", "2026-06-02T08:00:00-0400"),): [three, two],
        (("last_modified_time", "2026-06-02T08:00:01-0400"),): [three],
        (("search_text", "DEAL"),): [two, one],
        (("status", "draft"), ("customer_id", beta["contact_id"])): [two],
        (("status", "viewed"),): [],
        (("filter_by", "Status.Draft"), ("sort_column", "total"), ("sort_order", "D")): [three, two, one],
        (("sort_column", "customer_name"), ("sort_order", "A")): [one, three, two],
        (("per_page", "2"), ("page", "2")): [one],
    }
    for query, found in expected.items():
        assert numbers(books.get("/invoices", **dict(query))) == found, query
    for name in ("status", "filter_by", "sort_column", "date_start", "last_modified_time", "customer_id", "total"):
        reply = books.get("/invoices", **{name: "wrong"})
        assert (reply.status, reply.message) == (400, f"Invalid value passed for {name}")
    context = books.get("/invoices", per_page=1).body["page_context"]
    assert (context["has_more_page"], context["sort_column"], context["sort_order"]) == (True, "created_time", "D")


def test_the_list_follows_a_renamed_customer_and_finds_items(books: Any) -> None:
    item = books.made("/items", {"name": "Drive", "rate": 1})
    customer = books.customer("Old name")
    books.invoice(customer, line_items=[{"item_id": item["item_id"]}])
    books.invoice(customer)
    books.put(f"/contacts/{customer['contact_id']}", {"contact_name": "New name"})
    assert {row["customer_name"] for row in books.get("/invoices").body["invoices"]} == {"New name"}
    assert numbers(books.get("/invoices", item_id=item["item_id"])) == ["INV-000001"]


def test_another_organization_sees_nothing_of_it(books: Any, open_books: Callable[..., Any]) -> None:
    invoice = books.invoice(books.customer())
    other = open_books()
    assert other.get("/invoices").body["invoices"] == []
    assert other.get(f"/invoices/{invoice['invoice_id']}").status == 404
    assert other.post(f"/invoices/{invoice['invoice_id']}/status/void").status == 404
    body = {"customer_id": invoice["customer_id"], "line_items": [{"name": "Work", "rate": 1}]}
    assert other.post("/invoices", body).message == "Customer does not exist."
