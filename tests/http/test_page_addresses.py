"""The address of the page of what a command printed, and of a widget."""

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import structlog
from filled_hub import AOZORA, INVOICE, NOW, PRODUCT, VENDOR, WON_DEAL, filled_hub
from signing_in import ADMINISTRATOR, CLERK, let_in

from tsunagi.app.plans.saved import new_plan, save
from tsunagi.app.sync.workflows import start_sync
from tsunagi.cli.running import run
from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.store.open_items import NewOpenItem, OpenItems
from tsunagi.store.reviews import ReviewItem, Reviews
from tsunagi.text import Text
from tsunagi.translation import set_language

Command = Callable[..., tuple[int, str]]
QUESTION = ReviewItem("books.customers", "match", AOZORA, None, "", Text.same("Which one?"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def hub(home: Path) -> Iterator[Hub]:
    with filled_hub(home) as opened:
        let_in(opened)
        yield opened


@pytest.fixture
def command(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    monkeypatch.setenv("TSUNAGI_RULES_DIR", str(home / "rules"))
    handlers = list(logging.getLogger().handlers)
    yield lambda *words: (run(("--home", str(home), *words)), capsys.readouterr().out)
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()
    set_language("en")


def opened(command: Command, asked: str) -> str:
    code, printed = command("open", asked, "--url", "https://hub.example/", "--json")
    assert code == 0, printed
    address: str = json.loads(printed)["address"]
    return address.removeprefix("https://hub.example")


@pytest.mark.parametrize(
    ("asked", "address"),
    [
        (str(AOZORA), "/accounts/1001"),
        (str(WON_DEAL), "/deals/3001"),
        ("4001", "/contacts/4001"),
        (str(VENDOR), "/vendors/5501"),
        (PRODUCT.id, "/products/5601"),
        (str(INVOICE), "/documents?service=books&kind=invoice&search=INV-000042"),
        ("INV-000042", "/documents?service=books&kind=invoice&search=INV-000042"),
    ],
)
def test_a_record_and_a_document(hub: Hub, command: Command, asked: str, address: str) -> None:
    assert opened(command, asked) == address


def test_a_run_a_plan_a_question_and_an_open_item(hub: Hub, command: Command) -> None:
    plan = new_plan(hub.context, None, "sync", {"pairs": []}, {})
    item = NewOpenItem(
        key=f"mail:{INVOICE}", kind="mail", service="books", records=[INVOICE], reason="failed", text=Text.same("-")
    )
    with hub.store.write() as session:
        save(hub.context, session, None, plan, [])
        Reviews(session).replace(QUESTION.pair, [QUESTION], NOW)
        OpenItems(session).report([item], NOW)
    sync = start_sync(hub.context, first=True)
    assert opened(command, sync) == f"/sync-runs/{sync}"
    assert opened(command, plan.id) == f"/plans/{plan.id}"
    assert opened(command, QUESTION.id) == f"/sync-reviews?pair=books.customers#q-{QUESTION.id}"
    assert opened(command, item.key) == "/open-items?kind=mail&service=books"


@pytest.mark.parametrize("asked", ["crm:account:0", "books:cheque:1", "nothing", "mail:books:invoice:0"])
def test_what_has_no_page_is_named(hub: Hub, command: Command, asked: str) -> None:
    assert command("open", asked)[0] != 0


def test_a_widget_for_another_user(hub: Hub, command: Command) -> None:
    with running(hub, work=False) as served:
        code, printed = command(
            "--as", ADMINISTRATOR.email, "widget", str(AOZORA), "--for", CLERK.email, "--url", served.base_url, "--json"
        )
        made = json.loads(printed)
        assert (code, made["user"], made["record"]) == (0, CLERK.email, str(AOZORA))
        assert dt.datetime.fromisoformat(made["expires_at"]) > hub.context.now()
        assert "INV-000042" in httpx2.get(made["url"]).text


def test_no_widget_for_what_is_not_there(hub: Hub, command: Command) -> None:
    assert command("--as", ADMINISTRATOR.email, "widget", "crm:account:0")[0] != 0
    assert command("--as", CLERK.email, "widget", str(AOZORA), "--for", ADMINISTRATOR.email)[0] != 0
