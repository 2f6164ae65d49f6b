from decimal import Decimal

from tsunagi import Money
from tsunagi_zoho.finance.items import ITEM
from tsunagi_zoho.finance.kinds import record_of, row_of
from tsunagi_zoho.finance.ledger import Ledger


def test_an_item_is_priced_in_the_base_currency(ledger: Ledger) -> None:
    data = {"item_id": "5", "name": "Press", "sku": "", "rate": Decimal("1200.0"), "status": "active"}
    record = record_of(ITEM, row_of(ITEM, data, "books"), ledger)
    assert record.fields == {
        "name": "Press",
        "sku": None,
        "description": None,
        "unit": None,
        "status": "active",
        "active": True,
        "rate": Money(Decimal(1200), "JPY"),
    }


def test_without_a_time_of_change_the_version_follows_the_fields(ledger: Ledger) -> None:
    rows = [{"item_id": "5", "name": "Press", "rate": rate} for rate in (1200, 1200, 1201)]
    first, again, other = (record_of(ITEM, row_of(ITEM, row, "books"), ledger).version for row in rows)
    assert first == again != other
