"""Editions, and which of them lets several currencies be switched on."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from zoho_sandbox.server import Running

Connect = Callable[[Running], httpx2.Client]
Serve = Callable[..., Running]
BASE = {
    "iso_code": "JPY",
    "name": "Japanese Yen - JPY",
    "symbol": "¥",
    "exchange_rate": "1.000000000",
    "format": {"decimal_separator": "Period", "thousand_separator": "Comma", "decimal_places": "0"},
}
ENABLE = "/crm/v8/org/currencies/actions/enable"


def facts(api: httpx2.Client) -> tuple[Any, Any]:
    org = api.get("/crm/v8/org").json()["org"][0]
    return org["license_details"]["paid_type"], org["mc_status"]


@pytest.mark.parametrize(
    ("edition", "switch", "allowed"),
    [
        ("free", "allow", False),
        ("standard", "allow", False),
        ("professional", "allow", True),
        ("professional", "refuse", False),
        ("enterprise", "refuse", True),
        ("ultimate", "refuse", True),
    ],
)
def test_currencies_are_switched_on_where_the_edition_has_them(
    serve: Serve, connect: Connect, edition: str, switch: str, allowed: bool
) -> None:
    api = connect(serve(crm_edition=edition, crm_professional_multicurrency=switch))
    assert facts(api) == (edition, False)
    answer = api.post(ENABLE, json={"base_currency": BASE})
    if allowed:
        assert answer.json()["base_currency"]["code"] == "SUCCESS"
    else:
        assert (answer.status_code, answer.json()["code"]) == (400, "FEATURE_NOT_SUPPORTED")
        assert "Enterprise" in answer.json()["message"]
        assert api.get("/crm/v8/org/currencies").json()["code"] == "CURRENCIES_NOT_ENABLED"
    assert facts(api) == (edition, allowed)


def test_no_call_switches_them_off_again(serve: Serve, connect: Connect) -> None:
    api = connect(serve(crm_edition="professional"))
    api.post(ENABLE, json={"base_currency": BASE})
    assert api.post("/crm/v8/org/currencies/actions/disable").status_code in (400, 404)
    assert api.delete(ENABLE).status_code in (400, 404)
    assert facts(api) == ("professional", True)


def test_the_demo_company_has_several_currencies_only_where_the_edition_has_them(
    serve: Serve, connect: Connect
) -> None:
    api = connect(serve(seed_data="demo", crm_edition="professional"))
    assert facts(api) == ("professional", False)
    deals = api.get("/crm/v8/Deals", params={"fields": "Amount,Currency"}).json()["data"]
    assert all("Currency" not in deal for deal in deals)
    assert all(deal["Amount"] == int(deal["Amount"]) for deal in deals), "whole yen, all of them"


def test_the_edition_can_be_changed_by_the_controls(serve: Serve, connect: Connect) -> None:
    api = connect(serve())
    assert facts(api) == ("enterprise", False)
    assert api.put("/_sandbox/crm/org", json={"edition": "standard"}).status_code == 200
    assert facts(api) == ("standard", False)
    assert api.put("/_sandbox/crm/org", json={"edition": "gold"}).status_code == 400
