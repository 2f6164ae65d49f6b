"""Items: what an organisation sells, read only for now."""

from tsunagi import Value
from tsunagi_zoho.finance.kinds import Kind, Listing
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.row import Row

_TEXTS = ("name", "sku", "description", "unit", "status")


def read_item(row: Row, ledger: Ledger) -> dict[str, Value]:
    """Items are priced in the base currency."""
    fields: dict[str, Value] = {name: row.optional_text(name) for name in _TEXTS}
    fields["rate"] = row.money("rate", ledger.base)
    return fields


# Neither a filter nor a sort by change exists for items: a listing is always the whole list.
ITEM = Kind(
    entity="item",
    path="items",
    one="item",
    many="items",
    read=read_item,
    listing=Listing({"filter_by": "Status.All", "sort_column": "name", "sort_order": "A"}),
)
