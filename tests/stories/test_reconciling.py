"""Both sides are compared: each difference is told with its cause and the command that fixes it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from tsunagi.app.sync import workflows
from tsunagi.cli.application import root_command


@pytest.fixture
def office(open_office: Any) -> Any:
    return open_office(listening=False)


@pytest.fixture
def differences(office: Any) -> Callable[[], dict[str, list[dict[str, Any]]]]:
    """By cause, after both sides were read and nothing was written."""

    def read_and_compare() -> dict[str, list[dict[str, Any]]]:
        run = workflows.start_plan(office.hub.context)
        workflows.run_plan(office.hub.context, office.hub.jobs, run)
        answer = office.client.get(f"{office.page_url}/api/reconciliation")
        assert answer.status_code == 200, answer.text
        found: dict[str, list[dict[str, Any]]] = {}
        for each in answer.json()["differences"]:
            found.setdefault(each["cause"], []).append(each)
        assert {cause: len(some) for cause, some in found.items()} == answer.json()["counts"]
        return found

    return read_and_compare


def customer(zoho: Any, name: str) -> dict[str, Any]:
    (row,) = [each for each in zoho.customers() if each["contact_name"] == name]
    return row


def test_each_difference_has_its_cause_and_what_fixes_it(office: Any, zoho: Any, differences: Any) -> None:
    aoba = zoho.add("Accounts", Account_Name="青葉商事", Phone="03-1111-0000")
    zoho.add("Accounts", Account_Name="港物流", Website="https://old.example.jp")
    office.sync()
    assert differences() == {}
    assert "両側は一致しています。" in office.page("/reconciliation", language="ja")

    zoho.control("POST", "/clock/advance", {"seconds": 3})
    before = len(zoho.writes())
    zoho.change("Accounts", aoba, Phone="03-1111-9999")
    harbour = customer(zoho, "港物流")
    zoho.finance(
        "books",
        "PUT",
        f"/contacts/{harbour['contact_id']}",
        {"contact_name": "港物流", "website": "https://harbour.example.jp"},
    )
    zoho.add("Accounts", Account_Name="新会社")
    zoho.add("Accounts", Account_Name="双葉")
    zoho.finance("books", "POST", "/contacts", {"contact_name": "双葉", "contact_type": "customer"})
    zoho.finance("books", "POST", "/contacts", {"contact_name": "Books だけ", "contact_type": "customer"})
    _, deal = zoho.account_and_deal(name="受注先", Stage="Closed Won")
    item = {"name": "保守", "rate": 5000, "quantity": 1}
    invoice = {"customer_id": harbour["contact_id"], "line_items": [item], "date": "2026-11-20"}
    made = zoho.finance("books", "POST", "/invoices", invoice)["invoice"]
    zoho.finance("books", "POST", f"/invoices/{made['invoice_id']}/status/sent")
    by_people = len(zoho.writes()) - before

    found = differences()
    assert len(zoho.writes()) - before == by_people, "to compare writes nothing"
    (edited,) = found["not_synced"]
    assert (edited["field"], edited["values"]) == ("phone", {"crm": "03-1111-9999", "finance": "03-1111-0000"})
    assert edited["command"] == "tsunagi sync run books.customers"
    (one_way,) = found["one_way"]
    assert one_way["command"] == "tsunagi sync set books.customers fields.website.direction=both"
    assert one_way["values"] == {"crm": "https://old.example.jp", "finance": "https://harbour.example.jp"}
    assert len(found["missing"]) == 2
    assert [each["crm"] is not None and each["finance"] is not None for each in found["not_linked"]] == [True]
    (only_there,) = found["setting"]
    assert only_there["command"] == "tsunagi sync set books.customers direction=both"
    (unbilled,) = found["deal_without_invoice"]
    assert unbilled["command"] == f"tsunagi why-not {deal}"
    (by_hand,) = found["document_without_deal"]
    assert by_hand["command"] == f"tsunagi why books:invoice:{made['invoice_id']}"

    shown = office.page("/reconciliation")
    assert "Deal won without an invoice" in shown
    assert "/sync-pairs/books.customers" in shown
    assert f"/why-not/crm/deal/{deal}" in shown
    assert f"/why/books/invoice/{made['invoice_id']}" in shown
    assert "tsunagi " not in shown
    told = tsunagi(office, "reconcile", "--pair", "books.customers", "--json", "--exit-code", code=1)
    assert set(json.loads(told)["counts"]) == {"not_synced", "one_way", "missing", "not_linked", "setting"}
    assert "tsunagi sync run books.customers" in tsunagi(office, "reconcile")

    # What the next sync brings over is no difference any more; what it was refused or asks is one.
    zoho.add("Accounts", Account_Name="断られる会社")
    refusal = {"code": 4, "message": "Invalid value passed for contact_name"}
    zoho.fault("status", path="/books/v3/contacts", method="POST", status=400, body=json.dumps(refusal), count=1)
    zoho.add("Accounts", Account_Name="Books だけ")
    zoho.add("Accounts", Account_Name="Books だけ", Phone="1")
    office.sync()
    found = differences()
    assert {"not_synced", "not_linked"}.isdisjoint(found)
    (failed,) = found["failed"]
    assert failed["command"].startswith("tsunagi retry crm:account:")
    assert {each["command"] for each in found["parked"]} == {"tsunagi sync review list --pair books.customers"}


def tsunagi(office: Any, *arguments: str, code: int = 0) -> str:
    """The command line, in this process, of the same installation."""
    environment = {"TSUNAGI_HOME": str(office.hub.settings.home), "COLUMNS": "300", "TSUNAGI_LANGUAGE": "en"}
    result = CliRunner().invoke(root_command(), list(arguments), env=environment)
    assert result.exit_code == code, result.output
    return result.stdout
