"""What administrators set up, over the API, against services that answer."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from signing_in import bearer

ADMINISTRATOR, CLERK = "hanako.sato@example.com", "ichiro.suzuki@example.com"
Desk = Any


@pytest.fixture
def books(desk: Desk) -> Desk:
    desk.ask("PUT", "connections/books", {"settings": desk.settings})
    return desk


def test_organisations_are_looked_for_and_one_is_connected(desk: Desk) -> None:
    offer = desk.ask("POST", "connections/discover", {"settings": {"books": desk.settings, "invoice": desk.settings}})
    (found,) = offer["reached"]["books"]
    assert offer["problems"] == {}
    made = desk.ask("PUT", "connections/books", {"settings": desk.settings, "organization_id": found["id"]})
    assert (made["organization"], made["state"], made["connected_by"]) == (found, "active", ADMINISTRATOR)
    assert [each["service"] for each in desk.ask("GET", "connections")["items"]] == ["books", "crm"]


def test_an_organisation_nobody_has_is_told_with_those_there_are(desk: Desk) -> None:
    problem = desk.ask("PUT", "connections/books", {"settings": desk.settings, "organization_id": "0"}, expect=409)
    assert [each["base_currency"] for each in problem["organizations"]] == ["JPY"]


def test_one_organisation_is_settled_in_several_services(desk: Desk) -> None:
    wanted = {"settings": dict.fromkeys(("books", "invoice", "expense"), desk.settings)}
    settled = {each["service"]: each for each in desk.ask("POST", "connections/provision", wanted)["items"]}
    assert settled["books"]["state"] == "connected"
    assert settled["invoice"]["state"] in {"connected", "created"}
    # Expense has no API for it, and says what to do.
    assert settled["expense"]["state"] == "by_hand"
    assert settled["expense"]["message"]
    desk.ask("POST", "services/invoice/forget", {"confirm": "invoice"})
    assert "invoice" not in [each["service"] for each in desk.ask("GET", "connections")["items"]]


def test_wrong_settings_name_the_field_and_never_the_value(desk: Desk) -> None:
    wrong = {**desk.settings, "refresh_token": "a-secret-of-mine", "colour": "a-secret-too"}
    for body in ({"settings": wrong}, {"settings": {"client_id": ["a-secret-too"]}}, {"colour": "a-secret-too"}):
        answer = desk.api.put("/api/connections/books", json=body)
        assert answer.status_code in {409, 422, 502}, answer.text
        assert "a-secret" not in answer.text


def test_a_feature_is_switched_off_and_on(books: Desk) -> None:
    assert books.ask("PUT", "features/books/estimates", {"on": False})["on"] is False
    states = {each["name"]: each["on"] for each in books.ask("GET", "features", params={"service": "books"})["items"]}
    assert states["estimates"] is False
    assert states["invoices"] is True
    books.ask("PUT", "features/books/estimates", {"on": True})
    books.ask("PUT", "features/books/dreams", {"on": True}, expect=409)
    books.ask("PUT", "features/books/estimates", {"on": "perhaps"}, expect=422)


def test_a_service_is_switched_off_only_with_its_name(books: Desk) -> None:
    told = books.ask("GET", "services/books/consequences")
    assert told["rules"] == ["deal_won_invoice"]
    problem = books.ask("POST", "services/books/disable", {"confirm": "bokks"}, expect=409)
    assert problem["consequences"]["organization"] == told["organization"]
    books.ask("POST", "services/books/disable", {"confirm": "books"})
    assert books.ask("GET", "currencies/books", expect=409)["type"].endswith("ServiceOff")
    assert books.ask("POST", "services/books/enable") == {"service": "books", "state": "active"}


def test_plans_and_rates_are_compared(books: Desk) -> None:
    assert "fits" in [found["kind"] for found in books.ask("GET", "currencies/books")["findings"]]
    for row in books.ask("GET", "currencies/books/rates")["items"]:
        assert row["agreement"] in {"none", "rounding", "differs", "missing_in_crm", "missing_in_finance"}
    answer = books.api.post("/api/currencies/books/support-request", json={}, headers={"Accept-Language": "ja"})
    assert answer.status_code == 409
    assert answer.json()["title"] == "依頼は不要です。基準通貨は両側とも JPY です。"


def test_a_key_connects_until_it_is_revoked(books: Desk) -> None:
    key = books.ask("POST", "keys/books", {"settings": books.settings}, expect=201)
    assert key["text"] not in str(books.ask("GET", "keys"))
    given = {"issuer": key["issuer"], "key": key["text"]}
    assert books.ask("PUT", "connections/books/key", given)["service"] == "books"
    renewed = books.ask("POST", "keys/books", {"settings": books.settings}, expect=201)
    refused = books.ask("PUT", "connections/books/key", given, expect=403)
    assert refused["type"].endswith("KeyRefused")
    # A connection hangs on it: that is said, and ended only with the service's name.
    unconfirmed = books.ask("DELETE", f"keys/books/{renewed['issuer']}", expect=409)
    assert unconfirmed["type"].endswith("NotConfirmed")
    books.ask("DELETE", f"keys/books/{renewed['issuer']}?confirm=books", expect=204)
    again = books.ask("PUT", "connections/books/key", {**given, "key": renewed["text"]}, expect=403)
    assert (again["title"], again["hint"]) == (refused["title"], refused["hint"])


def test_a_token_is_shown_once_and_ends_when_revoked(desk: Desk) -> None:
    made = desk.ask("POST", "tokens", {"user": CLERK, "label": "report"}, expect=201)
    assert made["text"] not in str(desk.ask("GET", "tokens"))
    clerk = {"headers": bearer(made["text"])}
    desk.ask("GET", "accounts", **clerk)
    for method, path, body in (
        ("POST", "tokens", {"user": CLERK}),
        ("GET", "tokens", None),
        ("GET", "keys", None),
        ("PUT", "connections/books", {"settings": desk.settings}),
        ("POST", "connections/discover", {"settings": {"books": desk.settings}}),
        ("PUT", "features/books/estimates", {"on": False}),
        ("POST", "services/books/disable", {"confirm": "books"}),
    ):
        desk.ask(method, path, body, expect=403, **clerk)
    desk.ask("DELETE", f"tokens/{made['id']}", expect=204)
    desk.ask("GET", "accounts", expect=401, **clerk)


def test_documents_are_fetched_printed_and_mailed(books: Desk, an_invoice: str) -> None:
    run = books.ask("POST", "documents/refresh", {"service": "books"}, expect=202)
    assert books.wait(run)["state"] == "done"
    path = f"documents/books/invoice/{an_invoice}"
    printed = books.api.get(f"/api/{path}/pdf")
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")
    sent = books.ask("POST", f"{path}/email", {"to": ["keiko@aozora.example"]}, expect=201)
    assert (sent["sender"], sent["state"], sent["through"]) == (ADMINISTRATOR, "sent", "books")
    (listed,) = books.ask("GET", f"{path}/mailings")["items"]
    assert listed["recipients"] == ["keiko@aozora.example"]
    books.ask("POST", f"{path}/email", {"to": ["nobody"]}, expect=422)
    books.ask("GET", "documents/books/invoice/0/pdf", expect=422)


def test_what_a_customer_owes_is_fetched_with_the_documents(books: Desk, zoho: httpx2.Client) -> None:
    # Without the organisation that the client names in every call of its own: the CRM knows no such parameter.
    address, body = str(zoho.base_url).rstrip("/"), {"data": [{"Account_Name": "浜松町商店"}]}
    made = httpx2.post(
        f"{address}/crm/v8/Accounts", json=body, headers={"Authorization": zoho.headers["Authorization"]}
    )
    id = made.json()["data"][0]["details"]["id"]
    books.wait(books.ask("POST", "sync-runs", {"first": True}, expect=202))
    before = books.ask("GET", f"accounts/{id}")
    customer = before["links"]["books"]["id"]
    made = zoho.post(
        "/books/v3/invoices", json={"customer_id": customer, "line_items": [{"name": "倉庫", "rate": 1000}]}
    )
    zoho.post(f"/books/v3/invoices/{made.json()['invoice']['invoice_id']}/status/sent")

    run = books.ask("POST", "documents/refresh", {"record": {"entity": "account", "id": id}}, expect=202)
    assert books.wait(run)["state"] == "done"
    page = books.ask("GET", f"accounts/{id}")
    invoices = next(panel for panel in page["panels"] if panel["name"] == "invoices")
    assert invoices["count"] == 1
    (owed,) = page["balances"]
    assert owed["receivable"] == {"amount": "1000", "currency": "JPY"}
    assert invoices["totals"][0]["balance"] == owed["receivable"]


def test_fetching_from_a_service_that_is_not_there_is_refused(desk: Desk) -> None:
    assert desk.ask("POST", "documents/refresh", {"service": "astrology"}, expect=409)["hint"]


@pytest.fixture
def zoho(books: Desk) -> Iterator[httpx2.Client]:
    """The services as their people use them."""
    token = books.api.post(
        f"{books.settings['base_url']}/oauth/v2/token", data={"grant_type": "refresh_token", **books.settings}
    ).json()["access_token"]
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    organization = books.hub.connectors.connection("books").organization.id
    params = {"organization_id": organization}
    with httpx2.Client(base_url=books.settings["base_url"], headers=headers, params=params, timeout=20) as client:
        yield client


@pytest.fixture
def an_invoice(zoho: httpx2.Client) -> str:
    """Made in Books; the hub has not heard of it."""
    contact = zoho.post("/books/v3/contacts", json={"contact_name": "北浜商事株式会社"}).json()
    invoice = {"customer_id": contact["contact"]["contact_id"], "line_items": [{"name": "倉庫", "rate": 1000}]}
    made = zoho.post("/books/v3/invoices", json=invoice)
    assert made.status_code == 201, made.text
    return str(made.json()["invoice"]["invoice_id"])
