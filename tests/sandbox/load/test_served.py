"""What a client of the API sees of a loaded company."""

import httpx2
import pytest

from zoho_sandbox.load import load_folder, replay_plan
from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings

MAPPING = """\
organisation: {name: Small, base_currency: USD}
modules:
  Products:
    file: goods.csv
    fields: {Product_Name: name, Unit_Price: price}
  Deals:
    file: deals.csv
    custom_fields:
      Product: {label: Product, type: lookup, module: Products}
    without_related_lists: [Products]
    fields:
      Deal_Name: name
      Product: {column: good, lookup: Products}
      Stage: {column: stage, values: {Won: Closed Won}}
      Amount: amount
"""


@pytest.fixture
def client(tmp_path):
    (tmp_path / "goods.csv").write_text("name,price\nPump,10.5\n", encoding="utf-8")
    (tmp_path / "deals.csv").write_text("name,good,stage,amount\nFirst,Pump,Won,9.99\n", encoding="utf-8")
    (tmp_path / "map.yaml").write_text(MAPPING, encoding="utf-8")
    settings = SandboxSettings(data=tmp_path / "s.db", seed_data="empty")

    def load(sandbox):
        load_folder(sandbox, tmp_path, tmp_path / "map.yaml")

    with running(settings, before=load) as sandbox, httpx2.Client(base_url=sandbox.base_url) as http:
        grant = {
            "grant_type": "refresh_token",
            "client_id": "1000.SANDBOX",
            "client_secret": "sandbox-secret",
            "refresh_token": "1000.sandbox-refresh",
        }
        token = http.post("/oauth/v2/token", data=grant).json()["access_token"]
        http.headers["Authorization"] = f"Zoho-oauthtoken {token}"
        yield http


def test_a_deal_points_to_its_product_and_has_no_list_of_products(client):
    lists = client.get("/crm/v8/settings/related_lists", params={"module": "Deals"})
    assert "Products" not in {item["api_name"] for item in lists.json()["related_lists"]}
    fields = client.get("/crm/v8/settings/fields", params={"module": "Deals"}).json()["fields"]
    (product,) = [field for field in fields if field["api_name"] == "Product"]
    assert (product["data_type"], product["custom_field"]) == ("lookup", True)
    (deal,) = client.get("/crm/v8/Deals", params={"fields": "Deal_Name,Product,Stage,Amount"}).json()["data"]
    assert (deal["Product"]["name"], deal["Stage"]) == ("Pump", "Negotiation/Review")


def test_both_organisations_have_the_base_currency_of_the_mapping(client):
    assert client.get("/crm/v8/org").json()["org"][0]["company_name"] == "Small"
    (books,) = client.get("/books/v3/organizations").json()["organizations"]
    assert (books["name"], books["currency_code"]) == ("Small", "USD")


def test_the_replay_goes_through_the_api(client, tmp_path):
    (step,) = replay_plan(tmp_path / "s.db")
    change = {"id": step.deal_id, "Stage": step.stage, "Amount": float(step.amount)}
    answer = client.put("/crm/v8/Deals", json={"data": [change]})
    assert answer.json()["data"][0]["code"] == "SUCCESS"
    deal = client.get(f"/crm/v8/Deals/{step.deal_id}", params={"fields": "Stage,Amount"}).json()["data"][0]
    assert (deal["Stage"], deal["Amount"]) == ("Closed Won", 9.99)
