"""What describes the organisation: settings, users, profiles, currencies, limits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from zoho_sandbox.crm import metadata
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.server import Running

Connect = Callable[[Running], httpx2.Client]
Serve = Callable[..., Running]


def settings(api: httpx2.Client, what: str, **params: str) -> Any:
    answer = api.get(f"/crm/v8/settings/{what}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()[what.split("/", maxsplit=1)[0]]


def test_modules_and_their_fields(api: httpx2.Client) -> None:
    modules = settings(api, "modules")
    names = [module["api_name"] for module in modules]
    assert names[:5] == ["Accounts", "Contacts", "Deals", "Vendors", "Products"]
    assert names[5:] == ["Quotes", "Sales_Orders", "Purchase_Orders", "Invoices", "Tasks"]
    assert settings(api, "modules/Deals")[0]["singular_label"] == "Deal"
    fields = {field["api_name"]: field for field in settings(api, "fields", module="Contacts")}
    assert fields["Last_Name"]["system_mandatory"] is True
    assert fields["Account_Name"]["lookup"]["module"]["api_name"] == "Accounts"
    assert fields["Created_Time"]["read_only"] is True
    one = settings(api, f"fields/{fields['Email']['id']}", module="Contacts")
    assert one[0]["data_type"] == "email"
    assert api.get("/crm/v8/settings/fields").json()["code"] == "REQUIRED_PARAM_MISSING"
    assert api.get("/crm/v8/settings/fields", params={"module": "X"}).json()["code"] == "INVALID_MODULE"


def test_stages_say_in_both_places_what_they_mean(api: httpx2.Client) -> None:
    layout = settings(api, "layouts", module="Deals")[0]["id"]
    maps = settings(api, "pipeline", layout_id=layout)[0]["maps"]
    stage = next(f for f in settings(api, "fields", module="Deals") if f["api_name"] == "Stage")
    by_pipeline = {m["actual_value"]: m["forecast_type"] for m in maps}
    by_field = {value["actual_value"]: value["forecast_type"] for value in stage["pick_list_values"]}
    assert by_pipeline == by_field
    assert by_pipeline["Closed Won"] == "Closed Won"
    assert by_pipeline["Closed Lost to Competition"] == "Closed Lost"
    assert by_pipeline["Qualification"] == "Open"
    assert api.get("/crm/v8/settings/pipeline").status_code == 400


def test_stages_can_be_renamed(serve: Serve, connect: Connect) -> None:
    api = connect(serve())
    stages = [
        {"name": "商談", "probability": 30},
        {"name": "受注", "probability": 100, "forecast_type": "Closed Won"},
        {"name": "失注", "probability": 0, "forecast_type": "Closed Lost"},
    ]
    assert api.put("/_sandbox/crm/stages", json={"stages": stages}).status_code == 200
    body = {"data": [{"Deal_Name": "D", "Stage": "受注"}]}
    assert api.post("/crm/v8/Deals", json=body).status_code == 201
    old = {"data": [{"Deal_Name": "D", "Stage": "Closed Won"}]}
    assert api.post("/crm/v8/Deals", json=old).status_code == 400
    wrong = api.put("/_sandbox/crm/stages", json={"stages": [{"name": "x", "probability": 5, "forecast_type": "?"}]})
    assert wrong.status_code == 400
    assert "valid" in wrong.json()["message"]


def test_related_lists_and_hidden_ones(serve: Serve, connect: Connect) -> None:
    api = connect(serve(before=lambda sandbox: metadata.hide_related_list(sandbox, "Deals", "Products")))
    accounts = {item["api_name"] for item in settings(api, "related_lists", module="Accounts")}
    assert {"Contacts", "Deals"} <= accounts
    assert {item["api_name"] for item in settings(api, "related_lists", module="Deals")} == {
        "Contact_Roles",
        "Quotes",
        "SalesOrders",
        "Invoices",
    }


def test_the_organisation_its_users_and_profiles(serve: Serve, connect: Connect) -> None:
    def set_up(sandbox: Sandbox) -> None:
        metadata.set_org(sandbox, company_name="Acme KK", edition="professional")
        metadata.add_profile(sandbox, "Sales")
        metadata.add_user(sandbox, first_name="Ken", last_name="Ito", email="k@example.jp", profile="Sales")
        with pytest.raises(ValueError, match="there is no profile 'Nope'"):
            metadata.add_user(sandbox, first_name="A", last_name="B", email="x@example.jp", profile="Nope")

    api = connect(serve(before=set_up))
    org = api.get("/crm/v8/org").json()["org"][0]
    assert (org["company_name"], org["license_details"]["paid_type"], org["mc_status"]) == (
        "Acme KK",
        "professional",
        False,
    )
    me = api.get("/crm/v8/users", params={"type": "CurrentUser"}).json()["users"]
    assert [(user["profile"]["name"], user["email"]) for user in me] == [("Administrator", "hanako.sato@example.com")]
    active = api.get("/crm/v8/users", params={"type": "ActiveUsers", "per_page": 1, "page": 3}).json()
    assert active["users"][0]["full_name"] == "Ken Ito"
    assert api.get(f"/crm/v8/users/{active['users'][0]['id']}").json()["users"][0]["email"] == "k@example.jp"
    assert api.get("/crm/v8/users", params={"type": "Robots"}).status_code == 400
    assert [profile["name"] for profile in settings(api, "profiles")] == ["Administrator", "Standard", "Sales"]
    assert len(settings(api, "roles")) == 2
    administrator = settings(api, "profiles")[0]["id"]
    refused = api.put(f"/crm/v8/settings/profiles/{administrator}", json={"profiles": [{}]})
    assert refused.status_code == 400, "system profiles cannot be changed"


BASE = {
    "iso_code": "JPY",
    "name": "Japanese Yen - JPY",
    "symbol": "¥",
    "exchange_rate": "1.000000000",
    "format": {"decimal_separator": "Period", "thousand_separator": "Comma", "decimal_places": "0"},
}


def currency(code: str, rate: object) -> dict[str, Any]:
    return {**BASE, "iso_code": code, "name": f"x - {code}", "symbol": "$", "exchange_rate": rate}


def test_currencies_are_off_until_enabled_once_and_for_all(serve: Serve, connect: Connect) -> None:
    api = connect(serve())
    off = api.get("/crm/v8/org/currencies")
    assert (off.status_code, off.json()["code"]) == (403, "CURRENCIES_NOT_ENABLED")
    assert api.post("/crm/v8/org/currencies/actions/enable", json={"base_currency": {}}).status_code == 400
    enabled = api.post("/crm/v8/org/currencies/actions/enable", json={"base_currency": BASE})
    assert enabled.json()["base_currency"]["code"] == "SUCCESS"
    again = api.post("/crm/v8/org/currencies/actions/enable", json={"base_currency": BASE})
    assert (again.status_code, again.json()["base_currency"]["code"]) == (400, "ALREADY_ENABLED")
    assert api.get("/crm/v8/org").json()["org"][0]["mc_status"] is True
    listed = api.get("/crm/v8/org/currencies").json()["currencies"]
    assert [(c["iso_code"], c["is_base"], c["exchange_rate"]) for c in listed] == [("JPY", True, "1.000000000")]


def test_a_rate_has_at_most_nine_digits_on_each_side(serve: Serve, connect: Connect) -> None:
    api = connect(serve())
    api.post("/crm/v8/org/currencies/actions/enable", json={"base_currency": BASE})
    made = api.post("/crm/v8/org/currencies", json={"currencies": [currency("USD", "0.006700001")]})
    assert made.status_code == 200
    usd = made.json()["currencies"][0]["details"]["id"]
    for rate in ("0.0067000012", "1234567890.1", "-1", "x", "0", 0.5):
        refused = api.put(f"/crm/v8/org/currencies/{usd}", json={"currencies": [{"exchange_rate": rate}]})
        assert refused.status_code == 400
        assert refused.json()["currencies"][0]["details"]["maximum_decimal_place"] == 9
    put = {"currencies": [{"id": usd, "exchange_rate": "123456789.123456789"}]}
    assert api.put("/crm/v8/org/currencies", json=put).status_code == 200
    shown = api.get(f"/crm/v8/org/currencies/{usd}").json()["currencies"][0]
    assert shown["exchange_rate"] == "123456789.123456789"
    twice = api.post("/crm/v8/org/currencies", json={"currencies": [currency("USD", "1")]})
    assert twice.json()["currencies"][0]["code"] == "DUPLICATE_DATA"
    assert api.get("/crm/v8/org/currencies/1").status_code == 204
    deal = {"Deal_Name": "D", "Stage": "Qualification", "Currency": "USD", "Amount": 10}
    deal_id = api.post("/crm/v8/Deals", json={"data": [deal]}).json()["data"][0]["details"]["id"]
    record = api.get(f"/crm/v8/Deals/{deal_id}").json()["data"][0]
    assert (record["Currency"], record["$currency_symbol"]) == ("USD", "$")


def test_the_base_currency_can_change_only_before_there_are_others(serve: Serve) -> None:
    def set_up(sandbox: Sandbox) -> None:
        metadata.set_org(sandbox, currency_code="USD")
        metadata.add_currency(sandbox, "EUR", "0.9")
        with pytest.raises(ValueError, match="base currency is USD"):
            metadata.set_org(sandbox, currency_code="JPY")
        with pytest.raises(ValueError, match="XXX"):
            metadata.add_currency(sandbox, "XXX", "1")

    serve(before=set_up)


def test_a_smaller_edition_has_no_multi_currency(serve: Serve, connect: Connect) -> None:
    api = connect(serve(before=lambda sandbox: metadata.set_org(sandbox, edition="standard")))
    refused = api.post("/crm/v8/org/currencies/actions/enable", json={"base_currency": BASE})
    assert (refused.status_code, refused.json()["code"]) == (400, "FEATURE_NOT_SUPPORTED")


def test_real_limits_count_credits_over_a_day(serve: Serve, connect: Connect) -> None:
    server = serve(limits="real", before=lambda sandbox: metadata.set_org(sandbox, edition="free"))
    api = connect(server)
    rows: list[dict[str, str]] = [{}] * 100  # what is refused costs as much
    for _ in range(499):
        assert api.post("/crm/v8/Accounts", json={"data": rows}).status_code == 400
    for _ in range(10):
        assert api.get("/crm/v8/org").status_code == 200
    refused = api.get("/crm/v8/org")
    assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    api.post("/_sandbox/clock/advance", json={"seconds": 25 * 3600})
    assert connect(server).get("/crm/v8/org").status_code == 200


def test_real_limits_bound_the_calls_at_the_same_time(serve: Serve, connect: Connect) -> None:
    api = connect(serve(limits="real", before=lambda sandbox: metadata.set_org(sandbox, edition="free")))
    api.post("/_sandbox/faults", json={"kind": "delay", "seconds": 0.5, "path": "/crm/v8/org", "count": None})
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda _: api.get("/crm/v8/org").status_code, range(6)))
    assert sorted(statuses) == [200, 200, 200, 200, 200, 429], "five at a time in the free edition"
