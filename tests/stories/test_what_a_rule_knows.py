"""A rule looks beyond the deal: at what its account owes, the documents it has, its products and its owner."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tsunagi.app.views.why import why_not

RULE = """version: 1
automation: careful_invoice
title: Invoice a good customer
trigger: {event: deal.won}
conditions:
  - {field: receivables.books.overdue, equals: 0}
  - {field: documents.books.invoice.count, equals: 0}
  - {field: documents.books.invoice.total.JPY, less_than: "${deal.amount}"}
  - {field: any_product.name, starts_with: 測定器}
  - {field: every_product.quantity, at_least: 1}
  - {field: owner.active, equals: true}
actions:
  - action: books.invoice.create
    parameters: {notes: "${products.count} / ${receivables.books.balance.amount}"}
"""
TOLD = """version: 1
automation: tell_{moment}
title: Tell the deal
trigger: {{event: invoice.{moment}}}
conditions:
  - {{field: invoice.deal, is_set: true}}
  - {{field: receivables.books.overdue, {overdue}}}
  - {{field: documents.books.invoice.status.{moment}, equals: 1}}
actions:
  - action: crm.deal.update
    parameters:
      description: "{moment}: ${{invoice.number}}"
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    (folder / "careful_invoice.yaml").write_text(RULE, encoding="utf-8")
    for moment, overdue in (("overdue", "greater_than: 0"), ("paid", "equals: 0")):
        (folder / f"{moment}.yaml").write_text(TOLD.format(moment=moment, overdue=overdue), encoding="utf-8")
    return folder.parent


def test_a_deal_is_billed_by_what_is_known_beyond_it(open_office: Any, zoho: Any, clock: Any, rules: Path) -> None:
    office = open_office(listening=False, rules_dir=rules, now=clock)
    account, deal = zoho.account_and_deal(Closing_Date=f"{clock() + timedelta(days=10):%Y-%m-%d}")
    product = zoho.add("Products", Product_Name="測定器 A", Unit_Price=1_100)
    zoho.call("PUT", f"/crm/v8/Deals/{deal}/Products", {"data": [{"id": product}]})
    later = zoho.add("Deals", Deal_Name="増設", Stage="Negotiation/Review", Amount=5_000, Account_Name={"id": account})
    office.sync()
    zoho.win(deal)
    office.sync()
    (invoice,) = zoho.invoices()
    assert zoho.books(f"/invoices/{invoice['invoice_id']}")["invoice"]["notes"] == "1 / 0"

    # It is sent and not paid in time: the deal is told, and the account gets no further invoice.
    zoho.finance("books", "POST", f"/invoices/{invoice['invoice_id']}/status/sent")
    _pass(zoho, clock, days=90)
    # Nobody has changed it, so no listing shows it: the hub reads again what fell due.
    office.wait_until(lambda: _description(zoho, deal) == f"overdue: {invoice['invoice_number']}")
    office.sync()
    zoho.win(later)
    office.sync()
    assert len(zoho.invoices()) == 1
    (proof,) = why_not(office.hub.context, f"crm:deal:{later}", "careful_invoice").proofs
    overdue = proof.conditions[0]
    assert (overdue.text, overdue.verdict, overdue.seen) == ("Overdue is 0", "does_not", "¥120,000")
    assert overdue.known_at is not None

    # It is paid: the deal is told that too.
    payment = {
        "customer_id": invoice["customer_id"],
        "payment_mode": "banktransfer",
        "amount": invoice["total"],
        "date": f"{clock():%Y-%m-%d}",
        "invoices": [{"invoice_id": invoice["invoice_id"], "amount_applied": invoice["total"]}],
    }
    zoho.finance("books", "POST", "/customerpayments", payment)
    _pass(zoho, clock, days=1)
    for _ in range(2):
        office.sync()
    assert _description(zoho, deal) == f"paid: {invoice['invoice_number']}"


def _pass(zoho: Any, clock: Any, *, days: int) -> None:
    clock.pass_(days=days)
    zoho.control("POST", "/clock/advance", {"seconds": days * 86_400})
    # What the test itself was let in with has run out too.
    zoho._tokens.clear()


def _description(zoho: Any, deal: str) -> str:
    (row,) = zoho.call("GET", f"/crm/v8/Deals/{deal}")["data"]
    return str(row["Description"])
