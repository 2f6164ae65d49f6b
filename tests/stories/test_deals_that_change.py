"""A deal changes after its document was made, is reopened, or won again: the rules say what follows."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

STARTER = Path(__file__).parents[2] / "rules" / "automations"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Won deals are invoiced whenever they are won; a draft follows the amount, and goes when its deal is reopened."""
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    for name in ("deal_won_invoice", "deal_amount_changed_invoice"):
        text = (STARTER / f"{name}.yaml").read_text(encoding="utf-8")
        text = text.replace("enabled: false", "enabled: true").replace("once_per_record", "every_time")
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    void = (STARTER / "deal_lost_void_invoice.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("enabled: false", "enabled: true"),
        ("deal.lost", "deal.reopened"),
        ("equals: lost", "equals: open"),
        ("once_per_record", "every_time"),
    ):
        void = void.replace(old, new)
    (folder / "void.yaml").write_text(void, encoding="utf-8")
    return folder.parent


def totals(zoho: Any) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in zoho.invoices():
        found.setdefault(row["status"], []).append(int(Decimal(row["total"])))
    return {status: sorted(amounts) for status, amounts in found.items()}


def change(office: Any, zoho: Any, deal: str, **fields: Any) -> None:
    # People take their time; changes are dated to the second.
    zoho.control("POST", "/clock/advance", {"seconds": 2})
    zoho.change("Deals", deal, **fields)
    for _ in range(2):
        assert office.sync().state == "done"


def test_the_draft_follows_and_what_people_moved_on_is_left(open_office: Any, zoho: Any, rules: Path) -> None:
    office = open_office(listening=False, rules_dir=rules)
    _, deal = zoho.account_and_deal(amount=1000)
    _, other = zoho.account_and_deal(name="Minato", amount=500)
    office.sync()
    for each in (deal, other):
        change(office, zoho, each, Stage="Closed Won")
    assert totals(zoho) == {"draft": [500, 1000]}

    change(office, zoho, deal, Amount=1200)
    assert totals(zoho) == {"draft": [500, 1200]}

    # Reopened: the draft is void. Won again: there is another.
    change(office, zoho, deal, Stage="Negotiation/Review")
    assert totals(zoho) == {"draft": [500], "void": [1200]}
    change(office, zoho, deal, Stage="Closed Won")
    assert totals(zoho) == {"draft": [500, 1200], "void": [1200]}

    # Somebody sent it: it stays, and that is said.
    sent = next(row for row in zoho.invoices() if row["status"] == "draft" and int(Decimal(row["total"])) == 500)
    zoho.finance("books", "POST", f"/invoices/{sent['invoice_id']}/status/sent")
    office.sync()
    change(office, zoho, other, Amount=700)
    assert totals(zoho) == {"draft": [1200], "overdue": [500], "void": [1200]}
    said = office.page("/open-items")
    assert sent["invoice_number"] in said
    assert "left as it is" in said


def test_a_draft_is_made_anew_and_one_changed_by_hand_is_left(open_office: Any, zoho: Any, rules: Path) -> None:
    file = rules / "automations" / "deal_amount_changed_invoice.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("how: update", "how: renew"), encoding="utf-8")
    office = open_office(listening=False, rules_dir=rules)
    _, deal = zoho.account_and_deal(amount=1000)
    office.sync()
    change(office, zoho, deal, Stage="Closed Won")
    change(office, zoho, deal, Amount=1500)
    assert totals(zoho) == {"draft": [1500], "void": [1000]}

    draft = next(row for row in zoho.invoices() if row["status"] == "draft")
    whole = zoho.books(f"/invoices/{draft['invoice_id']}")["invoice"]
    line = {"name": "Discounted", "rate": 900, "quantity": 1}
    body = {"customer_id": whole["customer_id"], "line_items": [line]}
    zoho.finance("books", "PUT", f"/invoices/{draft['invoice_id']}", body)
    office.sync()
    change(office, zoho, deal, Amount=2000)
    assert totals(zoho) == {"draft": [900], "void": [1000]}
    assert "changed it by hand since" in office.page("/open-items")
