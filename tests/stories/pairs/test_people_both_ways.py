"""Contact persons follow the direction of their file: into the CRM as well, as far as Books lists them."""

from collections.abc import Callable
from typing import Any

import pytest

from tsunagi.store.open_items import OpenItems


@pytest.fixture
def both_ways(office: Any, zoho: Any, settings: Callable[..., None]) -> tuple[Any, str]:
    settings("books_customers", direction="both")
    settings("books_contact_persons", direction="both", deletions="delete", guard="{always: 5}")
    account = zoho.add("Accounts", Account_Name="青葉商事")
    zoho.add("Contacts", Last_Name="佐藤", Email="sato@aoba.example", Account_Name={"id": account})
    there = {"contact_name": "Northwind", "contact_type": "customer"}
    there["contact_persons"] = [{"first_name": "Ann", "last_name": "Lee", "email": "ann@northwind.example"}]
    zoho.finance("books", "POST", "/contacts", there)
    assert office.sync().state == "done"
    # What was made in the CRM is read with the next run.
    later(zoho)
    assert office.sync().state == "done"
    later(zoho)
    return office, account


def later(zoho: Any) -> None:
    zoho.control("POST", "/clock/advance", {"seconds": 3})


def contacts(zoho: Any) -> dict[str, dict[str, Any]]:
    found = zoho.call("GET", "/crm/v8/Contacts", fields="Last_Name,First_Name,Email,Mobile,Account_Name")
    return {each["Last_Name"]: each for each in (found or {"data": []})["data"]}


def customer(zoho: Any, name: str) -> str:
    return next(each["contact_id"] for each in zoho.customers() if each["contact_name"] == name)


def persons(zoho: Any, name: str) -> list[dict[str, Any]]:
    found = zoho.books(f"/contacts/{customer(zoho, name)}/contactpersons")["contact_persons"]
    return [each for each in found if each["email"]]


def add_person(zoho: Any, name: str, **fields: str) -> None:
    zoho.finance("books", "POST", "/contacts/contactpersons", {"contact_id": customer(zoho, name), **fields})


def test_people_are_made_changed_and_deleted_from_either_side(both_ways: tuple[Any, str], zoho: Any) -> None:
    office, _ = both_ways
    assert contacts(zoho)["Lee"]["Account_Name"]["name"] == "Northwind"
    assert [each["email"] for each in persons(zoho, "青葉商事")] == ["sato@aoba.example"]
    before, asked = zoho.writes(), zoho.calls_to("/books/v3/contacts/")
    assert office.sync().state == "done"
    assert zoho.writes() == before
    assert zoho.calls_to("/books/v3/contacts/") == asked, "customers that did not change cost no call"

    # A new person and an edit in Books; another edit in the CRM of the same person.
    add_person(zoho, "青葉商事", first_name="花子", last_name="田中", email="tanaka@aoba.example")
    (sato,) = [each for each in persons(zoho, "青葉商事") if each["email"].startswith("sato")]
    path = f"/contacts/contactpersons/{sato['contact_person_id']}"
    changed = {"contact_id": customer(zoho, "青葉商事"), "first_name": sato["first_name"], "mobile": "090-1"}
    zoho.finance("books", "PUT", path, changed)
    zoho.change("Contacts", contacts(zoho)["佐藤"]["id"], First_Name="一郎")
    assert office.sync().state == "done"
    assert contacts(zoho)["佐藤"]["Mobile"] == "090-1"
    assert contacts(zoho)["田中"]["Account_Name"]["name"] == "青葉商事"
    assert {each["first_name"] for each in persons(zoho, "青葉商事")} == {"一郎", "花子"}

    # One that is deleted in Books is no more in its customer's list.
    later(zoho)
    zoho.finance("books", "DELETE", path)
    assert office.sync().state == "done"
    assert sorted(contacts(zoho)) == ["Lee", "田中"]
    later(zoho)
    assert office.sync().state == "done"
    before = zoho.writes()
    assert office.sync().state == "done"
    assert zoho.writes() == before


def test_a_run_that_breaks_off_while_it_reads_people_loses_nobody(both_ways: tuple[Any, str], zoho: Any) -> None:
    office, _ = both_ways
    add_person(zoho, "青葉商事", first_name="花子", last_name="田中", email="tanaka@aoba.example")
    zoho.fault("status", path="/books/v3/contacts/*/contactpersons", method="GET", status=403, count=1)
    assert office.sync().state == "failed"
    assert sorted(contacts(zoho)) == ["Lee", "佐藤"]
    assert office.sync().state == "done"
    assert sorted(contacts(zoho)) == ["Lee", "佐藤", "田中"]


def test_people_of_books_only_flow_into_the_crm_where_the_file_says_so(
    office: Any, zoho: Any, settings: Callable[..., None]
) -> None:
    settings("books_customers", direction="finance_to_crm")
    settings("books_contact_persons", direction="finance_to_crm")
    there = {"contact_name": "Northwind", "contact_type": "customer"}
    there["contact_persons"] = [{"first_name": "Ann", "last_name": "Lee", "email": "ann@northwind.example"}]
    zoho.finance("books", "POST", "/contacts", there)
    account = zoho.add("Accounts", Account_Name="青葉商事")
    zoho.add("Contacts", Last_Name="佐藤", Email="sato@aoba.example", Account_Name={"id": account})
    assert office.sync().state == "done"
    assert contacts(zoho)["Lee"]["Account_Name"]["name"] == "Northwind"
    assert [each["contact_name"] for each in zoho.customers()] == ["Northwind"]


def test_a_contact_that_becomes_a_customer_of_its_own_is_nobodys_person(
    office: Any, zoho: Any, settings: Callable[..., None]
) -> None:
    settings("books_customers", select__contacts_without_account="customer")
    zoho.add("Contacts", Last_Name="田中", Email="tanaka@example.com")
    assert office.sync().state == "done"
    assert [each["contact_name"] for each in zoho.customers()] == ["田中"]
    with office.hub.store.read() as session:
        assert [each.text.en for each in OpenItems(session).all()] == []
