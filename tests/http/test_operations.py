"""Operations and the audit log on every face: acts are noted with who did them, or not at all when they failed."""

import datetime as dt
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import structlog

from tsunagi.app.access.auditing import audit_log, note
from tsunagi.app.automation import rule_editing
from tsunagi.app.connections.services import disable, set_feature
from tsunagi.app.connectors import allowance_of
from tsunagi.cli.running import run
from tsunagi.domain.connector import Allowance, ApiCall
from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.store.day_budgets import DayBudgets
from tsunagi.translation import set_language

sys.path.insert(0, str(Path(__file__).parent.parent / "company"))
from filled_hub import NOW, empty_hub, filled_hub
from signing_in import ADMINISTRATOR, CLERK, bearer, let_in, sign_in


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def hub(home: Path) -> Iterator[Hub]:
    with filled_hub(home) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(hub: Hub) -> Iterator[str]:
    with running(hub, work=False) as served:
        yield served.base_url


@pytest.fixture(scope="module")
def admin(hub: Hub, address: str) -> Iterator[httpx2.Client]:
    token = let_in(hub, ADMINISTRATOR)
    with httpx2.Client(base_url=address, timeout=20, headers=bearer(token)) as made:
        sign_in(made, token)
        yield made


@pytest.fixture
def command(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.setenv("TSUNAGI_RULES_DIR", str(home / "rules"))
    handlers = list(logging.getLogger().handlers)
    yield lambda *words: (run(words), capsys.readouterr().out)
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()
    set_language("en")


def test_acts_are_listed_with_who_did_them_on_every_face(
    hub: Hub, home: Path, admin: httpx2.Client, command: object
) -> None:
    set_feature(hub.context, None, "books", "estimates", on=False)
    disable(hub.context, None, "ledger", confirmed="ledger")
    rule_editing.switch_rule(hub.context, ADMINISTRATOR, hub.settings.rules_dir, "deal_won_invoice", on=False)
    assert admin.put("/api/rules/recipe", json={"recipe": "none"}).status_code == 200
    entries = admin.get("/api/audit", params={"limit": "200"}).json()["items"]
    assert [(each["person"], each["action"], each["subject"]) for each in entries] == [
        ("admin@minato.example", "rules:edit", "none"),
        ("admin@minato.example", "rules:edit", "automations/deal_won_invoice.yaml"),
        ("hub", "services:disable", "ledger"),
        ("hub", "features:set", "books.estimates"),
    ]
    assert entries[3]["details"] == {"on": False}
    mine = admin.get("/operations/audit", params={"person": "admin@minato.example"}).text
    assert "Changed a rule" in mine
    assert "Switched a service off</td>" not in mine
    code, printed = command("--home", str(home), "audit", "--action", "services:disable", "--json")  # type: ignore[operator]
    assert (code, [each["subject"] for each in json.loads(printed)["entries"]]) == (0, ["ledger"])


def test_an_act_that_fails_is_not_noted(hub: Hub) -> None:
    before = len(audit_log(hub.context, None, limit=200).entries.items)

    def fails() -> None:
        with hub.store.write() as session:
            note(hub.context, session, None, "tokens:create", "nobody")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fails()
    assert len(audit_log(hub.context, None, limit=200).entries.items) == before


def test_pages_of_the_log_meet_without_a_gap(tmp_path: Path) -> None:
    with empty_hub(tmp_path) as hub:
        with hub.store.write() as session:
            for number in range(7):
                note(hub.context, session, None, "tokens:revoke", str(number))
        first = audit_log(hub.context, None, limit=4).entries
        second = audit_log(hub.context, None, limit=4, after=first.next).entries
        assert [each.subject for each in (*first.items, *second.items)] == list("6543210")
        assert second.next is None


def test_what_a_service_says_of_its_day_is_shown(hub: Hub, admin: httpx2.Client) -> None:
    told = Allowance(limit=2000, left=1234, at=NOW, resets_at=NOW + dt.timedelta(days=3650))
    with hub.store.write() as session:
        DayBudgets(session).keep(allowance_of(hub.connectors.connection("books")), told)
    hub.meter.observe(ApiCall("books", "GET", "/invoices", 200, 0.1))
    answer = admin.get("/api/operations").json()
    books = next(each for each in answer["services"] if each["service"] == "books")
    assert (books["daily_limit"], books["left_today"], books["calls"]) == (2000, 1234, {"GET": 1})
    assert (books["kept_for_people"], books["syncs_wait_until"]) == (200, None)
    assert answer["worker"] == "none"
    page = admin.get("/operations").text
    assert "1,234 of 2,000" in page
    assert "Nobody works" in page


def test_who_is_no_administrator_sees_none_of_it(hub: Hub, address: str) -> None:
    token = let_in(hub, CLERK)
    with httpx2.Client(base_url=address, timeout=20, headers=bearer(token)) as clerk:
        sign_in(clerk, token)
        assert "/operations" not in clerk.get("/accounts").text
        for path in ("/operations", "/operations/audit", "/api/operations", "/api/audit"):
            assert clerk.get(path).status_code == 403
