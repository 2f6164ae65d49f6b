"""A hub that has just been installed, or set up badly: what it says to do."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import httpx2
import sqlalchemy as sa
from filled_hub import STARTER_RULE, empty_hub, one_rule
from signing_in import bearer, let_in, sign_in

from tsunagi.http.server import running

ServeEmpty = Callable[..., httpx2.Client]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_hub_just_installed_says_how_to_connect(serve_empty: ServeEmpty) -> None:
    page = serve_empty().get("/accounts").text
    assert "Zoho CRM is not connected yet" in text_of(page)
    assert 'href="/services/crm/connect"' in page


def test_a_connected_hub_without_records_offers_the_first_sync(serve_empty: ServeEmpty) -> None:
    page = serve_empty("crm").get("/accounts").text
    assert "None yet" in page
    assert '<form method="post" action="/sync-runs">' in page


def test_the_button_begins_a_run_and_leads_to_it(serve_empty: ServeEmpty) -> None:
    client = serve_empty("crm", "books", work=True)
    empty = client.get("/sync-runs").text
    assert "Nothing has been synced yet" in empty
    token = re.search(r'name="form_token" value="(\w+)"', empty)
    assert token
    answer = client.post("/sync-runs", data={"form_token": token.group(1)})
    assert answer.status_code == 303
    # Nothing was ever synced: what a sync would do is shown first, and begun from there.
    plan = client.get(answer.headers["location"]).text
    assert "Plan: nothing written" in plan
    begun = client.post("/sync-runs", data={"form_token": token.group(1), "first": "true"})
    assert "First sync" in client.get(begun.headers["location"]).text


def test_without_a_connection_it_says_how_to_connect(serve_empty: ServeEmpty) -> None:
    page = serve_empty().get("/sync-runs").text
    assert "No service is connected yet" in page
    assert "/services" in page


def test_a_broken_rule_stays_visible_with_its_place(tmp_path: Path, serve_empty: ServeEmpty) -> None:
    one_rule(tmp_path / "rules")
    broken = (
        "version: 1\nautomation: broken\ntitle: {en: Thank you, ja: お礼}\n"
        "trigger: {event: deal.wun}\nactions: [{action: books.invoice.create}]\n"
    )
    (tmp_path / "rules" / "automations" / "broken.yaml").write_text(broken, encoding="utf-8")
    client = serve_empty("crm", rules_dir=tmp_path / "rules")
    page = text_of(client.get("/rules").text)
    assert "Needs repair" in page
    assert "Thank you" in page
    assert "automations/broken.yaml:4:" in page
    assert "deal.wun" in page
    assert "Invoice a won deal" in page, "the others work on"


def test_a_rule_that_is_switched_off_says_so(tmp_path: Path, serve_empty: ServeEmpty) -> None:
    text = STARTER_RULE.read_text(encoding="utf-8")
    folder = tmp_path / "rules" / "automations"
    folder.mkdir(parents=True)
    (folder / "rule.yaml").write_text(f"{text}\nenabled: false\n", encoding="utf-8")
    page = text_of(serve_empty(rules_dir=tmp_path / "rules").get("/rules").text)
    assert "Off" in page


def test_without_rules_it_says_how_to_get_some(tmp_path: Path, serve_empty: ServeEmpty) -> None:
    (tmp_path / "rules").mkdir()
    page = serve_empty(rules_dir=tmp_path / "rules").get("/rules").text
    assert "There are no rules yet" in page
    assert "tsunagi init" in page


def test_a_failed_plugin_is_named_with_its_reason(tmp_path: Path) -> None:
    misspelt = SimpleNamespace(tsunagi_contract=99)
    with empty_hub(tmp_path / "hub", plugins={"crooked": misspelt}) as hub, running(hub, work=False) as served:
        with httpx2.Client(base_url=served.base_url) as client:
            sign_in(client, let_in(hub))
            page = text_of(client.get("/plugins").text)
        assert "crooked" in page
        assert "Failed" in page
        assert "version 99 of the plugin contract" in page
        assert "Not connected Connect Zoho CRM" in page


def test_what_nobody_foresaw_is_not_told_to_the_reader(tmp_path: Path) -> None:
    with empty_hub(tmp_path / "hub") as hub, running(hub, work=False) as served:
        headers = {"Accept-Language": "ja", **bearer(let_in(hub))}
        with hub.store.write() as session:
            session.execute(sa.text("DROP TABLE sync_outcome"))
            session.execute(sa.text("DROP TABLE sync_run"))
        answer = httpx2.get(f"{served.base_url}/api/sync-runs", headers=headers)
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "ハブの内部で問題が発生しました。"
        assert "sqlite" not in answer.text.lower()
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert httpx2.get(f"{served.base_url}/health").status_code == 503


def test_a_sync_without_a_connection_says_how_to_connect(serve_empty: ServeEmpty) -> None:
    client = serve_empty()
    answer = client.post("/api/sync-runs", headers={"Accept-Language": "ja"})
    assert answer.status_code == 409
    assert answer.json()["hint"] == "先に接続してください: PUT /api/connections/crm"
