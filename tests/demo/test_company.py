"""The made-up company: one command, from nothing to invoices."""

import signal
import subprocess
from decimal import Decimal

import httpx2
import pytest


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "home"


@pytest.fixture(scope="module")
def real_database(tmp_path_factory):
    """What the environment names as the user's own installation; no demo may touch it."""
    return tmp_path_factory.mktemp("real") / "real.sqlite3"


@pytest.fixture(scope="module")
def first(run, home, real_database):
    env = {"TSUNAGI_DATABASE_URL": f"sqlite:///{real_database}"}
    return run("demo", "--home", home, "--seed", 7, "--json", env=env)


def test_it_says_what_was_synced_and_billed(first):
    outcome = first.json
    assert outcome["synced"]["crm.account"] >= 200
    assert outcome["synced"]["crm.contact"] >= 400
    assert outcome["synced"]["crm.deal"] >= 300
    assert outcome["synced"]["books.customer"] == outcome["synced"]["crm.account"]
    assert outcome["synced"]["books.contact_person"] == outcome["synced"]["crm.contact"]
    assert outcome["rules_fired"] == {"deal_won_invoice": 2}
    assert outcome["invoices"]["count"] == 2
    assert sorted(outcome["invoices"]["numbers"]) == ["INV-000001", "INV-000002"]
    assert outcome["resumed"] is False
    assert outcome["problems"] == []


def test_a_deal_in_yen_and_one_in_dollars_are_billed_at_their_amounts(first):
    invoices = first.json["invoices"]
    assert invoices["currency"] == invoices["base_currency"] == "JPY"
    assert set(invoices["by_currency"]) == {"JPY", "USD"}
    base = sum(Decimal(each["base_total"]) for each in invoices["by_currency"].values())
    assert Decimal(invoices["total"]) == base
    assert "." not in invoices["total"]
    for deal in first.json["deals"]:
        (bill,) = deal["invoices"]
        assert bill["why"]["rule"] == "deal_won_invoice"
        assert {condition["verdict"] for condition in bill["why"]["conditions"]} == {"holds"}


def test_the_hub_is_sparing_with_calls_and_says_where_the_time_went(first):
    outcome = first.json
    books, crm = outcome["api_calls"]["books"], outcome["api_calls"]["crm"]
    writes = outcome["synced"]["books.customer"] + outcome["synced"]["books.contact_person"] + 2
    # One more POST each for the access token, and one for the callbacks.
    assert books["POST"] == writes + 1
    assert crm["POST"] == 2
    pages = sum(max(1, -(-count // 200)) for count in outcome["synced"].values())
    assert books["POST"] + books["GET"] + crm["POST"] + crm["GET"] <= (writes + pages) * 1.05
    assert outcome["crm_user_calls"]["PUT"] == 1
    seconds = outcome["seconds"]
    assert set(seconds) == {"services", "own", "wall", "preparing", "crm_user"}
    assert 0 < seconds["services"] + seconds["own"] < seconds["wall"]


def test_settings_of_another_installation_are_not_used(first, real_database):
    assert not real_database.exists()


def test_progress_goes_to_standard_error(first):
    assert first.out.startswith("{")
    assert "Reading records" in first.err


def test_a_finished_demo_begins_anew_and_takes_away_only_what_it_made(first, home, run):
    mine = home / "company" / "my-notes.txt"
    mine.write_text("mine")
    again = run("demo", "--home", home, "--seed", 7, "--json")
    assert mine.read_text() == "mine"
    for name in ("synced", "invoices", "deals", "rules_fired", "api_calls"):
        assert again.json[name] == first.json[name], name


def test_another_seed_is_another_company(first, tmp_path, run):
    other = run("demo", "--home", tmp_path / "home", "--seed", 8, "--json").json
    assert [deal["name"] for deal in other["deals"]] != [deal["name"] for deal in first.json["deals"]]


def test_it_can_be_shown_again_in_japanese(first, home, run):
    shown = run("demo", "--home", home, "--seed", 7, "--keep", env={"TSUNAGI_LANGUAGE": "ja"}).out
    assert "受注した商談" in shown
    for number in first.json["invoices"]["numbers"]:
        assert number in shown


def test_another_wish_is_not_mixed_with_what_is_to_be_kept(first, home, run):
    refused = run("demo", "--home", home, "--seed", 9, "--keep", expect=2)
    assert "--seed 7" in refused.err


def test_the_account_page_stays_up_until_ctrl_c(first, home, start):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = start("demo", "--home", home, "--seed", 7, "--keep", "--serve", "--json", **pipes)
    urls = []
    while not any("Ctrl-C" in line for line in urls):
        urls.append(process.stderr.readline())
    pages = [line.strip() for line in urls if line.startswith("http")]
    for page, deal in zip(pages, first.json["deals"], strict=True):
        text = httpx2.get(page, trust_env=False).text
        assert deal["account"] in text
        assert deal["invoices"][0]["number"] in text
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_folder_that_is_not_a_demos_is_left_alone(run, tmp_path):
    (tmp_path / "tsunagi.sqlite3").write_bytes(b"somebody's")
    refused = run("demo", "--home", tmp_path, expect=2)
    assert "tsunagi.sqlite3" in refused.err
    assert (tmp_path / "tsunagi.sqlite3").read_bytes() == b"somebody's"
