"""Customers, vendors and their people."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest


def names(reply: Any) -> list[str]:
    return [contact["contact_name"] for contact in reply.body["contacts"]]


def test_a_contact_is_made_with_its_people_and_read_back(books: Any) -> None:
    contact = books.customer(
        "Bowman & Söhne",
        company_name="Bowman",
        contact_persons=[
            {"first_name": "Will", "email": "will@bowman.example"},
            {"first_name": "Ann", "email": "ann@bowman.example", "is_primary_contact": True},
        ],
        billing_address={"city": "Köln", "zip": 50667},
        payment_terms=15,
    )
    assert contact == books.get(f"/contacts/{contact['contact_id']}").body["contact"]
    assert contact["contact_type"] == "customer"
    assert contact["status"] == "active"
    assert (contact["payment_terms"], contact["payment_terms_label"]) == (15, "Net 15")
    assert contact["currency_code"] == "USD"
    assert contact["billing_address"]["zip"] == "50667"
    assert contact["email"] == "ann@bowman.example"
    assert [person["is_primary_contact"] for person in contact["contact_persons"]] == [False, True]
    assert contact["shipping_address"]["city"] == ""
    assert str(contact["outstanding_receivable_amount"]) == "0.00"


def test_names_are_unique_among_customers_whatever_their_case(books: Any) -> None:
    first = books.customer("Acme")
    reply = books.post("/contacts", {"contact_name": " acme "})
    assert (reply.status, reply.code) == (400, 3062)
    assert reply.message == 'The customer "acme" already exists. Please specify a different name.'
    vendor = books.made("/contacts", {"contact_name": "Acme", "contact_type": "vendor"})
    assert vendor["contact_type"] == "vendor"
    other = books.customer("Other")
    assert books.put(f"/contacts/{other['contact_id']}", {"contact_name": "ACME"}).code == 3062
    assert books.put(f"/contacts/{first['contact_id']}", {"contact_name": "ACME"}).status == 200


def test_a_contact_needs_a_name(books: Any) -> None:
    for body in ({}, {"contact_name": "  "}, {"contact_name": None}):
        reply = books.post("/contacts", body)
        assert (reply.status, reply.code, reply.message) == (400, 2, "Invalid value passed for contact_name")
    assert books.post("/contacts", {"contact_name": "x" * 201}).code == 15


def test_an_update_changes_what_it_names_and_nothing_else(books: Any) -> None:
    contact = books.customer(notes="old", contact_persons=[{"first_name": "Ann"}])
    reply = books.put(f"/contacts/{contact['contact_id']}", {"notes": "new", "website": "acme.example"})
    assert reply.message == "Contact information has been saved."
    changed = reply.body["contact"]
    assert (changed["notes"], changed["website"]) == ("new", "acme.example")
    assert changed["contact_persons"] == contact["contact_persons"]
    same = {"notes", "website", "last_modified_time"}
    assert {k: v for k, v in changed.items() if k not in same} == {k: v for k, v in contact.items() if k not in same}


def test_people_in_an_update_replace_those_before(books: Any) -> None:
    contact = books.customer(contact_persons=[{"first_name": "Ann"}, {"first_name": "Bob"}])
    ann = contact["contact_persons"][0]["contact_person_id"]
    people = [{"contact_person_id": ann, "email": "ann@acme.example"}, {"first_name": "Cid"}]
    reply = books.put(f"/contacts/{contact['contact_id']}", {"contact_persons": people})
    found = reply.body["contact"]["contact_persons"]
    assert [(person["first_name"], person["email"]) for person in found] == [
        ("Ann", "ann@acme.example"),
        ("Cid", ""),
    ]
    stranger = books.put(f"/contacts/{contact['contact_id']}", {"contact_persons": [{"contact_person_id": "1"}]})
    assert stranger.message == "Invalid value passed for contact_person_id"


def test_a_refused_update_leaves_everything_as_it_was(books: Any) -> None:
    contact = books.customer(contact_persons=[{"first_name": "Ann"}])
    people = [{"first_name": "Bob"}, {"email": "no address"}]
    assert books.put(f"/contacts/{contact['contact_id']}", {"contact_persons": people}).status == 400
    assert books.get(f"/contacts/{contact['contact_id']}").body["contact"] == contact


def test_contact_persons_one_by_one(books: Any) -> None:
    contact = books.customer()
    path = "/contacts/contactpersons"
    ann = books.made(path, {"contact_id": contact["contact_id"], "first_name": "Ann", "email": "a@x.example"})
    bob = books.made(path, {"contact_id": contact["contact_id"], "first_name": "Bob", "email": "b@x.example"})
    assert (ann["is_primary_contact"], bob["is_primary_contact"]) == (True, False)
    assert books.get(f"/contacts/{contact['contact_id']}").body["contact"]["email"] == "a@x.example"
    reply = books.post(f"{path}/{bob['contact_person_id']}/primary")
    assert reply.message == "This contact person has been marked as your primary contact person."
    assert books.get(f"/contacts/{contact['contact_id']}").body["contact"]["email"] == "b@x.example"
    changed = books.put(f"{path}/{ann['contact_person_id']}", {"first_name": "Anna"})
    assert changed.body["contact_person"]["email"] == "a@x.example"
    assert books.delete(f"{path}/{bob['contact_person_id']}").status == 200
    assert books.get(f"/contacts/{contact['contact_id']}").body["contact"]["email"] == "a@x.example"
    listed = books.get(f"/contacts/{contact['contact_id']}/contactpersons").body
    assert [person["first_name"] for person in listed["contact_persons"]] == ["Anna"]
    assert listed["page_context"]["has_more_page"] is False
    assert books.get(f"{path}/{bob['contact_person_id']}").code == 1002
    one = f"/contacts/{contact['contact_id']}/contactpersons/{ann['contact_person_id']}"
    assert books.get(one).body["contact_person"]["first_name"] == "Anna"


def test_customers_with_transactions_stay_but_can_be_made_inactive(books: Any) -> None:
    contact = books.customer()
    invoice = books.invoice(contact)
    path = f"/contacts/{contact['contact_id']}"
    refused = books.delete(path)
    assert refused.status == 400
    assert "make them inactive" in refused.message
    assert books.post(f"{path}/inactive").message == "The contact has been marked as inactive."
    line = [{"name": "Work", "rate": 1}]
    assert books.post("/invoices", {"customer_id": contact["contact_id"], "line_items": line}).status == 400
    assert books.post(f"{path}/active").status == 200
    books.delete(f"/invoices/{invoice['invoice_id']}")
    assert books.delete(path).message == "The customer has been deleted."
    assert (books.get(path).status, books.get(path).message) == (404, "Contact does not exist.")


def test_filters(books: Any) -> None:
    books.customer("Alpha Ltd", company_name="Alpha", contact_persons=[{"email": "a@alpha.example", "phone": "1"}])
    books.customer("Alphabet", notes="met at the fair")
    books.made("/contacts", {"contact_name": "Beta 100%", "contact_type": "vendor"})
    inactive = books.customer("Gamma")
    books.post(f"/contacts/{inactive['contact_id']}/inactive")
    expected = {
        ("contact_name", "ALPHA LTD"): ["Alpha Ltd"],
        ("contact_name_startswith", "alph"): ["Alpha Ltd", "Alphabet"],
        ("contact_name_contains", "0%"): ["Beta 100%"],
        ("contact_type", "vendor"): ["Beta 100%"],
        ("company_name", "Alpha"): ["Alpha Ltd"],
        ("email", "a@alpha.example"): ["Alpha Ltd"],
        ("email_contains", "ALPHA.example"): ["Alpha Ltd"],
        ("phone", "1"): ["Alpha Ltd"],
        ("search_text", "fair"): ["Alphabet"],
        ("filter_by", "Status.Inactive"): ["Gamma"],
        ("filter_by", "Status.Active"): ["Alpha Ltd", "Alphabet", "Beta 100%"],
        ("filter_by", "Status.Crm"): [],
        ("zcrm_account_id", "1"): [],
    }
    for (name, value), found in expected.items():
        assert names(books.get("/contacts", **{name: value})) == found, name
    for name in ("contact_type", "filter_by", "sort_column", "sort_order", "page", "per_page"):
        reply = books.get("/contacts", **{name: "wrong"})
        assert reply.message == f"Invalid value passed for {name}"


def test_pages_do_not_overlap_and_say_whether_there_is_more(books: Any) -> None:
    for number in range(5):
        books.customer(f"Customer {number}")
    found, page = [], 1
    while True:
        reply = books.get("/contacts", page=page, per_page=2)
        found += names(reply)
        assert reply.body["page_context"]["page"] == page
        if not reply.body["page_context"]["has_more_page"]:
            break
        page += 1
    assert (found, page) == ([f"Customer {number}" for number in range(5)], 3)
    context = books.get("/contacts", per_page=500).body["page_context"]
    assert context == {
        "page": 1,
        "per_page": 200,
        "has_more_page": False,
        "report_name": "Contacts",
        "applied_filter": "Status.All",
        "custom_fields": [],
        "sort_column": "contact_name",
        "sort_order": "A",
    }


def test_the_latest_changes_come_first_when_asked(books: Any, set_clock: Callable[[str], None]) -> None:
    set_clock("2026-06-09T13:15:19-04:00")
    first = books.customer("First")
    assert first["created_time"] == "2026-06-09T13:15:19-0400"
    set_clock("2026-06-09T13:16:00-04:00")
    books.customer("Second")
    set_clock("2026-06-09T13:17:00-04:00")
    books.put(f"/contacts/{first['contact_id']}", {"notes": "changed"})
    reply = books.get("/contacts", sort_column="last_modified_time", sort_order="D")
    assert names(reply) == ["First", "Second"]
    assert reply.body["contacts"][0]["last_modified_time"] == "2026-06-09T13:17:00-0400"


@pytest.mark.parametrize(("code", "owed"), [("JPY", "3000"), ("BHD", "3000.000"), ("USD", "3000.00")])
def test_what_a_customer_owes_is_in_their_currency_and_in_ours(books: Any, code: str, owed: str) -> None:
    currency = books.currency(code, Decimal("0.5")) if code != "USD" else None
    contact = books.customer(**({"currency_id": currency["currency_id"]} if currency else {}))
    books.invoice(contact, 5000)
    sent = books.made(
        "/invoices",
        {"customer_id": contact["contact_id"], "line_items": [{"name": "Work", "rate": 3000}]},
        send="true",
    )
    for seen in (
        books.get(f"/contacts/{contact['contact_id']}").body["contact"],
        books.get("/contacts").body["contacts"][0],
    ):
        assert str(seen["outstanding_receivable_amount"]) == owed
        assert str(seen["outstanding_receivable_amount_bcy"]) == ("1500.00" if currency else "3000.00")
    books.post(f"/invoices/{sent['invoice_id']}/status/void")
    assert books.get("/contacts").body["contacts"][0]["outstanding_receivable_amount"] == 0


def test_a_person_who_is_said_to_be_none_is_not_the_primary_one(books: Any) -> None:
    people = [{"first_name": "Ann", "is_primary_contact": "none"}, {"first_name": "Ben", "is_primary_contact": True}]
    customer = books.customer("Two people", contact_persons=people)
    assert [person["is_primary_contact"] for person in customer["contact_persons"]] == [False, True]
    ann = customer["contact_persons"][0]["contact_person_id"]
    changed = books.put(f"/contacts/contactpersons/{ann}", {"department": "Sales", "is_primary_contact": "none"})
    assert (changed.status, changed.body["contact_person"]["is_primary_contact"]) == (200, False)
    assert books.put(f"/contacts/contactpersons/{ann}", {"is_primary_contact": "perhaps"}).code == 2


def test_further_addresses_reminders_and_refunds(books: Any) -> None:
    path = f"/contacts/{books.customer()['contact_id']}"
    assert books.get(f"{path}/address").body["addresses"] == []
    added = books.post(f"{path}/address", {"attention": "Stores", "city": "Kobe"})
    assert (added.message, added.body["address_info"]["city"]) == ("The address has been created.", "Kobe")
    one = f"{path}/address/{added.body['address_info']['address_id']}"
    assert books.put(one, {"city": "Nara"}).body["address_info"]["attention"] == "Stores"
    assert [each["city"] for each in books.get(path).body["contact"]["addresses"]] == ["Nara"]
    assert books.delete(one).message == "The address has been deleted."
    assert books.delete(one).message == "Address does not exist."
    stopped = books.post(f"{path}/paymentreminder/disable")
    assert stopped.message == "All reminders associated with this contact have been stopped."
    assert books.get(path).body["contact"]["payment_reminder_enabled"] is False
    assert books.get(f"{path}/refunds").body["creditnote_refunds"] == []
