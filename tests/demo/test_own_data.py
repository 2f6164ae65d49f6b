"""A company's own CSV exports: loaded, replayed, billed."""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("own") / "home"


@pytest.fixture(scope="module")
def outcome(run, company, home):
    return run("demo", "--data", company.folder, "--mapping", company.mapping, "--home", home, "--json").json


def test_closed_deals_are_replayed_and_the_won_ones_billed(outcome, company, home, service_of):
    invoices = outcome["invoices"]
    assert (invoices["count"], invoices["total"], invoices["currency"]) == (company.won, f"{company.total:.2f}", "EUR")
    assert outcome["rules_fired"] == {"deal_won_invoice": company.won}
    assert outcome["moved"] == {"Signed": company.won, "Gone": 12}
    service = service_of(home)
    won = sorted(Decimal(str(deal["Amount"])) for deal in service.deals() if deal["Stage"] == "Signed")
    assert sorted(Decimal(str(invoice["total"])) for invoice in service.invoices()) == won


def test_only_crm_and_books_are_connected(outcome):
    assert list(outcome["services"]) == ["crm", "books"]
    assert set(outcome["api_calls"]) == {"crm", "books"}
    assert {(service, kind) for service, kinds in outcome["documents"].items() for kind in kinds} >= {
        ("books", "invoice"),
        ("books", "sales_order"),
    }
    assert outcome["documents"]["books"]["invoice"]["page"]["account"].startswith("Customer ")


def test_a_finished_demo_begins_anew_and_takes_away_only_what_it_made(outcome, company, home, run):
    mine = home / "company" / "my-notes.txt"
    mine.write_text("mine")
    again = run("demo", "--data", company.folder, "--mapping", company.mapping, "--home", home, "--json").json
    assert mine.read_text() == "mine"
    for name in ("synced", "invoices", "documents", "rules_fired", "api_calls"):
        assert again[name] == outcome[name], name


def test_rows_that_cannot_be_used_are_told(outcome):
    skipped = [each for each in outcome["problems"] if each["consequence"] == "row skipped"]
    assert [each["count"] for each in skipped] == [1]
    with Path(outcome["problem_file"]).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["row"] for row in rows if row["consequence"] == "row skipped"] == ["62"]


def test_a_mistake_in_the_mapping_is_said_with_its_line(run, company, tmp_path):
    broken = tmp_path / "mapping.yaml"
    broken.write_text(company.mapping.read_text(encoding="utf-8").replace("Offered\n", "Offred\n", 1), encoding="utf-8")
    refused = run("demo", "--data", company.folder, "--mapping", broken, "--home", tmp_path / "home", expect=2)
    assert "mapping.yaml:" in refused.err


def test_what_the_files_leave_open_is_asked_and_answered_by_the_option_named(run, tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "Accounts_2026_05_28.csv").write_text("Account Name\nBirch\n", encoding="utf-8")
    deals = "Deal Name,Account Name,Stage,Amount,Closing Date\nRefit,Birch,Closed Won,1200.5,2026-05-20\n"
    (folder / "Deals_2026_05_28.csv").write_text(deals, encoding="utf-8")
    arguments = ("demo", "--data", folder, "--home", tmp_path / "home", "--json")
    assert "--base-currency" in run(*arguments, expect=2).err
    invoices = run(*arguments, "--base-currency", "GBP").json["invoices"]
    assert (invoices["count"], invoices["total"], invoices["currency"]) == (1, "1200.50", "GBP")


@pytest.fixture
def crm_sales() -> Path:
    """The real data set; it lies beside the repository and is no part of it."""
    folder = Path(os.environ.get("TSUNAGI_DATA", ROOT.parent / "shared" / "data" / "crm-sales"))
    if (folder / "crm-sales").is_dir():
        folder /= "crm-sales"
    if not (folder / "sales_pipeline.csv").is_file():
        pytest.skip(f"no data set in {folder}; TSUNAGI_DATA names the folder with sales_pipeline.csv")
    return folder


@pytest.mark.timeout(180)
def test_the_real_data_set_is_billed_to_the_dollar(run, crm_sales, tmp_path):
    mapping = ROOT / "examples" / "crm-sales.yaml"
    # Eleven thousand exchanges of a few shapes: the smaller tests have them checked.
    env = {"ZOHO_SANDBOX_EXCHANGE_LOG": ""}
    arguments = ("--data", crm_sales, "--mapping", mapping, "--home", tmp_path / "home", "--json")
    outcome = run("demo", *arguments, env=env).json

    invoices = outcome["invoices"]
    assert (invoices["count"], invoices["total"], invoices["currency"]) == (4238, "10005534.00", "USD")
    assert len(invoices["numbers"]) == 100
    assert outcome["moved"] == {"Closed Won": 4238, "Closed Lost": 2473}
    assert outcome["synced"]["crm.deal"] == 8800
    assert outcome["synced"]["books.customer"] == 85
    pages = sum(-(-count // 200) for count in (85, 8800)) + 5
    floor = pages + 85 + 4238 + -(-6711 // 100)
    calls = sum(count for methods in outcome["api_calls"].values() for count in methods.values())
    assert calls <= floor * 1.05
