"""Plugins and rules over the API."""

import httpx2


def test_plugins_say_what_they_bring(api: httpx2.Client) -> None:
    plugins = {item["name"]: item for item in api.get("/api/plugins").json()["items"]}
    assert plugins["crm"]["state"] == "active"
    assert plugins["ledger"]["brings"]["panels"] == ["notes"]


def test_rules_say_what_they_do_in_the_callers_language(api: httpx2.Client) -> None:
    rules = api.get("/api/rules", headers={"Accept-Language": "ja"}).json()
    (rule,) = rules["automations"]
    assert rule["id"] == "deal_won_invoice"
    assert rule["event_label"] == "商談の受注"
    assert [item["text"] for item in rule["conditions"]] == ["取引先が入力済み", "金額が 0 より大きい"]
    assert rule["actions"] == ["books.invoice.create"]
    assert rules["broken"] == []
