"""Customers, as Billing words them: a display name, a phone of their own, streets that are called streets."""

from tsunagi import Fields, NewRecord, Record, Value
from tsunagi_zoho import Json
from tsunagi_zoho.finance.customers import ADDRESSES, IN_ADDRESSES, customer_type, read_crm_ids
from tsunagi_zoho.finance.kinds import ADDED, Kind, Listing, Search
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.wire import Row, check_lengths, require, written_text

_TEXTS = {
    "name": "display_name",
    "company_name": "company_name",
    "phone": "phone",
    "website": "website",
    "notes": "notes",
}
_PARTS = {"street": "street", "city": "city", "state": "state", "code": "zip", "country": "country"}
# Parts of an address that no field of ours holds by itself.
_ONLY_THERE = ("attention", "street2", "fax", "phone")
_LIMITS = {"name": 200, "company_name": 200, "website": 200, "phone": 50}
_OWED = {"receivable": "outstanding", "credits": "unused_credits"}


def _read(row: Row, ledger: Ledger) -> dict[str, Value]:
    """Only what the row has: a listing's row has no addresses and no notes."""
    currency = row.currency()
    fields: dict[str, Value] = {"currency": currency, "status": row.text("status")}
    fields |= {name: row.optional_text(key) for name, key in _TEXTS.items() if row.has(key)}
    fields |= {name: row.money(key, currency) for name, key in _OWED.items() if row.has(key)}
    if "receivable" in fields and currency == ledger.known_base:
        fields["receivable_base"] = fields["receivable"]
    fields |= read_crm_ids(row)
    for which in ADDRESSES:
        if row.has(f"{which}_address"):
            fields |= _read_address(which, row.part(f"{which}_address"))
    return fields


def _read_address(which: str, address: Row) -> dict[str, Value]:
    fields: dict[str, Value] = {f"{which}_{name}": address.optional_text(key) for name, key in _PARTS.items()}
    street = [line for line in (address.text("street"), address.text("street2")) if line]
    fields[f"{which}_street"] = "\n".join(street) or None
    fields[f"{which}_more"] = any(address.text(key) for key in _ONLY_THERE if address.has(key))
    return fields


def _known(known: Record, changes: Fields) -> Json | None:
    """A customer as a change needs it; None where more of what is changed may stand there than the hub knows."""
    if not known.text("name") or not known.text("currency") or any(name.startswith(ADDED) for name in changes):
        return None
    data: Json = {
        "customer_id": known.ref.id,
        "display_name": known.text("name"),
        "currency_code": known.text("currency"),
        "status": known.text("status"),
    }
    for which in ADDRESSES:
        if any(f"{which}_{name}" in changes for name in _PARTS):
            if known.fields.get(f"{which}_more") is not False:
                return None
            data[f"{which}_address"] = {key: known.text(f"{which}_{name}") for name, key in _PARTS.items()}
    return data


def _write(fields: Fields, current: Row | None, ledger: Ledger) -> Json:
    check_lengths(ledger.service, "customer", fields, _LIMITS)
    body: Json = {key: written_text(fields[name]) for name, key in _TEXTS.items() if name in fields}
    if "name" in fields or current is None:
        body["display_name"] = require(ledger.service, "customer", "name", fields.get("name"))
        # Documents print the company's name: it follows the customer's unless it is given.
        body.setdefault("company_name", body["display_name"])
    else:
        body["display_name"] = current.text("display_name")
    if fields.get("currency") and (current is None or current.text("currency_code") != fields["currency"]):
        body["currency_code"] = ledger.currency(str(fields["currency"])).code
    for which in ADDRESSES:
        body |= _write_address(which, fields, current)
    return body


def _write_address(which: str, fields: Fields, current: Row | None) -> Json:
    names = {f"{which}_{name}": key for name, key in _PARTS.items()}
    changed = {key: written_text(fields[name]) for name, key in names.items() if name in fields}
    if "street" in changed:
        changed["street2"] = ""
    if not any(changed.values()) and (current is None or not changed):
        return {}
    kept = current.part(f"{which}_address").data if current is not None else {}
    return {f"{which}_address": {**kept, **changed}}


def _search(new: NewRecord, ledger: Ledger) -> Search:
    """Names are unique among customers, whatever their case; the list itself is read, newest first."""
    name = require(ledger.service, "customer", "name", new.fields.get("name"))
    return Search(
        "customers",
        {"sort_column": "created_time", "sort_order": "D"},
        lambda row: row.text("display_name").casefold() == name.casefold(),
    )


CUSTOMER = Kind(
    entity="customer",
    path="customers",
    one="customer",
    many="customers",
    read=_read,
    describe=lambda service: customer_type(service, listed=("phone", "website")),
    write=_write,
    search=_search,
    listing=Listing({"filter_by": "Status.All", "sort_column": "updated_time", "sort_order": "D"}, newest_first=True),
    complete_keys=("billing_address", "shipping_address", "notes"),
    updatable=True,
    activity={"active": "markasactive", "inactive": "markasinactive"},
    adds_fields=True,
    known=_known,
    written_whole=IN_ADDRESSES - {"phone"},
)
