"""A won deal becomes a sales order, and an order to the vendor that is known: each once, whatever gets lost."""

from pathlib import Path
from typing import Any

RULE = """version: 1
automation: orders
title: Orders of a won deal
trigger: {event: deal.won}
actions:
  - action: books.sales_order.create
    parameters: {status: open, shipment_date: "${today.plus_30_days}"}
  - action: books.purchase_order.create
    parameters: {vendor: "books:vendor:%s"}
"""


def test_a_won_deal_is_ordered_once_on_both_sides(open_office: Any, zoho: Any, tmp_path: Path) -> None:
    vendor = zoho.finance("books", "POST", "/contacts", {"contact_name": "部品商会", "contact_type": "vendor"})
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    id = vendor["contact"]["contact_id"]
    (folder / "orders.yaml").write_text(RULE % id, encoding="utf-8")
    office = open_office(listening=False, rules_dir=folder.parent)
    _, deal = zoho.account_and_deal()
    office.sync()
    # The answers to both are lost: each is looked up by its key before it is tried again.
    zoho.fault("drop_after", path="/books/v3/salesorders", method="POST")
    zoho.fault("drop_after", path="/books/v3/purchaseorders", method="POST")
    zoho.win(deal)
    for _ in range(3):
        assert office.sync().state == "done"
    (sales,) = zoho.books("/salesorders")["salesorders"]
    (purchase,) = zoho.books("/purchaseorders")["purchaseorders"]
    assert (sales["status"], sales["total"]) == ("open", 120_000)
    assert (purchase["status"], purchase["vendor_id"]) == ("draft", id)
    zoho.change("Deals", deal, Stage="Negotiation/Review")
    office.sync()
    zoho.win(deal)
    office.sync()
    assert len(zoho.books("/salesorders")["salesorders"]) == 1
    assert len(zoho.books("/purchaseorders")["purchaseorders"]) == 1
