"""What happens to documents sets rules going too: the deal an invoice was made for is told."""

from pathlib import Path
from typing import Any

import pytest

STARTER = Path(__file__).parents[2] / "rules" / "automations" / "deal_won_invoice.yaml"
TOLD = """version: 1
automation: {name}
title: {name}
trigger: {{event: invoice.{moment}}}
conditions:
  - {{field: invoice.deal, is_set: true}}
  - {{field: deal.outcome, equals: won}}
actions:
  - action: crm.deal.update
    parameters:
      description: "{moment}: ${{invoice.number}}"
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    (folder / STARTER.name).write_text(STARTER.read_text(encoding="utf-8"), encoding="utf-8")
    for moment in ("voided", "paid"):
        (folder / f"{moment}.yaml").write_text(TOLD.format(name=f"tell_{moment}", moment=moment), encoding="utf-8")
    return folder.parent


def test_a_deal_is_told_what_became_of_its_invoice(open_office: Any, zoho: Any, rules: Path) -> None:
    office = open_office(listening=False, rules_dir=rules)
    _, deal = zoho.account_and_deal()
    office.sync()
    zoho.win(deal)
    office.sync()
    (invoice,) = zoho.invoices()
    zoho.control("POST", "/clock/advance", {"seconds": 2})
    zoho.finance("books", "POST", f"/invoices/{invoice['invoice_id']}/status/void")
    for _ in range(2):
        assert office.sync().state == "done"
    (row,) = zoho.call("GET", f"/crm/v8/Deals/{deal}")["data"]
    assert row["Description"] == f"voided: {invoice['invoice_number']}"
    # Said once, and of nobody else's invoice.
    writes = [line for line in zoho.writes() if line == f"PUT /crm/v8/Deals/{deal}"]
    assert len(writes) == 2  # won, and told


NOTED = """version: 1
automation: note_{kind}_{moment}
title: {kind} {moment}
trigger: {{event: {kind}.{moment}, service: books}}
actions:
  - action: crm.note.create
    parameters: {{title: {kind} {moment}, content: "${{{kind}.number}}"}}
"""
ACCEPTING = """version: 1
automation: accept
title: Accept the estimates of a won deal
trigger: {event: deal.won}
actions:
  - action: books.estimate.accept
"""
MOMENTS = (("estimate", "sent"), ("estimate", "accepted"), ("estimate", "declined"), ("invoice", "sent"))


def test_what_people_do_with_a_document_is_noted_each_once(open_office: Any, zoho: Any, tmp_path: Path) -> None:
    """Sent, accepted and declined; what a rule does with a document itself is no event."""
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    for kind, moment in MOMENTS:
        (folder / f"{kind}_{moment}.yaml").write_text(NOTED.format(kind=kind, moment=moment), encoding="utf-8")
    (folder / "accept.yaml").write_text(ACCEPTING, encoding="utf-8")
    office = open_office(listening=False, rules_dir=folder.parent)
    account, deal = zoho.account_and_deal()
    office.sync()
    (customer,) = (each["contact_id"] for each in zoho.customers())
    body = {"customer_id": customer, "line_items": [{"name": "保守", "rate": 100, "quantity": 1}]}

    def make(kind: str, **more: Any) -> str:
        made = zoho.finance("books", "POST", f"/{kind}s", {**body, **more})[kind]
        return str(made[f"{kind}_id"])

    def move(kind: str, id: str, status: str) -> None:
        zoho.control("POST", "/clock/advance", {"seconds": 2})
        zoho.finance("books", "POST", f"/{kind}s/{id}/status/{status}")
        for _ in range(2):
            assert office.sync().state == "done"

    agreed, refused = make("estimate"), make("estimate")
    bill = make("invoice", due_date="2099-01-01")
    of_deal = make("estimate", zcrm_potential_id=deal)
    office.sync()
    for kind, id, status in (
        ("estimate", agreed, "sent"),
        ("estimate", agreed, "accepted"),
        ("estimate", refused, "sent"),
        ("estimate", refused, "declined"),
        ("invoice", bill, "sent"),
    ):
        move(kind, id, status)
    expected = ["estimate accepted", "estimate declined", "estimate sent", "estimate sent", "invoice sent"]
    assert noted(zoho, account) == expected

    zoho.win(deal)
    for _ in range(2):
        office.sync()
    assert zoho.books(f"/estimates/{of_deal}")["estimate"]["status"] == "accepted"
    assert noted(zoho, account) == expected
    assert noted(zoho, deal, "Deals") == []


def noted(zoho: Any, record: str, module: str = "Accounts") -> list[str]:
    answer = zoho.call("GET", f"/crm/v8/{module}/{record}/Notes", fields="Note_Title,Note_Content")
    return sorted(each["Note_Title"] for each in (answer or {"data": []})["data"])
