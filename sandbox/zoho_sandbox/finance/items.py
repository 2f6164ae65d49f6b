"""Items: the goods and services a document's lines may name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.database import Database
from zoho_sandbox.finance import contacts, custom_fields, taxes
from zoho_sandbox.finance.contacts import name_key
from zoho_sandbox.finance.errors import already_exists, does_not_exist, in_use, invalid_value
from zoho_sandbox.finance.listing import (
    Listing,
    amount_filter,
    equal,
    folded_filter,
    identifier_filter,
    page_of,
    search_filter,
    text_filter,
)
from zoho_sandbox.finance.money import scaled
from zoho_sandbox.finance.operations import FinanceCall, offer, page_answer, status_offers, success
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.wire import decode, encode

_FILTERS = {
    "Status.All": "",
    "Status.Active": "status = 'active'",
    "Status.Inactive": "status = 'inactive'",
    "ItemType.Sales": "",
}
_TEXTS = {
    "description": 2000,
    "purchase_description": 2000,
    "unit": 100,
    "hsn_or_sac": 20,
    "account_id": 20,
    "purchase_account_id": 20,
}
_SALES, _PURCHASES = ("sales", "sales_and_purchases", "inventory"), ("purchases", "sales_and_purchases", "inventory")
# What the list leaves out, as recorded: of an item's custom fields it has the values by name.
_UNLISTED = frozenset({
    "crm_owner_id", "custom_fields", "custom_field_hash", "documents", "hsn_or_sac", "is_taxable", "manufacturer",
    "sales_rate", "pricebook_rate", "tax_type", "vendor_id",
})  # fmt: skip
_LISTING = Listing(
    report_name="Items",
    filters=(
        folded_filter("name", "name", "name_key", name_key),
        text_filter("description", "description"),
        text_filter("sku", "sku"),
        text_filter("tax_name", "tax_name"),
        identifier_filter("tax_id", "tax_id"),
        amount_filter("rate", "rate"),
        search_filter("name", "sku", "description"),
    ),
    sort_columns={
        "name": "name",
        "rate": "rate",
        "tax_name": "tax_name",
    },
    key="item_id",
    default_sort="name",
    default_order="A",
    groups=_FILTERS,
)


@dataclass(frozen=True, slots=True)
class Item:
    item_id: str
    status: str
    document: dict[str, Any]


def find(database: Database, ledger: str, item_id: str) -> Item:
    row = database.one(
        "SELECT item_id, status, document FROM finance_items WHERE item_id = ? AND ledger = ?",
        (item_id, ledger),
    )
    if row is None:
        raise does_not_exist("Item")
    return Item(row["item_id"], row["status"], decode(row["document"]))


def _changed(call: FinanceCall, document: dict[str, Any], fields: Fields) -> dict[str, Any]:
    changed = dict(document)
    changed["name"] = fields.text("name", 100, document["name"])
    changed["sku"] = fields.text("sku", 100) if "sku" in fields else document["sku"]
    changed |= {name: fields.text(name, limit) for name, limit in _TEXTS.items() if name in fields}
    changed["rate"] = fields.not_negative("rate", document["rate"])
    changed["purchase_rate"] = fields.not_negative("purchase_rate", document["purchase_rate"])
    changed["product_type"] = fields.choice(
        "product_type", ("goods", "service", "digital_service"), document["product_type"]
    )
    changed["item_type"] = fields.choice(
        "item_type", ("sales", "purchases", "sales_and_purchases", "inventory"), document["item_type"]
    )
    changed["is_taxable"] = fields.flag("is_taxable", default=document["is_taxable"])
    if "custom_fields" in fields:
        changed["custom_fields"] = custom_fields.existing(
            call.db, custom_fields.given(fields, document["custom_fields"])
        )
    if "tax_id" in fields:
        changed |= _tax(call, fields.identifier("tax_id"))
    if "vendor_id" in fields:
        changed |= _vendor(call, fields.identifier("vendor_id"))
    _check_unique(call, changed)
    return changed | _derived(changed)


def _derived(document: dict[str, Any]) -> dict[str, Any]:
    """What follows from an item's own fields."""
    sold, bought = document["item_type"] in _SALES, document["item_type"] in _PURCHASES
    return {
        "item_name": document["name"],
        "account_name": "Sales" if sold else "",
        "purchase_account_name": "Cost of Goods Sold" if bought else "",
        "can_be_sold": sold,
        "can_be_purchased": bought,
        "track_inventory": document["item_type"] == "inventory",
        "sales_rate": document["rate"],
        "pricebook_rate": document["rate"],
        "custom_field_hash": custom_fields.by_name(document),
    }


def _vendor(call: FinanceCall, vendor_id: str) -> dict[str, Any]:
    if not vendor_id:
        return {"vendor_id": "", "vendor_name": ""}
    vendor = contacts.find(call.db, call.ledger, vendor_id, "Vendor")
    if vendor.contact_type != "vendor":
        raise invalid_value("vendor_id")
    return {"vendor_id": vendor_id, "vendor_name": vendor.name}


def _tax(call: FinanceCall, tax_id: str) -> dict[str, Any]:
    if not tax_id:
        return {"tax_id": "", "tax_name": "", "tax_percentage": Decimal(0), "tax_type": ""}
    tax = taxes.find(call.db, call.organization_id, tax_id)
    return {"tax_id": tax_id, "tax_name": tax.name, "tax_percentage": tax.percentage, "tax_type": "tax"}


def _check_unique(call: FinanceCall, document: dict[str, Any]) -> None:
    same = {"name": "name_key", "sku": "sku"}
    for name, column in same.items():
        value = name_key(document[name]) if name == "name" else document[name]
        if value and call.db.value(
            f"SELECT 1 FROM finance_items WHERE ledger = ? AND {column} = ? AND item_id <> ?",  # noqa: S608  (column is code)
            (call.ledger, value, document["item_id"]),
        ):
            raise already_exists("Item" if name == "name" else "SKU", document[name])


def _columns(document: dict[str, Any], status: str, now: int) -> dict[str, Any]:
    return {
        "name": document["name"],
        "name_key": name_key(document["name"]),
        "sku": document["sku"],
        "description": document["description"],
        "rate": scaled(document["rate"]),
        "tax_id": document["tax_id"],
        "tax_name": document["tax_name"],
        "status": status,
        "modified_at": now,
        "document": encode(document).decode(),
    }


def _save(call: FinanceCall, document: dict[str, Any], status: str) -> None:
    now = call.now()
    document = document | {"last_modified_time": call.organization.written(now)}
    call.db.update("finance_items", _columns(document, status, now), "item_id", document["item_id"])


def _create(call: FinanceCall) -> Answer:
    fields = call.fields
    fields.required_text("name", 100)
    if fields.raw("rate") is None:
        raise invalid_value("rate")
    now = call.now()
    blank = {
        "item_id": call.sandbox.new_id(),
        "name": "",
        "sku": "",
        "rate": Decimal(0),
        "purchase_rate": Decimal(0),
        "product_type": "goods",
        "item_type": "sales",
        "is_taxable": True,
        "source": "api",
        "zcrm_product_id": "",
        "is_linked_with_zohocrm": False,
        "crm_owner_id": "",
        "manufacturer": "",
        "has_attachment": False,
        "tags": [],
        "documents": [],
        "custom_fields": [],
        "created_time": call.organization.written(now),
        "last_modified_time": call.organization.written(now),
        **dict.fromkeys(_TEXTS, ""),
        **_tax(call, ""),
        **_vendor(call, ""),
    }
    document = _changed(call, blank, fields)
    columns = _columns(document, "active", now) | {
        "item_id": document["item_id"],
        "ledger": call.ledger,
        "created_at": now,
    }
    call.db.insert("finance_items", columns)
    return success("The item has been added.", status=201, item=document | {"status": "active"})


def _item(call: FinanceCall) -> Item:
    return find(call.db, call.ledger, call.id("item_id"))


def _shown(item: Item) -> dict[str, Any]:
    return item.document | {"status": item.status}


def _get(call: FinanceCall) -> Answer:
    return success(item=_shown(_item(call)))


def _change(call: FinanceCall) -> Answer:
    item = _item(call)
    _save(call, _changed(call, item.document, call.fields), item.status)
    return success("Item details have been saved.", item=_shown(_item(call)))


def _upsert(call: FinanceCall) -> Answer:
    """`PUT /items`: change the item a custom field names, or make it."""
    item_id = custom_fields.record_named(call, "finance_items", "Item")
    if not item_id:
        return replace(_create(call), status=200)
    item = find(call.db, call.ledger, item_id)
    _save(call, _changed(call, item.document, call.fields), item.status)
    return success("Item details have been saved.", item=_shown(find(call.db, call.ledger, item_id)))


def _set_status(call: FinanceCall, status: str) -> Answer:
    _save(call, _item(call).document, status)
    return success(f"The item has been marked as {status}.")


def _remove(call: FinanceCall) -> Answer:
    item = _item(call)
    if call.db.value("SELECT 1 FROM finance_document_items WHERE item_id = ? LIMIT 1", (item.item_id,)):
        raise in_use("Items which are part of other transactions cannot be deleted. Instead, mark them as inactive.")
    call.db.execute("DELETE FROM finance_items WHERE item_id = ?", (item.item_id,))
    return success("The item has been deleted.")


def _list(call: FinanceCall) -> Answer:
    base = equal({"ledger": call.ledger})
    page = page_of(_LISTING, call.query, base)
    found = page.rows(call.db, "SELECT status, document FROM finance_items")
    shown = [_row(row["status"], decode(row["document"])) for row in found]
    return page_answer("items", shown, page)


def _row(status: str, document: dict[str, Any]) -> dict[str, Any]:
    named = document["custom_field_hash"]
    return {name: value for name, value in document.items() if name not in _UNLISTED} | {"status": status, **named}


def link_to_crm(database: Database, item_id: str, product_id: str) -> None:
    """Fill `zcrm_product_id`, which no request can write: Zoho's own integration does it."""
    database.execute(
        "UPDATE finance_items SET document = json_set(document, '$.zcrm_product_id', :product,"
        " '$.is_linked_with_zohocrm', json('true')) WHERE item_id = :item",
        {"product": product_id, "item": item_id},
    )


OFFERS = (
    offer("POST", "/items", _create, scope="settings.CREATE"),
    offer("GET", "/items", _list, scope="settings.READ"),
    offer("PUT", "/items", _upsert, scope="settings.UPDATE"),
    offer("GET", "/items/{item_id}", _get, scope="settings.READ"),
    offer("PUT", "/items/{item_id}", _change, scope="settings.UPDATE"),
    offer("DELETE", "/items/{item_id}", _remove, scope="settings.DELETE"),
    *status_offers("/items/{item_id}", "settings.CREATE", _set_status),
)
