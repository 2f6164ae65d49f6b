"""Fetching documents and mailing one from a page, with services that answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from filled_hub import empty_hub, one_rule
from signing_in import form_token, sign_in

from tsunagi.app.access.tokens import create_token
from tsunagi.app.connections import connecting
from tsunagi.app.sync import workflows
from tsunagi.http.server import running
from tsunagi.hub import Hub
from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

CREDENTIALS = {
    "client_id": "1000.SANDBOX",
    "client_secret": "sandbox-secret",
    "refresh_token": "1000.sandbox-refresh",
}


@dataclass
class Counter:
    """A reader at the hub's pages, and the company's books."""

    hub: Hub
    reader: httpx2.Client
    zoho: httpx2.Client
    account: str

    def invoice(self) -> dict[str, Any]:
        """Made and sent in Books by its people."""
        customers = self.zoho.get("/books/v3/contacts").json()["contacts"]
        fields = {"customer_id": customers[0]["contact_id"], "line_items": [{"name": "倉庫", "rate": 1000}]}
        made: dict[str, Any] = self.zoho.post("/books/v3/invoices", json=fields).json()["invoice"]
        self.zoho.post(f"/books/v3/invoices/{made['invoice_id']}/status/sent")
        return made

    def fetch(self, page: str) -> str:
        """Press the button and see the page once all is there."""
        record = re.search(r'name="record" value="([^"]+)"', page)
        assert record
        fields = {"record": record.group(1), "to": f"/accounts/{self.account}", "form_token": form_token(page)}
        answer = self.reader.post("/documents/refresh", data=fields)
        assert answer.status_code == 303
        self.hub.jobs.settle()
        return self.reader.get(answer.headers["location"]).text


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    folder = tmp_path_factory.mktemp("counter")
    settings = SandboxSettings(data=folder / "sandbox.db", seed_data="empty")
    rules = one_rule(folder / "rules")
    with sandbox_running(settings) as sandbox, empty_hub(folder / "hub", rules_dir=rules) as hub:
        form = {"grant_type": "refresh_token", **CREDENTIALS}
        token = httpx2.post(f"{sandbox.base_url}/oauth/v2/token", data=form).json()["access_token"]
        for service in ("crm", "books"):
            connecting.connect(
                hub.context, service, {"base_url": sandbox.base_url, "requests_per_minute": 0, **CREDENTIALS}
            )
        company = {
            "base_url": sandbox.base_url,
            "headers": {"Authorization": f"Zoho-oauthtoken {token}"},
            "params": {"organization_id": hub.connectors.connection("books").organization.id},
        }
        with (
            running(hub) as served,
            httpx2.Client(base_url=served.base_url, timeout=20) as reader,
            httpx2.Client(timeout=20, **company) as zoho,
        ):
            body = {"data": [{"Account_Name": "浜松町商店"}]}
            added = httpx2.post(f"{sandbox.base_url}/crm/v8/Accounts", json=body, headers=company["headers"]).json()
            workflows.run_sync(hub.context, hub.jobs, workflows.start_sync(hub.context, first=True))
            sign_in(reader, create_token(hub.context, None, "hanako.sato@example.com").text)
            yield Counter(hub, reader, zoho, added["data"][0]["details"]["id"])


def test_a_new_invoice_is_there_after_fetching_and_so_is_what_is_owed(counter: Counter) -> None:
    page = counter.reader.get(f"/accounts/{counter.account}").text
    made = counter.invoice()
    assert made["invoice_number"] not in page
    fetched = counter.fetch(page)
    assert "Fetched: 1 new or changed." in fetched
    assert made["invoice_number"] in fetched
    assert fetched.split("Receivables and payables", 1)[1].count("¥1,000") == 1
    assert "取得しました。新規・変更: 0 件" in counter.fetch(
        counter.reader.get(f"/accounts/{counter.account}", params={"lang": "ja"}).text
    )
    counter.reader.get("/accounts", params={"lang": "en"})


def test_a_service_that_is_away_is_told_on_the_page(counter: Counter) -> None:
    page = counter.reader.get(f"/accounts/{counter.account}").text
    fault = {"kind": "status", "status": 400, "path": "/books/v3/invoices", "method": "GET", "count": 5}
    counter.zoho.post("/_sandbox/faults", json=fault)
    try:
        assert "text-danger" in counter.fetch(page).split('class="fetched"', 1)[1].split("</p>", 1)[0]
    finally:
        counter.zoho.delete("/_sandbox/faults")


def test_an_invoice_is_mailed_and_who_sent_it_is_kept(counter: Counter) -> None:
    made = counter.invoice()
    counter.fetch(counter.reader.get(f"/accounts/{counter.account}").text)
    path = f"/documents/books/invoice/{made['invoice_id']}/mail"
    form = counter.reader.get(path, params={"to": f"/accounts/{counter.account}"}).text
    assert "Not yet." in form
    fields = {"recipients": "keiko@aozora.example, ken@aozora.example", "subject": "", "body": ""}
    sent = counter.reader.post(path, data={**fields, "form_token": form_token(form)}, follow_redirects=True).text
    assert "The message was sent." in sent
    assert "keiko@aozora.example, ken@aozora.example" in sent
    assert "hanako.sato@example.com" in sent


def test_who_gets_a_mail_is_shown_before_it_is_sent(counter: Counter) -> None:
    made = counter.invoice()
    counter.fetch(counter.reader.get(f"/accounts/{counter.account}").text)
    path = f"/documents/books/invoice/{made['invoice_id']}"
    assert 'hx-trigger="load"' in counter.reader.get(f"{path}/mail").text
    assert "knows nobody to send it to" in counter.reader.get(f"{path}/mail?recipients=true").text
    customer = made["customer_id"]
    person = {"contact_id": customer, "first_name": "恵子", "last_name": "坂本", "email": "keiko@aozora.example"}
    person["contact_person_id"] = counter.zoho.post("/books/v3/contacts/contactpersons", json=person).json()[
        "contact_person"
    ]["contact_person_id"]
    chosen = {"contact_persons": [person["contact_person_id"]]}
    counter.zoho.put(f"/books/v3/invoices/{made['invoice_id']}", json=chosen)
    counter.zoho.post(f"/books/v3/contacts/contactpersons/{person['contact_person_id']}/primary")
    shown = counter.reader.get(f"{path}/mail?recipients=true").text
    counter.zoho.delete(f"/books/v3/contacts/contactpersons/{person['contact_person_id']}")
    assert "Left empty, it goes to: keiko@aozora.example" in shown


def test_a_pdf_may_be_shown_inside_our_own_pages(counter: Counter) -> None:
    made = counter.invoice()
    page = counter.fetch(counter.reader.get(f"/accounts/{counter.account}").text)
    path = f"/documents/books/invoice/{made['invoice_id']}/pdf"
    assert f'src="{path}"' in page
    assert 'loading="lazy"' in page
    printed = counter.reader.get(path)
    assert printed.headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in printed.headers["content-security-policy"]
    assert counter.reader.get("/accounts").headers["x-frame-options"] == "DENY"


def test_a_mail_nobody_would_get_is_explained(counter: Counter) -> None:
    made = counter.invoice()
    counter.fetch(counter.reader.get(f"/accounts/{counter.account}").text)
    path = f"/documents/books/invoice/{made['invoice_id']}/mail"
    answer = counter.reader.post(path, data={"form_token": form_token(counter.reader.get(path).text)})
    assert answer.status_code == 422
    assert "Name the recipients." in answer.text
