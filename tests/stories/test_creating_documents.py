"""A clerk makes and changes documents from the CRM's side, in their own name, whatever goes wrong on the way."""

import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from signing_in import form_token

from tsunagi.app.access.auditing import audit_log
from tsunagi.app.sync.worker import resume_postponed
from tsunagi.domain.records import RecordRef

CLERK = "ichiro.suzuki@example.com"
PERMISSIONS = """
version: 1
permissions: clerks
title: What clerks may do
policies:
  - {policy: admins, effect: permit, who: {administrators: true}, actions: all, on: all}
  - {policy: look, effect: permit, who: everyone, actions: [view], on: [hub, tabs, documents, receivables]}
  - policy: invoices
    effect: permit
    who: {profiles: [Standard]}
    actions: [create, edit]
    on: [invoice]
    conditions:
      - {field: document.total, at_most: 1000000 JPY}
  - {policy: orders, effect: permit, who: {profiles: [Standard]}, actions: [create, edit], on: [purchase_order]}
"""


class Desk:
    """A clerk at the hub's API, and the deal they are to bill."""

    def __init__(self, office: Any, zoho: Any) -> None:
        self.office, self.zoho = office, zoho
        self.account, self.deal = zoho.account_and_deal(name="青葉商事", amount=120_000)
        zoho.finance("books", "POST", "/settings/taxes", {"tax_name": "消費税", "tax_percentage": 10})
        assert office.sync().state == "done"
        office.sign_in(CLERK)

    def send(self, method: str, path: str, body: Any = None, key: str = "one") -> Any:
        headers = {"Idempotency-Key": key}
        return self.office.client.request(
            method, f"{self.office.page_url}/api/documents/{path}", json=body, headers=headers
        )

    def body(self, **more: Any) -> dict[str, Any]:
        line = {"name": "設計", "quantity": 2, "rate": "25000", "discount": "10%", "tax": "消費税"}
        return {
            "record": {"entity": "deal", "id": self.deal},
            "fields": {"notes": "お世話になります"},
            "lines": [line],
            **more,
        }

    def make(self, key: str = "one", **more: Any) -> dict[str, Any]:
        answer = self.send("POST", "books/invoice", self.body(**more), key)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


@pytest.fixture
def desk(open_office: Any, zoho: Any, tmp_path: Path) -> Desk:
    folder = tmp_path / "rules" / "permissions"
    folder.mkdir(parents=True)
    (folder / "clerks.yaml").write_text(PERMISSIONS, encoding="utf-8")
    return Desk(open_office(listening=False, rules_dir=folder.parent), zoho)


def test_a_clerk_makes_invoices_but_no_estimates(desk: Desk, zoho: Any) -> None:
    made = desk.make(fields={"reference": "PO-4711", "due_date": "2026-12-31"})
    assert made["total"] == {"amount": "49500", "currency": "JPY"}
    assert made["status"] == "draft"
    (there,) = zoho.invoices()
    assert (there["invoice_id"], there["reference_number"]) == (made["document"]["id"], "PO-4711")
    assert there["due_date"] == "2026-12-31"
    assert made["document"]["title"] in desk.office.page(f"/deals/{desk.deal}")

    refused = desk.send("POST", "books/estimate", desk.body(), "two")
    assert refused.status_code == 403
    assert "estimate" in refused.json()["title"].lower()
    # The condition is about what it will come to.
    large = desk.send("POST", "books/invoice", desk.body(lines=[{"name": "設備", "rate": 1_000_001}]), "three")
    assert large.status_code == 403
    assert desk.zoho.books("/estimates")["estimates"] == []
    assert len(zoho.invoices()) == 1

    entries = audit_log(desk.office.hub.context, None, person=CLERK).entries.items
    acts = [(each.action, each.subject, each.details["about"]) for each in entries]
    assert acts == [("documents:create", "books.invoice", f"crm:deal:{desk.deal}")], "what was refused is no act"


def test_what_is_sent_twice_is_made_once(desk: Desk, zoho: Any) -> None:
    first = desk.make()
    assert desk.make() == first
    other = desk.send("POST", "books/invoice", desk.body(fields={"notes": "別の内容"}))
    assert other.status_code == 409
    assert len(zoho.invoices()) == 1
    assert desk.make("two")["document"]["id"] != first["document"]["id"]


def test_sent_by_several_at_once_with_one_key_it_is_made_once(desk: Desk, zoho: Any) -> None:
    zoho.fault("delay", method="POST", path="/books/v3/invoices", seconds=0.5)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: desk.send("POST", "books/invoice", desk.body()).status_code, range(4)))
    assert min(answers) == 201
    assert set(answers) <= {201, 202}
    assert len(zoho.invoices()) == 1


def test_an_answer_that_is_lost_makes_no_second_invoice(desk: Desk, zoho: Any) -> None:
    zoho.fault("drop_after", method="POST", path="/books/v3/invoices")
    made = desk.make()
    (there,) = zoho.invoices()
    assert made["document"]["id"] == there["invoice_id"]


def test_while_the_service_is_away_it_waits_and_is_made_once_it_is_back(desk: Desk, zoho: Any) -> None:
    zoho.fault("status", method="POST", path="/books/v3/invoices", status=503, body="", count=20)
    answer = desk.send("POST", "books/invoice", desk.body())
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    zoho.control("DELETE", "/faults")
    made = desk.make()
    assert [row["invoice_id"] for row in zoho.invoices()] == [made["document"]["id"]]
    resume_postponed(desk.office.hub.context, desk.office.hub.jobs)
    assert len(zoho.invoices()) == 1
    assert "waits" not in desk.office.page("/open-items").lower()


def test_every_field_that_cannot_be_meant_is_named(desk: Desk, zoho: Any) -> None:
    body = desk.body(
        fields={"due_date": "tomorrow", "colour": "red", "currency": "ZZZ"},
        lines=[{}, {"name": "設計", "rate": "much", "tax": "VAT"}, {"quantity": 0, "rate": 1}],
    )
    answer = desk.send("POST", "books/invoice", body)
    assert answer.status_code == 422
    named = {each["field"] for each in answer.json()["errors"]}
    assert named == {
        "due_date", "colour", "currency", "lines[2].rate", "lines[2].tax", "lines[3].quantity", "lines[3].name"
    }  # fmt: skip
    nobody = desk.send("POST", "books/invoice", {"lines": desk.body()["lines"]})
    assert [each["field"] for each in nobody.json()["errors"]] == ["party"]
    # What only the service knows is said by it, and nothing is left over from it.
    long = desk.send("POST", "books/invoice", desk.body(fields={"notes": "x" * 6000}))
    assert (long.status_code, long.json()["errors"][0]["field"]) == (422, "notes")
    assert zoho.invoices() == []
    assert desk.office.client.get(f"{desk.office.page_url}/api/open-items").json()["items"] == []


def test_a_preview_says_what_the_service_then_computes(desk: Desk, zoho: Any) -> None:
    seen = desk.send("POST", "books/invoice/preview", desk.body()).json()
    assert seen["total"] == {"amount": "49500", "currency": "JPY"}
    assert seen["tax"]["amount"] == "4500"
    assert zoho.invoices() == []
    assert desk.make()["total"] == seen["total"]


def test_the_deals_products_are_its_lines(desk: Desk, zoho: Any) -> None:
    products = [zoho.add("Products", Product_Name=name, Unit_Price=price) for name, price in (("A", 100), ("B", 250))]
    zoho.call("PUT", f"/crm/v8/Deals/{desk.deal}/Products", {"data": [{"id": id} for id in products]})
    made = desk.make(lines=None, from_products=True)
    assert made["total"]["amount"] == "350"


def test_a_document_is_changed_as_long_as_the_service_allows_it(desk: Desk, zoho: Any) -> None:
    id = desk.make()["document"]["id"]
    now = desk.send("GET", f"books/invoice/{id}/fields").json()
    assert [line["name"] for line in now["fields"]["lines"]] == ["設計"]

    changed = desk.send(
        "PATCH", f"books/invoice/{id}", {"fields": {"reference": "PO-1"}, "version": now["version"]}, "edit"
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["total"]["amount"] == "49500"
    there = zoho.finance("books", "GET", f"/invoices/{id}")["invoice"]
    assert (there["reference_number"], there["notes"]) == ("PO-1", "お世話になります")
    assert there["line_items"][0]["tax_percentage"] == Decimal(10)

    # Somebody changes it at the service.
    before = desk.send("GET", f"books/invoice/{id}/fields").json()["version"]
    zoho.finance("books", "PUT", f"/invoices/{id}", {"notes": "急ぎ"})
    late = desk.send("PATCH", f"books/invoice/{id}", {"fields": {"notes": "後で"}, "version": before}, "late")
    assert (late.status_code, late.json()["type"]) == (409, "urn:tsunagi:problem:StaleRecord")
    assert zoho.finance("books", "GET", f"/invoices/{id}")["invoice"]["notes"] == "急ぎ"

    zoho.finance("books", "POST", f"/invoices/{id}/status/void")
    void = desk.send("PATCH", f"books/invoice/{id}", {"fields": {"notes": "x"}}, "void")
    assert (void.status_code, void.json()["errors"][0]["field"]) == (422, "status")


def test_a_purchase_order_is_for_a_vendor_and_shown_with_its_deal(desk: Desk, zoho: Any) -> None:
    vendor = zoho.finance("books", "POST", "/contacts", {"contact_name": "ワークス部品", "contact_type": "vendor"})
    assert desk.office.sync(first=False).state == "done"
    body = desk.body(lines=[{"name": "鋼材", "rate": 300, "quantity": 3}])
    unnamed = desk.send("POST", "books/purchase_order", body)
    assert [each["field"] for each in unnamed.json()["errors"]] == ["party"]
    made = desk.send("POST", "books/purchase_order", {**body, "party": "ワークス部品"}, "po").json()
    (there,) = zoho.books("/purchaseorders")["purchaseorders"]
    assert there["vendor_id"] == vendor["contact"]["contact_id"]
    assert RecordRef("books", "purchase_order", there["purchaseorder_id"]).id == made["document"]["id"]
    assert made["document"]["title"] in desk.office.page(f"/deals/{desk.deal}?service=books")


def test_while_a_clerk_types_the_form_suggests_and_adds_up(desk: Desk, zoho: Any) -> None:
    """What a script asks for meanwhile, of the hub alone."""
    office = desk.office
    path = f"/documents/books/invoice/new?record=crm:deal:{desk.deal}&to=/"
    assert '<option value="青葉商事">' in office.page("/documents/books/invoice/parties?party=青葉")
    assert "<option" not in office.page("/documents/books/invoice/parties?party=nobody")
    entered = {"record": f"crm:deal:{desk.deal}", "rows": "2", "line.1.name": "設計", "line.1.rate": "5000"}
    token = form_token(office.page(path))

    def totals(**more: str) -> str:
        answer = office.client.post(
            f"{office.page_url}/documents/books/invoice/totals",
            data={**entered, **{name.replace("_", "."): value for name, value in more.items()}, "form_token": token},
        )
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    assert "¥15,000" in totals(line_1_quantity="3", line_1_tax="none")
    assert "¥16,500" in totals(line_1_quantity="3", line_1_tax="消費税")
    assert "$5,000.00" in totals(field_currency="USD", line_1_tax="none")
    assert totals(line_1_quantity="thr").strip() == "", "half a word comes to nothing yet"
    assert totals(line_1_name="", line_1_rate="").strip() == ""
    assert zoho.invoices() == []


def test_by_page_a_clerk_fills_in_the_form_without_scripts(desk: Desk, zoho: Any) -> None:
    office, page = desk.office, f"/deals/{desk.deal}"
    shown = office.page(f"{page}?service=books")
    assert "/documents/books/invoice/new?" in shown
    assert "/documents/books/estimate/new?" not in shown

    path = f"/documents/books/invoice/new?record=crm:deal:{desk.deal}&to={page}"
    blank = office.page(path, "ja")
    assert "請求書" in blank
    assert "消費税" in blank
    form = dict(re.findall(r'type="hidden" name="([\w.]+)" value="([^"]*)"', blank))
    line = {"line.1.name": "設計", "line.1.rate": "5000", "line.1.quantity": "2", "line.1.tax": "none"}

    def send(where: str, more: dict[str, str]) -> Any:
        given = {**form, **more, "form_token": form_token(office.page(path))}
        return office.client.post(f"{office.page_url}{where}", data=given, follow_redirects=True)

    there = "/documents/books/invoice/new"
    assert 'name="line.6.name"' in send(there, {**line, "do": "rows"}).text
    wrong = send(there, {**line, "line.2.quantity": "x", "do": "save"})
    assert wrong.status_code == 422
    assert "lines[2].quantity" in wrong.text
    assert "¥10,000" in send(there, {**line, "do": "compute"}).text
    assert zoho.invoices() == []
    for _ in range(2):
        saved = send(there, {**line, "do": "save"})
        assert (saved.status_code, saved.url.path) == (200, page)
    (invoice,) = zoho.invoices()
    assert re.search(rf"Made: <a [^>]*>Invoice {invoice['invoice_number']}<", saved.text)

    edit = f"/documents/books/invoice/{invoice['invoice_id']}/edit"
    assert f"{edit}?to=" in saved.text
    known = office.page(f"{edit}?to={page}")
    form = dict(re.findall(r'type="hidden" name="([\w.]+)" value="([^"]*)"', known))
    assert 'value="設計"' in known
    changed = send(edit, {**line, "line.1.rate": "6000", "do": "save"})
    assert (changed.status_code, changed.url.path) == (200, page)
    assert zoho.finance("books", "GET", f"/invoices/{invoice['invoice_id']}")["invoice"]["total"] == 12000
    late = send(edit, {**line, "line.1.rate": "7000", "key": "another", "do": "save"})
    assert late.status_code == 409
    assert "changed in books in the meantime" in late.text
