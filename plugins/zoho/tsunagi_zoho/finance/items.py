"""Items: what an organisation sells, read only for now."""

from tsunagi import EntityType, FieldSpec, Text, Value
from tsunagi_zoho.finance.kinds import Kind, Listing
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.wire import Row

_TEXTS = ("name", "sku", "description", "unit", "status")


def read_item(row: Row, ledger: Ledger) -> dict[str, Value]:
    """Items are priced in the base currency."""
    fields: dict[str, Value] = {name: row.optional_text(name) for name in _TEXTS}
    fields["rate"] = row.money("rate", ledger.base)
    return fields


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
            FieldSpec("description", "text", Text("Description", "説明")),
            FieldSpec("unit", "text", Text("Unit", "単位")),
            FieldSpec("status", "text", Text("Status", "状態"), read_only=True),
        ),
        verbs=("view", "create", "edit"),
    )


# Neither a filter nor a sort by change exists for items: a listing is always the whole list.
ITEM = Kind(
    entity="item",
    path="items",
    one="item",
    many="items",
    read=read_item,
    describe=item_type,
    listing=Listing({"filter_by": "Status.All", "sort_column": "name", "sort_order": "A"}),
)
