"""Rules are tried, put back and chosen by recipe over the API, as on the command line; trying writes nothing."""

from pathlib import Path

import httpx2

from tsunagi.hub import Hub

FILE = "automations/deal_won_invoice.yaml"
RECORD = "crm:deal:3001"


def _text(hub: Hub) -> str:
    return (Path(hub.settings.rules_dir) / FILE).read_text(encoding="utf-8")


def test_one_record_is_simulated_under_the_rules_and_under_a_draft(api: httpx2.Client, hub: Hub) -> None:
    before = api.get("/api/rules/versions").json()["items"]
    asked = {"record": RECORD, "event": "deal.won", "given": {"amount": "0 JPY"}}
    (found,) = api.post("/api/rules/simulate", json=asked).json()["items"]
    (rule,) = found["rules"]
    assert (rule["rule"], rule["outcome"], found["writes"]) == ("deal_won_invoice", "not_met", [])
    assert [each["verdict"] for each in rule["conditions"]] == ["holds", "does_not"]
    draft = {"file": FILE, "text": _text(hub).replace("greater_than: 0", "at_least: 0")}
    (found,) = api.post("/api/rules/simulate", json={**asked, "draft": draft}).json()["items"]
    assert found["rules"][0]["outcome"] == "asked"
    assert api.get("/api/rules/versions").json()["items"] == before


def test_what_cannot_be_tried_is_told(api: httpx2.Client, hub: Hub) -> None:
    assert api.post("/api/rules/simulate", json={"record": "1234"}).status_code == 422
    typo = {"file": FILE, "text": _text(hub).replace("greater_than", "greater_then")}
    answer = api.post("/api/rules/backtest", json={**typo, "since": "2020-01-01"})
    assert answer.status_code == 422
    assert "Did you mean 'greater_than'?" in answer.text


def test_the_history_is_replayed(api: httpx2.Client, hub: Hub) -> None:
    stricter = {"file": FILE, "text": _text(hub).replace("greater_than: 0", "greater_than: 9000000")}
    told = api.post("/api/rules/backtest", json={**stricter, "since": "2020-01-01"}).json()
    assert told["differ"] == 1
    assert [(each["action"], each["difference"], each["count"]) for each in told["actions"]] == [
        ("books.invoice.create", "fewer", 1)
    ]
    assert told["differences"][0]["record"]["id"] == "3001"


def test_a_recipe_is_chosen_and_taken_back(api: httpx2.Client) -> None:
    assert api.get("/api/rules/recipe").json() == {"recipe": "", "on": ["deal_won_invoice"], "others": []}
    (first, *_) = api.get("/api/rules/versions").json()["items"]
    assert first["in_force"]
    assert api.put("/api/rules/recipe", json={"recipe": "invoice"}).status_code == 409
    done = api.put("/api/rules/recipe", json={"recipe": "none"}).json()
    assert "deal_won_invoice" in done["off"]
    assert api.get("/api/rules/recipe").json()["recipe"] == "none"
    newest = api.get("/api/rules/versions").json()["items"][0]["version"]
    assert any("enabled: false" in line for line in api.get(f"/api/rules/versions/{newest}").json()["lines"])
    back = api.post(f"/api/rules/versions/{first['version']}/restore").json()
    assert back["version"] == first["version"]
    assert api.get("/api/rules/versions").json()["items"][0]["version"] == first["version"]
