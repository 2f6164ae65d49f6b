"""The sandbox's own pages and controls: index, request log, clock, what is not served."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from zoho_sandbox.server import Running, running
from zoho_sandbox.settings import SandboxSettings

BROWSER = {"accept": "text/html"}


@pytest.mark.parametrize(
    "path", ["/", "/_sandbox/requests", "/_sandbox/faults", "/_sandbox/callbacks", "/_sandbox/clock"]
)
def test_every_page_links_to_the_others(anonymous: httpx2.Client, path: str) -> None:
    page = anonymous.get(path, headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    for other in ("/_sandbox/requests", "/_sandbox/faults", "/_sandbox/callbacks", "/_sandbox/clock"):
        assert f'href="{other}"' in page.text
    assert anonymous.get(path).headers["content-type"].startswith("application/json")


def test_an_unknown_path_says_what_is_served(anonymous: httpx2.Client) -> None:
    page = anonymous.get("/nowhere/<b>", headers=BROWSER)
    assert page.status_code == 404
    assert "/crm/v8/" in page.text
    assert "<b>" not in page.text
    assert "/books/v3/" in anonymous.get("/nowhere").json()["serves"]


def test_each_service_refuses_unknown_paths_in_its_own_words(api: httpx2.Client) -> None:
    assert api.get("/crm/v8/settings/unheard_of").json()["code"] == "INVALID_URL_PATTERN"
    assert api.get("/crm/v9/Deals").status_code == 404
    assert api.patch("/crm/v8/org").json()["code"] == "INVALID_REQUEST_METHOD"
    assert api.patch("/crm/v8/org").status_code == 400
    assert api.get("/books/v3/unheard_of").json()["code"] == 5
    assert api.get("/oauth/v2/unheard_of").json()["error"] == "invalid_url"


@pytest.mark.parametrize(
    "body", [b'{"data": [', b"[1]", b'{"data": NaN}', b"\xff\xfe", b'{"data": [{"Account_Name": "\\ud800"}]}', b"plain"]
)
def test_a_broken_body_is_refused_in_the_services_words(api: httpx2.Client, body: bytes) -> None:
    answer = api.post("/crm/v8/Accounts", content=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "INVALID_DATA"


def test_bodies_are_read_whatever_their_content_type(api: httpx2.Client) -> None:
    body = b'{"data": [{"Account_Name": "Plain"}]}'
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/octet-stream"):
        answer = api.post("/crm/v8/Accounts", content=body, headers={"content-type": content_type})
        assert answer.status_code == 201
    assert api.post("/crm/v8/Accounts", data={"JSONString": body.decode()}).status_code == 201
    assert api.post("/crm/v8/Accounts", files={"JSONString": (None, body)}).status_code == 201


def test_the_request_log_counts_and_shows(
    serve: Callable[..., Running], connect: Callable[[Running], httpx2.Client]
) -> None:
    client = connect(serve())
    client.delete("/_sandbox/requests")
    client.get("/crm/v8/org")
    client.get("/crm/v8/Deals", params={"fields": "Stage"})
    client.post("/crm/v8/Deals", json={"data": [{"Stage": "?"}]})
    counts = client.get("/_sandbox/requests/counts").json()
    assert counts["services"]["crm"] == {"GET": 2, "POST": 1}
    assert counts["statuses"]["400"] == 1
    assert counts["seconds"]["crm"] > 0
    failed = client.get("/_sandbox/requests", params={"service": "crm", "status": "400"}).json()["requests"]
    assert [(entry["method"], entry["path"]) for entry in failed] == [("POST", "/crm/v8/Deals")]
    whole = client.get(f"/_sandbox/requests/{failed[0]['id']}").json()
    assert '"Stage": "?"' in whole["request_body"].replace('":"', '": "')
    assert "MANDATORY_NOT_FOUND" in whole["response_body"] or "INVALID_DATA" in whole["response_body"]
    assert client.get(f"/_sandbox/requests/{failed[0]['id']}", headers=BROWSER).status_code == 200
    assert client.get("/_sandbox/requests/999999").status_code == 404


def test_the_clock_can_be_set_stopped_and_freed(
    serve: Callable[..., Running], connect: Callable[[Running], httpx2.Client]
) -> None:
    server = serve()
    client = httpx2.Client(base_url=server.base_url)
    with client:
        client.put("/_sandbox/clock", json={"now": "2026-07-01T09:00:00+09:00", "frozen": True})
        stopped = client.get("/_sandbox/clock")
        assert stopped.json() == {"now": "2026-07-01T00:00:00+00:00", "frozen": True}
        assert stopped.headers["date"] == "Wed, 01 Jul 2026 00:00:00 GMT"
        moved = client.post("/_sandbox/clock/advance", json={"seconds": 90})
        assert moved.json()["now"] == "2026-07-01T00:01:30+00:00"
        made = connect(server).post("/crm/v8/Accounts", json={"data": [{"Account_Name": "Then"}]}).json()
        assert made["data"][0]["details"]["Created_Time"] == "2026-07-01T09:01:30+09:00"
        assert client.delete("/_sandbox/clock").json()["frozen"] is False
        for wrong in ("soon", "2026-07-01T09:00:00"):
            assert client.put("/_sandbox/clock", json={"now": wrong}).status_code == 400


def test_data_and_clock_survive_a_restart(tmp_path: Path, connect: Callable[[Running], httpx2.Client]) -> None:
    settings = SandboxSettings(data=tmp_path / "kept.db", seed_data="empty")
    with running(settings) as server:
        client = connect(server)
        made = client.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "Kept"}]}).json()
        client.put("/_sandbox/clock", json={"now": "2030-01-01T00:00:00Z", "frozen": True})
    with running(settings) as server:
        client = connect(server)
        assert client.get("/_sandbox/clock").json()["now"] == "2030-01-01T00:00:00+00:00"
        record = client.get(f"/crm/v8/Accounts/{made['data'][0]['details']['id']}").json()["data"][0]
        assert record["Account_Name"] == "Kept"
