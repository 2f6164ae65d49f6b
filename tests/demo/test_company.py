"""The made-up company: one command, from nothing to invoices, and four finance services at work."""

import datetime as dt
import re
import signal
import subprocess
from collections import Counter
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest
from signing_in import sign_in

ROOT = Path(__file__).parents[2]


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
    for service in ("invoice", "expense", "subscriptions"):
        assert outcome["synced"][f"{service}.customer"] == outcome["synced"]["crm.account"]
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


def test_an_invoice_bears_the_day_on_which_its_deal_was_won(first, home, service_of):
    service = service_of(home)
    today = dt.datetime.now(dt.UTC)
    days = {(today + dt.timedelta(days=days)).date().isoformat() for days in (-1, 0, 1)}
    assert {invoice["date"] for invoice in service.invoices()} <= days
    won = {deal["id"] for deal in first.json["deals"]}
    assert {deal["Closing_Date"] for deal in service.deals() if deal["id"] in won} <= days


def test_every_service_is_named_with_its_documents_and_a_page_that_shows_them(first):
    outcome = first.json
    assert list(outcome["services"]) == ["crm", "books", "invoice", "expense", "subscriptions"]
    assert len({service["organization"] for service in outcome["services"].values()}) == 1
    for service, kind in (
        ("books", "invoice"),
        ("books", "sales_order"),
        ("books", "purchase_order"),
        ("invoice", "estimate"),
        ("expense", "expense"),
        ("expense", "expense_report"),
        ("subscriptions", "subscription"),
        ("subscriptions", "invoice"),
    ):
        kept = outcome["documents"][service][kind]
        assert kept["count"] > 0, (service, kind)
        assert Decimal(kept["base_total"]) > 0
        assert kept["page"]["account"]
        assert kept["page"]["count"] >= len(kept["page"]["numbers"]) > 0
    subscriptions = outcome["documents"]["subscriptions"]
    assert subscriptions["subscription"]["page"]["account_id"] == subscriptions["invoice"]["page"]["account_id"]


def test_what_would_multiply_the_writes_is_left_out_and_said(first):
    left_out = {name: service["left_out"] for name, service in first.json["services"].items()}
    assert [name for name, left in left_out.items() if left] == ["invoice"]
    assert first.json["synced"]["invoice.contact_person"] == 0
    (people,) = left_out["invoice"]
    assert str(first.json["synced"]["crm.contact"]) in people["why"]


def test_the_hub_is_sparing_with_calls_and_says_where_the_time_went(first):
    outcome = first.json
    calls, steps = outcome["api_calls"], outcome["sync"]
    for service in ("books", "invoice", "expense", "subscriptions"):
        writes = [counts for name, counts in steps.items() if name.startswith(f"{service}.")]
        creations = sum(counts.get("create", 0) for counts in writes) + (2 if service == "books" else 0)
        people = steps.get(f"{service}.contact_persons", {}).get("create", 0)
        # A new customer brings its people in the same call; those of customers that were there before come by
        # themselves. One more call is for the access token.
        by_themselves = calls[service]["POST"] - (creations - people + 1)
        assert 0 <= by_themselves <= (10 if people else 0)
        assert calls[service].get("PUT", 0) == sum(counts.get("update", 0) for counts in writes)
        # The list of purchase orders tells no rate: each of the five that is in another currency is read by itself.
        assert calls[service]["GET"] <= (55 if service == "books" else 50)
    # The access token and the callbacks.
    assert calls["crm"]["POST"] == 2
    assert calls["crm"]["GET"] <= 40
    assert outcome["crm_user_calls"]["PUT"] == 1
    seconds = outcome["seconds"]
    assert set(seconds) == {"services", "own", "wall", "preparing", "crm_user"}
    # Services are called at the same time: their seconds may add up to more than the clock says.
    assert seconds["own"] > 0
    assert seconds["services"] > 0


def test_settings_of_another_installation_are_not_used(first, real_database):
    assert not real_database.exists()


def test_progress_goes_to_standard_error(first):
    assert first.out.startswith("{")
    assert "Reading records" in first.err


def test_it_can_be_shown_again_in_japanese(first, home, run):
    shown = run("demo", "--home", home, "--seed", 7, "--keep", env={"TSUNAGI_LANGUAGE": "ja"}).out
    assert "受注した商談" in shown
    assert "レコード画面に表示される書類" in shown
    for number in first.json["invoices"]["numbers"]:
        assert number in shown


def test_one_that_ends_says_how_its_pages_are_seen(first, home, run):
    assert "--keep --serve" in run("demo", "--home", home, "--seed", 7, "--keep").err


def test_rules_one_plays_with_are_the_demos_own(first, home, run):
    name = Path("automations", "deal_won_invoice.yaml")
    ours, starter = home / "rules" / name, ROOT / "rules" / name
    before = starter.read_text(encoding="utf-8")
    assert ours.read_text(encoding="utf-8") == before
    run("--home", home, "rules", "switch", "deal_won_invoice", "off")
    assert ours.read_text(encoding="utf-8") != before
    assert starter.read_text(encoding="utf-8") == before
    run("--home", home, "rules", "switch", "deal_won_invoice", "on")


def test_another_wish_is_not_mixed_with_what_is_to_be_kept(first, home, run):
    refused = run("demo", "--home", home, "--seed", 9, "--keep", expect=2)
    assert "--seed 7" in refused.err


def test_the_account_page_stays_up_until_ctrl_c(first, home, start):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = start("demo", "--home", home, "--seed", 7, "--keep", "--serve", "--json", **pipes)
    urls = []
    while not any("Ctrl-C" in line for line in urls):
        urls.append(process.stderr.readline())
    # Each with the name of its account.
    assert first.json["deals"][0]["account"] in "".join(urls)
    pages = [line.split()[0] for line in urls if line.startswith("http")]
    way_in = re.search(r"(http\S+)/sign-in .* (\S+@\S+) .*: (tsunagi_\S+)", "".join(urls))
    assert way_in, urls
    address, _, token = way_in.groups()
    with httpx2.Client(trust_env=False) as browser:
        assert "/sign-in" in browser.get(pages[0]).headers["Location"]
        sign_in(browser, token, address)
        for page, deal in zip(pages, first.json["deals"], strict=False):
            text = browser.get(page).text
            assert deal["account"] in text
            assert deal["invoices"][0]["number"] in text
        shown = first.json["documents"]
        for service, kind in (("books", "sales_order"), ("expense", "expense_report"), ("subscriptions", "invoice")):
            page = shown[service][kind]["page"]
            place = f"{page['account_id']}?service={service}"
            text = browser.get(next(url for url in pages if url.endswith(place))).text
            assert page["account"] in text
            assert page["numbers"][0] in text
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_folder_that_is_not_a_demos_is_left_alone(run, tmp_path):
    (tmp_path / "tsunagi.sqlite3").write_bytes(b"somebody's")
    refused = run("demo", "--home", tmp_path, expect=2)
    assert "tsunagi.sqlite3" in refused.err
    assert (tmp_path / "tsunagi.sqlite3").read_bytes() == b"somebody's"


def test_killed_while_the_services_are_joined_it_goes_on_without_duplicates(
    begin, killed, run, first, service_of, home, tmp_path
):
    other = tmp_path / "home"
    arguments = ("demo", "--home", other, "--seed", 8, "--json")
    # Books and what came before took some eight hundred calls.
    assert killed(begin(*arguments), other, 1000)
    outcome = run(*arguments).json
    assert outcome["resumed"] is True
    assert outcome["invoices"]["count"] == 2
    assert list(outcome["moved"].values()) == [2]
    service = service_of(other)
    for path, kind in (
        ("invoice/v3/contacts", "contacts"),
        ("expense/v1/contacts", "contacts"),
        ("billing/v1/customers", "customers"),
    ):
        names = Counter(
            customer["contact_name" if kind == "contacts" else "display_name"] for customer in service.all(path, kind)
        )
        assert set(names.values()) == {1}
        assert len(names) == outcome["synced"]["crm.account"]
    # Another seed is another company.
    assert {deal["Deal_Name"] for deal in service.deals()} != {deal["Deal_Name"] for deal in service_of(home).deals()}
