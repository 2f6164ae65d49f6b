"""What a pair's settings promise, of every pair: duplicates, deletions from either side, and nothing made twice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tsunagi.app.sync import reviewing

POLICIES = ("ignore", "deactivate", "delete", "ask")


def later(zoho: Any) -> None:
    zoho.control("POST", "/clock/advance", {"seconds": 3})


def customers(zoho: Any) -> dict[str, str]:
    return {each["contact_name"]: each["status"] for each in zoho.customers()}


def accounts(zoho: Any) -> dict[str, str]:
    found = zoho.call("GET", "/crm/v8/Accounts", fields="Account_Name") or {"data": []}
    return {each["Account_Name"]: each["id"] for each in found["data"]}


def vendors(zoho: Any) -> list[dict[str, Any]]:
    return zoho.books("/contacts", contact_type="vendor")["contacts"]


def people(zoho: Any, customer: str) -> list[dict[str, Any]]:
    found = zoho.books(f"/contacts/{customer}/contactpersons")["contact_persons"]
    return [each for each in found if each["email"]]


@pytest.mark.parametrize(
    ("policy", "names"),
    [("overwrite", ["株式会社青葉"]), ("clone", ["株式会社青葉 (2)", "青葉"]), ("skip", ["青葉"])],
)
def test_duplicates_of_vendors(
    office: Any, zoho: Any, settings: Callable[..., None], policy: str, names: list[str]
) -> None:
    settings("books_vendors", enabled="true", duplicates=policy)
    zoho.add("Vendors", Vendor_Name="株式会社青葉")
    zoho.finance("books", "POST", "/contacts", {"contact_name": "青葉", "contact_type": "vendor"})
    for _ in range(2):
        assert office.sync().state == "done"
        assert sorted(each["contact_name"] for each in vendors(zoho)) == names


@pytest.mark.parametrize(
    ("policy", "priced"),
    [("overwrite", [("保守", 5)]), ("clone", [("保守", 1), ("保守 (2)", 5)]), ("skip", [("保守", 1)])],
)
def test_duplicates_of_items(
    office: Any, zoho: Any, settings: Callable[..., None], policy: str, priced: list[tuple[str, int]]
) -> None:
    settings("books_items", enabled="true", duplicates=policy)
    zoho.add("Products", Product_Name="保守", Unit_Price=5)
    zoho.finance("books", "POST", "/items", {"name": "保守", "rate": 1})
    for _ in range(2):
        assert office.sync().state == "done"
        assert sorted((each["name"], int(each["rate"])) for each in zoho.books("/items")["items"]) == priced


@pytest.mark.parametrize(
    ("policy", "mobiles"),
    [
        ("overwrite", ["090-1"]),
        ("clone", ["", "090-1"]),
        ("skip", [""]),
    ],
)
def test_duplicates_of_contact_persons(
    office: Any, zoho: Any, settings: Callable[..., None], policy: str, mobiles: list[str]
) -> None:
    settings("books_contact_persons", duplicates=policy)
    account = zoho.add("Accounts", Account_Name="青葉商事")
    given = {"first_name": "一郎", "last_name": "佐藤", "email": "sato@aoba.example"}
    made = {"contact_name": "青葉商事", "contact_type": "customer", "contact_persons": [given]}
    customer = zoho.finance("books", "POST", "/contacts", made)["contact"]["contact_id"]
    same = {"First_Name": "一郎", "Last_Name": "佐藤", "Email": "SATO@aoba.example", "Mobile": "090-1"}
    zoho.add("Contacts", **same, Account_Name={"id": account})
    for _ in range(2):
        assert office.sync().state == "done"
        assert sorted(each["mobile"] for each in people(zoho, customer)) == mobiles


def test_an_account_that_is_deleted_under_each_policy(office: Any, zoho: Any, settings: Callable[..., None]) -> None:
    stands = {"ignore": "active", "deactivate": "inactive", "delete": None, "ask": "active"}
    zoho.add("Accounts", Account_Name="stays")
    for policy in POLICIES:
        settings("books_customers", direction="both", deletions=policy)
        id = zoho.add("Accounts", Account_Name=policy)
        assert office.sync().state == "done"
        zoho.call("DELETE", "/crm/v8/Accounts", ids=id)
        assert office.sync(full=True).state == "done"
        assert customers(zoho).get(policy) == stands[policy], policy
        assert policy not in accounts(zoho), "nothing that was deleted comes back"
    assert [each.item.kind for each in reviewing.questions(office.hub.context).items] == ["deletion"]


def test_a_customer_that_is_deleted_under_each_policy(office: Any, zoho: Any, settings: Callable[..., None]) -> None:
    zoho.add("Accounts", Account_Name="stays")
    for policy in POLICIES:
        settings("books_customers", direction="both", deletions=policy)
        id = zoho.add("Accounts", Account_Name=policy)
        assert office.sync().state == "done"
        (customer,) = [each["contact_id"] for each in zoho.customers() if each["contact_name"] == policy]
        zoho.finance("books", "DELETE", f"/contacts/{customer}")
        assert office.sync(full=True).state == "done"
        assert (accounts(zoho).get(policy) == id) is (policy != "delete"), policy
        assert policy not in customers(zoho)
        # An account cannot be taken out of use: where that is asked for, a person decides, too.
        asked = [each.item.kind for each in reviewing.questions(office.hub.context).items]
        assert asked == (["deletion"] if policy in ("deactivate", "ask") else []), policy


def test_a_side_that_shows_nothing_any_more_deletes_nothing(
    office: Any, zoho: Any, settings: Callable[..., None]
) -> None:
    settings("books_customers", deletions="delete")
    for number in range(30):
        zoho.add("Accounts", Account_Name=f"商会 {number}")
    assert office.sync().state == "done"
    zoho.fault("status", path="/crm/v8/Accounts", method="GET", status=204, body="", count=1)
    assert office.sync(full=True).state != "done"
    assert len(customers(zoho)) == 30

    # Deleted by mistake, all of them: nothing follows until somebody says so.
    for some in (list(accounts(zoho).values())[:20], list(accounts(zoho).values())[20:]):
        zoho.call("DELETE", "/crm/v8/Accounts", ids=",".join(some))
    for full in (False, True):
        assert office.sync(full=full).state in ("refused", "failed")
        assert len(customers(zoho)) == 30


def test_a_hub_that_has_lost_its_database_makes_nothing_twice(
    open_office: Any, zoho: Any, settings: Callable[..., None], rules: Path, tmp_path: Path
) -> None:
    from zoho_sandbox.database import Database
    from zoho_sandbox.finance import contacts

    for pair in ("books_vendors", "books_items"):
        settings(pair, enabled="true")
    first = open_office(listening=False, rules_dir=rules)
    account = zoho.add("Accounts", Account_Name="青葉商事", Phone="03-1")
    zoho.add("Contacts", Last_Name="佐藤", Email="sato@aoba.example", Account_Name={"id": account})
    zoho.add("Contacts", Last_Name="鈴木", Account_Name={"id": account})
    zoho.add("Vendors", Vendor_Name="丸の内部品")
    zoho.add("Products", Product_Name="保守", Product_Code="A-1", Unit_Price=500)
    assert first.sync().state == "done"
    # One that the vendor's own integration had linked, and that is called otherwise by now.
    other = zoho.add("Accounts", Account_Name="Northwind")
    made = {"contact_name": "NW Trading", "contact_type": "customer"}
    there = zoho.finance("books", "POST", "/contacts", made)["contact"]["contact_id"]
    database = Database(tmp_path / "zoho.db")
    contacts.link_to_crm(database, there, account_id=other)
    database.close()

    later(zoho)
    again = open_office(listening=False, rules_dir=rules, home=tmp_path / "another")
    before = zoho.writes()
    assert again.sync().state == "done"
    written = zoho.writes()[len(before) :]
    assert [each for each in written if each.startswith("POST")] == []
    assert sorted(customers(zoho)) == ["Northwind", "青葉商事"]
    later(zoho)
    before = zoho.writes()
    assert again.sync().state == "done"
    assert zoho.writes() == before
    zoho.change("Accounts", account, Phone="03-2")
    assert again.sync().state == "done"
    (one,) = [each["contact_id"] for each in zoho.customers() if each["contact_name"] == "青葉商事"]
    assert zoho.books(f"/contacts/{one}")["contact"]["billing_address"]["phone"] == "03-2"
