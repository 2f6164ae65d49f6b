"""Changes of customers, vendors and items cost a call each: one listing tells whether somebody came in between."""

from collections.abc import Callable
from typing import Any

import pytest

MANY = 12


def later(zoho: Any) -> None:
    zoho.control("POST", "/clock/advance", {"seconds": 60})


def cost(office: Any, service: str) -> dict[str, int]:
    """The calls of one sync to a service."""
    before = dict(office.calls()[service])
    assert office.sync().state == "done"
    return {method: number - before.get(method, 0) for method, number in office.calls()[service].items()}


@pytest.mark.parametrize(
    ("pair", "module", "name", "change"),
    [
        ("vendors", "Vendors", "Vendor_Name", {"Website": "https://new.example"}),
        ("vendors", "Vendors", "Vendor_Name", {"City": "Kobe", "Phone": "078-1"}),
        ("items", "Products", "Product_Name", {"Description": "New", "Unit_Price": 7}),
    ],
)
def test_vendors_and_items_are_changed_without_being_read(
    office: Any, zoho: Any, settings: Callable[..., None], pair: str, module: str, name: str, change: dict[str, Any]
) -> None:
    settings(f"books_{pair}", enabled="true")
    ids = [zoho.add(module, **{name: f"No. {number}"}) for number in range(MANY)]
    assert office.sync().state == "done"
    later(zoho)
    quiet = cost(office, "books")
    later(zoho)
    for id in ids:
        zoho.change(module, id, **change)
    made = cost(office, "books")
    assert made["PUT"] - quiet.get("PUT", 0) == MANY
    assert made["GET"] - quiet["GET"] <= 2


def test_customers_of_subscriptions_are_changed_without_being_read(open_office: Any, zoho: Any, rules: Any) -> None:
    zoho.use("subscriptions")
    office = open_office(listening=False, rules_dir=rules, services=("crm", "subscriptions"))
    ids = [zoho.add("Accounts", Account_Name=f"No. {number}", Billing_City="Osaka") for number in range(MANY)]
    assert office.sync().state == "done"
    later(zoho)
    quiet = cost(office, "subscriptions")
    later(zoho)
    for id in ids:
        zoho.change("Accounts", id, Phone="06-1", Billing_City="Kobe", Description="New")
    made = cost(office, "subscriptions")
    assert made["PUT"] == MANY
    assert made["GET"] - quiet["GET"] <= 2
    (one, *_) = zoho.finance("subscriptions", "GET", "/customers")["customers"]
    found = zoho.finance("subscriptions", "GET", f"/customers/{one['customer_id']}")["customer"]
    assert (found["billing_address"]["city"], found["phone"], found["notes"]) == ("Kobe", "06-1", "New")


def test_what_the_hub_has_no_field_for_stays(office: Any, zoho: Any, settings: Callable[..., None]) -> None:
    """A service replaces an address, and the people of a vendor, as a whole."""
    settings("books_vendors", enabled="true")
    id = zoho.add("Vendors", Vendor_Name="Kyoto Print", City="Kyoto", Email="info@kyoto.example")
    assert office.sync().state == "done"
    later(zoho)
    (vendor,) = zoho.books("/contacts", contact_type="vendor")["contacts"]
    path = f"/contacts/{vendor['contact_id']}"
    known = zoho.books(path)["contact"]
    people = [*known["contact_persons"], {"first_name": "Ann", "email": "ann@kyoto.example"}]
    address = {**known["billing_address"], "attention": "Desk 3"}
    given = {"contact_name": "Kyoto Print", "contact_type": "vendor"}
    zoho.finance("books", "PUT", path, {**given, "billing_address": address, "contact_persons": people})
    later(zoho)
    zoho.change("Vendors", id, City="Osaka", Email="new@kyoto.example")
    assert office.sync().state == "done"
    found = zoho.books(path)["contact"]
    assert (found["billing_address"]["city"], found["billing_address"]["attention"]) == ("Osaka", "Desk 3")
    assert {each["email"] for each in found["contact_persons"]} == {"new@kyoto.example", "ann@kyoto.example"}
