"""The CRM's own quotes, orders and invoices, which are none of the finance services'."""

from typing import Any

import httpx2
import pytest


def made(api: httpx2.Client, module: str, **fields: Any) -> str:
    answer = api.post(f"/crm/v8/{module}", json={"data": [fields]})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"][0]["details"]["id"])


def shown(api: httpx2.Client, module: str, record_id: str) -> dict[str, Any]:
    (record,) = api.get(f"/crm/v8/{module}/{record_id}").json()["data"]
    return dict(record)


@pytest.fixture
def parts(api: httpx2.Client) -> dict[str, dict[str, str]]:
    """An account with a deal and a contact, a vendor, and a product that costs 1,200."""
    account = {"id": made(api, "Accounts", Account_Name="Acme")}
    return {
        "Account_Name": account,
        "Contact_Name": {"id": made(api, "Contacts", Last_Name="Sato", Account_Name=account)},
        "Deal_Name": {"id": made(api, "Deals", Deal_Name="Sensors", Stage="Qualification", Account_Name=account)},
        "Vendor_Name": {"id": made(api, "Vendors", Vendor_Name="Parts Ltd")},
        "Product_Name": {"id": made(api, "Products", Product_Name="Sensor", Product_Code="S-1", Unit_Price=1200)},
    }


def quote(api: httpx2.Client, parts: dict[str, Any], **fields: Any) -> str:
    about = {name: parts[name] for name in ("Account_Name", "Contact_Name", "Deal_Name")}
    lines = [{"Product_Name": parts["Product_Name"], "Quantity": 2}]
    return made(api, "Quotes", **{"Subject": "Sensors", "Quoted_Items": lines, **about, **fields})


def test_a_quote_sums_up_its_lines(api: httpx2.Client, parts: dict[str, Any]) -> None:
    record_id = quote(api, parts, Discount=100, Adjustment=-50)
    record = shown(api, "Quotes", record_id)
    (line,) = record["Quoted_Items"]
    assert line["Product_Name"] == {**parts["Product_Name"], "name": "Sensor", "Product_Code": "S-1"}
    assert (line["List_Price"], line["Total"], line["Sequence_Number"]) == (1200, 2400, 1)
    assert (record["Sub_Total"], record["Grand_Total"]) == (2400, 2250)
    assert record["Quote_Number"].isdecimal()
    # Lists say nothing of lines.
    listed = api.get("/crm/v8/Quotes", params={"fields": "Subject,Quoted_Items,Grand_Total", "ids": record_id})
    assert listed.json()["data"] == [{"id": record_id, "Subject": "Sensors", "Grand_Total": 2250}]
    query = f"select Subject, Grand_Total from Quotes where Account_Name = {parts['Account_Name']['id']}"
    assert api.post("/crm/v8/coql", json={"select_query": query}).json()["data"][0]["Grand_Total"] == 2250


def test_lines_are_changed_added_and_taken_away(api: httpx2.Client, parts: dict[str, Any]) -> None:
    record_id = quote(api, parts)
    (line,) = shown(api, "Quotes", record_id)["Quoted_Items"]

    def put(*lines: dict[str, Any]) -> dict[str, Any]:
        answer = api.put(f"/crm/v8/Quotes/{record_id}", json={"data": [{"Quoted_Items": list(lines)}]})
        assert answer.status_code == 200, answer.text
        return shown(api, "Quotes", record_id)

    more = {"Product_Name": parts["Product_Name"], "Quantity": 1, "List_Price": 900.5, "Discount": 0.5}
    assert put({"id": line["id"], "Quantity": 3}, more)["Grand_Total"] == 4500
    assert put({"id": line["id"], "_delete": None})["Grand_Total"] == 900
    for wrong, code in (
        ({"Quantity": 1}, "MANDATORY_NOT_FOUND"),
        ({"Product_Name": {"id": "4711"}}, "INVALID_DATA"),
        ({**more, "Quantity": "many"}, "INVALID_DATA"),
        ({"id": line["id"], "Quantity": 1}, "INVALID_DATA"),
    ):
        answer = api.put(f"/crm/v8/Quotes/{record_id}", json={"data": [{"Quoted_Items": [wrong]}]})
        assert (answer.status_code, answer.json()["data"][0]["code"]) == (400, code)
    bare = api.post("/crm/v8/Quotes", json={"data": [{"Subject": "No lines"}]}).json()["data"][0]
    assert (bare["code"], bare["details"]["api_name"]) == ("MANDATORY_NOT_FOUND", "Quoted_Items")


def test_each_is_in_the_related_lists_of_what_it_names(api: httpx2.Client, parts: dict[str, Any]) -> None:
    quote_id = quote(api, parts)
    lines = [{"Product_Name": parts["Product_Name"]}]
    order = made(api, "Purchase_Orders", Subject="Parts", Vendor_Name=parts["Vendor_Name"], Purchase_Items=lines)
    for module, key in (("Accounts", "Account_Name"), ("Contacts", "Contact_Name"), ("Deals", "Deal_Name")):
        path = f"/crm/v8/{module}/{parts[key]['id']}/Quotes"
        assert [row["id"] for row in api.get(path, params={"fields": "Subject"}).json()["data"]] == [quote_id]
    path = f"/crm/v8/Vendors/{parts['Vendor_Name']['id']}/PurchaseOrders"
    assert [row["id"] for row in api.get(path, params={"fields": "Subject"}).json()["data"]] == [order]


def test_a_quote_becomes_an_order_and_that_an_invoice(api: httpx2.Client, parts: dict[str, Any]) -> None:
    quote_id = quote(api, parts, Billing_City="Osaka")

    def convert(module: str, record_id: str, *targets: str) -> httpx2.Response:
        wanted = [{"module": {"api_name": target}} for target in targets]
        return api.post(f"/crm/v8/{module}/{record_id}/actions/convert", json={"data": [{"convert_to": wanted}]})

    answer = convert("Quotes", quote_id, "Sales_Orders").json()["data"][0]
    order = shown(api, "Sales_Orders", answer["details"]["Sales_Orders"]["id"])
    assert (order["Quote_Name"]["id"], order["Billing_City"], order["Grand_Total"]) == (quote_id, "Osaka", 2400)
    assert order["Ordered_Items"][0]["Quantity"] == 2
    assert convert("Quotes", quote_id, "Invoices").json()["code"] == "ID_ALREADY_CONVERTED"
    answer = convert("Sales_Orders", order["id"], "Invoices").json()["data"][0]
    invoice = shown(api, "Invoices", answer["details"]["Invoices"]["id"])
    assert (invoice["Sales_Order"]["id"], invoice["Grand_Total"]) == (order["id"], 2400)
    assert convert("Quotes", quote(api, parts), "Deals").json()["data"][0]["code"] == "INVALID_DATA"
