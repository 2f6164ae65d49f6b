"""The estimates of a deal, as several rules of one moment make and move them."""

from pathlib import Path
from typing import Any

import pytest

STARTER = Path(__file__).parents[2] / "rules"
ESTIMATE, ACCEPT = "deal_created_estimate", "deal_won_accept_estimate"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The starter rules about estimates, switched on, and no others."""
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    for name in (ESTIMATE, ACCEPT):
        text = (STARTER / "automations" / f"{name}.yaml").read_text(encoding="utf-8")
        (folder / f"{name}.yaml").write_text(text.replace("enabled: false", "enabled: true"), encoding="utf-8")
    return folder.parent


def estimates(zoho: Any) -> list[str]:
    return [row["status"] for row in zoho.books("/estimates")["estimates"]]


def customer_first(office: Any, zoho: Any) -> str:
    account = str(zoho.add("Accounts", Account_Name="Aoba"))
    assert office.sync().state == "done"
    return account


def add_deal(zoho: Any, account: str, **fields: Any) -> str:
    known = {"Deal_Name": "Press", "Stage": "Qualification", "Amount": 5000, "Closing_Date": "2026-11-20"}
    return str(zoho.add("Deals", **{**known, **fields}, Account_Name={"id": account}))


@pytest.mark.parametrize("stage", ["Qualification", "Closed Won"])
def test_a_deal_has_one_estimate_however_many_rules_make_one(
    open_office: Any, zoho: Any, rules: Path, stage: str
) -> None:
    (rules / "automations" / f"{ACCEPT}.yaml").unlink()
    first = rules / "automations" / f"{ESTIMATE}.yaml"
    again = first.read_text(encoding="utf-8").replace(f"automation: {ESTIMATE}", "automation: another_estimate")
    first.with_name("another_estimate.yaml").write_text(again, encoding="utf-8")
    office = open_office(listening=False, rules_dir=rules)
    add_deal(zoho, customer_first(office, zoho), Stage=stage)
    for _ in range(2):
        assert office.sync().state == "done"
    assert estimates(zoho) == ["draft"]


def test_a_deal_that_is_entered_as_won_has_its_estimate_accepted(open_office: Any, zoho: Any, rules: Path) -> None:
    office = open_office(listening=False, rules_dir=rules)
    add_deal(zoho, customer_first(office, zoho), Stage="Closed Won")
    for _ in range(2):
        assert office.sync().state == "done"
    assert estimates(zoho) == ["accepted"]


def test_one_that_is_still_to_be_made_when_the_deal_is_won_is_accepted_too(
    open_office: Any, zoho: Any, rules: Path
) -> None:
    office = open_office(listening=False, rules_dir=rules)
    deal = add_deal(zoho, customer_first(office, zoho))
    # The answer is lost: whoever looks afterwards finds the estimate there.
    zoho.fault("drop_after", method="POST", path="/books/v3/estimates")
    zoho.win(deal)
    assert office.sync().state == "done"
    assert estimates(zoho) == ["accepted"]


def test_what_was_refused_leaves_nothing_to_accept(open_office: Any, zoho: Any, rules: Path) -> None:
    office = open_office(listening=False, rules_dir=rules)
    refusal = {"code": 1, "message": "No estimates today"}
    zoho.fault("status", method="POST", path="/books/v3/estimates", status=400, body=refusal)
    add_deal(zoho, customer_first(office, zoho), Stage="Closed Won")
    for _ in range(2):
        assert office.sync().state == "done"
    assert estimates(zoho) == []
    assert office.state()["intents"] == {"done": 1, "failed": 1, "abandoned": 2}
