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
