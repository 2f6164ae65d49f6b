"""The pages of a contact and a deal, and what all three kinds of record pages tell."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx2
import pytest
from filled_hub import AOZORA, CONTACT, INVOICE, NOW, PRODUCT, VENDOR, WON_DEAL

from tsunagi.app.connections.metadata import OWN_DOCUMENTS
from tsunagi.hub import Hub
from tsunagi.store.connections import Connections

Visit = Callable[..., str]
PLACES = [f"/accounts/{AOZORA.id}", f"/contacts/{CONTACT.id}", f"/deals/{WON_DEAL.id}"]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def change(hub: Hub) -> Iterator[Callable[..., None]]:
    """Change a connection for one test: `change("books", state="off")`."""
    before = hub.connectors.all()

    def save(service: str, **fields: object) -> None:
        with hub.store.write() as session:
            Connections(session).save(replace(hub.connectors.connection(service), **fields), NOW)  # type: ignore[arg-type]

    yield save
    with hub.store.write() as session:
        for connection in before:
            Connections(session).save(connection, NOW)


def test_a_deal_shows_the_documents_that_name_it_and_no_others(visit: Visit) -> None:
    page = text_of(visit(f"/deals/{WON_DEAL.id}"))
    for shown in (
        "生産ライン更新",
        "Closed Won",
        "$1,054.50",
        "Nov 24, 2026",
        "INV-000042",
        "USD, 1 draft (not in the totals)",
    ):
        assert shown in page
    assert "INV-000007" not in page
    ledger = text_of(visit(f"/deals/{WON_DEAL.id}", service="ledger"))
    assert "DN-2" in ledger
    assert "DN-1" not in ledger


def test_a_contact_shows_what_its_account_is_billed(visit: Visit) -> None:
    page = text_of(visit(f"/contacts/{CONTACT.id}", lang="ja"))
    for shown in ("坂本 恵子", "keiko@aozora.example", "係長", "INV-000042", "INV-000007", "請求書", "支払期限超過"):
        assert shown in page


def test_the_three_pages_lead_to_one_another(visit: Visit) -> None:
    account = visit(PLACES[0])
    assert f'href="{PLACES[1]}"' in account
    assert f'href="{PLACES[2]}"' in account
    for path in PLACES[1:]:
        assert f'href="{PLACES[0]}"' in visit(path)


def test_orders_of_its_deals_are_shown_on_an_account(visit: Visit) -> None:
    """An order to a vendor has no customer, but the deal it is for."""
    page = text_of(visit(PLACES[0], service="ledger"))
    assert "DN-1" in page
    assert "DN-2" in page
    assert "JPY, 2 documents" in page
    assert "¥1,500" in page


@pytest.mark.parametrize("path", PLACES)
def test_what_is_owed_is_told_in_both_currencies(visit: Visit, path: str) -> None:
    page = text_of(visit(path))
    owed = page.split("Receivables and payables", 1)[1]
    assert "Zoho Books $1,054.50 ¥158,175 $0.00 ¥0" in owed
    assert "売掛金と買掛金" in visit(path, lang="ja")


@pytest.mark.parametrize("path", PLACES)
def test_the_crms_own_documents_are_told_apart(visit: Visit, change: Callable[..., None], path: str) -> None:
    assert "not kept in step with them" not in visit(path)
    change("crm", remembered={OWN_DOCUMENTS: ["Quotes", "Sales_Orders"]})
    page = text_of(visit(path))
    assert "Zoho CRM keeps documents of its own (Quotes, Sales Orders)" in page
    assert "同期されません" in visit(path, lang="ja")


@pytest.mark.parametrize("path", PLACES)
def test_a_service_that_is_off_is_gone_from_the_page(visit: Visit, change: Callable[..., None], path: str) -> None:
    change("books", state="off")
    whole = visit(path)
    page = text_of(whole)
    assert "INV-000042" not in page
    # The menu leads to those of all customers, whatever this page shows.
    assert "Receivables" not in text_of(whole.partition("<main")[2])
    assert "Zoho Books" not in page
    assert "DN-" in page


def test_a_feature_that_is_off_is_gone_from_the_page(visit: Visit, change: Callable[..., None]) -> None:
    change("books", features={"invoices": False})
    page = text_of(visit(PLACES[0], service="books"))
    assert "INV-000042" not in page
    assert "Estimates" in page


def test_each_document_can_be_mailed_from_its_row(visit: Visit) -> None:
    page = visit(PLACES[2])
    assert f'href="/documents/books/invoice/{INVOICE.id}/mail?to={PLACES[2]}"' in page
    form = visit(f"/documents/books/invoice/{INVOICE.id}/mail", to=PLACES[2])
    assert "E-mail INV-000042" in form
    assert f'href="{PLACES[2]}">生産ライン更新' in form
    assert "INV-000042 をメールで送る" in visit(f"/documents/books/invoice/{INVOICE.id}/mail", lang="ja")


@pytest.mark.parametrize("recipients", ["nobody", "a@b, c d@", "<x@y>"])
def test_what_is_no_address_is_not_sent(reader: httpx2.Client, recipients: str) -> None:
    from signing_in import form_token

    path = f"/documents/books/invoice/{INVOICE.id}/mail"
    fields = {"recipients": recipients, "subject": "お礼", "form_token": form_token(reader.get(path).text)}
    answer = reader.post(path, data=fields)
    assert answer.status_code == 422
    assert "is no e-mail address" in answer.text
    assert 'value="お礼"' in answer.text, "what was written is kept"


@pytest.mark.parametrize("path", ["/contacts/0", "/deals/0", "/accounts/0", "/documents/books/invoice/0/mail"])
def test_what_is_not_there_is_said(reader: httpx2.Client, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 404
    assert "There is no such" in answer.text


def test_a_vendor_shows_its_orders_products_and_what_is_to_pay(visit: Visit) -> None:
    page = visit(f"/vendors/{VENDOR.id}")
    told = text_of(page)
    for shown in ("丸の内部品", "sales@marunouchi.example", "Zoho Books", "PO-00017", "保守プラン", "Purchase orders"):
        assert shown in told
    assert f'href="/products/{PRODUCT.id}"' in page
    assert "INV-000042" not in told
    assert "〒" not in text_of(visit(f"/vendors/{VENDOR.id}", lang="ja"))


def test_a_product_shows_its_price_its_vendor_and_its_items(visit: Visit) -> None:
    page = visit(f"/products/{PRODUCT.id}", lang="ja")
    told = text_of(page)
    for shown in ("保守プラン", "M-1", "12,000", "丸の内部品", "Zoho Books", "商品コード"):
        assert shown in told
    assert f'href="/vendors/{VENDOR.id}"' in page
    assert "No finance service is connected" not in text_of(visit(f"/products/{PRODUCT.id}"))


def test_vendors_and_products_are_listed_and_found_by_name(visit: Visit) -> None:
    listed = text_of(visit("/products"))
    assert "保守プラン" in listed
    assert "Spare part" in listed
    assert "2 in all" in listed
    found = text_of(visit("/products", search="SPARE"))
    assert "Spare part" in found
    assert "保守プラン" not in found
    assert "Nothing here is called “none”" in text_of(visit("/vendors", search="none"))
    assert 'href="/vendors"' in visit("/accounts")
