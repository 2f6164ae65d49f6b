"""Every change of a record is kept: who or what made it, when, from which run, and what the field said before."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from tsunagi.cli.application import root_command


@pytest.fixture
def office(open_office: Any) -> Any:
    return open_office(listening=False)


def later(zoho: Any) -> None:
    zoho.control("POST", "/clock/advance", {"seconds": 3})


def entries(office: Any, ref: str) -> list[dict[str, Any]]:
    """By the API, a page of two at a time, the latest first."""
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        asked = {"limit": 2, **({"after": after} if after else {})}
        answer = office.client.get(f"{office.page_url}/api/records/{ref}/history", params=asked)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        after = answer.json()["next"]
    return found


def said(entry: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {each["field"]: (each["before"], each["after"]) for each in entry["changes"]}


def test_who_changed_what_is_told_for_both_sides_of_a_sync(office: Any, zoho: Any) -> None:
    id = zoho.add("Accounts", Account_Name="青葉商事", Phone="03-1111-0000")
    first = office.sync()
    assert entries(office, f"crm:account:{id}") == [], "what was there before the connection is no change"
    (customer,) = zoho.customers()
    ref = f"books:customer:{customer['contact_id']}"
    (made,) = entries(office, ref)
    assert (made["what"], made["cause"], made["by"], made["run"]) == ("created", "sync", "books.customers", first.id)

    later(zoho)
    zoho.change("Accounts", id, Phone="03-2222-0000")
    second = office.sync()
    office.sync()
    (seen,) = entries(office, f"crm:account:{id}")
    assert (seen["cause"], seen["by"], said(seen)) == (
        "service",
        "Hanako Sato",
        {"phone": ("03-1111-0000", "03-2222-0000")},
    )
    written, _ = entries(office, ref)
    assert (written["cause"], written["run"]) == ("sync", second.id)
    assert list(said(written).values()) == [("03-1111-0000", "03-2222-0000")]

    # The same on the page and on the command line, in the reader's language.
    shown = office.page(f"/accounts/{id}", language="ja")
    assert "Hanako Sato(Zoho CRM)" in shown
    assert "<del>03-1111-0000</del> → 03-2222-0000" in shown
    told = tsunagi(office, "history", id)
    assert "Hanako Sato in Zoho CRM" in told
    assert "03-2222-0000" in told
    assert json.loads(tsunagi(office, "history", ref, "--json"))[0]["run"] == second.id

    # Gone at the service, and back again.
    later(zoho)
    zoho.call("DELETE", f"/crm/v8/Accounts/{id}")
    office.sync(full=True)
    assert [each["what"] for each in entries(office, f"crm:account:{id}")] == ["deleted", "changed"]
    answer = office.client.get(f"{office.page_url}/api/records/crm:account:999/history")
    assert answer.status_code == 404


def test_old_history_is_forgotten_when_the_company_wants_it_so(open_office: Any, zoho: Any, clock: Any) -> None:
    office = open_office(listening=False, now=clock, history_days=30)
    zoho.add("Accounts", Account_Name="青葉商事")
    office.sync()
    (customer,) = zoho.customers()
    ref = f"books:customer:{customer['contact_id']}"
    assert "Created" in tsunagi(office, "history", ref)
    clock.pass_(days=31)
    office.sync()
    assert "Created" not in tsunagi(office, "history", ref)


def tsunagi(office: Any, *arguments: str) -> str:
    """The command line, in this process, of the same installation."""
    environment = {"TSUNAGI_HOME": str(office.hub.settings.home), "COLUMNS": "300", "TSUNAGI_LANGUAGE": "en"}
    result = CliRunner().invoke(root_command(), list(arguments), env=environment)
    assert result.exit_code == 0, result.output
    return result.stdout
