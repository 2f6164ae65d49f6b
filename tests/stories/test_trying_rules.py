"""Rules are tried before they count: on one deal, and on the history; nothing is written either way."""

import csv
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tsunagi.app.sync.ingest import ingest
from tsunagi.cli.running import run
from tsunagi.domain.money import Money
from tsunagi.domain.records import Record, RecordRef
from tsunagi.translation import set_language

RULE = Path(__file__).parents[2] / "rules" / "automations" / "deal_won_invoice.yaml"
Answer = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Answer]:
    """The command line of the same installation."""
    monkeypatch.setenv("TSUNAGI_RULES_DIR", str(RULE.parents[1]))
    monkeypatch.setenv("COLUMNS", "100")

    def call(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(("--home", str(tmp_path / "hub"), *words))
        said = capsys.readouterr()
        return code, said.out, said.err

    yield call
    set_language("en")


def test_one_deal_is_simulated(open_office: Any, zoho: Any, command: Answer) -> None:
    office = open_office(listening=False)
    _, deal = zoho.account_and_deal(amount=120_000)
    office.sync()
    before = zoho.writes()

    code, said, aside = command("rules", "simulate", deal)
    assert code == 0
    assert "deal_won_invoice (Invoice a won deal): its conditions hold" in said
    assert ": create books.invoice (" in said
    assert "rate 120000" in said
    assert "Nothing was written." in aside

    code, said, _ = command("rules", "simulate", deal, "--event", "deal.won", "--set", "amount=0 JPY", "--json")
    (event,) = json.loads(said)
    assert (event["writes"], event["rules"][0]["outcome"]) == ([], "not_met")
    assert command("rules", "simulate", deal, "--set", "amuont=1")[0] == 2
    assert command("rules", "simulate", deal, "--set", "amount=lots")[0] == 2
    assert "deal.won" in command("rules", "simulate", deal, "--event", "deal.win")[2]

    assert zoho.writes() == before
    assert office.state()["intents"].get("planned") is None


def test_a_backtest_finds_the_invoices_a_changed_rule_would_have_made(
    open_desk: Any, command: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty deals were won, thirty-one above the old threshold."""
    strict = tmp_path / "rules" / "automations"
    strict.mkdir(parents=True)
    text = RULE.read_text(encoding="utf-8")
    (strict / RULE.name).write_text(text.replace("greater_than: 0", "greater_than: 2900"), encoding="utf-8")
    office = open_desk("crm", rules_dir=strict.parent)
    _win(office, 60)
    relaxed = tmp_path / "relaxed.yaml"
    relaxed.write_text(text, encoding="utf-8")

    asked = ("rules", "backtest", str(relaxed), "--since", "2020-01-01")
    table = tmp_path / "differences.csv"
    monkeypatch.setenv("TSUNAGI_RULES_DIR", str(strict.parent))
    code, said, _ = command(*asked, "--threshold", "28", "--csv", str(table))
    assert code == 1
    assert "Records that differ: 29 of 60" in said
    assert "¥43,500" in said
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 29
    assert {row["difference"] for row in rows} == {"more"}
    assert sum(Decimal(row["amount"]) for row in rows) == 43_500
    assert rows[0]["title"].startswith("'=")

    code, said, _ = command(*asked, "--threshold", "29", "--json")
    assert code == 0
    told = json.loads(said)
    assert (told["differ"], told["records"], told["assumed"]) == (29, 60, 0)
    assert told["actions"] == [
        {"action": "books.invoice.create", "difference": "more", "count": 29, "money": {"JPY": "43500"}}
    ]

    # A file of the folder itself is compared with how the hub last knew it.
    (strict / RULE.name).write_text(text.replace("status: draft", "status: sent").replace("r_than: 0", "r_than: 2900"))
    code, said, _ = command("rules", "backtest", str(strict / RULE.name), "--since", "2020-01-01", "--json")
    told = json.loads(said)
    assert [(each["difference"], each["count"]) for each in told["actions"]] == [("different", 31)]

    broken = tmp_path / "broken.yaml"
    broken.write_text(text.replace("deal.amount", "deal.amuont"), encoding="utf-8")
    code, _, said = command("rules", "backtest", str(broken), "--since", "2020-01-01")
    assert code == 2
    assert "Did you mean 'amount'?" in said
    assert command("rules", "backtest", str(relaxed), "--since", "yesterday")[0] == 2


def _win(office: Any, count: int) -> None:
    """Deals of 100, 200, ... yen."""
    kind = office.hub.registry.entity("crm", "deal")
    account = RecordRef("crm", "account", "1")
    for outcome in ("open", "won"):
        deals = [
            Record(
                RecordRef("crm", "deal", f"{number:03}"),
                {
                    "name": f"=Deal {number}",
                    "account": account,
                    "amount": Money(Decimal(100 * number), "JPY"),
                    "outcome": outcome,
                },
                outcome,
                office.hub.context.now(),
            )
            for number in range(1, count + 1)
        ]
        ingest(office.hub.context, kind, deals, batch=outcome, initial=outcome == "open")
