"""Lists of records on pages and over the API: filters, order, columns and files."""

import csv
import html
import io
import re
from collections.abc import Iterator

import httpx2
import pytest
from filled_hub import AOZORA, MANY, NOW, WON_DEAL, filled_hub
from signing_in import let_in, sign_in

from tsunagi import Text
from tsunagi.app.views import record_lists
from tsunagi.http.server import running
from tsunagi.http.web import record_lists as record_list_pages
from tsunagi.hub import Hub
from tsunagi.store.open_items import NewOpenItem, OpenItems

BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with filled_hub(tmp_path_factory.mktemp("hub")) as hub:
        with hub.store.write() as session:
            item = NewOpenItem(
                key="billing:3001",
                kind="billing",
                service="books",
                records=[WON_DEAL, AOZORA],
                reason="not_billed",
                text=Text.same("Not billed"),
            )
            OpenItems(session).report([item], NOW)
        yield hub


@pytest.fixture(scope="module")
def client(hub: Hub) -> Iterator[httpx2.Client]:
    token = let_in(hub)
    with running(hub, work=False) as served, httpx2.Client(base_url=served.base_url, timeout=20) as client:
        sign_in(client, token)
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def ids(client: httpx2.Client, path: str, **asked: str) -> list[str]:
    answer = client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return re.findall(rf'<th scope="row"><a href="{path}/(\d+)"', answer.text)


def api_ids(client: httpx2.Client, path: str, **asked: str) -> list[str]:
    answer = client.get(f"/api{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_a_state_narrows_the_list_down(client: httpx2.Client) -> None:
    for state, service, expected in (
        ("linked", "", ["1002", "1001"]),
        ("linked", "ledger", ["1001"]),
        ("needs_somebody", "", ["1001"]),
        ("not_billed", "books", ["1001"]),
        ("not_billed", "ledger", []),
    ):
        assert ids(client, "/accounts", state=state, service=service) == expected
        assert api_ids(client, "/accounts", state=state, service=service) == expected
    page = client.get("/accounts", params={"state": "unlinked", "service": "books"}).text
    assert f"{MANY} in all" in page


def test_deals_and_contacts_have_lists_of_their_own(client: httpx2.Client) -> None:
    assert sorted(ids(client, "/deals")) == ["3001", "3002", "3003"]
    assert ids(client, "/contacts") == ["4001"]
    page = client.get("/deals").text
    assert "株式会社あおぞら精機" in page, "the account by its name"
    assert "Closed Won" in page
    assert "$1,054.50" in page
    assert "受注" in client.get("/deals", params={"lang": "ja"}).text
    client.get("/deals", params={"lang": "en"})


def test_a_column_sorts_both_ways_on_both_faces(client: httpx2.Client) -> None:
    by_amount = ["3003", "3001", "3002"]
    assert ids(client, "/deals", sort="amount") == by_amount
    assert ids(client, "/deals", sort="-amount") == by_amount[::-1]
    assert api_ids(client, "/deals", sort="amount", order="descending") == by_amount[::-1]
    page = client.get("/deals", params={"sort": "amount"}).text
    assert 'aria-sort="ascending"><a href="/deals?sort=-amount">' in page.replace(' class="num"', "")
    first = client.get("/api/deals", params={"sort": "amount", "limit": "1"}).json()
    rest = client.get("/api/deals", params={"sort": "amount", "after": first["next"]}).json()
    assert [item["id"] for item in (*first["items"], *rest["items"])] == by_amount


def test_what_is_no_column_is_named_with_those_there_are(client: httpx2.Client) -> None:
    answer = client.get("/api/deals", params={"sort": "colour"})
    assert answer.status_code == 422
    assert "colour" in answer.text
    assert "closing_date" in answer.text
    wrong = ({"sort": "account"}, {"sort": "colour"}, {"columns": "colour"}, {"state": "lost"})
    for asked in (*wrong, {"sort": "balance", "columns": "stage"}):
        page = client.get("/deals", params=asked)
        assert page.status_code == 422, asked
        assert "Valid are: " in page.text
    documents = client.get("/documents", params={"service": "books", "kind": "invoice", "sort": "colour"})
    assert documents.status_code == 422
    assert "Valid are: date, due_date, number, total, balance" in documents.text
    unknown = client.get("/api/documents", params={"service": "books", "kind": "invoice", "sort": "colour"})
    assert unknown.status_code == 422
    assert "due_date" in unknown.text
    file = client.get("/deals/export", params={"format": "pdf"})
    assert file.status_code == 422
    assert "format: Input should be" in html.unescape(file.text)


def test_a_long_list_is_sorted_by_its_title_and_says_how_to_sort_it_otherwise(
    client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (record_lists, record_list_pages):
        monkeypatch.setattr(module, "MOST_SORTED", 2)
    page = client.get("/deals").text
    assert "more than 2; narrowed to fewer" in page
    assert "sort=amount" not in page
    assert ids(client, "/deals", sort="-") == ids(client, "/deals")[::-1], "by title it always is"
    refused = client.get("/deals", params={"sort": "amount"})
    assert refused.status_code == 422
    assert "Narrow it by a search or a filter" in refused.text
    assert client.get("/api/deals", params={"sort": "amount"}).status_code == 422
    narrowed = client.get("/deals", params={"search": "生産", "sort": "amount"})
    assert narrowed.status_code == 200
    assert "1 in all" in narrowed.text


def test_chosen_columns_are_there_and_stay(client: httpx2.Client) -> None:
    chosen = client.get("/accounts?search=あおぞら&columns=&columns=website").text
    assert "www.aozora.example" in chosen
    assert "03-1234-5678" not in chosen
    assert "www.aozora.example" in client.get("/accounts?search=あおぞら").text, "the next visit has the same columns"
    assert "www.aozora.example" in client.get("/accounts/export").text
    assert "03-1234-5678" in client.get("/accounts?search=あおぞら&columns=").text, "none chosen: the usual ones"


def test_a_file_has_every_row_of_the_list_and_no_formula(client: httpx2.Client) -> None:
    rows = list(csv.reader(io.StringIO(client.get("/accounts/export").text.removeprefix("\ufeff"))))
    assert len(rows) == MANY + 3
    assert rows[0][:2] == ["ID", "Account name"]
    (deal,) = csv.DictReader(
        io.StringIO(client.get("/api/deals/export", params={"search": "生産"}).text.removeprefix("\ufeff"))
    )
    assert (deal["Amount"], deal["Amount: currency"], deal["Closing date"]) == ("1054.5", "USD", "2026-11-24")
    assert deal["Account"] == "株式会社あおぞら精機"
    narrow = client.get("/api/deals/export", params={"columns": "stage"}).text
    assert narrow.splitlines()[0].removeprefix("\ufeff") == "ID,Deal name,Stage,In step with"
    book = client.get("/vendors/export", params={"format": "xlsx"})
    assert book.headers["content-type"] == BOOK
    assert book.content.startswith(b"PK")
    assert client.get("/api/deals/export", params={"columns": "colour"}).status_code == 422


def test_the_page_offers_the_file_of_what_it_shows(client: httpx2.Client) -> None:
    page = client.get("/deals", params=[("state", "linked"), ("columns", "stage"), ("columns", "owner")]).text
    (address,) = re.findall(r'href="(/deals/export\?[^"]+csv)"', page)
    for part in ("state=linked", "columns=stage", "columns=owner", "format=csv"):
        assert part in address
