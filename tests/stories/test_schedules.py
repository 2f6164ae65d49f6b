"""A rule is due by the clock: each open deal is looked at, once each time, whatever happened meanwhile."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tsunagi.store.events import Events
from tsunagi.store.intents import Intents
from tsunagi.store.open_items import OpenItems

RULE = """version: 1
automation: late_deals
title: Deals that are late
trigger: {schedule: "0 9 * * *", time_zone: Asia/Tokyo, each: deal}
conditions:
  - {field: deal.outcome, equals: open}
  - {field: deal.closing_date, less_than: "${today.minus_7_days}"}
actions:
  - action: crm.deal.update
    parameters: {description: "late on ${today.date}"}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    (folder / "late_deals.yaml").write_text(RULE, encoding="utf-8")
    return folder.parent


def test_each_open_deal_is_looked_at_when_the_rule_is_due(open_office: Any, zoho: Any, clock: Any, rules: Path) -> None:
    office = open_office(listening=False, rules_dir=rules, now=clock)
    account, late = zoho.account_and_deal(Closing_Date="2020-01-31")
    other = {"Account_Name": {"id": account}, "Amount": 1, "Stage": "Negotiation/Review"}
    in_time = zoho.add("Deals", Deal_Name="来年", Closing_Date="2099-01-31", **other)
    undated = zoho.add("Deals", Deal_Name="未定", **other)
    office.sync()
    assert _description(zoho, late) is None

    clock.pass_(days=1)
    office.wait_until(lambda: _description(zoho, late) is not None)
    first = _description(zoho, late)
    assert first.startswith("late on 20")
    assert _description(zoho, in_time) is None
    assert _description(zoho, undated) is None
    # Of the others nothing is kept.
    assert _scheduled(office) == [f"crm:deal:{late}"]

    # It was done for this deal: neither the next day nor after three days without the hub is it done again.
    clock.pass_(days=3)
    office.wait_until(lambda: _missed(office))
    (item,) = _missed(office)
    assert "while nothing ran: 2" in item.text.en
    assert _description(zoho, late) == first
    clock.pass_(days=1)
    office.wait_until(lambda: not _missed(office))
    assert _scheduled(office) == [f"crm:deal:{late}"]
    with office.hub.store.read() as session:
        assert Intents(session).count_states() == {"done": 2}  # the customer, and the deal


def _description(zoho: Any, deal: str) -> Any:
    (row,) = zoho.call("GET", f"/crm/v8/Deals/{deal}")["data"]
    return row["Description"]


def _scheduled(office: Any) -> list[str]:
    with office.hub.store.read() as session:
        found = Events(session).since(datetime(2020, 1, 1, tzinfo=UTC)).items
    return [str(event.ref) for event in found if ".scheduled." in event.name]


def _missed(office: Any) -> list[Any]:
    with office.hub.store.read() as session:
        return [item for item in OpenItems(session).all() if item.reason == "schedule_missed"]
