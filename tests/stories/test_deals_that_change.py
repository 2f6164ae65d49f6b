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


PRODUCTS = """version: 1
automation: follow
title: The draft follows the deal's products
trigger: {event: deal.products_changed}
repeat: every_time
actions:
  - action: books.invoice.update
    parameters: {how: update}
"""


def lines(zoho: Any) -> dict[str, list[tuple[str, int]]]:
    """By status, what each invoice charges for."""
    found: dict[str, list[tuple[str, int]]] = {}
    for row in zoho.invoices():
        whole = zoho.books(f"/invoices/{row['invoice_id']}")["invoice"]
        said = [(line["name"], int(Decimal(line["rate"]))) for line in whole["line_items"]]
        found.setdefault(row["status"], []).extend(sorted(said))
    return found


def sell(zoho: Any, deal: str, name: str, price: int) -> str:
    product = zoho.add("Products", Product_Name=name, Product_Code=name, Unit_Price=price)
    zoho.call("PUT", f"/crm/v8/Deals/{deal}/Products", {"data": [{"id": product}]})
    return str(product)


def test_the_draft_follows_products_though_the_amount_stays(open_office: Any, zoho: Any, rules: Path) -> None:
    (rules / "automations" / "follow.yaml").write_text(PRODUCTS, encoding="utf-8")
    office = open_office(listening=False, rules_dir=rules)
    _, deal = zoho.account_and_deal(amount=1000)
    press = sell(zoho, deal, "Press", 600)
    office.sync()
    change(office, zoho, deal, Stage="Closed Won")
    assert lines(zoho) == {"draft": [("Press", 600)]}

    # Nothing changes: nothing is written, at one call a deal.
    before = zoho.calls_to(f"/crm/v8/Deals/{deal}/Products")
    writes = len(zoho.writes())
    office.sync()
    assert zoho.calls_to(f"/crm/v8/Deals/{deal}/Products") == before + 1
    assert len(zoho.writes()) == writes

    # Only the products change, not the deal; the answer is lost.
    sell(zoho, deal, "Stand", 300)
    zoho.fault("drop_after", path="/books/v3/invoices/*", method="PUT")
    for _ in range(3):
        office.sync()
    assert lines(zoho) == {"draft": [("Press", 600), ("Stand", 300)]}
    assert totals(zoho) == {"draft": [1000]}

    # And back: that is a change too.
    zoho.call("DELETE", f"/crm/v8/Deals/{deal}/Products", ids=press)
    for _ in range(2):
        office.sync()
    assert lines(zoho) == {"draft": [("Stand", 300)]}
    drafts = [each for each in zoho.invoices() if each["status"] == "draft"]

    # Changed by hand, though it sums up to the same: left alone, and that is said.
    draft = drafts[0]["invoice_id"]
    whole = zoho.books(f"/invoices/{draft}")["invoice"]
    body = {"customer_id": whole["customer_id"], "line_items": [{"name": "By hand", "rate": 1000, "quantity": 1}]}
    zoho.control("POST", "/clock/advance", {"seconds": 2})
    zoho.finance("books", "PUT", f"/invoices/{draft}", {**body, "adjustment": 0})
    office.sync()
    sell(zoho, deal, "Cloth", 20)
    for _ in range(2):
        office.sync()
    assert lines(zoho) == {"draft": [("By hand", 1000)]}
    said = office.page("/open-items")
    assert "changed its lines by hand since" in said
    assert "明細が手作業で変更されています" in office.page("/open-items", "ja")


def test_products_are_not_read_where_no_rule_waits_for_them(open_office: Any, zoho: Any, rules: Path) -> None:
    office = open_office(listening=False, rules_dir=rules)
    _, deal = zoho.account_and_deal(amount=1000)
    sell(zoho, deal, "Press", 600)
    office.sync()
    change(office, zoho, deal, Stage="Closed Won")
    before = zoho.calls_to(f"/crm/v8/Deals/{deal}/Products")
    office.sync()
    assert zoho.calls_to(f"/crm/v8/Deals/{deal}/Products") == before
