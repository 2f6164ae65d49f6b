"""Vendors and items: what a two-way synchronisation with the CRM's vendors and products reads and writes."""

from decimal import Decimal
from typing import Any

CODE = {"api_name": "cf_code", "label": "Code", "value": "V-1"}


def rows(books: Any, path: str, **query: Any) -> list[dict[str, Any]]:
    return list(books.get(path, **query).body[path.strip("/")])


def test_a_vendor_shows_what_vendors_have_and_nothing_of_customers(books: Any) -> None:
    vendor = books.vendor("Parts Ltd", contact_persons=[{"last_name": "Ito", "email": "ito@parts.example"}])
    assert vendor["zcrm_vendor_id"] == ""
    assert set(vendor["vendor_currency_summaries"][0]) >= {"outstanding_payable_amount", "is_base_currency"}
    customer = books.customer("Acme")
    of_customers = {"zcrm_account_id", "zcrm_contact_id", "is_taxable", "credit_limit", "customer_currency_summaries"}
    assert not of_customers & set(vendor)
    assert of_customers <= set(customer)
    assert "zcrm_vendor_id" not in customer
    (row,) = rows(books, "/contacts", contact_type="vendor")
    assert (row["contact_name"], row["vendor_name"], row["email"]) == ("Parts Ltd", "Parts Ltd", "ito@parts.example")
    assert {row["contact_type"] for row in rows(books, "/contacts")} == {"customer", "vendor"}


def test_a_vendor_is_made_changed_made_inactive_and_deleted(books: Any) -> None:
    vendor = books.vendor("Parts Ltd", custom_fields=[CODE])
    path = f"/contacts/{vendor['contact_id']}"
    reply = books.put(path, {"website": "parts.example", "billing_address": {"city": "Osaka"}})
    changed = reply.body["contact"]
    assert (changed["website"], changed["billing_address"]["city"]) == ("parts.example", "Osaka")
    assert changed["custom_field_hash"] == {"cf_code": "V-1"}
    books.put(path, {"custom_fields": [{"label": "Rank", "value": "A"}]})
    (row,) = rows(books, "/contacts", contact_type="vendor")
    assert (row["cf_code"], row["cf_rank"]) == ("V-1", "A")
    assert books.post(f"{path}/inactive").message == "The contact has been marked as inactive."
    assert rows(books, "/contacts", contact_type="vendor", filter_by="Status.Active") == []
    assert books.post(f"{path}/active").message == "The contact has been marked as active."
    books.bill(vendor, "B-1")
    assert books.delete(path).status == 400
    unused = books.vendor("Unused")
    assert books.delete(f"/contacts/{unused['contact_id']}").message == "The vendor has been deleted."


def test_an_item_has_a_vendor_and_custom_fields(books: Any) -> None:
    vendor, customer = books.vendor(), books.customer()
    body = {"name": "Drive", "rate": 120, "purchase_rate": 80, "item_type": "sales_and_purchases"}
    item = books.made("/items", {**body, "vendor_id": vendor["contact_id"], "custom_fields": [CODE]})
    assert (item["vendor_name"], item["can_be_sold"], item["can_be_purchased"]) == ("Parts Ltd", True, True)
    path = f"/items/{item['item_id']}"
    assert item == books.get(path).body["item"]
    assert books.put(path, {"vendor_id": customer["contact_id"]}).message == "Invalid value passed for vendor_id"
    assert books.put(path, {"vendor_id": "4711"}).message == "Vendor does not exist."
    changed = books.put(path, {"purchase_rate": Decimal("79.5"), "custom_fields": [{**CODE, "value": "V-2"}]})
    assert changed.message == "Item details have been saved."
    assert changed.body["item"]["custom_field_hash"] == {"cf_code": "V-2"}
    assert changed.body["item"]["vendor_id"] == vendor["contact_id"]


def test_rows_of_items_carry_less_than_the_item(books: Any) -> None:
    item = books.made("/items", {"name": "Drive", "rate": 120, "custom_fields": [CODE]})
    (row,) = rows(books, "/items")
    assert (row["item_name"], row["cf_code"], row["last_modified_time"]) == ("Drive", "V-1", item["last_modified_time"])
    assert {"custom_fields", "vendor_id", "crm_owner_id", "tax_type"} == {
        name for name in ("custom_fields", "vendor_id", "crm_owner_id", "tax_type") if name not in row
    }
    # Nothing sorts items by their last change.
    assert books.get("/items", sort_column="last_modified_time").message == "Invalid value passed for sort_column"
