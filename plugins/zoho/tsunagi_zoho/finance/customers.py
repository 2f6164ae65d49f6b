"""Customers: the contacts of a service that are sold to, translated both ways and kept in step with accounts."""

from collections.abc import Collection
from dataclasses import dataclass

from tsunagi import (
    TEXT,
    Activity,
    Codec,
    Direction,
    EntityType,
    FieldMap,
    Fields,
    FieldSpec,
    Mapping,
    Money,
    NewRecord,
    PairEnd,
    Record,
    SyncPair,
    Text,
    Value,
)
from tsunagi_zoho.answers import Json
from tsunagi_zoho.finance.kinds import ADDED, Kind, Listing, Search
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.wire import Row, check_lengths, require, written_text

COMPLETE_KEYS = ("billing_address", "shipping_address", "website", "notes")
# Searching by name takes at most this many characters.
LONGEST_SEARCH = 100

_TEXTS = {"name": "contact_name", "company_name": "company_name", "website": "website", "notes": "notes"}
_LIMITS = {"name": 200, "company_name": 200, "website": 200, "phone": 50}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an address: its key on the wire and the most characters it may have."""

    key: str
    limit: int


PARTS = {
    "street": Part("address", 500),
    "city": Part("city", 100),
    "state": Part("state", 100),
    "code": Part("zip", 50),
    "country": Part("country", 100),
}
ADDRESSES = ("billing", "shipping")
IN_ADDRESSES = frozenset({"phone", *(f"{which}_{name}" for which in ADDRESSES for name in PARTS)})
_ADDRESS_LIMITS = {f"{which}_{name}": part.limit for which in ADDRESSES for name, part in PARTS.items()}


def read_contact(row: Row, ledger: Ledger) -> dict[str, Value]:
    """Only what the row has: a listing's row has no addresses, website or notes."""
    fields: dict[str, Value] = {"currency": row.currency(), "status": row.text("status")}
    fields |= {name: row.optional_text(key) for name, key in _TEXTS.items() if row.has(key)}
    fields |= read_balances(row, ledger)
    fields |= read_crm_ids(row)
    for which in ADDRESSES:
        if row.has(f"{which}_address"):
            fields |= _read_address(which, row.part(f"{which}_address"))
    return fields


def _read_address(which: str, address: Row) -> dict[str, Value]:
    fields: dict[str, Value] = {f"{which}_{name}": address.optional_text(part.key) for name, part in PARTS.items()}
    # The second line of the street has a field of its own there and none in a CRM.
    street = [line for line in (address.text("address"), address.text("street2")) if line]
    fields[f"{which}_street"] = "\n".join(street) or None
    if which == "billing":
        fields["phone"] = address.optional_text("phone")
    fields[f"{which}_more"] = any(address.text(key) for key in _only_there(which) if address.has(key))
    return fields


def _only_there(which: str) -> tuple[str, ...]:
    """Parts of an address that no field of ours holds by itself."""
    return ("attention", "street2", "fax", *(() if which == "billing" else ("phone",)))


def known_customer(known: Record, changes: Fields) -> Json | None:
    """A customer as a change needs it; None where more of what is changed may stand there than the hub knows."""
    if not known.text("name") or not known.text("currency") or any(name.startswith(ADDED) for name in changes):
        return None
    data: Json = {
        "contact_id": known.ref.id,
        "contact_name": known.text("name"),
        "currency_code": known.text("currency"),
        "status": known.text("status"),
    }
    for which in ADDRESSES:
        if any(name in changes for name in (f"{which}_{part}" for part in PARTS)) or (
            which == "billing" and "phone" in changes
        ):
            if known.fields.get(f"{which}_more") is not False:
                return None
            data[f"{which}_address"] = _known_address(which, known)
    return data


def _known_address(which: str, known: Record) -> Json:
    address = {part.key: known.text(f"{which}_{name}") for name, part in PARTS.items()}
    return {**address, "phone": known.text("phone")} if which == "billing" else address


# Where Zoho's own integration, or one before this one, keeps whose record it is in the CRM.
CRM_IDS = ("zcrm_account_id", "zcrm_contact_id", "zcrm_vendor_id")


def read_crm_ids(row: Row) -> dict[str, Value]:
    """Only what the row has: a listing's row shows that there is an id, only the record which."""
    fields: dict[str, Value] = {name: row.text(name) for name in CRM_IDS if row.has(name) and row.text(name)}
    if row.data.get("is_linked_with_zohocrm") is True:
        fields["linked_with_crm"] = True
    return fields


def write_customer(fields: Fields, current: Row | None, ledger: Ledger) -> Json:
    body = write_contact("customer", fields, current, ledger)
    return body if current is not None else {**body, "customer_sub_type": "business"}


def write_contact(contact_type: str, fields: Fields, current: Row | None, ledger: Ledger) -> Json:
    """What customers and vendors have in common."""
    check_lengths(ledger.service, contact_type, fields, _LIMITS | _ADDRESS_LIMITS)
    body: Json = {key: written_text(fields[name]) for name, key in _TEXTS.items() if name in fields}
    if "name" in fields:
        body["contact_name"] = require(ledger.service, contact_type, "name", fields["name"])
        # Documents print the company's name: it follows the contact's unless it is given.
        body.setdefault("company_name", body["contact_name"])
    # A change has to repeat both.
    named = {} if current is None else {"contact_name": current.text("contact_name")}
    body = {**named, "contact_type": contact_type, **body}
    body |= _currency(fields, current, ledger)
    for which in ADDRESSES:
        body |= _write_address(which, fields, current)
    return body


def _currency(fields: Fields, current: Row | None, ledger: Ledger) -> Json:
    code = fields.get("currency")
    # Without a currency of its own a customer is billed in the organisation's.
    if not code or (current is not None and current.text("currency_code") == code):
        return {}
    return {"currency_id": ledger.currency(str(code)).id}


def _write_address(which: str, fields: Fields, current: Row | None) -> Json:
    changed = {
        part.key: written_text(fields[f"{which}_{name}"]) for name, part in PARTS.items() if f"{which}_{name}" in fields
    }
    if "address" in changed:
        changed["street2"] = ""
    if which == "billing" and "phone" in fields:
        changed["phone"] = written_text(fields["phone"])
    if current is None:
        changed = {key: value for key, value in changed.items() if value}
    if not changed:
        return {}
    # An address is replaced completely: what we have no field for (attention, fax) must survive.
    kept = current.part(f"{which}_address").data if current is not None else {}
    return {f"{which}_address": {**kept, **changed}}


def _search(new: NewRecord, ledger: Ledger) -> Search:
    return search_contact("customer", new, ledger)


def search_contact(contact_type: str, new: NewRecord, ledger: Ledger) -> Search:
    name = require(ledger.service, contact_type, "name", new.fields.get("name"))
    # Names are unique among contacts of a type, whatever their case.
    key = "contact_name" if len(name) <= LONGEST_SEARCH else "contact_name_startswith"
    return Search(
        "contacts",
        {**_of_type(contact_type), key: name[:LONGEST_SEARCH]},
        lambda row: row.text("contact_name").casefold() == name.casefold(),
    )


def contact_listing(contact_type: str) -> Listing:
    """The service cannot leave out unchanged contacts, but it can bring the latest changes first."""
    latest_first = {"sort_column": "last_modified_time", "sort_order": "D"}
    return Listing({**_of_type(contact_type), **latest_first}, newest_first=True)


def _of_type(contact_type: str) -> dict[str, str]:
    return {"contact_type": contact_type, "filter_by": "Status.All"}


_AMOUNTS = {
    "receivable": "outstanding_receivable_amount",
    "payable": "outstanding_payable_amount",
    "credits": "unused_credits_receivable_amount",
}
_IN_BASE = ("receivable", "payable")


def read_balances(row: Row, ledger: Ledger) -> dict[str, Value]:
    """Only what the row says: in the record's own currency, and over all its currencies in the base one.

    The figures in the base currency are left out as long as that currency is not known: they are not worth a call.
    """
    currency, base = row.currency(), ledger.known_base
    amounts = {name: key for name, key in _AMOUNTS.items() if row.has(key)}
    fields: dict[str, Value] = {name: row.money(key, currency) for name, key in amounts.items()}
    for name in (name for name in _IN_BASE if name in amounts and base):
        amount = _in_base(row, amounts[name], currency, base)
        if amount is not None:
            fields[f"{name}_base"] = amount
    return fields


def _in_base(row: Row, key: str, currency: str, base: str) -> Money | None:
    if row.has(f"{key}_bcy"):
        return row.money(f"{key}_bcy", base)
    return row.money(key, base) if currency == base else None


_ADDRESS_LABELS = (
    ("street", Text("street", "町名・番地")),
    ("city", Text("city", "市区町村")),
    ("state", Text("state", "都道府県")),
    ("code", Text("postal code", "郵便番号")),
    ("country", Text("country", "国")),
)

_BALANCES = (
    FieldSpec("receivable", "money", Text("Receivable", "売掛金"), read_only=True),
    FieldSpec("receivable_base", "money", Text("Receivable in base currency", "売掛金(基準通貨)"), read_only=True),
    FieldSpec("payable", "money", Text("Payable", "買掛金"), read_only=True),
    FieldSpec("payable_base", "money", Text("Payable in base currency", "買掛金(基準通貨)"), read_only=True),
    FieldSpec("credits", "money", Text("Unused credits", "未使用クレジット"), read_only=True),
)


_CRM_FIELDS = (
    FieldSpec("linked_with_crm", "boolean", Text("Linked with the CRM", "CRM と連携済み"), read_only=True),
    FieldSpec("zcrm_account_id", "text", Text("CRM account ID", "CRM の取引先 ID"), read_only=True),
    FieldSpec("zcrm_contact_id", "text", Text("CRM contact ID", "CRM の連絡先 ID"), read_only=True),
    FieldSpec("zcrm_vendor_id", "text", Text("CRM vendor ID", "CRM の仕入先 ID"), read_only=True),
)


_MORE = (
    FieldSpec("billing_more", "boolean", Text("Billing: further details", "請求先: その他の情報"), read_only=True),
    FieldSpec("shipping_more", "boolean", Text("Shipping: further details", "配送先: その他の情報"), read_only=True),
)


def customer_type(service: str, listed: Collection[str] = ()) -> EntityType:
    """`listed` are fields that the service's list shows, and those of the other services do not."""
    return EntityType(
        service=service,
        name="customer",
        label=Text("Customer", "顧客"),
        plural=Text("Customers", "顧客"),
        fields=(
            FieldSpec("name", "text", Text("Name", "顧客名"), required=True),
            FieldSpec("company_name", "text", Text("Company name", "会社名")),
            FieldSpec("phone", "phone", Text("Phone", "電話番号"), listed="phone" in listed),
            FieldSpec("website", "url", Text("Website", "Web サイト"), listed="website" in listed),
            FieldSpec("currency", "text", Text("Currency", "通貨")),
            FieldSpec("notes", "text", Text("Notes", "備考"), listed=False),
            *_address("billing", Text("Billing", "請求先")),
            *_address("shipping", Text("Shipping", "配送先")),
            FieldSpec("status", "text", Text("Status", "状態"), read_only=True),
            *_CRM_FIELDS,
            *_MORE,
            *_BALANCES,
        ),
        verbs=("view", "create", "edit"),
        added=ADDED,
    )


def _address(which: str, label: Text) -> tuple[FieldSpec, ...]:
    return tuple(
        FieldSpec(f"{which}_{name}", "text", Text(f"{label.en} {part.en}", f"{label.ja}の{part.ja}"), listed=False)
        for name, part in _ADDRESS_LABELS
    )


CUSTOMER = Kind(
    entity="customer",
    path="contacts",
    one="contact",
    many="contacts",
    read=read_contact,
    describe=customer_type,
    write=write_customer,
    search=_search,
    listing=contact_listing("customer"),
    complete_keys=COMPLETE_KEYS,
    related=("contact_persons",),
    updatable=True,
    known=known_customer,
    written_whole=IN_ADDRESSES,
    activity={"active": "active", "inactive": "inactive"},
    adds_fields=True,
)


def _lines(value: Value) -> Value:
    # A text of several lines: how a line ends, and blanks around lines, are no difference.
    if not isinstance(value, str):
        return value
    return "\n".join(line.strip() for line in value.splitlines()).strip() or None


LINES = Codec(_lines, lambda value: value)

_ADDRESS_FIELDS = tuple(
    FieldMap(name, name, name, LINES, LINES)
    for which in ("billing", "shipping")
    for name in (f"{which}_{part}" for part in ("street", "city", "state", "code", "country"))
)

_ACCOUNT_TO_CUSTOMER = Mapping(
    (
        FieldMap("name", "name", "name"),
        FieldMap("phone", "phone", "phone"),
        FieldMap("website", "website", "website"),
        *_ADDRESS_FIELDS,
        # An account without a currency of its own is billed in the organisation's.
        FieldMap("currency", "currency", "currency", TEXT, TEXT, Direction.LEFT_TO_RIGHT),
        FieldMap("notes", "description", "notes", LINES, LINES),
    )
)


def _on_one_line(value: Value) -> Value:
    return (" ".join(value.split()) or None) if isinstance(value, str) else value


_ONE_LINE = Codec(_on_one_line, lambda value: value)
_PARTS_OF_ADDRESS = ("street", "city", "state", "code", "country")
_CONTACT_TO_CUSTOMER = Mapping(
    (
        # The CRM makes the full name of first and last name: it is not written back.
        FieldMap("name", "full_name", "name", _ONE_LINE, _ONE_LINE, Direction.LEFT_TO_RIGHT),
        FieldMap("phone", "phone", "phone"),
        *(FieldMap(f"billing_{p}", f"mailing_{p}", f"billing_{p}", LINES, LINES) for p in _PARTS_OF_ADDRESS),
        FieldMap("notes", "description", "notes", LINES, LINES),
    )
)


def contact_customers_pair(service: str, name: Text) -> SyncPair:
    """Contacts without an account as customers of their own; in force where the settings of customers enable it."""
    return SyncPair(
        name=f"{service}.contact_customers",
        label=Text(f"Contacts as {name.en} customers", f"連絡先と {name.ja} の顧客"),
        left=PairEnd("crm", "contact"),
        right=PairEnd(service, "customer", Activity("status", "active", "inactive")),
        mapping=_CONTACT_TO_CUSTOMER,
        direction=Direction.LEFT_TO_RIGHT,
        match_on=("name",),
        after=(f"{service}.customers",),
        required=("name",),
        former_ids=("zcrm_contact_id",),
        only_blank=("account",),
        chosen_by=f"{service}.customers",
    )


def customers_pair(service: str, name: Text) -> SyncPair:
    """Accounts and customers; `name` is what people call the service."""
    return SyncPair(
        name=f"{service}.customers",
        label=Text(f"Accounts and {name.en} customers", f"取引先と {name.ja} の顧客"),
        left=PairEnd("crm", "account"),
        right=PairEnd(service, "customer", Activity("status", "active", "inactive")),
        mapping=_ACCOUNT_TO_CUSTOMER,
        direction=Direction.LEFT_TO_RIGHT,
        match_on=("name",),
        required=("name",),
        former_ids=("zcrm_account_id",),
    )
