"""Connecting organisations: several services at once, one that is not there yet, one that does not fit."""

import io
from typing import Any

import pytest

HANAKO, ICHIRO, EMILY = "hanako.sato@example.com", "ichiro.suzuki@example.com", "emily.carter@example.net"
NEW = ("--create-name", "Kita Trading", "--country", "Japan", "--currency", "jpy", "--time-zone", "Asia/Tokyo")


def test_whoever_connects_the_crm_connects_the_others(office: Any) -> None:
    office.connect("crm")
    ended = office("connect", "books")
    assert ended.code == 0, ended.err
    assert "Connected Zoho Books: Sandbox Company" in ended.out
    assert "Zoho Books: plans and currencies fit." in ended.err
    listed = {each["service"]: each["connected_by"] for each in office("connections", "--json").json}
    assert listed == {"books": HANAKO, "crm": HANAKO}


def test_several_services_get_the_same_organisation_created_where_it_is_missing(office: Any) -> None:
    office.use("invoice", "expense")
    ended = office("connect", "crm", "books", "invoice", "expense", "--json")
    assert ended.code == 0, ended.err
    results = {each["service"]: each for each in ended.json["services"]}
    assert {name: each["result"] for name, each in results.items()} == {
        "crm": "connected",
        "books": "created",
        "invoice": "connected",
        "expense": "connected",
    }
    ids = {results[name]["organization"]["id"] for name in ("books", "invoice", "expense")}
    assert ids == {office.organization()["organization_id"]}
    assert results["books"]["findings"]


def test_what_has_no_api_is_told_and_checked_the_next_time(office: Any) -> None:
    office.connect("crm")
    ended = office("connect", "books", "expense")
    assert ended.code == 1
    assert "Connected Zoho Books" in ended.out
    assert "Zoho Expense is to be set up by hand" in ended.err
    office.use("books", "expense")
    again = office("connect", "books", "expense", "--json")
    assert again.code == 0, again.err
    assert {each["result"] for each in again.json["services"]} == {"connected"}


def test_settings_given_once_count_for_every_service(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    office.use("books", "invoice")
    office.connect("crm")
    for service in ("BOOKS", "INVOICE"):
        monkeypatch.delenv(f"TSUNAGI_{service}_BASE_URL")
        monkeypatch.delenv(f"TSUNAGI_{service}_CLIENT_SECRET")
    monkeypatch.setattr("sys.stdin", io.StringIO("sandbox-secret\n"))
    given = ("--set", f"base_url={office.company.base_url}", "--set-secret", "client_secret")
    ended = office("connect", "books", "invoice", *given, "--json")
    assert ended.code == 0, ended.err
    unknown = office("connect", "books", "invoice", "--set", "colour=blue")
    assert unknown.code == 2
    assert "Zoho Books, Zoho Invoice has no setting 'colour'" in unknown.err


def test_without_an_organisation_anywhere_one_is_offered_and_created(office: Any) -> None:
    office.use()
    office.connect("crm")
    told = office("connect", "books", "--json")
    assert told.code == 2
    assert "There is no organisation in Zoho Books yet" in told.json["error"]["message"]
    assert "--create-name" in told.json["error"]["hint"]
    assert "国" not in told.err
    assert "組織がありません" in office("--language", "ja", "connect", "books").err

    made = office("connect", "books", *NEW, "--json")
    assert made.code == 0, made.err
    assert (made.json["result"], made.json["organization"]["name"]) == ("created", "Kita Trading")
    assert made.json["organization"]["base_currency"] == "JPY"
    # The same command again finds what it made.
    assert office("connect", "books", *NEW, "--json").json["result"] == "connected"


def test_at_the_terminal_the_new_organisation_is_asked_for(office: Any) -> None:
    office.use()
    office.connect("crm")
    office.at_terminal("Kita Trading", "Japan", "JPY", "Asia/Tokyo")
    ended = office("connect", "books")
    assert ended.code == 0, ended.err
    assert "There is no organisation yet" in ended.err
    assert "Created and connected Zoho Books: Kita Trading" in ended.out


def test_nothing_is_created_beside_an_organisation_or_from_half_a_description(office: Any) -> None:
    office.connect("crm")
    beside = office("connect", "books", *NEW)
    assert beside.code == 2
    assert "Sandbox Company" in beside.err
    half = office("connect", "books", "--create-name", "Kita Trading", "--currency", "JPY")
    assert half.code == 2
    assert "--country, --time-zone" in half.err
    assert len(office.control("GET", "/organizations")["organizations"]) == 2


def test_the_crm_stays_connected_where_the_others_are_not(office: Any) -> None:
    office.use()
    ended = office("connect", "crm", "books")
    assert ended.code == 1
    assert "Connected Zoho CRM" in ended.out
    assert "Zoho Books was not connected" in ended.err
    assert "--create-name" in ended.err


def test_only_an_administrator_connects(office: Any) -> None:
    office.sits(ICHIRO)
    refused = office("connect", "crm", "--json")
    assert (refused.code, refused.json["error"]["type"]) == (1, "PermissionDenied")
    office.sits(HANAKO)
    office.connect("crm")
    other = office("--as", ICHIRO, "connect", "books", "--json")
    assert (other.code, other.json["error"]["type"]) == (1, "PermissionDenied")
    assert ICHIRO in other.json["error"]["message"]
    assert (
        "CRM に利用者「nobody@example.com」はいません"
        in office("--language", "ja", "--as", "nobody@example.com", "connect", "books").err
    )


@pytest.fixture
def dollars(office: Any) -> Any:
    """The CRM counts in dollars, the finance organisation in yen."""
    office.control("PUT", "/crm/org", {"currency_code": "USD"})
    office.connect("crm")
    return office


def test_base_currencies_that_differ_are_refused_before_anything_is_changed(dollars: Any) -> None:
    ended = dollars("connect", "books", "--json")
    assert ended.code == 1
    error = ended.json["error"]
    assert (error["type"], error["exit_code"]) == ("Incompatible", 1)
    assert error["findings"][0]["kind"] == "base_currency_differs"
    assert "USD" in error["hint"]
    assert "request" not in error
    assert [each["service"] for each in dollars("connections", "--json").json] == ["crm"]


def test_a_locked_base_currency_comes_with_the_request_to_the_vendor(dollars: Any) -> None:
    dollars.invoice()
    plain = dollars("connect", "books")
    assert (plain.code, plain.out) == (1, "")
    assert "--show-request" in plain.err
    shown = dollars("--language", "ja", "connect", "books", "--show-request")
    assert shown.code == 1
    assert "変更後の基準通貨: USD" in shown.out
    assert HANAKO in shown.out
    facts = dollars("connect", "books", "--show-request", "--json")
    assert facts.json["error"]["findings"][0]["kind"] == "base_currency_locked"
    assert "Wanted base currency: USD" in facts.json["error"]["request"]["body"]


def test_of_several_organisations_one_is_picked_for_all_services(office: Any) -> None:
    office.use("books", "invoice")
    osaka = {"name": "Osaka Branch", "services": ["books", "invoice"], "owner_email": HANAKO}
    office.control("POST", "/organizations", osaka)
    id = office.organization("Osaka Branch")["organization_id"]
    office.connect("crm")
    unclear = office("--language", "ja", "connect", "books", "invoice", "--json")
    assert (unclear.code, unclear.json["error"]["type"]) == (2, "OrganizationUnclear")
    assert "Osaka Branch" in unclear.json["error"]["message"]
    assert "--organization" in unclear.json["error"]["hint"]
    office.at_terminal(id)
    picked = office("connect", "books", "invoice")
    assert picked.code == 0, picked.err
    assert picked.out.count("Osaka Branch") == 2


def test_a_service_with_wrong_credentials_does_not_undo_the_others(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.use("books", "invoice")
    office.connect("crm")
    monkeypatch.setenv("TSUNAGI_BOOKS_REFRESH_TOKEN", "1000.revoked")
    ended = office("connect", "books", "invoice", "--json")
    assert ended.code == 1
    books, invoice = ended.json["services"]
    assert (books["result"], books["error"]["type"]) == ("refused", "AuthenticationFailed")
    assert (invoice["result"], invoice["state"]) == ("connected", "active")
    assert office("connect", "books", "--json").code == 3
