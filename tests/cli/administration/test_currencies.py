"""Plans, currencies and rates of both sides."""

from typing import Any

import pytest


@pytest.fixture
def professional(office: Any) -> Any:
    """A CRM without several currencies of its own, and dollars in use in Books."""
    office.control("PUT", "/crm/org", {"edition": "professional"})
    quote(office)
    office.connect("crm")
    return office


def quote(office: Any) -> None:
    """A dollar is 156.25 yen in Books."""
    dollar = {"currency_code": "USD", "currency_symbol": "$", "currency_format": "1,234,567.89"}
    id = office.books("POST", "/settings/currencies", dollar)["currency"]["currency_id"]
    office.books("POST", f"/settings/currencies/{id}/exchangerates", {"effective_date": "2026-01-01", "rate": 156.25})


def test_what_fits_is_said_to_fit(office: Any) -> None:
    office.connect("crm", "books")
    checked = office("currencies", "check", "--json")
    assert checked.code == 0
    (books,) = checked.json
    assert books["service"] == "books"
    assert {each["kind"] for each in books["findings"]} == {"fits", "no_minor_unit"}
    assert "問題なし" in office("--language", "ja", "currencies", "check", "books").out


def test_what_no_longer_fits_is_an_exit_code(office: Any) -> None:
    office.connect("crm", "books")
    office.control("PUT", "/crm/org", {"edition": "standard"})
    checked = office("currencies", "check")
    assert checked.code == 1
    assert "prevents it" in checked.out
    assert "Upgrade the CRM" in checked.out


def test_a_service_that_cannot_be_asked_does_not_silence_the_others(office: Any) -> None:
    office.use("books", "invoice")
    office.connect("crm", "books", "invoice")
    office.company.fault("status", path="/books/v3/*", status=200, body="<html>moved</html>", count=None)
    checked = office("currencies", "check", "--json")
    assert checked.code == 1
    found = {each["service"]: each for each in checked.json}
    assert found["books"]["error"]["type"] == "BrokenAnswer"
    assert found["invoice"]["findings"]


def test_the_crm_is_told_to_use_several_currencies_after_a_word(professional: Any) -> None:
    professional.at_terminal("n")
    declined = professional("connect", "books")
    assert declined.code == 130
    assert "will be done" in declined.err
    assert "Go on?" in declined.err
    assert [each["service"] for each in professional("connections", "--json").json] == ["crm"]

    professional.at_terminal("y")
    assert professional("connect", "books").code == 0
    kinds = {each["kind"] for each in professional("currencies", "check", "books", "--json").json[0]["findings"]}
    assert "enable_multi_currency" not in kinds
    plan = professional("services", "disable", "books", "--plan", "--json").json
    assert plan["findings"], "the hub turned it on, so it says what becomes of it"


def test_rates_are_laid_beside_each_other(professional: Any) -> None:
    professional.connect("books")
    shown = professional("currencies", "rates", "books", "--json")
    assert shown.code == 0, shown.err
    (books,) = shown.json
    (dollar,) = books["rates"]
    assert dollar["currency"] == "USD"
    assert dollar["verdict"] == "missing_in_crm"
    assert isinstance(dollar["finance_value"], str)
    assert "CRMに未登録" in professional("--language", "ja", "currencies", "rates").out


def test_rates_of_different_base_currencies_are_not_compared(office: Any) -> None:
    office.connect("crm", "books")
    quote(office)
    office.control("PUT", "/crm/org", {"currency_code": "USD"})
    shape = {"decimal_separator": "Period", "thousand_separator": "Comma", "decimal_places": "2"}
    own = {"iso_code": "USD", "name": "US Dollar", "symbol": "$", "exchange_rate": "1.000000000", "format": shape}
    office.request("POST", "/crm/v8/org/currencies/actions/enable", {"base_currency": own})
    euro = {**own, "iso_code": "EUR", "name": "Euro", "symbol": "€", "exchange_rate": "0.900000000"}
    office.request("POST", "/crm/v8/org/currencies", {"currencies": [euro]})
    ended = office("--language", "ja", "currencies", "rates", "books", "--json")
    assert (ended.code, ended.json["error"]["type"]) == (2, "ConfigError")
    assert "JPY, USD" in ended.json["error"]["message"]


def test_without_a_finance_service_there_is_nothing_to_check(office: Any) -> None:
    office.connect("crm")
    assert office("currencies", "check", "--json").json == []
    assert "No finance service" in office("currencies", "rates").err
    assert office("currencies", "check", "books").code == 3
