"""The list of accounts and an account's page, as a reader without scripts meets them."""

import re
from collections.abc import Callable
from dataclasses import replace

import httpx2
from filled_hub import AOZORA, HARBOUR, MANY, NOW

from tsunagi.app.connections.metadata import CHOICE_LABELS
from tsunagi.hub import Hub
from tsunagi.store.connections import Connections

Visit = Callable[..., str]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_list_pages_through_every_account_once(reader: httpx2.Client) -> None:
    seen: list[str] = []
    address = "/accounts"
    while address:
        page = reader.get(address).text
        seen += re.findall(r'href="/accounts/(\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following.group(1).replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == MANY + 2


def test_a_search_finds_any_part_of_a_name_in_any_width(visit: Visit) -> None:
    assert "株式会社あおぞら精機" in visit("/accounts", search="あおぞら")
    assert "Harbour &amp; Sons &lt;Ltd&gt;" in visit("/accounts", search="ＨＡＲＢＯＵＲ")


def test_a_search_without_a_hit_says_so_and_offers_a_way_back(visit: Visit) -> None:
    page = visit("/accounts", search='<nobody> "at" all')
    assert "Nothing here is called “&lt;nobody&gt;" in page
    assert 'href="/accounts"' in page


def test_each_account_says_which_services_it_is_in_step_with(visit: Visit) -> None:
    row = text_of(visit("/accounts", search="あおぞら"))
    assert "Books" in row
    assert "Kumo Ledger" in row


def test_the_page_shows_contacts_deals_and_documents_in_both_currencies(visit: Visit) -> None:
    page = text_of(visit(f"/accounts/{AOZORA.id}"))
    for shown in ("坂本 恵子", "keiko@aozora.example", "生産ライン更新", "Closed Won", "Won", "Nov 24, 2026"):
        assert shown in page
    for shown in ("INV-000042", "$1,054.50", "¥158,175", "INV-000007", "¥898,600", "Overdue", "Dec 31, 2026"):
        assert shown in page
    assert "USD, 1 draft (not in the totals)" in page
    assert "JPY, 1 document" in page


def test_why_an_invoice_exists_is_told_without_codes(visit: Visit) -> None:
    page = text_of(visit(f"/accounts/{AOZORA.id}"))
    assert "Why: Invoice a won deal — 生産ライン更新" in page
    assert "Deal won" in page
    assert "Create an invoice in Zoho Books" in page
    assert "Account is filled in — it was: 株式会社あおぞら精機" in page
    assert "Amount is more than 0 — it was: $1,054.50" in page
    assert "Nov 24, 2026 6:30 PM" in page.replace("\u202f", " "), "in the organisation's time zone"
    assert "is_set" not in page


def test_a_document_without_a_rule_says_who_made_it(visit: Visit) -> None:
    assert "Made by people, not by a rule" in text_of(visit(f"/accounts/{AOZORA.id}"))


def test_the_page_in_japanese(visit: Visit) -> None:
    page = text_of(visit(f"/accounts/{AOZORA.id}", lang="ja"))
    for shown in ("請求書", "支払期限超過", "2026/12/31", "日本 〒100-0013 東京都千代田区 霞が関1-2-3", "連絡先"):
        assert shown in page
    assert "作成理由: 受注した商談を請求する — 生産ライン更新" in page
    assert "取引先が入力済み — 値: 株式会社あおぞら精機" in page
    assert "金額が 0 より大きい — 値: $1,054.50" in page


def test_values_of_the_crm_in_japanese(visit: Visit, hub: Hub) -> None:
    """A new organisation's values are translated; what the organisation calls them itself goes before."""
    page = text_of(visit(f"/accounts/{AOZORA.id}", lang="ja"))
    assert all(shown in page for shown in ("受注", "交渉", "失注", "製造"))
    assert not any(shown in page for shown in ("Closed Won", "Negotiation", "Manufacturing"))
    assert "製造" in text_of(visit("/accounts", search="あおぞら", lang="ja"))
    assert "Manufacturing" in text_of(visit(f"/accounts/{AOZORA.id}", lang="en"))

    with hub.store.write() as session:
        connection = Connections(session).get("crm")
        named = {**connection.remembered, CHOICE_LABELS: {"deal": {"stage": {"Negotiation": "詰めの協議"}}}}
        Connections(session).save(replace(connection, remembered=named), NOW)
    assert "詰めの協議" in text_of(visit(f"/accounts/{AOZORA.id}", lang="ja"))


def test_a_service_nobody_here_has_heard_of_has_its_tab(visit: Visit) -> None:
    first = visit(f"/accounts/{AOZORA.id}")
    assert "Kumo Ledger" in first
    assert "DN-1" not in first
    page = text_of(visit(f"/accounts/{AOZORA.id}", service="ledger"))
    for shown in ("Delivery notes", "DN-1", "Handed over", "¥1,200"):
        assert shown in page
    assert "INV-000042" not in page


def test_names_that_look_like_markup_are_shown_as_they_are(visit: Visit) -> None:
    page = visit(f"/accounts/{HARBOUR.id}")
    assert "<h1>Harbour &amp; Sons &lt;Ltd&gt;</h1>" in page
    assert 'href="javascript' not in page


def test_an_account_points_to_its_parent(visit: Visit) -> None:
    assert f'<a href="/accounts/{HARBOUR.id}">Harbour &amp; Sons' in visit(f"/accounts/{AOZORA.id}")


def test_an_account_without_anything_says_what_will_come(visit: Visit) -> None:
    page = text_of(visit("/accounts/2000"))
    assert "No deals yet." in page
    assert "No contacts yet." in page
    assert "the next sync makes it a customer there" in page


def test_many_invoices_are_shown_a_page_at_a_time(visit: Visit, reader: httpx2.Client, hub: Hub) -> None:
    from filled_hub import document, take_in

    from tsunagi import RecordRef

    customer = RecordRef("books", "customer", "7002")
    many = [(f"8{n:03}", document(f"MANY-{n:03}", "100", "JPY", customer=customer)) for n in range(75)]
    take_in(hub, "books", "invoice", *many)
    first = visit(f"/accounts/{HARBOUR.id}")
    older = re.search(r'href="([^"]+)">Show older ones', first)
    assert older
    second = reader.get(older.group(1).replace("&amp;", "&")).text
    numbers = re.findall(r">(MANY-\d+)<", first) + re.findall(r">(MANY-\d+)<", second)
    assert sorted(numbers) == [f"MANY-{n:03}" for n in range(75)]
    assert "¥7,500" in text_of(first), "sums are over all, not over the page"
