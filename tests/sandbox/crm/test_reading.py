"""Reading records: pages, tokens, views, changes since, searches, counts, related lists."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoho_sandbox.crm import criteria, records
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.server import Running, running
from zoho_sandbox.settings import SandboxSettings

MANY = 2450


def fill(sandbox: Sandbox) -> None:
    names = [{"Account_Name": f"Account {n:04d}", "Industry": "Retail" if n % 2 else "Other"} for n in range(MANY)]
    records.insert_records(sandbox, "Accounts", names)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("sandbox") / "sandbox.db"
    with running(SandboxSettings(data=data, seed_data="empty"), before=fill) as server:
        yield server


def page(api: httpx2.Client, module: str = "Accounts", **params: Any) -> httpx2.Response:
    return api.get(f"/crm/v8/{module}", params={"fields": "Account_Name", **params})


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_page_tokens_reach_every_record_once(api: httpx2.Client) -> None:
    seen: list[str] = []
    params: dict[str, Any] = {}
    for _ in range(20):
        body = page(api, **params).json()
        seen += [record["id"] for record in body["data"]]
        if not body["info"]["more_records"]:
            break
        params = {"page_token": body["info"]["next_page_token"]}
    assert len(seen) == len(set(seen)) == MANY
    assert seen == sorted(seen, reverse=True), "newest first, as the vendor lists by default"
    assert body["info"]["next_page_token"] is None


def test_page_numbers_reach_two_thousand_records(api: httpx2.Client) -> None:
    tenth = page(api, page=10).json()
    assert (tenth["info"]["count"], tenth["info"]["more_records"]) == (200, True)
    refused = page(api, page=11)
    assert code(refused) == (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED")
    assert refused.json()["details"]["limit"] == 2000
    assert page(api, page=20, per_page=100).status_code == 200


def test_a_page_token_belongs_to_its_call_and_ends_after_a_day(
    serve: Callable[..., Running], connect: Callable[[Running], httpx2.Client]
) -> None:
    def few(sandbox: Sandbox) -> None:
        records.insert_records(sandbox, "Accounts", [{"Account_Name": str(n)} for n in range(3)])

    server = serve(before=few)
    api = connect(server)
    token = page(api, per_page=2).json()["info"]["next_page_token"]
    assert page(api, per_page=2, page_token=token).json()["info"]["count"] == 1
    assert code(page(api, per_page=1, page_token=token)) == (400, "TOKEN_BOUND_DATA_MISMATCH")
    assert code(page(api, page_token="nonsense")) == (400, "INVALID_DATA")
    api.post("/_sandbox/clock/advance", json={"seconds": 24 * 3600 + 1})
    assert code(page(connect(server), per_page=2, page_token=token)) == (400, "EXPIRED_VALUE")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"fields": ""}, "REQUIRED_PARAM_MISSING"),
        ({"fields": ",".join(f"F{n}" for n in range(51))}, "LIMIT_EXCEEDED"),
        ({"per_page": 201}, "INVALID_DATA"),
        ({"page": 0}, "INVALID_DATA"),
        ({"sort_by": "Account_Name"}, "INVALID_DATA"),
        ({"sort_order": "up"}, "INVALID_DATA"),
        ({"cvid": "1"}, "INVALID_DATA"),
    ],
)
def test_wrong_parameters_are_refused(api: httpx2.Client, params: dict[str, Any], expected: str) -> None:
    assert code(page(api, **params)) == (400, expected)


def test_an_unknown_module_is_refused(api: httpx2.Client) -> None:
    assert code(page(api, "Unicorns")) == (400, "INVALID_MODULE")


def test_nothing_found_has_no_body(api: httpx2.Client) -> None:
    empty = page(api, "Vendors")
    assert (empty.status_code, empty.content) == (204, b"")
    assert page(api, ids="1,2").status_code == 204


def test_only_the_fields_asked_for_come(api: httpx2.Client) -> None:
    record = page(api, fields="Industry,Unheard_Of", per_page=1).json()["data"][0]
    assert set(record) == {"id", "Industry"}


def test_ids_choose_records(api: httpx2.Client) -> None:
    two = [record["id"] for record in page(api, per_page=2).json()["data"]]
    assert {record["id"] for record in page(api, ids=",".join(two)).json()["data"]} == set(two)


def test_only_what_changed_later_comes(
    serve: Callable[..., Running], connect: Callable[[Running], httpx2.Client]
) -> None:
    server = serve()
    connect(server).put("/_sandbox/clock", json={"now": "2026-11-01T00:00:00Z", "frozen": True})
    api = connect(server)
    rows = [{"Account_Name": "A"}, {"Account_Name": "B"}]
    ids = [item["details"]["id"] for item in api.post("/crm/v8/Accounts", json={"data": rows}).json()["data"]]

    def since(moment: str) -> httpx2.Response:
        params = {"fields": "Account_Name", "sort_by": "Modified_Time", "sort_order": "asc"}
        return api.get("/crm/v8/Accounts", params=params, headers={"If-Modified-Since": moment})

    assert since("2026-11-01T08:59:59+09:00").json()["info"]["count"] == 2
    assert since("2026-11-01T09:00:00+09:00").status_code == 304
    api.post("/_sandbox/clock/advance", json={"seconds": 1})
    api.put("/crm/v8/Accounts", json={"data": [{"id": ids[0], "Phone": "1"}]})
    changed = since("2026-11-01T09:00:00+09:00").json()["data"]
    assert [record["id"] for record in changed] == [ids[0]]
    assert since("Sun, 01 Nov 2026 00:00:00 GMT").json()["info"]["count"] == 1
    assert since("yesterday").status_code == 400
    one = api.get(f"/crm/v8/Accounts/{ids[1]}", headers={"If-Modified-Since": "2026-11-01T09:00:00+09:00"})
    assert one.status_code == 304


def test_a_view_selects_by_its_criteria(api: httpx2.Client) -> None:
    listed = api.get("/crm/v8/settings/custom_views", params={"module": "Accounts"}).json()
    everything = listed["info"]["default"]
    assert page(api, cvid=everything).json()["info"]["more_records"] is True
    either = {
        "group_operator": "or",
        "group": [
            {"comparator": "equal", "field": {"api_name": "Account_Name"}, "value": "Account 0007"},
            {
                "group_operator": "and",
                "group": [
                    {"comparator": "starts_with", "field": {"api_name": "Account_Name"}, "value": "Account 010"},
                    {"comparator": "equal", "field": {"api_name": "Industry"}, "value": "Retail"},
                ],
            },
        ],
    }
    made = api.post("/_sandbox/crm/custom_views", json={"module": "Accounts", "name": "Some", "criteria": either})
    view = made.json()["id"]
    names = sorted(record["Account_Name"] for record in page(api, cvid=view).json()["data"])
    assert names == ["Account 0007", *(f"Account 010{n}" for n in (1, 3, 5, 7, 9))]
    shown = api.get(f"/crm/v8/settings/custom_views/{view}", params={"module": "Accounts"}).json()
    assert shown["custom_views"][0]["criteria"]["group"][0]["value"] == "Account 0007"
    counted = api.get("/crm/v8/Accounts/actions/count", params={"cvid": view}).json()
    assert counted == {"count": 6}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(Account_Name:equals:account 0001)", 1),
        ("((Account_Name:starts_with:Account 00)and(Industry:equals:Retail))", 50),
        ("((Account_Name:equals:Account 0001)or(Account_Name:equals:Account 0002))", 2),
        ("(Account_Name:in:Account 0001,Account 0002,Nobody)", 2),
        ("(Industry:equals:Education)", 0),
    ],
)
def test_search_by_criteria(api: httpx2.Client, text: str, found: int) -> None:
    answer = api.get("/crm/v8/Accounts/search", params={"criteria": text})
    assert answer.status_code == (200 if found else 204)
    assert found == 0 or answer.json()["info"]["count"] == found


@pytest.mark.parametrize("text", ["Account_Name", "(Account_Name:like:x)", "(Nothing:equals:x)", "((A:equals:x)", ""])
def test_criteria_that_cannot_be_read_are_refused(api: httpx2.Client, text: str) -> None:
    assert code(api.get("/crm/v8/Accounts/search", params={"criteria": text})) == (400, "INVALID_QUERY")


@given(value=st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=30).map(str.strip).filter(bool))
def test_any_value_can_be_escaped_in_criteria(value: str) -> None:
    escaped = "".join(f"\\{char}" if char in "\\()," else char for char in value)
    assert criteria.parse(f"(Account_Name:equals:{escaped})")["value"] == value


@settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(name=st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=30).map(str.strip).filter(bool))
def test_what_was_written_is_found_by_name(api: httpx2.Client, name: str) -> None:
    made = api.post("/crm/v8/Vendors", json={"data": [{"Vendor_Name": name}]}).json()
    escaped = "".join(f"\\{char}" if char in "\\()," else char for char in name)
    answer = api.get("/crm/v8/Vendors/search", params={"criteria": f"(Vendor_Name:equals:{escaped})"})
    assert made["data"][0]["details"]["id"] in {record["id"] for record in answer.json()["data"]}


def test_search_by_mail_phone_and_word(api: httpx2.Client) -> None:
    row = {"Last_Name": "Kato", "Email": "kato@example.jp", "Mobile": "090-1", "Department": "購買部"}
    api.post("/crm/v8/Contacts", json={"data": [row]})
    for params in ({"email": "KATO@example.jp"}, {"phone": "090-1"}, {"word": "購買"}):
        found = api.get("/crm/v8/Contacts/search", params=params).json()["data"]
        assert [record["Last_Name"] for record in found] == ["Kato"]
    assert code(api.get("/crm/v8/Contacts/search")) == (400, "REQUIRED_PARAM_MISSING")


def test_related_lists_follow_lookups_and_products(api: httpx2.Client) -> None:
    account = page(api, per_page=1).json()["data"][0]["id"]
    deal = api.post(
        "/crm/v8/Deals",
        json={"data": [{"Deal_Name": "R", "Stage": "Qualification", "Account_Name": {"id": account}}]},
    ).json()["data"][0]["details"]["id"]
    rows = [{"Product_Name": "P1", "Unit_Price": 5}, {"Product_Name": "P2"}]
    made = api.post("/crm/v8/Products", json={"data": rows}).json()["data"]
    one, two = (item["details"]["id"] for item in made)
    products = f"/crm/v8/Deals/{deal}/Products"
    fields = {"fields": "Product_Name,Unit_Price"}
    assert api.get(products, params=fields).status_code == 204
    assert api.put(products, json={"data": [{"id": one}, {"id": two}]}).status_code == 200
    assert api.put(f"{products}/{one}", json={"data": [{}]}).status_code == 200, "again is no error"
    shown = api.get(products, params=fields).json()
    assert sorted(item["Product_Name"] for item in shown["data"]) == ["P1", "P2"]
    assert [d["id"] for d in api.get(f"/crm/v8/Products/{one}/Deals", params=fields).json()["data"]] == [deal]
    assert api.delete(products, params={"ids": two}).status_code == 200
    assert api.delete(f"{products}/{one}").status_code == 200
    assert api.get(products, params=fields).status_code == 204
    of_account = api.get(f"/crm/v8/Accounts/{account}/Deals", params={"fields": "Deal_Name"}).json()
    assert [d["id"] for d in of_account["data"]] == [deal]
    assert code(api.get(f"/crm/v8/Deals/{deal}/Nothing", params=fields)) == (400, "INVALID_DATA")


def test_unknown_ids_have_no_content(api: httpx2.Client) -> None:
    assert api.get("/crm/v8/Accounts/460000000000000001").status_code == 204
    assert code(api.get("/crm/v8/Accounts/abc")) == (400, "INVALID_DATA")


def test_a_list_page_is_quick(api: httpx2.Client) -> None:
    api.delete("/_sandbox/requests")
    for _ in range(5):
        page(api, fields="Account_Name,Industry,Owner,Modified_Time,Phone,Website,Parent_Account")
    seconds = api.get("/_sandbox/requests/counts").json()["seconds"]["crm"]
    assert seconds / 5 < 0.1
