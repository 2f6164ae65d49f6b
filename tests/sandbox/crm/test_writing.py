"""Writing records: outcomes one by one, validation, upsert, preconditions, deletion."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx2
import pytest
import simplejson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoho_sandbox.crm import metadata, records
from zoho_sandbox.server import Running

Rows = list[dict[str, Any]]


def create(api: httpx2.Client, module: str, rows: Rows) -> list[str]:
    answer = api.post(f"/crm/v8/{module}", json={"data": rows})
    assert answer.status_code == 201, answer.text
    return [item["details"]["id"] for item in answer.json()["data"]]


def read(api: httpx2.Client, module: str, record_id: str) -> dict[str, Any]:
    answer = api.get(f"/crm/v8/{module}/{record_id}")
    return dict(simplejson.loads(answer.content, use_decimal=True)["data"][0])


def problem(api: httpx2.Client, module: str, row: dict[str, Any]) -> dict[str, Any]:
    answer = api.post(f"/crm/v8/{module}", json={"data": [row]})
    assert answer.status_code == 400, answer.text
    return dict(answer.json()["data"][0])


def test_a_created_record_reads_back_with_its_lookups_named(api: httpx2.Client) -> None:
    (account,) = create(api, "Accounts", [{"Account_Name": "株式会社つなぎ", "Industry": "Technology"}])
    (contact,) = create(
        api,
        "Contacts",
        [{"First_Name": "Taro", "Last_Name": "Yamada", "Email": "t@example.jp", "Account_Name": {"id": account}}],
    )
    (deal,) = create(
        api,
        "Deals",
        [
            {
                "Deal_Name": "Renewal",
                "Stage": "Proposal/Price Quote",
                "Amount": 1234.5,
                "Closing_Date": "2026-05-01",
                "Account_Name": {"id": account},
                "Contact_Name": {"id": contact},
            }
        ],
    )
    shown = read(api, "Deals", deal)
    assert shown["Account_Name"] == {"name": "株式会社つなぎ", "id": account}
    assert shown["Contact_Name"] == {"name": "Taro Yamada", "id": contact}
    assert shown["Probability"] == 75
    assert shown["Expected_Revenue"] == Decimal("925.88")
    assert shown["Owner"]["email"] == "hanako.sato@example.com"
    assert shown["$currency_symbol"] == "¥"


def test_each_record_has_an_outcome_of_its_own_in_order(api: httpx2.Client) -> None:
    rows: Rows = [{"Account_Name": "One"}, {"Phone": "03"}, {"Account_Name": "Three", "Employees": "many"}]
    answer = api.post("/crm/v8/Accounts", json={"data": rows})
    assert answer.status_code == 207
    first, second, third = answer.json()["data"]
    assert (first["code"], first["message"]) == ("SUCCESS", "record added")
    assert second["code"] == "MANDATORY_NOT_FOUND"
    assert second["details"] == {"api_name": "Account_Name", "json_path": "$.data[1].Account_Name"}
    assert third["details"] == {
        "expected_data_type": "integer",
        "api_name": "Employees",
        "json_path": "$.data[2].Employees",
    }


@pytest.mark.parametrize(
    ("module", "row", "details"),
    [
        ("Contacts", {"Last_Name": "A", "Email": "nobody"}, {"expected_data_type": "email", "api_name": "Email"}),
        ("Deals", {"Deal_Name": "A", "Stage": "Dreaming"}, {"expected_data_type": "picklist", "api_name": "Stage"}),
        ("Deals", {"Deal_Name": "A", "Stage": "Closed Won", "Closing_Date": "1.5.2026"}, {"api_name": "Closing_Date"}),
        ("Deals", {"Deal_Name": "A", "Stage": "Closed Won", "Amount": "12"}, {"expected_data_type": "double"}),
        ("Vendors", {"Vendor_Name": "x" * 121}, {"maximum_length": 120}),
        ("Products", {"Product_Name": "A", "Taxable": "yes"}, {"expected_data_type": "boolean"}),
        ("Contacts", {"Last_Name": "A", "Account_Name": {"id": "999"}}, {"json_path": "$.data[0].Account_Name.id"}),
        ("Contacts", {"Last_Name": "A", "Account_Name": "Acme"}, {"expected_data_type": "jsonobject"}),
    ],
)
def test_a_wrong_value_is_refused_and_located(
    api: httpx2.Client, module: str, row: dict[str, Any], details: dict[str, Any]
) -> None:
    refused = problem(api, module, row)
    assert refused["code"] == "INVALID_DATA"
    assert details.items() <= refused["details"].items()


def test_unknown_and_read_only_fields_are_ignored(api: httpx2.Client) -> None:
    (account,) = create(api, "Accounts", [{"Account_Name": "A", "Unheard_Of": 1, "Created_Time": "1999-01-01"}])
    assert "Unheard_Of" not in read(api, "Accounts", account)
    assert not read(api, "Accounts", account)["Created_Time"].startswith("1999")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MANDATORY_NOT_FOUND"),
        ({"data": []}, "INVALID_DATA"),
        ({"data": [{"Account_Name": "A"}] * 101}, "INVALID_DATA"),
    ],
)
def test_a_whole_request_is_refused_unwrapped(api: httpx2.Client, body: dict[str, Any], code: str) -> None:
    answer = api.post("/crm/v8/Accounts", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_winning_a_deal_moves_its_probability_and_nothing_else(api: httpx2.Client) -> None:
    (deal,) = create(api, "Deals", [{"Deal_Name": "D", "Stage": "Qualification", "Amount": 10, "Next_Step": "call"}])
    answer = api.put("/crm/v8/Deals", json={"data": [{"id": deal, "Stage": "Closed Won"}]})
    assert (answer.status_code, answer.json()["data"][0]["message"]) == (200, "record updated")
    shown = read(api, "Deals", deal)
    assert (shown["Stage"], shown["Probability"], shown["Next_Step"]) == ("Closed Won", 100, "call")
    assert api.put(f"/crm/v8/Deals/{deal}", json={"data": [{"Next_Step": None}]}).status_code == 200
    assert read(api, "Deals", deal)["Next_Step"] is None


def test_updates_name_what_is_missing(api: httpx2.Client) -> None:
    answer = api.put("/crm/v8/Deals", json={"data": [{"Stage": "Closed Won"}, {"id": "12345", "Stage": "Closed Won"}]})
    assert answer.status_code == 400
    without, unknown = answer.json()["data"]
    assert without["code"] == "MANDATORY_NOT_FOUND"
    assert unknown["message"] == "the id given seems to be invalid"


def test_a_record_changed_since_is_not_overwritten(
    serve: Callable[..., Running], connect: Callable[[Running], httpx2.Client]
) -> None:
    api = connect(serve())
    (account,) = create(api, "Accounts", [{"Account_Name": "A"}])
    read_at = read(api, "Accounts", account)["Modified_Time"]
    since = {"If-Unmodified-Since": read_at}
    body = {"data": [{"Phone": "1"}]}
    assert api.put(f"/crm/v8/Accounts/{account}", json=body, headers=since).status_code == 200
    api.post("/_sandbox/clock/advance", json={"seconds": 5})
    assert api.put(f"/crm/v8/Accounts/{account}", json=body).status_code == 200
    stale = api.put(f"/crm/v8/Accounts/{account}", json=body, headers=since)
    assert (stale.status_code, stale.json()["data"][0]["code"]) == (412, "ALREADY_MODIFIED")


def test_upsert_finds_records_by_the_given_or_the_systems_field(api: httpx2.Client) -> None:
    row = {"Last_Name": "Ono", "Email": "ono@example.jp"}
    first = api.post("/crm/v8/Contacts/upsert", json={"data": [row]})
    again = api.post("/crm/v8/Contacts/upsert", json={"data": [row | {"Email": "ONO@example.jp", "Phone": "1"}]})
    by_phone = api.post(
        "/crm/v8/Contacts/upsert",
        json={"data": [{"Phone": "1", "Last_Name": "Onoda"}], "duplicate_check_fields": ["Phone"]},
    )
    mixed = api.post("/crm/v8/Contacts/upsert", json={"data": [row, {"Last_Name": "New", "Email": "n@example.jp"}]})
    assert (first.status_code, again.status_code, by_phone.status_code, mixed.status_code) == (201, 200, 200, 200)
    items = [answer.json()["data"][0] for answer in (first, again, by_phone)]
    assert len({item["details"]["id"] for item in items}) == 1
    assert [(item["action"], item["duplicate_field"]) for item in items] == [
        ("insert", None),
        ("update", "Email"),
        ("update", "Phone"),
    ]
    assert [item["action"] for item in mixed.json()["data"]] == ["update", "insert"]


def test_deleted_records_are_gone_and_listed_as_deleted(
    serve: Callable[..., Running], connect: Callable[[Running], httpx2.Client]
) -> None:
    api = connect(serve())
    one, two, three = create(api, "Accounts", [{"Account_Name": name} for name in ("One", "Two", "Three")])
    (deal,) = create(api, "Deals", [{"Deal_Name": "D", "Stage": "Qualification", "Account_Name": {"id": one}}])
    deleted = api.delete("/crm/v8/Accounts", params={"ids": f"{one},{two}", "wf_trigger": "false"})
    assert [item["message"] for item in deleted.json()["data"]] == ["record deleted"] * 2
    assert api.delete(f"/crm/v8/Accounts/{three}").status_code == 200
    assert api.delete(f"/crm/v8/Accounts/{three}").status_code == 400
    assert api.get(f"/crm/v8/Accounts/{one}").status_code == 204
    assert read(api, "Deals", deal)["Account_Name"] is None
    listed = api.get("/crm/v8/Accounts/deleted", params={"type": "all"}).json()
    assert {item["id"]: item["display_name"] for item in listed["data"]} == {one: "One", two: "Two", three: "Three"}
    assert listed["info"]["more_records"] is False
    assert api.get("/crm/v8/Accounts/deleted", params={"type": "permanent"}).status_code == 204
    later = {"If-Modified-Since": listed["data"][0]["deleted_time"]}
    assert api.get("/crm/v8/Accounts/deleted", headers=later).status_code == 304


def test_a_unique_field_refuses_a_second_record(
    serve: Callable[..., Running], connect: Callable[[Running], httpx2.Client]
) -> None:
    api = connect(serve())
    field = {"module": "Accounts", "api_name": "Code", "label": "Code", "unique": True}
    assert api.post("/_sandbox/crm/fields", json=field).status_code == 201
    first, second = create(api, "Accounts", [{"Account_Name": "A", "Code": "x1"}, {"Account_Name": "B"}])
    refused = problem(api, "Accounts", {"Account_Name": "C", "Code": "X1"})
    assert refused["code"] == "DUPLICATE_DATA"
    assert refused["details"]["duplicate_record"]["id"] == first
    assert api.put(f"/crm/v8/Accounts/{first}", json={"data": [{"Code": "x1"}]}).status_code == 200
    assert api.put(f"/crm/v8/Accounts/{second}", json={"data": [{"Code": "x1"}]}).status_code == 400


def test_a_profile_without_the_permission_is_refused(
    serve: Callable[..., Running], connect: Callable[[Running], httpx2.Client]
) -> None:
    def set_up(sandbox: Any) -> None:
        metadata.add_profile(sandbox, "Viewer")
        metadata.add_user(sandbox, first_name="Vi", last_name="Ewer", email="v@example.jp", profile="Viewer")

    server = serve(before=set_up)
    admin = connect(server)
    users = admin.get("/crm/v8/users", params={"type": "ActiveUsers"}).json()["users"]
    viewer = next(user for user in users if user["profile"]["name"] == "Viewer")
    code = admin.post("/_sandbox/self-client", json={"user_id": viewer["id"]}).json()["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "1000.SANDBOX",
        "client_secret": "sandbox-secret",
    }
    token = admin.post("/oauth/v2/token", data=form).json()["access_token"]
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    body = {"data": [{"Account_Name": "A"}]}
    assert admin.post("/crm/v8/Accounts", json=body, headers=headers).status_code == 201
    profile = f"/crm/v8/settings/profiles/{viewer['profile']['id']}"
    permissions = admin.get(profile).json()["profiles"][0]["permissions_details"]
    create_accounts = next(p["id"] for p in permissions if p["name"] == "Crm_Implied_Create_Accounts")
    change = {"profiles": [{"permissions_details": [{"id": create_accounts, "enabled": False}]}]}
    assert admin.put(profile, json=change).status_code == 200
    refused = admin.post("/crm/v8/Accounts", json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "NO_PERMISSION")
    assert refused.json()["details"]["permissions"] == ["Crm_Implied_Create_Accounts"]


def test_storage_functions_insert_many_and_find_them(serve: Callable[..., Running]) -> None:
    def fill(sandbox: Any) -> None:
        metadata.add_field(sandbox, "Deals", "Product", "Product", "lookup", lookup_module="Products")
        (product,) = records.insert_records(sandbox, "Products", [{"Product_Name": "Widget", "Unit_Price": 3}])
        row = {
            "Deal_Name": "D",
            "Stage": "Qualification",
            "Product": {"id": product},
            "Created_Time": "2017-01-01T00:00:00+09:00",
        }
        (deal,) = records.insert_records(sandbox, "Deals", [row])
        assert records.find_by_field(sandbox, "Products", "Product_Name", "widget") == [product]
        assert records.find_by_field(sandbox, "Deals", "Product", product) == [deal]
        shown = records.get_record(sandbox, "Deals", deal)
        assert shown is not None
        assert shown["Product"] == {"name": "Widget", "id": product}
        assert shown["Created_Time"] == "2017-01-01T00:00:00+09:00"
        with pytest.raises(records.RecordProblem, match=r"data\[1\].Stage"):
            records.insert_records(sandbox, "Deals", [row, {"Deal_Name": "E"}])
        assert records.find_by_field(sandbox, "Deals", "Deal_Name", "D") == [deal]
        records.set_fields(sandbox, "Deals", [(deal, {"Amount": Decimal("1.10")})])

    serve(before=fill)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(amount=st.decimals(-(10**12), 10**12, places=2, allow_nan=False))
def test_money_comes_back_as_it_was_sent(api: httpx2.Client, amount: Decimal) -> None:
    body = simplejson.dumps({"data": [{"Deal_Name": "M", "Stage": "Closed Won", "Amount": amount}]}, use_decimal=True)
    made = api.post("/crm/v8/Deals", content=body.encode())
    assert made.status_code == 201
    shown = read(api, "Deals", made.json()["data"][0]["details"]["id"])
    assert shown["Amount"] == amount
