"""Who may see invoices but not estimates sees exactly that, by API, pages and command line; files that break."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest
import structlog

from tsunagi import Money, Person
from tsunagi.app.access.permissions import decide
from tsunagi.cli.running import run
from tsunagi.domain.records import RecordRef
from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.store.links import Links, NewLink
from tsunagi.store.open_items import NewOpenItem, OpenItems
from tsunagi.store.people import People
from tsunagi.text import Text
from tsunagi.translation import set_language

sys.path.insert(0, str(Path(__file__).parent.parent / "company"))
from filled_hub import AOZORA, NOW, connect, document, empty_hub, take_in
from signing_in import bearer, let_in, sign_in

Command = Callable[..., tuple[int, str]]

FILE = """
version: 1
permissions: sales
title: What sales may see
policies:
  - {policy: admins, effect: permit, who: {administrators: true}, actions: all, on: all}
  - {policy: look, effect: permit, who: everyone, actions: [view], on: [hub, tabs, receivables]}
  - {policy: invoices, effect: permit, who: {profiles: [Standard]}, actions: [view], on: [books.invoice]}
  - policy: small_ones
    effect: permit
    who: {profiles: [Junior]}
    actions: [view]
    on: [books.invoice]
    conditions:
      - {field: document.total, at_most: 10000 JPY}
      - {field: account.owner, equals: "${person.name}"}
"""
CLERK = Person("crm", "2", "clerk@minato.example", "Kai Clerk", "Standard", role="")
JUNIOR = Person("crm", "3", "junior@minato.example", "Jun Junior", "Junior", role="")
ADMIN = Person("crm", "1", "admin@minato.example", "管理 花子", "Administrator", administrator=True, role="")
CUSTOMER = RecordRef("books", "customer", "7001")
ESTIMATE = RecordRef("books", "estimate", "8001")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """A command in this process: its exit code and what it printed."""
    handlers = list(logging.getLogger().handlers)

    def call(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        return run(words), capsys.readouterr().out

    yield call
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()
    set_language("en")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("TSUNAGI_RULES_DIR", str(tmp_path / "rules"))
    write(tmp_path, FILE)
    with empty_hub(tmp_path / "hub", rules_dir=tmp_path / "rules") as opened:
        connect(opened, "crm", "books")
        take_in(opened, "crm", "account", (AOZORA.id, {"name": "あおぞら精機", "owner": "Jun Junior"}))
        with opened.store.write() as session:
            Links(session).add(NewLink("books.customers", AOZORA, CUSTOMER, "match"), NOW)
        small, large = (
            document(number, total, "JPY", customer=CUSTOMER, status="sent")
            for number, total in (("INV-1", "9000"), ("INV-2", "50000"))
        )
        take_in(opened, "books", "invoice", ("9001", small), ("9002", large))
        take_in(opened, "books", "estimate", (ESTIMATE.id, document("EST-1", "777", "JPY", customer=CUSTOMER)))
        with opened.store.write() as session:
            OpenItems(session).report(
                [
                    NewOpenItem(
                        key=f"mail:{ESTIMATE}",
                        kind="mail",
                        service="books",
                        records=[ESTIMATE],
                        reason="mail_failed",
                        text=Text.same("EST-1 was not mailed"),
                    )
                ],
                NOW,
            )
        yield opened


def write(folder: Path, text: str) -> None:
    path = folder / "rules" / "permissions" / "sales.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def seen_by(hub: Hub, person: Person, home: Path, command: Command) -> dict[str, str]:
    """What each face shows of the account, as text."""
    token = let_in(hub, person)
    with running(hub, work=False) as served, httpx2.Client(base_url=served.base_url, timeout=20) as client:
        sign_in(client, token)
        api = bearer(token)
        shown = {
            "page": client.get(f"/accounts/{AOZORA.id}").text,
            "open items page": client.get("/open-items").text,
            "api": client.get(f"/api/accounts/{AOZORA.id}", headers=api).text,
            "open items": client.get("/api/open-items", headers=api).text,
        }
        assert client.get(f"/api/accounts/{AOZORA.id}/panels/books/estimates", headers=api).status_code == 404
        for path in ("pdf", "mailings"):
            refused = client.get(f"/api/documents/books/estimate/{ESTIMATE.id}/{path}", headers=api)
            assert refused.status_code == 403
            shown[path] = refused.text
        assert client.post("/api/documents/books/invoice/9001/email", headers=api, json={}).status_code == 403
    let_in(hub, person)
    for name, words in {"cli": ("accounts", "show", AOZORA.id, "--json"), "status": ("status", "--json")}.items():
        code, shown[name] = command("--home", str(home), "--as", person.email, *words)
        assert code == 0, name
    return shown


def test_who_may_see_invoices_but_not_estimates_sees_exactly_that(hub: Hub, tmp_path: Path, command: Command) -> None:
    shown = seen_by(hub, CLERK, tmp_path / "hub", command)
    for face, text in shown.items():
        assert "EST-1" not in text, face
        assert "777" not in text, face
    for face in ("page", "api", "cli"):
        assert "INV-1" in shown[face], face
        assert "INV-2" in shown[face], face
    assert json.loads(shown["open items"])["items"] == []

    junior = seen_by(hub, JUNIOR, tmp_path / "hub", command)
    (panel,) = json.loads(junior["api"])["panels"]
    assert [each["number"] for each in panel["documents"]["items"]] == ["INV-1"]
    assert (panel["count"], panel["totals"][0]["total"]["amount"]) == (1, "9000")
    assert all("INV-2" not in text and "50000" not in text and "50,000" not in text for text in junior.values())

    # Whoever may, sees what the others do not.
    assert decide(hub.context, ADMIN, "books.estimate:view").allowed


def test_a_broken_file_is_listed_and_its_last_good_version_holds(hub: Hub, tmp_path: Path) -> None:
    let_in(hub, CLERK)
    assert decide(hub.context, CLERK, "books.invoice:view").allowed
    for broken in (
        FILE.replace("effect: permit", "effect: permitt", 1),
        FILE + "  - {policy: out, effect: forbid, who: everyone, actions: all, on: all}\n",
    ):
        write(tmp_path, broken)
        hub.context.permissions.look_again()
        assert decide(hub.context, CLERK, "books.invoice:view").allowed
        assert decide(hub.context, ADMIN, "hub:view").allowed
        with hub.store.read() as session:
            item = OpenItems(session).get("permission:file:permissions/sales.yaml")
        assert item is not None
        assert item.resolved_at is None
        assert "permissions/sales.yaml:" in item.text.en
        assert "以前の内容が有効です" in item.text.ja
    write(tmp_path, FILE.replace("profiles: [Standard]", "profiles: [Sales]"))
    hub.context.permissions.look_again()
    assert not decide(hub.context, CLERK, "books.invoice:view").allowed
    with hub.store.read() as session:
        assert OpenItems(session).keys("permission:file:") == []


def test_a_policy_that_cannot_be_told_is_reported_once(hub: Hub) -> None:
    facts = {"document": {"total": Money(Decimal(1), "USD")}}
    for _ in range(2):
        assert not decide(hub.context, JUNIOR, "books.invoice:view", facts).allowed
    with hub.store.read() as session:
        (key,) = OpenItems(session).keys("permission:policy:")
        item = OpenItems(session).get(key)
    assert item is not None
    assert "'small_ones'" in item.text.en


def test_a_change_of_permissions_is_seen_as_a_diff_of_the_matrix_and_a_denial_explains_itself(
    hub: Hub, tmp_path: Path, command: Command
) -> None:
    let_in(hub, CLERK)
    home = ("--home", str(tmp_path / "hub"), "--as", ADMIN.email)
    other = tmp_path / "other"
    write(other, FILE.replace("on: [books.invoice]}", "on: [books.invoice, books.estimate]}"))
    code, said = command(*home, "permissions", "diff", str(other / "rules"), "--json")
    (change,) = json.loads(said)["changes"]
    assert (code, change["profile"], change["action"]) == (1, "Standard", "books.estimate:view")
    assert (change["before"], change["after"]) == ("denied", "permitted")

    told = command(*home, "why-denied", CLERK.email, "view", "books.estimate")[1]
    assert "admins: is about other people  permissions/sales.yaml:6" in told
    assert "It would be permitted if admins (permissions/sales.yaml:6) named the profile 'Standard' too." in told
    with hub.store.write() as session:
        People(session).replace_all("crm", [ADMIN, CLERK, JUNIOR], NOW)
    record = command(*home, "why-denied", JUNIOR.email, "view", "books:invoice:9002")[1]
    assert "✗ Total is at most ¥10,000 (saw ¥50,000)  permissions/sales.yaml:15" in record
    assert "small_ones would permit it if this held: Total is at most ¥10,000 (" in record
    japanese = command("--language", "ja", *home, "why-denied", JUNIOR.email, "view", "books:invoice:9002")[1]
    assert "次の条件を満たせば small_ones が許可します: 合計が" in japanese
    assert "document." not in record + japanese

    rows = json.loads(command(*home, "permissions", "matrix", "--json")[1])["rows"]
    actions = {row["profile"]: row["actions"] for row in rows}
    assert actions["Junior"]["books.invoice:view"] == "depends"
    assert actions["Standard"]["books.estimate:view"] == "denied"
    assert command(*home, "permissions", "matrix")[0] == 0
    assert command(*home, "permissions", "effective", CLERK.email)[0] == 0
    assert command(*home, "permissions", "lint")[0] == 0
    # Nobody learns by asking why what they may not see themselves.
    own = ("--home", str(tmp_path / "hub"), "--as", CLERK.email)
    assert command(*own, "permissions", "effective", CLERK.email)[0] == 0
    assert command(*own, "why-denied", JUNIOR.email, "view", str(ESTIMATE))[0] != 0


def test_api_and_page_show_the_matrix_and_why(hub: Hub) -> None:
    token = let_in(hub, ADMIN)
    people = [ADMIN, CLERK, JUNIOR]
    with hub.store.write() as session:
        People(session).replace_all("crm", people, NOW)
    with running(hub, work=False) as served, httpx2.Client(base_url=served.base_url, timeout=20) as client:
        sign_in(client, token)
        api = bearer(token)
        matrix = client.get("/api/permissions/matrix", headers=api).json()
        assert {row["profile"] for row in matrix["rows"]} == {"Administrator", "Junior", "Standard"}
        asked = {"user": JUNIOR.email, "action": "view", "resource": "books:invoice:9002"}
        why = client.get("/api/permissions/why-denied", headers=api, params=asked).json()
        assert why["outcome"] == "denied"
        assert why["steps"][-1]["policies"][-1]["conditions"][0]["verdict"] == "does_not"
        assert "if this held: Total is at most ¥10,000 (" in why["nearest"][0]
        assert why["steps"][-1]["policies"][-1]["conditions"][0]["text"] == "Total is at most ¥10,000"
        page = client.get("/why-denied", params=asked).text
        assert page.count("Total is at most ¥10,000") == 2, "the condition, and what would change the answer"
        assert "document.total" not in page
        wrong = client.get("/api/permissions/why-denied", headers=api, params={**asked, "resource": "books.invoce"})
        assert wrong.status_code == 422
        mine = client.get("/api/permissions/effective", headers=api, params={"user": CLERK.email}).json()
        assert mine["rows"][0]["actions"]["books.invoice:view"] == "permitted"
        page = client.get("/permissions").text
        assert "Standard" in page
        assert "権限" in client.get("/permissions", headers={"Accept-Language": "ja"}).text
