"""Why a document exists, why a deal has none, and what would change it, in both languages."""

from pathlib import Path
from typing import Any

import pytest

from tsunagi.app.views import why as proofs
from tsunagi.cli.history import proof_lines
from tsunagi.translation import speaking

WON = "deal_won_invoice"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The starter rule, one that is broken, and one that is off."""
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    text = (Path(__file__).parents[2] / "rules" / "automations" / f"{WON}.yaml").read_text(encoding="utf-8")
    (folder / f"{WON}.yaml").write_text(text, encoding="utf-8")
    broken = text.replace(f"automation: {WON}", "automation: broken").replace("deal.amount", "deal.amuont")
    (folder / "broken.yaml").write_text(broken, encoding="utf-8")
    off = text.replace(f"automation: {WON}", "automation: off\nenabled: false")
    (folder / "off.yaml").write_text(off, encoding="utf-8")
    return folder.parent


def told(office: Any, found: proofs.Why) -> str:
    return "\n".join(line for proof in found.proofs for line in proof_lines(proof, office.hub.context.now()))


def test_the_proof_of_an_invoice_and_of_there_being_none(open_office: Any, zoho: Any, rules: Path) -> None:
    office = open_office(listening=False, rules_dir=rules)
    context = office.hub.context
    account, deal = zoho.account_and_deal(amount=120_000)
    free = zoho.add(
        "Deals",
        Deal_Name="Trial",
        Stage="Negotiation/Review",
        Account_Name={"id": account},
        Closing_Date="2026-11-20",
    )
    late = zoho.add(
        "Deals", Deal_Name="Late", Stage="Closed Won", Account_Name={"id": account}, Amount=1, Closing_Date="2026-11-20"
    )
    office.sync()

    # It was won before the hub looked: what to do, instead of "Outcome is Won (it is Won)".
    (past,) = proofs.why_not(context, late, WON).proofs
    assert (past.state, past.changes) == ("not_happened", ())
    assert "It was so already when the hub first read it" in past.problems[0]

    # Nothing has happened yet: what would have to.
    waiting = {proof.rule: proof for proof in proofs.why_not(context, deal).proofs}
    assert {name: proof.state for name, proof in waiting.items()} == {
        WON: "not_happened",
        "off": "off",
        "broken": "broken",
    }
    assert waiting[WON].changes == ("Outcome is Won (it is Open)",)
    assert "'amount'" in waiting["broken"].problems[0]

    zoho.win(deal)
    zoho.win(free)
    office.sync()

    (proof,) = proofs.why_not(context, f"crm:deal:{free}", WON).proofs
    assert (proof.state, proof.changes) == ("not_met", ("Amount is more than 0 (it is empty)",))
    assert [reading.verdict for reading in proof.conditions] == ["holds", "does_not"]
    assert proof.conditions[1].origin == f"crm:deal:{free}"
    assert proof.conditions[1].known_at is not None
    text = told(office, proofs.why_not(context, free, WON))
    assert "✗ Amount is more than 0 (it was empty, crm:deal:" in text
    assert "It would be otherwise if:\n    Amount is more than 0 (it is empty)" in text

    (invoice,) = zoho.invoices()
    made = proofs.why(context, invoice["invoice_number"])
    (proof,) = made.proofs
    assert (proof.rule, proof.state, len(proof.changes)) == (WON, "made", 1)
    assert "Account is empty (it is 青葉商事株式会社)" in proof.changes
    with speaking("ja"):
        japanese = told(office, proofs.why(context, f"books:invoice:{invoice['invoice_id']}"))
    assert "条件を満たし、実行されました" in japanese
    assert "金額が 0 より大きい" in japanese

    # Asked about the deal, it tells of the rule too.
    (proof,) = proofs.why(context, f"crm:deal:{deal}").proofs
    assert (proof.rule, proof.state) == (WON, "made")

    # The same over the API, and a document that people made.
    answer = office.client.get(f"{office.page_url}/api/why-not/crm/deal/{free}", params={"rule": WON})
    assert answer.json()["rules"][0]["changes"] == ["Amount is more than 0 (it is empty)"]
    answer = office.client.get(f"{office.page_url}/api/why/books/invoice/{invoice['invoice_id']}")
    assert answer.json()["rules"][0]["conditions"][1]["origin"] == f"crm:deal:{deal}"
    assert office.client.get(f"{office.page_url}/api/why/books/invoice/404").status_code == 404
    customer = zoho.customers()[0]["contact_id"]
    line = {"name": "By hand", "rate": 1, "quantity": 1}
    zoho.finance("books", "POST", "/invoices", {"customer_id": customer, "line_items": [line]})
    office.sync()
    by_hand = next(each for each in zoho.invoices() if each["invoice_id"] != invoice["invoice_id"])
    assert [proof.state for proof in proofs.why(context, by_hand["invoice_number"]).proofs] == ["by_people"]
