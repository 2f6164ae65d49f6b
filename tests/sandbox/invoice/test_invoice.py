"""Invoice v3: the same sales side as Books, under its own paths, scopes and data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import simplejson

from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings

CLIENT = {"client_id": "1000.SANDBOX", "client_secret": "sandbox-secret"}
HEADER = "X-com-zoho-invoice-organizationid"


class InvoiceClient:
    """Calls Invoice, or Books beside it, for the demo organisation, which it names by the header."""

    def __init__(self, http: httpx2.Client) -> None:
        self.http = http
        granted = http.post(
            "/oauth/v2/token", data={"grant_type": "refresh_token", "refresh_token": "1000.sandbox-refresh", **CLIENT}
        )
        http.headers["Authorization"] = f"Zoho-oauthtoken {granted.json()['access_token']}"
        organizations = self.call("GET", "/organizations")["organizations"]
        self.organization_id = organizations[0]["organization_id"]
        http.headers[HEADER] = self.organization_id

    def call(
        self, method: str, path: str, body: Any = None, *, service: str = "invoice", **query: str
    ) -> dict[str, Any]:
        params = query if service == "invoice" else {"organization_id": self.organization_id, **query}
        answer = self.http.request(method, f"/{service}/v3{path}", params=params, json=body)
        return dict(simplejson.loads(answer.content, use_decimal=True)) | {"status": answer.status_code}


@pytest.fixture(scope="module")
def invoice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InvoiceClient]:
    settings = SandboxSettings(data=tmp_path_factory.mktemp("invoice") / "sandbox.db", seed_data="demo")
    with running(settings) as sandbox, httpx2.Client(base_url=sandbox.base_url) as http:
        yield InvoiceClient(http)


def test_the_demo_company_has_one_id_in_all_services(invoice: InvoiceClient) -> None:
    of_books = invoice.call("GET", "/organizations", service="books")["organizations"]
    of_invoice = invoice.call("GET", "/organizations")["organizations"]
    assert [each["organization_id"] for each in of_books] == [each["organization_id"] for each in of_invoice]
    assert of_invoice[0]["name"] == "株式会社みなと計測"


def test_an_invoice_from_customer_to_payment(invoice: InvoiceClient) -> None:
    person = {"first_name": "Aoi", "email": "aoi@example.jp"}
    customer = invoice.call("POST", "/contacts", {"contact_name": "Acme", "contact_persons": [person]})["contact"]
    item = invoice.call("POST", "/items", {"name": "Sensor", "rate": 1200})["item"]
    estimate = invoice.call(
        "POST",
        "/estimates",
        {"customer_id": customer["contact_id"], "line_items": [{"item_id": item["item_id"], "quantity": 2}]},
    )["estimate"]
    assert (estimate["estimate_number"], estimate["total"]) == ("QT-000001", 2400)
    for move in ("sent", "accepted"):
        assert invoice.call("POST", f"/estimates/{estimate['estimate_id']}/status/{move}")["status"] == 200
    made = invoice.call(
        "POST",
        "/invoices",
        {
            "customer_id": customer["contact_id"],
            "invoiced_estimate_id": estimate["estimate_id"],
            "line_items": [{"item_id": item["item_id"], "quantity": 2}],
        },
    )["invoice"]
    assert made["invoice_number"] == "INV-000001"
    path = f"/invoices/{made['invoice_id']}"
    assert invoice.call("POST", f"{path}/email")["message"] == "Your invoice has been sent."
    letter = invoice.http.get("/_sandbox/mail").json()["mail"][0]
    assert (letter["service"], letter["to"]) == ("invoice", ["aoi@example.jp"])
    pdf = invoice.http.get(f"/invoice/v3{path}", params={"accept": "pdf"})
    assert pdf.content.startswith(b"%PDF-")
    owed = invoice.call("GET", f"/contacts/{customer['contact_id']}")["contact"]
    assert owed["outstanding_receivable_amount"] == 2400
    payment = {
        "customer_id": customer["contact_id"],
        "amount": 2400,
        "invoices": [{"invoice_id": made["invoice_id"], "amount_applied": 2400}],
    }
    assert invoice.call("POST", "/customerpayments", payment)["status"] == 201
    assert invoice.call("GET", path)["invoice"]["status"] == "paid"


def test_its_data_is_not_that_of_books(invoice: InvoiceClient) -> None:
    here = invoice.call("POST", "/contacts", {"contact_name": "Only here"})["contact"]
    there = invoice.call("POST", "/contacts", {"contact_name": "Only here"}, service="books")
    assert there["status"] == 201, "the same name is free in the other service"
    assert invoice.call("GET", f"/contacts/{here['contact_id']}", service="books")["code"] == 1002
    assert invoice.call("GET", f"/contacts/{there['contact']['contact_id']}")["code"] == 1002
    body = {"customer_id": here["contact_id"], "line_items": [{"name": "W", "rate": 1}]}
    assert invoice.call("POST", "/invoices", body, service="books")["status"] == 404
    assert invoice.call("POST", "/items", {"name": "Both", "rate": 1})["status"] == 201
    assert invoice.call("POST", "/items", {"name": "Both", "rate": 1}, service="books")["status"] == 201


def test_currencies_taxes_and_users_are_the_organisations(invoice: InvoiceClient) -> None:
    def codes(service: str) -> list[str]:
        found = invoice.call("GET", "/settings/currencies", service=service)["currencies"]
        return [currency["currency_code"] for currency in found]

    assert codes("invoice") == codes("books") == ["EUR", "JPY", "USD"]
    me = invoice.call("GET", "/users/me")["user"]
    assert me["user_role"] == "admin"
    assert me == invoice.call("GET", "/users/me", service="books")["user"]


def test_vendors_are_listed_where_asked_for(invoice: InvoiceClient) -> None:
    vendor = invoice.call("POST", "/contacts", {"contact_name": "V", "contact_type": "vendor"})["contact"]

    def listed(**query: str) -> list[str]:
        return [row["contact_id"] for row in invoice.call("GET", "/contacts", **query)["contacts"]]

    assert listed(contact_type="vendor") == [vendor["contact_id"]]
    assert vendor["contact_id"] not in listed()
    assert listed(contact_type="vendor", last_modified_time=vendor["last_modified_time"]) == [vendor["contact_id"]]
    assert listed(contact_type="vendor", last_modified_time="2099-01-01T00:00:00+0000") == []
    path = f"/contacts/{vendor['contact_id']}"
    changed = invoice.call("PUT", path, {"website": "v.example"})
    assert (changed["message"], changed["contact"]["website"]) == ("Contact information has been saved.", "v.example")
    assert invoice.call("POST", f"{path}/inactive")["message"] == "The contact has been marked as inactive."
    assert listed(contact_type="vendor", filter_by="Status.Active") == []
    assert invoice.call("DELETE", path)["message"] == "The vendor has been deleted."


def test_it_knows_no_orders(invoice: InvoiceClient) -> None:
    for path in ("/salesorders", "/purchaseorders", "/bills", "/vendorpayments"):
        assert (invoice.call("GET", path)["status"], invoice.call("GET", path)["code"]) == (404, 5)


def test_the_organisation_is_named_by_header_or_query(invoice: InvoiceClient, tmp_path: Path) -> None:
    base = invoice.http.base_url
    headers = {"Authorization": invoice.http.headers["Authorization"]}
    assert httpx2.get(f"{base}/invoice/v3/contacts", headers=headers).json()["code"] == 6041
    by_query = httpx2.get(
        f"{base}/invoice/v3/contacts", headers=headers, params={"organization_id": invoice.organization_id}
    )
    assert by_query.status_code == 200
    wrong = httpx2.get(
        f"{base}/invoice/v3/contacts",
        headers=headers | {HEADER: invoice.organization_id},
        params={"organization_id": "1"},
    )
    assert wrong.json()["code"] == 6041, "the query counts first"


def test_it_asks_for_its_own_scopes(invoice: InvoiceClient) -> None:
    def status(scope: str, path: str) -> int:
        code = httpx2.post(f"{invoice.http.base_url}/_sandbox/self-client", json={"scope": scope}).json()["code"]
        given = httpx2.post(
            f"{invoice.http.base_url}/oauth/v2/token", data={"grant_type": "authorization_code", "code": code, **CLIENT}
        ).json()
        headers = {"Authorization": f"Zoho-oauthtoken {given['access_token']}"}
        params = {"organization_id": invoice.organization_id}
        return httpx2.get(f"{invoice.http.base_url}{path}", headers=headers, params=params).status_code

    assert status("ZohoInvoice.contacts.READ", "/invoice/v3/contacts") == 200
    assert status("ZohoInvoice.contacts.READ", "/invoice/v3/invoices") == 401
    assert status("ZohoInvoice.contacts.READ", "/books/v3/contacts") == 401
    assert status("ZohoBooks.fullaccess.all", "/invoice/v3/contacts") == 401
    assert status("ZohoInvoice.fullaccess.all", "/invoice/v3/organizations") == 200


def test_limits_are_counted_for_each_service(invoice: InvoiceClient) -> None:
    def left(service: str) -> int:
        params = {"organization_id": invoice.organization_id}
        answer = invoice.http.get(f"/{service}/v3/users/me", params=params)
        return int(answer.headers["x-rate-limit-remaining"])

    before = left("books")
    assert left("invoice") == left("invoice") + 1
    assert left("books") == before - 1


def test_it_creates_organisations_of_its_own(invoice: InvoiceClient) -> None:
    headers = {"Authorization": invoice.http.headers["Authorization"]}
    body = {"name": "Sole trader", "currency_code": "EUR", "time_zone": "Europe/Berlin", "portal_name": "sole"}
    url = f"{invoice.http.base_url}/invoice/v3/organizations"
    made = httpx2.post(url, headers=headers, json=body)
    assert made.status_code == 201
    new = made.json()["organization"]["organization_id"]
    assert new != invoice.organization_id
    listed = [each["organization_id"] for each in httpx2.get(url, headers=headers).json()["organizations"]]
    assert new in listed
    of_books = invoice.call("GET", "/organizations", service="books")["organizations"]
    assert new not in [each["organization_id"] for each in of_books]
    changed = httpx2.put(f"{url}/{new}", headers=headers, json={"name": "Sole & Co"})
    assert changed.json()["organization"]["name"] == "Sole & Co"


def test_the_people_of_all_customers_are_one_list(invoice: InvoiceClient) -> None:
    for name in ("Quartz", "Rutile"):
        invoice.call("POST", "/contacts", {"contact_name": name, "contact_persons": [{"first_name": f"Ann of {name}"}]})
    listed = invoice.call("GET", "/contacts/contactpersons", per_page="200")
    assert (listed["status"], listed["page_context"]["has_more_page"]) == (200, False)
    named = {person["first_name"]: person["contact_id"] for person in listed["contact_persons"]}
    assert {"Ann of Quartz", "Ann of Rutile"} <= named.keys()
    pages = [invoice.call("GET", "/contacts/contactpersons", per_page="1", page=str(page)) for page in (1, 2)]
    assert pages[0]["page_context"]["has_more_page"] is True
    assert pages[0]["contact_persons"] != pages[1]["contact_persons"]
    assert invoice.call("GET", "/contacts/contactpersons", service="books")["status"] == 404
