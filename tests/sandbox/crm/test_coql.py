"""Queries in the CRM's own language, and the lists of products under other records."""

from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoho_sandbox.crm.coql import CoqlError, parse

WORDS = ["select", "id", "from", "Deals", "where", "(", ")", "=", ",", "'x'", "and", "in", "limit", "5"]


def ask(api: httpx2.Client, query: str) -> httpx2.Response:
    return api.post("/crm/v8/coql", json={"select_query": query})


def made(api: httpx2.Client, module: str, *rows: dict[str, Any]) -> list[str]:
    return [item["details"]["id"] for item in api.post(f"/crm/v8/{module}", json={"data": rows}).json()["data"]]


@pytest.fixture
def deals(api: httpx2.Client) -> None:
    if ask(api, "select id from Deals where id is not null").status_code == 200:
        return
    (account,) = made(api, "Accounts", {"Account_Name": "O'Hara Ltd"})
    rows = [
        {"Deal_Name": f"Deal {n}", "Stage": "Qualification", "Amount": n * 10, "Account_Name": {"id": account}}
        for n in range(1, 6)
    ]
    made(api, "Deals", *rows, {"Deal_Name": "Bare", "Stage": "Closed Won"})


@pytest.mark.usefixtures("deals")
@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("Amount > 20 and Amount <= 40", ["Deal 3", "Deal 4"]),
        ("Amount between 10 and 20", ["Deal 1", "Deal 2"]),
        ("Deal_Name in ('Deal 1', 'Bare')", ["Bare", "Deal 1"]),
        ("Deal_Name not in ('Deal 1', 'Bare') and Amount < 30", ["Deal 2"]),
        ("Deal_Name like '%are'", ["Bare"]),
        ("Amount is null", ["Bare"]),
        ("(Amount = 10 or Amount = 50) and Stage = 'Qualification'", ["Deal 1", "Deal 5"]),
        ("Stage = 'Closed Won' or Amount = 10 and Deal_Name like 'Deal%'", ["Bare", "Deal 1"]),
        (r"Account_Name.Account_Name = 'O\'Hara Ltd' and Amount != 10 and Amount < 30", ["Deal 2"]),
    ],
)
def test_conditions(api: httpx2.Client, condition: str, names: list[str]) -> None:
    answer = ask(api, f"SELECT Deal_Name FROM Deals WHERE {condition} ORDER BY Deal_Name ASC")
    assert [row["Deal_Name"] for row in answer.json()["data"]] == names


@pytest.mark.usefixtures("deals")
def test_pages_order_and_the_name_of_a_lookup(api: httpx2.Client) -> None:
    select = "select Deal_Name, Account_Name.Account_Name, Account_Name.id from Deals where Amount > 0"
    first = ask(api, f"{select} order by Amount desc limit 2").json()
    assert [row["Deal_Name"] for row in first["data"]] == ["Deal 5", "Deal 4"]
    assert first["info"] == {"count": 2, "more_records": True}
    assert first["data"][0]["Account_Name.Account_Name"] == "O'Hara Ltd"
    last = ask(api, f"{select} order by Amount desc limit 2 offset 4").json()
    assert ([row["Deal_Name"] for row in last["data"]], last["info"]["more_records"]) == (["Deal 1"], False)
    assert ask(api, f"{select} order by Amount desc limit 4, 2").json()["data"] == last["data"]
    assert ask(api, "select id from Deals where Amount > 1000").status_code == 204


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "SYNTAX_ERROR"),
        ("select id from Deals", "SYNTAX_ERROR"),
        ("select id from Deals where Amount >", "SYNTAX_ERROR"),
        ("select id from Deals where Amount > 1 limit many", "SYNTAX_ERROR"),
        ("select id from Nowhere where id is not null", "INVALID_QUERY"),
        ("select Nothing from Deals where id is not null", "INVALID_QUERY"),
        ("select id from Deals where Nothing = 1", "INVALID_QUERY"),
        ("select Account_Name.Phone from Deals where id is not null", "INVALID_QUERY"),
        ("select id from Deals where id is not null limit 2001", "LIMIT_EXCEEDED"),
    ],
)
def test_what_is_refused(api: httpx2.Client, query: str, code: str) -> None:
    answer = ask(api, query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_a_query_or_a_clear_error(text: str) -> None:
    try:
        parse(text)
    except CoqlError as error:
        assert str(error)  # noqa: PT017 - whether it is raised depends on the text


@pytest.mark.parametrize(("module", "row"), [("Accounts", {"Account_Name": "Yew"}), ("Contacts", {"Last_Name": "Yew"})])
def test_products_under_other_records_and_the_other_way_round(
    api: httpx2.Client, module: str, row: dict[str, Any]
) -> None:
    (record,) = made(api, module, row)
    (product,) = made(api, "Products", {"Product_Name": "Pump"})
    assert api.put(f"/crm/v8/{module}/{record}/Products", json={"data": [{"id": product}]}).status_code == 200
    products = api.get(f"/crm/v8/{module}/{record}/Products", params={"fields": "Product_Name"}).json()["data"]
    assert [item["Product_Name"] for item in products] == ["Pump"]
    back = api.get(f"/crm/v8/Products/{product}/{module}", params={"fields": "Owner"}).json()["data"]
    assert [item["id"] for item in back] == [record]
