"""Accounts over the API."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from filled_hub import AOZORA, INVOICE, MANY, PRODUCT, VENDOR, WON_DEAL

Get = Callable[..., Any]


@pytest.fixture
def get(api: httpx2.Client) -> Get:
    def answer(path: str, *, language: str = "en", **parameters: str | int) -> Any:
        found = api.get(path, params=parameters, headers={"Accept-Language": language})
        assert found.status_code == 200, found.text
        return found.json()

    return answer


def test_a_list_is_read_to_its_end_by_cursor(get: Get) -> None:
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = get("/api/accounts", limit=25, **after)
        assert len(page["items"]) <= 25
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(seen) == len(set(seen)) == MANY + 2


def test_a_search_finds_part_of_a_name(get: Get) -> None:
    (found,) = get("/api/accounts", search="あおぞら")["items"]
    assert found["id"] == AOZORA.id
    assert found["title"] == "株式会社あおぞら精機"
    assert found["in_step_with"] == ["books", "ledger"]
    assert found["fields"]["parent"] == {"service": "crm", "entity": "account", "id": "1002"}


def test_money_is_exact_text_beside_its_currency(get: Get) -> None:
    page = get(f"/api/accounts/{AOZORA.id}")
    deals = {deal["id"]: deal["fields"]["amount"] for deal in page["deals"]["items"]}
    assert deals == {
        "3001": {"amount": "1054.50", "currency": "USD"},
        "3002": {"amount": "898600", "currency": "JPY"},
        "3003": None,
    }
    invoices = next(panel for panel in page["panels"] if panel["name"] == "invoices")
    made = next(item for item in invoices["documents"]["items"] if item["id"] == INVOICE.id)
    assert made["total"] == {"amount": "1054.50", "currency": "USD"}
    assert made["base_total"] == {"amount": "158175", "currency": "JPY"}
    assert [totals["total"] for totals in invoices["totals"]] == [{"amount": "898600", "currency": "JPY"}]
    # Nobody owes for a draft yet.
    assert [totals["total"] for totals in invoices["drafts"]] == [{"amount": "1054.50", "currency": "USD"}]


def test_a_document_says_why_it_exists(get: Get) -> None:
    page = get(f"/api/accounts/{AOZORA.id}", language="ja")
    invoices = next(panel for panel in page["panels"] if panel["name"] == "invoices")
    why = {item["number"]: item["why"] for item in invoices["documents"]["items"]}
    assert why["INV-000007"] is None
    assert why["INV-000042"]["rule"] == "deal_won_invoice"
    assert why["INV-000042"]["relates"] == {
        "service": "crm",
        "entity": "deal",
        "id": WON_DEAL.id,
        "title": "生産ライン更新",
    }
    texts = [(item["text"], item["seen"], item["verdict"]) for item in why["INV-000042"]["conditions"]]
    assert texts == [
        ("取引先が入力済み", "株式会社あおぞら精機", "holds"),
        ("金額が 0 より大きい", "$1,054.50", "holds"),
    ]


def test_contacts_deals_and_documents_have_further_pages(get: Get) -> None:
    for part in ("deals", "panels/books/invoices"):
        first = get(f"/api/accounts/{AOZORA.id}/{part}", limit=1)
        first = first.get("documents", first)
        second = get(f"/api/accounts/{AOZORA.id}/{part}", limit=1, after=first["next"])
        second = second.get("documents", second)
        assert first["items"][0]["id"] != second["items"][0]["id"]
    assert get(f"/api/accounts/{AOZORA.id}/contacts")["items"][0]["title"] == "恵子 坂本"


@pytest.mark.parametrize(
    "path",
    ["/api/accounts/0", "/api/accounts/0/deals", "/api/accounts/0/panels/books/invoices", "/api/nothing"],
)
def test_what_is_not_there_is_a_problem_in_the_callers_language(api: httpx2.Client, path: str) -> None:
    answer = api.get(path, headers={"Accept-Language": "ja"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "ja"
    problem = answer.json()
    assert problem["status"] == 404
    assert problem["instance"] == path
    assert "ありません" in problem["title"]


def test_a_panel_nobody_brings(api: httpx2.Client) -> None:
    answer = api.get(f"/api/accounts/{AOZORA.id}/panels/books/dreams")
    assert answer.status_code == 404
    assert answer.json()["title"] == "There is no panel 'dreams' of 'books'."


@pytest.mark.parametrize("after", ["gibberish", "W10=", "WzFd", "WyJcdTAwMDAiLCAiYSJd", "WzFlOTksICJhIl0=", "é"])
def test_a_cursor_that_is_none_of_ours(api: httpx2.Client, after: str) -> None:
    for path in ("/api/accounts", "/api/sync-runs", f"/api/accounts/{AOZORA.id}/panels/books/invoices"):
        answer = api.get(path, params={"after": after})
        assert answer.status_code == 422, path
        assert answer.json()["hint"].startswith("Take `next`")


def test_input_that_cannot_be_meant_is_named_by_field(api: httpx2.Client) -> None:
    answer = api.get("/api/accounts", params={"limit": 0}, headers={"Accept-Language": "ja"})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["title"] == "入力内容に誤りがあります。"
    assert problem["errors"][0]["field"] == "limit"


def test_vendors_and_products_are_told_with_partners_and_documents(get: Get) -> None:
    (vendor,) = get("/api/vendors")["items"]
    assert (vendor["id"], vendor["title"], vendor["in_step_with"]) == (VENDOR.id, "丸の内部品", ["books"])
    page = get(f"/api/vendors/{VENDOR.id}")
    assert page["links"]["books"]["entity"] == "vendor"
    orders = next(each for each in page["panels"] if each["name"] == "purchase_orders")
    assert [each["number"] for each in orders["documents"]["items"]] == ["PO-00017"]
    assert [each["id"] for each in page["products"]["items"]] == [PRODUCT.id]
    assert get(f"/api/vendors/{VENDOR.id}/products")["items"][0]["fields"]["code"] == "M-1"
    assert get(f"/api/vendors/{VENDOR.id}/panels/books/purchase_orders")["count"] == 1
    assert [each["title"] for each in get("/api/products", search="保守")["items"]] == ["保守プラン"]
    assert get(f"/api/products/{PRODUCT.id}")["links"]["books"]["entity"] == "item"
