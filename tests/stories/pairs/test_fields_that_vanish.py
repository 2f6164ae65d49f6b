"""A field of one's own that is deleted or changed at a service: it waits, everything else of its pair goes on."""

from collections.abc import Callable
from typing import Any

import pytest

from tsunagi.app.sync.pair_files import check_files
from tsunagi.store.open_items import OpenItems

REGION = {"module": "Accounts", "api_name": "Region", "label": "Region", "data_type": "text"}
AT_CRM = "/crm/fields/Accounts/Region"
AT_BOOKS = "/finance/custom_fields/cf_region"


@pytest.fixture
def in_step(office: Any, zoho: Any, settings: Callable[..., None]) -> tuple[Any, str]:
    """Two accounts in step both ways, with a field that the company has added."""
    settings("books_customers", direction="both", fields__region="{crm: Region, finance: cf_region}")
    zoho.control("POST", "/crm/fields", REGION)
    id = zoho.add("Accounts", Account_Name="青葉商事", Phone="03-1", Region="Kanto")
    zoho.add("Accounts", Account_Name="Northwind", Phone="06-1", Region="Kansai")
    assert office.sync().state == "done"
    assert region_there(zoho) == "Kanto"
    later(zoho)
    return office, id


def later(zoho: Any) -> None:
    zoho.control("POST", "/clock/advance", {"seconds": 3})


def customer(zoho: Any, name: str = "青葉商事") -> dict[str, Any]:
    (row,) = [each for each in zoho.customers() if each["contact_name"] == name]
    return zoho.books(f"/contacts/{row['contact_id']}")["contact"]


def region_there(zoho: Any, name: str = "青葉商事") -> str | None:
    return next((each["value"] for each in customer(zoho, name)["custom_fields"]), None)


def account(zoho: Any, id: str) -> dict[str, Any]:
    return zoho.call("GET", f"/crm/v8/Accounts/{id}", fields="Account_Name,Phone,Region")["data"][0]


def notices(office: Any) -> list[tuple[str, str]]:
    with office.hub.store.read() as session:
        items = [each for each in OpenItems(session).all(kind="parked") if each.reason.startswith("field_")]
    for each in items:
        assert each.remedy
        assert "sync/books_customers.yaml:" in each.remedy.en + each.remedy.ja
        assert each.text.ja != each.text.en
    return [(each.reason, each.service) for each in items]


def test_a_field_deleted_in_the_crm_waits_and_is_taken_up_again(in_step: tuple[Any, str], zoho: Any) -> None:
    office, id = in_step
    zoho.control("DELETE", AT_CRM)
    zoho.change("Accounts", id, Phone="03-2")
    assert office.sync().state == "done"
    assert customer(zoho)["billing_address"]["phone"] == "03-2", "the rest goes on"
    assert (region_there(zoho), region_there(zoho, "Northwind")) == ("Kanto", "Kansai"), "nothing is emptied"
    assert notices(office) == [("field_gone", "crm")]

    # The same the run after, with other changes and a new record.
    later(zoho)
    zoho.change("Accounts", id, Phone="03-3")
    zoho.add("Accounts", Account_Name="Contoso")
    assert office.sync().state == "done"
    assert customer(zoho)["billing_address"]["phone"] == "03-3"
    assert region_there(zoho, "Contoso") is None
    assert notices(office) == [("field_gone", "crm")]
    assert "Region" in str(check_files(office.hub.context))

    # Made again it is empty, and filled from the other side.
    zoho.control("POST", "/crm/fields", REGION)
    later(zoho)
    zoho.change("Accounts", id, Phone="03-4")
    assert not check_files(office.hub.context)
    assert office.sync().state == "done"
    assert notices(office) == []
    assert account(zoho, id)["Region"] == "Kanto"
    assert region_there(zoho) == "Kanto"
    later(zoho)
    zoho.change("Accounts", id, Region="Tohoku")
    assert office.sync().state == "done"
    assert region_there(zoho) == "Tohoku"
    before = zoho.writes()
    assert office.sync().state == "done"
    assert zoho.writes() == before


@pytest.mark.parametrize("to", ["integer", "boolean", "multiselectpicklist", "date"])
def test_a_field_of_another_type_waits(in_step: tuple[Any, str], zoho: Any, to: str) -> None:
    office, id = in_step
    zoho.control("PUT", AT_CRM, {"data_type": to, "pick_list": ["A"]})
    # Nobody touched its value, or somebody filled it in anew.
    value = {"integer": 7, "boolean": True, "multiselectpicklist": ["A"], "date": None}[to]
    zoho.change("Accounts", id, Phone="03-2", **({} if value is None else {"Region": value}))
    assert office.sync().state == "done"
    assert customer(zoho)["billing_address"]["phone"] == "03-2"
    assert region_there(zoho) == "Kanto"
    ((reason, service),) = notices(office)
    # One that holds several values cannot be kept in step at all.
    assert (reason, service) == ("field_gone" if to == "multiselectpicklist" else "field_retyped", "crm")
    zoho.control("PUT", AT_CRM, {"data_type": "text"})
    later(zoho)
    assert not check_files(office.hub.context)
    assert office.sync().state == "done"
    assert notices(office) == []
    assert account(zoho, id)["Region"] == "Kanto"


def test_one_that_was_retyped_while_a_run_writes_is_refused_once(in_step: tuple[Any, str], zoho: Any) -> None:
    office, id = in_step
    there = customer(zoho)
    fields = {"contact_name": there["contact_name"], "billing_address": {"phone": "03-9"}}
    fields["custom_fields"] = [{"api_name": "cf_region", "value": "Tohoku"}]
    zoho.finance("books", "PUT", f"/contacts/{there['contact_id']}", fields)
    # Nothing the listing shows tells of it: only the write finds out.
    zoho.control("PUT", AT_CRM, {"data_type": "integer"})
    for _ in range(2):
        assert office.sync().state == "done"
    assert account(zoho, id)["Phone"] == "03-9"
    assert notices(office) == [("field_retyped", "crm")]
    with office.hub.store.read() as session:
        assert not OpenItems(session).count(kind="write")


def test_a_field_deleted_in_books_is_noticed_by_the_write_that_is_not_kept(in_step: tuple[Any, str], zoho: Any) -> None:
    office, id = in_step
    zoho.control("PUT", AT_BOOKS, {"exists": False})
    there = customer(zoho)
    fields = {"contact_name": there["contact_name"], "notes": "looked at"}
    zoho.finance("books", "PUT", f"/contacts/{there['contact_id']}", fields)
    assert office.sync().state == "done"
    assert account(zoho, id)["Region"] == "Kanto", "a field that is gone was not emptied by anybody"

    later(zoho)
    zoho.change("Accounts", id, Region="Tohoku", Phone="03-5")
    assert office.sync().state == "done"
    assert customer(zoho)["billing_address"]["phone"] == "03-5"
    assert notices(office) == [("field_gone", "books")]
    later(zoho)
    zoho.change("Accounts", id, Region="Kyushu", Phone="03-6")
    assert office.sync().state == "done"
    assert customer(zoho)["billing_address"]["phone"] == "03-6"
    assert notices(office) == [("field_gone", "books")]
    assert account(zoho, id)["Region"] == "Kyushu"

    # Back, and filled for one customer by hand.
    zoho.control("PUT", AT_BOOKS, {"exists": True})
    later(zoho)
    other = customer(zoho, "Northwind")
    fields = {"contact_name": "Northwind", "custom_fields": [{"api_name": "cf_region", "value": "Kinki"}]}
    zoho.finance("books", "PUT", f"/contacts/{other['contact_id']}", fields)
    assert office.sync().state == "done"
    assert office.sync().state == "done"
    assert notices(office) == []
    assert region_there(zoho) == "Kyushu"
    assert account(zoho, id)["Region"] == "Kyushu"


def test_an_hour_later_a_field_of_books_is_tried_again(
    open_office: Any, zoho: Any, settings: Callable[..., None], rules: Any, clock: Any
) -> None:
    office = open_office(listening=False, rules_dir=rules, now=clock)
    settings("books_customers", fields__region="{crm: Region, finance: cf_region}")
    zoho.control("POST", "/crm/fields", REGION)
    zoho.control("PUT", AT_BOOKS, {"exists": False})
    zoho.add("Accounts", Account_Name="青葉商事", Phone="03-1", Region="Kanto")
    for _ in range(2):
        assert office.sync().state == "done"
        assert notices(office) == [("field_gone", "books")]

    clock.pass_(hours=2)
    zoho.control("PUT", AT_BOOKS, {"exists": True})
    assert office.sync().state == "done"
    assert notices(office) == []
    assert region_there(zoho) == "Kanto"
