"""Lists of records on pages and over the API: filters, order, columns and files."""

import csv
import io
import re
from collections.abc import Iterator

import httpx2
import pytest
from filled_hub import AOZORA, MANY, NOW, WON_DEAL, filled_hub
from signing_in import let_in, sign_in

from tsunagi import Text
from tsunagi.http.server import running
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
    assert answer.status_code == 409
    assert "colour" in answer.text
    assert "closing_date" in answer.text
    assert client.get("/deals", params={"sort": "account"}).status_code == 409


def test_chosen_columns_are_there_and_stay(client: httpx2.Client) -> None:
    chosen = client.get("/accounts?search=あおぞら&columns=&columns=website&columns=no_more").text
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
    assert client.get("/api/deals/export", params={"columns": "colour"}).status_code == 409


def test_the_page_offers_the_file_of_what_it_shows(client: httpx2.Client) -> None:
    page = client.get("/deals", params=[("state", "linked"), ("columns", "stage"), ("columns", "owner")]).text
    (address,) = re.findall(r'href="(/deals/export\?[^"]+csv)"', page)
    for part in ("state=linked", "columns=stage", "columns=owner", "format=csv"):
        assert part in address
