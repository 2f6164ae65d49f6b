"""What is owed, by how long it has been due: exact, by currency, the same on every face."""

import datetime as dt
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest
import structlog

from tsunagi import Money
from tsunagi.app.views.balances import ageing, ageing_of
from tsunagi.cli.running import run
from tsunagi.domain.records import RecordRef
from tsunagi.http.server import running
from tsunagi.hub import Hub
from tsunagi.translation import set_language

sys.path.insert(0, str(Path(__file__).parent.parent / "company"))
from filled_hub import AOZORA, CONTACT, HARBOUR, NOW, WON_DEAL, document, filled_hub, take_in
from signing_in import bearer, let_in, sign_in

MINE, OTHERS = RecordRef("books", "customer", "7001"), RecordRef("books", "customer", "7002")
TODAY = NOW.date()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def hub(home: Path) -> Iterator[Hub]:
    """Beside the company's own invoices, one for each day on which something changes, a hundred yen more each."""
    with filled_hub(home) as opened:
        days = [-1, 0, 1, 30, 31, 60, 61, 90, 91, 5000]
        due = [
            (
                f"d{n}",
                document(
                    f"DUE-{n}",
                    str(100 * (n + 1)),
                    "JPY",
                    status="sent",
                    customer=OTHERS,
                    due_date=TODAY - dt.timedelta(days=late),
                ),
            )
            for n, late in enumerate(days)
        ]
        zero = Money(Decimal(0), "JPY")
        paid = document("PAID", "7777", "JPY", status="paid", customer=OTHERS, balance=zero, base_balance=zero)
        void = document("VOID", "8888", "JPY", status="void", customer=OTHERS)
        undated = document("NODUE", "50", "EUR", base="8000", status="sent", customer=MINE, due_date=None)
        too_much = document("OVER", "-30", "EUR", base="-4800", status="sent", customer=MINE, due_date=TODAY)
        take_in(opened, "books", "invoice", *due, ("p", paid), ("v", void), ("n", undated), ("o", too_much))
        yield opened


@pytest.fixture
def command(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.setenv("TSUNAGI_RULES_DIR", str(home / "rules"))
    handlers = list(logging.getLogger().handlers)
    yield lambda *words: (run(words), capsys.readouterr().out)
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()
    set_language("en")


def test_each_invoice_is_in_the_bucket_of_its_days(hub: Hub) -> None:
    context = replace(hub.context, now=lambda: NOW)
    found = {row.sums.total.currency: [each.amount for each in row.sums.amounts] for row in ageing(context, None)}
    assert found == {
        # Drafts, void and paid invoices ask for nothing; the company's own overdue one is due at the end of the year.
        "JPY": [100 + 200 + 898600, 300 + 400, 500 + 600, 700 + 800, 900 + 1000],
        # Without a due date an invoice is due on its date; what was paid too much is taken off.
        "EUR": [-30, 50, 0, 0, 0],
    }
    sums = ageing(context, None)[0].sums
    assert sums.base_total == Money(Decimal(3200), "JPY")


@pytest.mark.parametrize("ref", [AOZORA, CONTACT, WON_DEAL])
def test_an_account_its_contacts_and_deals_show_its_customer_alone(hub: Hub, ref: RecordRef) -> None:
    context = replace(hub.context, now=lambda: NOW)
    totals = [row.sums.total for row in ageing_of(context, None, ref)]
    assert totals == [Money(Decimal(20), "EUR"), Money(Decimal(898600), "JPY")]
    [other] = ageing_of(context, None, HARBOUR)
    assert (other.sums.count, other.sums.total) == (10, Money(Decimal(5500), "JPY"))


def test_every_face_says_the_same(hub: Hub, home: Path, command: object) -> None:
    token = let_in(hub)
    with running(hub, work=False) as served, httpx2.Client(base_url=served.base_url, timeout=20) as client:
        sign_in(client, token)
        page = client.get("/receivables").text
        api = client.get("/api/receivables", headers=bearer(token)).json()["items"]
        account = client.get(f"/accounts/{AOZORA.id}").text
    assert [each["total"] for each in api] == [
        {"amount": "20.00", "currency": "EUR"},
        {"amount": "904100", "currency": "JPY"},
    ]
    assert "¥904,100" in page
    assert '<rect class="age-' in page
    assert "Owed, by how long it has been due" in account
    code, printed = command("--home", str(home), "receivables", "--json")  # type: ignore[operator]
    assert (code, [each["total"] for each in json.loads(printed)]) == (0, [each["total"] for each in api])
