"""Lists across all customers by page, API and command line: the same documents, those one may see and no others."""

import csv
import io
import json
import logging
import re
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import structlog

from tsunagi import Person
from tsunagi.cli.running import run
from tsunagi.domain.records import RecordRef
from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.store.links import Links, NewLink
from tsunagi.store.people import People
from tsunagi.translation import set_language

sys.path.insert(0, str(Path(__file__).parent.parent / "company"))
from filled_hub import AOZORA, NOW, connect, document, empty_hub, take_in
from signing_in import bearer, let_in, sign_in

FILE = """
version: 1
permissions: sales
title: What sales may see
policies:
  - {policy: admins, effect: permit, who: {administrators: true}, actions: all, on: all}
  - {policy: look, effect: permit, who: everyone, actions: [view], on: [hub, tabs]}
  - policy: small_ones
    effect: permit
    who: {profiles: [Junior]}
    actions: [view]
    on: [books.invoice]
    conditions:
      - {field: document.base_total, at_most: 10000 JPY}
"""
ADMIN = Person("crm", "1", "admin@minato.example", "管理 花子", "Administrator", administrator=True, role="")
JUNIOR = Person("crm", "3", "junior@minato.example", "Jun Junior", "Junior", role="")
VISITOR = Person("crm", "4", "visitor@minato.example", "Vera Visitor", "Visitor", role="")
CUSTOMER = RecordRef("books", "customer", "7001")
LIST = {"service": "books", "kind": "invoice"}
FORMULA = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def hub(home: Path) -> Iterator[Hub]:
    """Sixty invoices of 500 yen to 30,000, one of them void, one a draft in dollars whose reference is a formula."""
    folder = home / "rules" / "permissions"
    folder.mkdir(parents=True)
    (folder / "sales.yaml").write_text(FILE, encoding="utf-8")
    with empty_hub(home, rules_dir=home / "rules") as opened:
        connect(opened, "crm", "books")
        take_in(opened, "crm", "account", (AOZORA.id, {"name": "あおぞら精機"}))
        take_in(opened, "books", "customer", (CUSTOMER.id, {"name": "あおぞら精機"}))
        with opened.store.write() as session:
            Links(session).add(NewLink("books.customers", AOZORA, CUSTOMER, "match"), NOW)
        made = [
            (str(n), document(f"INV-{n:03}", str(n * 500), "JPY", status="sent", customer=CUSTOMER if n == 7 else None))
            for n in range(1, 59)
        ]
        void = document("INV-059", "29500", "JPY", status="void")
        draft = document("INV-060", "200", "USD", base="30000", reference=FORMULA)
        take_in(opened, "books", "invoice", *made, ("59", void), ("60", draft))
        yield opened


@pytest.fixture(scope="module")
def address(hub: Hub) -> Iterator[str]:
    with running(hub, work=False) as served:
        yield served.base_url


@contextmanager
def client(hub: Hub, address: str, person: Person) -> Iterator[httpx2.Client]:
    """Signed in to pages, and with a token for the API."""
    token = let_in(hub, person)
    with hub.store.write() as session:
        People(session).replace_all("crm", [ADMIN, JUNIOR, VISITOR], NOW)
    with httpx2.Client(base_url=address, timeout=20, headers=bearer(token)) as made:
        sign_in(made, token)
        yield made


@pytest.fixture(scope="module")
def admin(hub: Hub, address: str) -> Iterator[httpx2.Client]:
    with client(hub, address, ADMIN) as made:
        yield made


@pytest.fixture(scope="module")
def junior(hub: Hub, address: str) -> Iterator[httpx2.Client]:
    with client(hub, address, JUNIOR) as made:
        yield made


@pytest.fixture
def command(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.setenv("TSUNAGI_RULES_DIR", str(home / "rules"))
    handlers = list(logging.getLogger().handlers)
    yield lambda *words: (run(words), capsys.readouterr().out)
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()
    set_language("en")


def numbers(page: str) -> list[str]:
    return re.findall(r'<th scope="row">(INV-\d+)', page)


def every_number(api: httpx2.Client, **asked: str) -> list[str]:
    """All pages of a list by the API."""
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        answer = api.get("/api/documents", params={**LIST, "limit": "7", **asked, **after}).json()
        found += [each["number"] for each in answer["items"]]
        if answer["next"] is None:
            return found
        after = {"after": answer["next"]}


def test_pages_lead_through_the_whole_list_in_the_order_that_was_asked_for(admin: httpx2.Client) -> None:
    first = admin.get("/documents", params={**LIST, "sort": "total"}).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = admin.get(following.group(1).replace("&amp;", "&")).text
    # 200 dollars are fewer than 500 yen here: amounts are sorted as numbers, whatever their currency.
    assert numbers(first) + numbers(second) == ["INV-060", *(f"INV-{n:03}" for n in range(1, 60))]
    assert every_number(admin, sort="total", order="ascending") == numbers(first) + numbers(second)
    assert 'aria-sort="ascending"' in first


def test_sums_leave_void_documents_out_and_drafts_apart(admin: httpx2.Client) -> None:
    totals = admin.get("/api/documents/totals", params=LIST).json()
    assert totals["count"] == 60
    assert [(each["count"], each["total"]) for each in totals["totals"]] == [
        (58, {"amount": "855500", "currency": "JPY"})
    ]
    assert [each["total"] for each in totals["drafts"]] == [{"amount": "200.00", "currency": "USD"}]
    shown = admin.get("/documents", params={**LIST, "totals": "true"}).text
    assert "¥855,500" in shown
    assert "USD, 1 draft (not in the totals)" in shown


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"search": "あおぞら"}, ["INV-007"]),
        ({"search": "inv-01"}, [f"INV-{n:03}" for n in range(19, 9, -1)]),
        ({"status": "void"}, ["INV-059"]),
        ({"currency": "usd"}, ["INV-060"]),
        ({"since": "2026-11-21"}, []),
    ],
)
def test_filters_and_search_find_the_same_on_page_and_api(
    admin: httpx2.Client, asked: dict[str, str], found: list[str]
) -> None:
    page = admin.get("/documents", params={**LIST, "sort": "-number", **asked})
    assert numbers(page.text) == every_number(admin, sort="number", **asked) == found
    assert ("Nothing like this" in page.text) == (not found)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"status": "lost"}, "status: &#39;lost&#39; is none. There are: draft"),
        ({"since": "tomorrow"}, "since: &#39;tomorrow&#39; is no day"),
        ({"kind": "cheque"}, "cheque"),
        ({"after": "nonsense"}, ""),
    ],
)
def test_what_cannot_be_meant_is_named(admin: httpx2.Client, asked: dict[str, str], words: str) -> None:
    answer = admin.get("/documents", params={**LIST, **asked})
    assert 400 <= answer.status_code < 500
    assert words in answer.text


def test_who_may_see_small_ones_sees_and_sums_and_saves_those_alone(junior: httpx2.Client) -> None:
    mine = [f"INV-{n:03}" for n in range(20, 0, -1)]
    assert every_number(junior, sort="total") == mine
    assert numbers(junior.get("/documents", params={**LIST, "sort": "-total"}).text) == mine
    totals = junior.get("/api/documents/totals", params=LIST).json()
    assert (totals["count"], totals["totals"][0]["total"]["amount"]) == (20, "105000")
    saved = list(csv.reader(io.StringIO(junior.get("/documents/export", params=LIST).text)))
    assert sorted(row[1] for row in saved[1:]) == sorted(mine)


def test_who_may_see_none_has_no_tab_list_or_file(hub: Hub, address: str) -> None:
    with client(hub, address, VISITOR) as visitor:
        assert "/documents?service=books" not in visitor.get("/accounts").text
        for path in ("/documents", "/documents/export", "/api/documents", "/api/documents/totals"):
            assert visitor.get(path, params=LIST).status_code == 403


def test_files_hold_every_row_and_nothing_a_spreadsheet_would_carry_out(admin: httpx2.Client) -> None:
    answer = admin.get("/documents/export", params={**LIST, "sort": "number", "lang": "ja"})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "books-invoice-" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["番号"] for row in rows] == [f"INV-{n:03}" for n in range(1, 61)]
    assert rows[59]["参照番号"] == f"'{FORMULA}"
    assert (rows[59]["合計"], rows[59]["通貨"], rows[59]["日付"]) == ("200", "USD", "2026-11-20")
    book = admin.get("/api/documents/export", params={**LIST, "format": "xlsx"})
    with zipfile.ZipFile(io.BytesIO(book.content)) as opened:
        sheet = opened.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 61
    assert "<f>" not in sheet
    assert "INV-001" in sheet


def test_the_command_line_lists_and_saves_the_same(hub: Hub, home: Path, command: object, tmp_path: Path) -> None:
    asked = ("--home", str(home), "documents", "list", "books.invoice", "--search", "inv-00", "--sort", "number")
    code, printed = command(*asked, "--json")  # type: ignore[operator]
    facts = json.loads(printed)
    assert (code, facts["count"]) == (0, 9)
    assert [each["number"] for each in facts["documents"]] == [f"INV-{n:03}" for n in range(9, 0, -1)]
    code, _ = command(*asked, "--out", str(tmp_path / "list.csv"))  # type: ignore[operator]
    assert code == 0
    assert (tmp_path / "list.csv").read_text(encoding="utf-8-sig").count("INV-00") == 9
    code, _ = command(*asked, "--out", str(tmp_path / "list.pdf"))  # type: ignore[operator]
    assert code != 0
