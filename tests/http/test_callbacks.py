"""From a change in the CRM to the invoice on the page, the hub served as it is in earnest."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from filled_hub import empty_hub, one_rule
from signing_in import bearer, sign_in

from tsunagi.app.access.tokens import create_token
from tsunagi.app.connections import connecting
from tsunagi.http.server import running
from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

CREDENTIALS = {
    "client_id": "1000.SANDBOX",
    "client_secret": "sandbox-secret",
    "refresh_token": "1000.sandbox-refresh",
}


@dataclass
class Company:
    """The CRM as its people use it, and the hub as a browser meets it."""

    crm: httpx2.Client
    hub: httpx2.Client

    def add(self, module: str, **fields: Any) -> str:
        answer = self.crm.post(f"/crm/v8/{module}", json={"data": [fields]})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"][0]["details"]["id"])

    def page_with(self, path: str, text: str) -> str:
        """The page once it shows this."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            page = self.hub.get(path).text
            if text in page:
                return page
            time.sleep(0.1)
        raise AssertionError(f"{path} never showed {text!r}: {page}")


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    settings = SandboxSettings(data=tmp_path / "sandbox.db", seed_data="empty")
    rules = one_rule(tmp_path / "rules")
    with sandbox_running(settings) as sandbox, empty_hub(tmp_path / "hub", rules_dir=rules) as hub:
        for service in ("crm", "books"):
            connecting.connect(
                hub.context, service, {"base_url": sandbox.base_url, "requests_per_minute": 0, **CREDENTIALS}
            )
        form = {"grant_type": "refresh_token", **CREDENTIALS}
        token = httpx2.post(f"{sandbox.base_url}/oauth/v2/token", data=form).json()["access_token"]
        headers = {"Authorization": f"Zoho-oauthtoken {token}"}
        with (
            running(hub, local_callbacks=True) as served,
            httpx2.Client(base_url=sandbox.base_url, headers=headers, timeout=20) as crm,
            httpx2.Client(base_url=served.base_url, timeout=20) as pages,
        ):
            mine = create_token(hub.context, None, "hanako.sato@example.com").text
            pages.headers.update(bearer(mine))
            sign_in(pages, mine)
            yield Company(crm, pages)


def test_a_deal_won_in_the_crm_shows_its_invoice_on_the_page(company: Company) -> None:
    account = company.add("Accounts", Account_Name="北浜商事株式会社")
    deal = company.add(
        "Deals", Deal_Name="倉庫", Account_Name={"id": account}, Stage="Qualification", Amount=120000,
        Closing_Date="2026-12-01",
    )  # fmt: skip
    begun = company.hub.post("/api/sync-runs", json={"first": True})
    assert begun.status_code == 202
    company.page_with(begun.headers["location"].removeprefix("/api"), "Done")

    company.crm.put(f"/crm/v8/Deals/{deal}", json={"data": [{"Stage": "Closed Won"}]})

    page = company.page_with(f"/accounts/{account}", "INV-")
    assert "¥120,000" in page
    assert "Why: Invoice a won deal — 倉庫" in page
