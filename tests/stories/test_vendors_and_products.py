"""Vendors and products in step with Books: edited on either side, moved in, billed by their items, out of use."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zoho_sandbox.database import Database
from zoho_sandbox.finance import contacts, items

RULES = Path(__file__).parents[2] / "rules"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RULES, tmp_path / "rules"))


@pytest.fixture
def settings(rules: Path) -> Callable[..., None]:
    """Changes values in the settings of a pair of Books."""
    from tsunagi.yaml_editing import with_yaml

    def change(pair: str, service: str = "books", **values: str) -> None:
        path = rules / "sync" / f"{service}_{pair}.yaml"
        text = path.read_text(encoding="utf-8")
        for name, value in values.items():
            text = with_yaml(text, tuple(name.split("__")), value)
        path.write_text(text, encoding="utf-8")

    return change


@pytest.fixture
def office(open_office: Any, rules: Path) -> Iterator[Any]:
    return open_office(listening=False, rules_dir=rules)


def later(zoho: Any) -> None:
    """Services date changes to the second."""
    zoho.control("POST", "/clock/advance", {"seconds": 3})


def crm(zoho: Any, module: str, id: str) -> dict[str, Any]:
    return zoho.call("GET", f"/crm/v8/{module}/{id}")["data"][0]


def products(zoho: Any) -> dict[str, dict[str, Any]]:
    fields = "Product_Name,Product_Code,Unit_Price,Usage_Unit,Product_Active"
    found = zoho.call("GET", "/crm/v8/Products", fields=fields) or {"data": []}
    return {each["Product_Name"]: each for each in found["data"]}


def vendors(zoho: Any) -> dict[str, dict[str, Any]]:
    found = zoho.books("/contacts", contact_type="vendor")["contacts"]
    return {each["contact_name"]: zoho.books(f"/contacts/{each['contact_id']}")["contact"] for each in found}


def stock(zoho: Any) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in zoho.books("/items")["items"]}


def test_vendors_edited_on_both_sides(office: Any, zoho: Any, settings: Callable[..., None]) -> None:
    settings("vendors", enabled="true", direction="both")
    id = zoho.add("Vendors", Vendor_Name="丸の内部品", Email="sales@marunouchi.example", Phone="03-1", Country="日本")
    zoho.finance("books", "POST", "/contacts", {"contact_name": "Contoso Parts", "contact_type": "vendor"})
    assert office.sync().state == "done"

    made = vendors(zoho)
    assert sorted(made) == ["Contoso Parts", "丸の内部品"]
    assert (made["丸の内部品"]["email"], made["丸の内部品"]["billing_address"]["country"]) == (
        "sales@marunouchi.example",
        "Japan",
    )
    found = zoho.call("GET", "/crm/v8/Vendors", fields="Vendor_Name")["data"]
    assert sorted(each["Vendor_Name"] for each in found) == ["Contoso Parts", "丸の内部品"]
    assert zoho.customers() == [], "a vendor is no customer"

    # Different fields, on both sides, between two runs; a person whom Books added stays.
    later(zoho)
    zoho.change("Vendors", id, Email="orders@marunouchi.example", City="千代田区")
    vendor = made["丸の内部品"]
    zoho.finance(
        "books",
        "POST",
        "/contacts/contactpersons",
        {"contact_id": vendor["contact_id"], "first_name": "Mori", "email": "mori@marunouchi.example"},
    )
    change = {"contact_name": "丸の内部品", "website": "https://marunouchi.example"}
    zoho.finance("books", "PUT", f"/contacts/{vendor['contact_id']}", change)
    assert office.sync().state == "done"
    after = vendors(zoho)["丸の内部品"]
    assert (after["email"], after["billing_address"]["city"]) == ("orders@marunouchi.example", "千代田区")
    assert [each["first_name"] for each in after["contact_persons"]] == ["丸の内部品", "Mori"]
    assert crm(zoho, "Vendors", id)["Website"] == "https://marunouchi.example"

    before = zoho.writes()
    assert office.sync().state == "done"
    assert zoho.writes() == before


def test_products_and_items_both_ways(office: Any, zoho: Any, settings: Callable[..., None]) -> None:
    settings("items", enabled="true", direction="both", deletions="deactivate")
    id = zoho.add("Products", Product_Name="保守プラン", Product_Code="m-1", Unit_Price=12000, Usage_Unit="Each")
    free = zoho.add("Products", Product_Name="お試し", Product_Active=False)
    made = {"name": "Widget", "sku": "W-1", "rate": 800, "unit": "box"}
    zoho.finance("books", "POST", "/items", made)
    assert office.sync().state == "done"

    held = stock(zoho)
    plan = held["保守プラン"]
    assert (plan["sku"], int(plan["rate"]), plan["unit"], plan["status"]) == ("M-1", 12000, "pcs", "active")
    assert (int(held["お試し"]["rate"]), held["お試し"]["status"]) == (0, "inactive")
    widget = products(zoho)["Widget"]
    assert (widget["Product_Code"], int(widget["Unit_Price"])) == ("W-1", 800)
    before = zoho.writes()
    assert office.sync().state == "done"
    assert zoho.writes() == before, "its own writes are no news"

    # Renamed in the CRM, and put out of use in Books.
    later(zoho)
    zoho.change("Products", id, Product_Name="保守プラン 2027")
    zoho.finance("books", "POST", f"/items/{held['Widget']['item_id']}/inactive")
    assert office.sync().state == "done"
    assert stock(zoho)["保守プラン 2027"]["item_id"] == plan["item_id"]
    assert products(zoho)["Widget"]["Product_Active"] is False

    # Deleted in the CRM it goes out of use; back from the recycle bin it is what it was, on both sides.
    later(zoho)
    zoho.call("DELETE", "/crm/v8/Products", ids=id)
    assert office.sync().state == "done"
    assert stock(zoho)["保守プラン 2027"]["status"] == "inactive"
    zoho.control("POST", f"/crm/recycle_bin/{id}/restore")
    zoho.change("Products", id, Unit_Price=13000)
    assert office.sync().state == "done"
    assert (stock(zoho)["保守プラン 2027"]["status"], int(stock(zoho)["保守プラン 2027"]["rate"])) == ("active", 13000)
    assert products(zoho)["保守プラン 2027"]["Product_Active"] is True
    assert sorted(stock(zoho)) == ["Widget", "お試し", "保守プラン 2027"]
    assert free


def test_pairs_that_are_off_cost_nothing_and_what_was_linked_before_is_adopted(
    office: Any, zoho: Any, settings: Callable[..., None], tmp_path: Path
) -> None:
    product = zoho.add("Products", Product_Name="保守", Product_Code="A-1", Unit_Price=500)
    vendor = zoho.add("Vendors", Vendor_Name="丸の内部品")
    item = zoho.finance("books", "POST", "/items", {"name": "Maintenance", "rate": 400})["item"]["item_id"]
    made = {"contact_name": "Marunouchi Parts", "contact_type": "vendor"}
    contact = zoho.finance("books", "POST", "/contacts", made)["contact"]["contact_id"]
    database = Database(tmp_path / "zoho.db")
    items.link_to_crm(database, item, product)
    contacts.link_to_crm(database, contact, vendor_id=vendor)
    database.close()

    office.sync()
    assert [zoho.calls_to(path) for path in ("/crm/v8/Products", "/crm/v8/Vendors", "/books/v3/items")] == [0, 0, 0]

    settings("items", enabled="true")
    settings("vendors", enabled="true")
    assert office.sync().state == "done"
    # One record, under whichever name: the CRM's.
    held = stock(zoho)
    assert [(each["item_id"], int(each["rate"])) for each in held.values()] == [(item, 500)]
    assert list(held) == ["保守"]
    assert {each["contact_id"] for each in vendors(zoho).values()} == {contact}

    before = office.calls()
    office.sync()
    after = office.calls()
    asked = {service: after[service]["GET"] - before[service]["GET"] for service in ("crm", "books")}
    listed = {service: len(office.hub.registry.listed(service)) for service in asked}
    # Contact persons have no listing of their own.
    assert asked == {"crm": listed["crm"], "books": listed["books"] - 1}


def sell(zoho: Any, name: str, price: int) -> tuple[str, str]:
    """A deal over one product, with its account; returns deal and product."""
    product = zoho.add("Products", Product_Name=name, Product_Code=f"{name}-1", Unit_Price=price)
    _, deal = zoho.account_and_deal(name=f"{name}商事", amount=price)
    zoho.call("PUT", f"/crm/v8/Deals/{deal}/Products", {"data": [{"id": product}]})
    return deal, product


def billed(zoho: Any) -> list[tuple[str, str]]:
    """Item and name of every line of every invoice."""
    found = [zoho.books(f"/invoices/{each['invoice_id']}")["invoice"] for each in zoho.invoices()]
    return sorted((line["item_id"], line["name"]) for each in found for line in each["line_items"])


def test_a_deal_with_products_is_billed_by_their_items_whatever_comes_first(
    office: Any, zoho: Any, settings: Callable[..., None]
) -> None:
    settings("items", enabled="true")
    assert office.sync().state == "done"

    # In one run: account, product and a deal that is won already.
    deal, _ = sell(zoho, "保守", 12000)
    zoho.win(deal)
    for _ in range(2):
        later(zoho)
        assert office.sync().state == "done"
    assert billed(zoho) == [(stock(zoho)["保守"]["item_id"], "保守")]

    # Won before anything was heard of its account and product: both come along, and it is billed, without a sync.
    other, product = sell(zoho, "研修", 30000)
    office.listen()
    for _ in range(2):
        zoho.win(other)
        office.wait_until(lambda: len(zoho.invoices()) == 2)
    office.wait_until(office.quiet)
    lines = [(stock(zoho)["保守"]["item_id"], "保守"), (stock(zoho)["研修"]["item_id"], "研修")]
    assert billed(zoho) == sorted(lines)
    assert len(zoho.customers()) == 2

    # A callback is enough for a product that is renamed, too.
    zoho.change("Products", product, Product_Name="研修 2027")
    office.wait_until(lambda: "研修 2027" in stock(zoho))
    office.wait_until(office.quiet)

    # The run after finds nothing left to do but what it had not heard of yet.
    before = zoho.writes()
    later(zoho)
    assert office.sync().state == "done"
    assert zoho.writes() == before
    assert len(stock(zoho)) == 2


def test_invoice_has_its_own_vendors_and_items_and_a_plan_says_what_would_become_of_them(
    open_office: Any, zoho: Any, rules: Path, settings: Callable[..., None]
) -> None:
    from tsunagi.app.sync import workflows

    zoho.use("books", "invoice")
    office = open_office(listening=False, rules_dir=rules, services=("crm", "invoice"))
    for pair in ("vendors", "items"):
        settings(pair, "invoice", enabled="true")
    zoho.add("Vendors", Vendor_Name="丸の内部品株式会社")
    zoho.add("Products", Product_Name="保守", Product_Code="M-1", Unit_Price=500)
    zoho.add("Products", Product_Name="研修", Unit_Price=900)
    zoho.finance("invoice", "POST", "/contacts", {"contact_name": "丸の内部品㈱", "contact_type": "vendor"})
    zoho.finance("invoice", "POST", "/items", {"name": "Maintenance", "sku": "M-1", "rate": 400})

    before = zoho.writes()
    run = workflows.start_plan(office.hub.context)
    planned = workflows.run_plan(office.hub.context, office.hub.jobs, run).counts
    assert zoho.writes() == before
    assert [planned["invoice.items"][each] for each in ("adopt", "create")] == [1, 1]
    assert planned["invoice.vendors"]["adopt"] == 1

    assert office.sync().state == "done"
    held = zoho.finance("invoice", "GET", "/items")["items"]
    assert sorted((each["name"], each["sku"], int(each["rate"])) for each in held) == [
        ("保守", "M-1", 500),
        ("研修", "", 900),
    ]
    (vendor,) = zoho.finance("invoice", "GET", "/contacts", contact_type="vendor")["contacts"]
    assert vendor["contact_name"] == "丸の内部品株式会社"
