"""Items: what an organisation sells and buys, translated both ways and kept in step with the CRM's products."""

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
    RecordRejected,
    SyncPair,
    Text,
    Value,
)
from tsunagi_zoho.answers import Json
from tsunagi_zoho.finance.customers import LINES
from tsunagi_zoho.finance.kinds import ADDED, Kind, Listing, Search
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.wire import Row, check_lengths, require, written_text

_TEXTS = ("name", "sku", "description", "unit")
_LIMITS = {"name": 100, "sku": 100, "description": 2000, "unit": 100}
_RATES = ("rate", "purchase_rate")
_PRODUCT_TYPES = {
    "goods": Text("Goods", "物品"),
    "service": Text("Service", "サービス"),
    "digital_service": Text("Digital service", "デジタルサービス"),
}
_OUT_OF_USE = "inactive"


def read_item(row: Row, ledger: Ledger) -> dict[str, Value]:
    """Items are priced in the base currency. Only what the row has: a listing's row does not tell whether an item is
    taxed."""
    fields: dict[str, Value] = {name: row.optional_text(name) for name in (*_TEXTS, "status")}
    fields["active"] = row.text("status") != _OUT_OF_USE
    fields |= {name: row.money(name, ledger.base) for name in _RATES if row.number(name) is not None}
    if row.has("product_type"):
        fields["product_type"] = row.optional_text("product_type")
    if isinstance(taxable := row.data.get("is_taxable"), bool):
        fields["taxable"] = taxable
    if row.text("zcrm_product_id"):
        fields["zcrm_product_id"] = row.text("zcrm_product_id")
    return fields


def write_item(fields: Fields, current: Row | None, ledger: Ledger) -> Json:
    check_lengths(ledger.service, "item", fields, _LIMITS)
    body: Json = {name: written_text(fields[name]) for name in _TEXTS if name in fields}
    if current is None or "name" in fields:
        body["name"] = require(ledger.service, "item", "name", fields.get("name"))
    body |= {name: _rate(fields[name], name, ledger) for name in _RATES if name in fields}
    if "product_type" in fields:
        body["product_type"] = written_text(fields["product_type"])
    if isinstance(fields.get("taxable"), bool):
        body["is_taxable"] = fields["taxable"]
    if body.get("purchase_rate") and (current is None or current.text("item_type") == "sales"):
        # What is only sold has no such rate.
        body["item_type"] = "sales_and_purchases"
    if current is not None:
        return body
    # A new item needs a rate: one without a price is sold at nothing until somebody sets one.
    return {"rate": 0, **{key: value for key, value in body.items() if value != ""}}


def known_item(known: Record, changes: Fields) -> Json | None:
    """An item as a change needs it; None where a rate depends on its type, or its own fields are written together."""
    if not known.text("name") or "purchase_rate" in changes or any(name.startswith(ADDED) for name in changes):
        return None
    return {"item_id": known.ref.id, "name": known.text("name"), "status": known.text("status")}


def _rate(value: Value, field: str, ledger: Ledger) -> object:
    if value is None:
        return 0
    if isinstance(value, Money) and value.currency == ledger.base:
        return value.amount
    raise RecordRejected(
        Text(
            en=f"{ledger.service} cannot take this item: {field} is {value}, items are priced in {ledger.base}.",
            ja=f"{ledger.service} に登録できない品目です: {field} が {value} です。品目の単価は {ledger.base} です。",
        ),
        service=ledger.service,
        problems={field: f"is {value}, an amount in {ledger.base} is needed"},
        hint=Text(
            f"Price the product in {ledger.base} in the CRM, or leave the field out of the pair's settings.",
            f"CRM で商品の単価を {ledger.base} にするか、ペアの設定でこの項目を外してください。",
        ),
    )


def _search(new: NewRecord, ledger: Ledger) -> Search:
    name = require(ledger.service, "item", "name", new.fields.get("name"))
    # Names are unique among items, whatever their case.
    return Search(
        "items", {"filter_by": "Status.All", "name": name}, lambda row: row.text("name").casefold() == name.casefold()
    )


def item_type(service: str) -> EntityType:
    return EntityType(
        service=service,
        name="item",
        label=Text("Item", "品目"),
        plural=Text("Items", "品目"),
        fields=(
            FieldSpec("name", "text", Text("Name", "品目名"), required=True),
            FieldSpec("sku", "text", Text("SKU", "SKU")),
            FieldSpec("rate", "money", Text("Rate", "単価"), required=True),
            FieldSpec("purchase_rate", "money", Text("Purchase rate", "仕入単価")),
            FieldSpec("description", "text", Text("Description", "説明")),
            FieldSpec("unit", "text", Text("Unit", "単位")),
            FieldSpec("product_type", "choice", Text("Product type", "商品種別"), choices=_PRODUCT_TYPES),
            FieldSpec("taxable", "boolean", Text("Taxable", "課税対象"), listed=False),
            FieldSpec("active", "boolean", Text("In use", "使用中")),
            FieldSpec("status", "text", Text("Status", "状態"), read_only=True),
            FieldSpec("zcrm_product_id", "text", Text("CRM product ID", "CRM の商品 ID"), read_only=True),
        ),
        verbs=("view", "create", "edit"),
        added=ADDED,
    )


# Neither a filter nor a sort by change exists for items: every listing reads the complete list.
ITEM = Kind(
    entity="item",
    path="items",
    one="item",
    many="items",
    read=read_item,
    describe=item_type,
    write=write_item,
    search=_search,
    listing=Listing({"filter_by": "Status.All", "sort_column": "name", "sort_order": "A"}, unsorted=True),
    complete_keys=("is_taxable",),
    updatable=True,
    activity={"active": "active", "inactive": "inactive"},
    adds_fields=True,
    known=known_item,
)


def _in_use(value: Value) -> Value:
    """What is not marked as out of use is in use."""
    return value is not False


def _price(value: Value) -> Value:
    """A price of nothing is no price: the CRM may leave it empty, an item cannot."""
    return None if isinstance(value, Money) and not value.amount else value


ACTIVE = Codec(_in_use, lambda value: value)
PRICE = Codec(_price, lambda value: value)
_UPPER = Codec(lambda value: (value.strip().upper() or None) if isinstance(value, str) else value, lambda value: value)

_MAPPING = Mapping(
    (
        FieldMap("name", "name", "name"),
        FieldMap("sku", "code", "sku", _UPPER, _UPPER),
        FieldMap("rate", "unit_price", "rate", PRICE, PRICE),
        FieldMap("description", "description", "description", LINES, LINES),
        # The CRM has a list of units, and refuses any other.
        FieldMap("unit", "usage_unit", "unit", TEXT, TEXT, Direction.LEFT_TO_RIGHT),
        FieldMap("active", "active", "active", ACTIVE, ACTIVE),
    )
)


def items_pair(service: str, name: Text) -> SyncPair:
    """Products of the CRM and items; in force where its settings switch it on."""
    return SyncPair(
        name=f"{service}.items",
        label=Text(f"Products and {name.en} items", f"商品と {name.ja} の品目"),
        left=PairEnd("crm", "product", Activity("active", True, False)),
        right=PairEnd(service, "item", Activity("active", True, False)),
        mapping=_MAPPING,
        direction=Direction.LEFT_TO_RIGHT,
        match_on=("sku", "name"),
        required=("name",),
        former_ids=("zcrm_product_id",),
        optional=True,
    )
