"""How the CRM words what it will not do, where an answer differs from the plainest one."""

import httpx2
import pytest
from tests.sandbox.crm.test_organization import BASE, currency


@pytest.fixture
def many_currencies(api: httpx2.Client) -> httpx2.Client:
    api.post("/crm/v8/org/currencies/actions/enable", json={"base_currency": BASE})
    return api


def test_a_good_and_a_bad_currency_have_a_status_each_and_the_good_one_is_stored(
    many_currencies: httpx2.Client,
) -> None:
    api = many_currencies
    made = api.post(
        "/crm/v8/org/currencies", json={"currencies": [currency("USD", "0.0067"), currency("KWD", "0.002")]}
    )
    usd, kwd = (item["details"]["id"] for item in made.json()["currencies"])
    changes = [{"id": usd, "exchange_rate": "0.007"}, {"id": kwd, "exchange_rate": "-1"}]
    answer = api.put("/crm/v8/org/currencies", json={"currencies": changes})
    assert answer.status_code == 207
    assert [item["status"] for item in answer.json()["currencies"]] == ["success", "error"]
    rates = {row["iso_code"]: row["exchange_rate"] for row in api.get("/crm/v8/org/currencies").json()["currencies"]}
    assert (rates["USD"], rates["KWD"]) == ("0.007000000", "0.002000000")


def test_any_currency_of_iso_4217_and_no_other(many_currencies: httpx2.Client) -> None:
    api = many_currencies
    unknown = api.post("/crm/v8/org/currencies", json={"currencies": [currency("EUX", "1")]})
    assert unknown.status_code == 400
    assert unknown.json()["currencies"][0]["details"]["api_name"] == "iso_code"
    offered = api.get("/crm/v8/org/currencies/actions/available_currencies").json()["available_currencies"]
    places = {item["iso_code"]: item["decimal_places"] for item in offered}
    assert (places["JPY"], places["SEK"], places["TND"]) == ("0", "2", "3")
    assert "EUX" not in places


def test_a_rate_has_nine_decimals(many_currencies: httpx2.Client) -> None:
    fields = many_currencies.get("/crm/v8/settings/fields", params={"module": "Deals"}).json()["fields"]
    places = {field["api_name"]: field["decimal_place"] for field in fields}
    assert (places["Exchange_Rate"], places["Amount"]) == (9, 2)


def test_all_that_is_wrong_with_a_record_is_said_at_once(api: httpx2.Client) -> None:
    row = {"Deal_Name": "D", "Stage": "Nowhere", "Amount": "much", "Closing_Date": "soon"}
    answer = api.post("/crm/v8/Deals", json={"data": [row]})
    (outcome,) = answer.json()["data"]
    assert (answer.status_code, outcome["code"], outcome["status"]) == (400, "MULTIPLE_OR_MULTI_ERRORS", "error")
    errors = {error["details"]["api_name"]: error["code"] for error in outcome["details"]["errors"]}
    assert errors == {"Stage": "INVALID_DATA", "Amount": "INVALID_DATA", "Closing_Date": "INVALID_DATA"}
    assert outcome["details"]["errors"][0]["details"]["json_path"].startswith("$.data[0].")


def test_a_single_mistake_stands_alone(api: httpx2.Client) -> None:
    (outcome,) = api.post("/crm/v8/Deals", json={"data": [{"Deal_Name": "D", "Stage": "Nowhere"}]}).json()["data"]
    assert (outcome["code"], outcome["details"]["api_name"]) == ("INVALID_DATA", "Stage")


def test_a_method_a_path_does_not_have(api: httpx2.Client) -> None:
    answer = api.patch("/crm/v8/org")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST_METHOD")


def test_figures_that_were_never_filled(api: httpx2.Client) -> None:
    for module, row, expected in (
        (
            "Products",
            {"Product_Name": "P"},
            {"Qty_in_Stock": 0, "Qty_Ordered": 0, "Qty_in_Demand": 0, "Reorder_Level": 0},
        ),
        ("Accounts", {"Account_Name": "A"}, {"Account_Number": "0"}),
    ):
        made = api.post(f"/crm/v8/{module}", json={"data": [row]}).json()["data"][0]["details"]["id"]
        shown = api.get(f"/crm/v8/{module}/{made}").json()["data"][0]
        assert {name: shown[name] for name in expected} == expected


def test_how_many_users_there_are(api: httpx2.Client) -> None:
    assert api.get("/crm/v8/users/actions/count").json() == {"count": "2"}
    assert api.get("/crm/v8/users/actions/count", params={"type": "AdminUsers"}).json() == {"count": "1"}
    assert api.get("/crm/v8/users/actions/count", params={"type": "Robots"}).status_code == 400
