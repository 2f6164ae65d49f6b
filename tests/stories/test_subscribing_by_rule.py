"""A won deal subscribes its customer to a plan, once whatever gets lost; a lost one ends it with its term."""

from decimal import Decimal
from pathlib import Path
from typing import Any

WON = """version: 1
automation: subscribe
title: Subscribe the customer of a won deal
trigger: {event: deal.won}
actions:
  - action: subscriptions.subscription.create
    parameters: {plan: SUPPORT, products: lines}
"""
LOST = """version: 1
automation: unsubscribe
title: End what a lost deal had
trigger: {event: deal.lost}
actions:
  - action: subscriptions.subscription.cancel
    parameters: {when: %s}
"""


def rules(tmp_path: Path, **texts: str) -> Path:
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder.parent


def catalogue(zoho: Any) -> None:
    product = zoho.finance("subscriptions", "POST", "/products", {"name": "Support"})["product"]["product_id"]
    plan = {"plan_code": "SUPPORT", "name": "Support", "interval": 1, "interval_unit": "months"}
    zoho.finance("subscriptions", "POST", "/plans", {**plan, "recurring_price": 900, "product_id": product})
    bracket = [{"start_quantity": 1, "end_quantity": 1, "price": 50}]
    addon = {"addon_code": "NIGHT", "name": "At night", "price_brackets": bracket, "product_id": product}
    zoho.finance("subscriptions", "POST", "/addons", addon)


def sell(zoho: Any, deal: str, code: str, price: int) -> None:
    product = zoho.add("Products", Product_Name=code, Product_Code=code, Unit_Price=price)
    zoho.call("PUT", f"/crm/v8/Deals/{deal}/Products", {"data": [{"id": product}]})


def subscriptions(zoho: Any) -> list[dict[str, Any]]:
    found = zoho.finance("subscriptions", "GET", "/subscriptions", filter_by="SubscriptionStatus.All")
    return [
        zoho.finance("subscriptions", "GET", f"/subscriptions/{row['subscription_id']}")["subscription"]
        for row in found["subscriptions"]
    ]


def settled(office: Any, times: int = 3) -> None:
    for _ in range(times):
        assert office.sync().state == "done"


def test_the_customer_of_a_won_deal_is_subscribed_once(open_office: Any, zoho: Any, tmp_path: Path) -> None:
    zoho.use("books", "subscriptions")
    catalogue(zoho)
    folder = rules(tmp_path, won=WON, lost=LOST % "end_of_term")
    office = open_office(listening=False, services=("crm", "subscriptions"), rules_dir=folder)
    office.sync()
    # Account and deal come together: the customer is made just in time.
    _, deal = zoho.account_and_deal(Stage="Closed Won")
    sell(zoho, deal, "SUPPORT", 800)
    sell(zoho, deal, "NIGHT", 40)
    zoho.fault("drop_after", path="/billing/v1/subscriptions", method="POST")
    settled(office)
    (made,) = subscriptions(zoho)
    assert (made["plan"]["plan_code"], Decimal(made["plan"]["price"])) == ("SUPPORT", 800)
    assert [(each["addon_code"], Decimal(each["price"])) for each in made["addons"]] == [("NIGHT", 40)]
    assert made["customer"]["display_name"] == "青葉商事株式会社"
    assert made["status"] == "live"

    # It belongs to the deal: won again, there is no other; lost, it ends with its term, once.
    zoho.change("Deals", deal, Stage="Negotiation/Review")
    settled(office, 1)
    zoho.win(deal)
    settled(office, 2)
    assert len(subscriptions(zoho)) == 1
    zoho.fault("drop_after", path="/billing/v1/subscriptions/*/cancel", method="POST")
    zoho.change("Deals", deal, Stage="Closed Lost")
    settled(office)
    assert [each["status"] for each in subscriptions(zoho)] == ["non_renewing"]


def test_one_can_be_cancelled_at_once(open_office: Any, zoho: Any, tmp_path: Path) -> None:
    zoho.use("books", "subscriptions")
    catalogue(zoho)
    folder = rules(tmp_path, won=WON, lost=LOST % "now")
    office = open_office(listening=False, services=("crm", "subscriptions"), rules_dir=folder)
    _, deal = zoho.account_and_deal()
    office.sync()
    zoho.win(deal)
    settled(office)
    # Without products it costs what the catalogue says.
    assert [Decimal(each["plan"]["price"]) for each in subscriptions(zoho)] == [900]
    zoho.change("Deals", deal, Stage="Closed Lost")
    settled(office)
    assert [each["status"] for each in subscriptions(zoho)] == ["cancelled"]


def test_an_unknown_plan_is_said(open_office: Any, zoho: Any, tmp_path: Path) -> None:
    zoho.use("books", "subscriptions")
    catalogue(zoho)
    folder = rules(tmp_path, won=WON.replace("SUPPORT", "GOLD"))
    office = open_office(listening=False, services=("crm", "subscriptions"), rules_dir=folder)
    _, deal = zoho.account_and_deal()
    office.sync()
    zoho.win(deal)
    settled(office, 2)
    assert subscriptions(zoho) == []
    assert "Plan" in office.page("/open-items")
