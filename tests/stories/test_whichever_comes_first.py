"""The CRM or a finance service first: every check is made when both are known, and again before writes go on."""

from typing import Any

import pytest

from tsunagi.app.connections.compatibility import Incompatible
from tsunagi.app.connections.connecting import connect
from tsunagi.app.connections.fit import UNCHECKED, prevented_services
from tsunagi.app.connections.services import disable, enable
from tsunagi.app.sync import workflows
from tsunagi_zoho.compatibility import Kind

HANAKO = "hanako.sato@example.com"


@pytest.fixture
def boston(zoho: Any) -> str:
    """Another organisation of the company's, in dollars."""
    zoho.control("POST", "/organizations", {"name": "Boston Office", "currency_code": "USD", "owner_email": HANAKO})
    return str(zoho.organization("Boston Office")["organization_id"])


def reasons(office: Any) -> dict[str, list[str]]:
    found = prevented_services(office.hub.context)
    return {service: [str(finding.kind) for finding in findings] for service, findings in found.items()}


def books_writes(zoho: Any) -> list[str]:
    return [write for write in zoho.writes() if "/books/" in write]


def connect_in(office: Any, zoho: Any, order: tuple[str, str], boston: str) -> None:
    for service in order:
        connect(
            office.hub.context,
            service,
            zoho.credentials(),
            organization_id=boston if service == "books" else None,
        )


@pytest.mark.parametrize("order", [("crm", "books"), ("books", "crm")])
def test_nothing_is_written_into_an_organisation_of_another_currency(
    open_office: Any, zoho: Any, boston: str, order: tuple[str, str]
) -> None:
    office = open_office(connected=False)
    zoho.account_and_deal()
    if order[0] == "crm":
        # It is refused before anything of it is stored.
        for _ in range(2):
            with pytest.raises(Incompatible, match="USD"):
                connect_in(office, zoho, order, boston)
        assert [each.service for each in office.hub.connectors.all()] == ["crm"]
        return
    connect_in(office, zoho, order, boston)
    for _ in range(2):
        office.connect("crm")
        assert list(reasons(office)) == ["books"]
        with pytest.raises(Incompatible, match="USD"):
            office.sync()
    assert books_writes(zoho) == []

    # The organisation that fits, in its place: all is well.
    connect_in(office, zoho, ("crm", "books"), zoho.organization("Sandbox Company")["organization_id"])
    assert reasons(office) == {}
    assert office.sync().state == "done"
    assert len(books_writes(zoho)) > 0


def test_who_connects_the_crm_answers_for_what_was_connected_before(open_office: Any, zoho: Any) -> None:
    office = open_office(connected=False)
    office.connect("books")
    assert office.hub.connectors.connection("books").connected_by == ""

    office.connect("crm")
    assert office.hub.connectors.connection("books").connected_by == HANAKO
    assert reasons(office) == {}


def test_a_service_that_could_not_be_checked_is_not_written_to_before_it_was(open_office: Any, zoho: Any) -> None:
    office = open_office(connected=False)
    zoho.account_and_deal()
    office.connect("books")
    zoho.fault("status", path="/books/v3/organizations/*", status=403, count=None)
    office.connect("crm")
    assert reasons(office) == {"books": [UNCHECKED]}
    with pytest.raises(Incompatible):
        office.sync()

    zoho.control("DELETE", "/faults")
    assert office.sync().state == "done"
    assert reasons(office) == {}


def test_a_plan_that_changed_stops_writes_is_told_and_is_lifted(open_office: Any, zoho: Any, clock: Any) -> None:
    office = open_office(listening=False, now=clock)
    account, _ = zoho.account_and_deal()
    assert office.sync().state == "done"
    before = len(books_writes(zoho))

    zoho.control("PUT", "/crm/org", {"edition": "standard"})
    zoho.change("Accounts", account, Phone="03-5555-0000")
    clock.pass_(hours=2)
    for _ in range(2):
        run = office.sync(first=False)
        assert run.state == "refused"
        assert run.problem is not None
        assert "Zoho Books was left out" in run.problem.en
        assert "Zoho Books は同期の対象外" in run.problem.ja
    assert reasons(office) == {"books": [str(Kind.EDITION_TOO_LOW)]}
    assert len(books_writes(zoho)) == before

    # Nobody needs to wait for the hour to be over.
    zoho.control("PUT", "/crm/org", {"edition": "enterprise"})
    assert office.sync(first=False).state == "done"
    assert len(books_writes(zoho)) == before + 1


def test_within_the_hour_a_sync_asks_nothing_more(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    zoho.account_and_deal()
    office.sync()
    asked = zoho.calls_to("/crm/v8/org")
    office.sync()
    assert zoho.calls_to("/crm/v8/org") == asked


def test_a_service_switched_on_again_is_checked_again(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    zoho.account_and_deal()
    office.sync()
    disable(office.hub.context, office.person(), "books", confirmed="books")
    zoho.control("PUT", "/crm/org", {"edition": "standard"})

    enable(office.hub.context, office.person(), "books")
    assert reasons(office) == {"books": [str(Kind.EDITION_TOO_LOW)]}
    run = workflows.start_plan(office.hub.context)
    assert workflows.run_plan(office.hub.context, office.hub.jobs, run).state == "refused"


def test_the_api_says_so_when_the_crm_comes_second(open_office: Any, zoho: Any, boston: str) -> None:
    office = open_office(connected=False)
    connect_in(office, zoho, ("books", "crm"), boston)
    office.sign_in()
    answer = office.client.put(f"{office.page_url}/api/connections/crm", json={"settings": zoho.credentials()})
    assert answer.status_code == 200, answer.text
    (other,) = answer.json()["prevented"]
    assert other["service"] == "books"
    assert "USD" in other["findings"][0]["message"]
    listed = office.client.get(f"{office.page_url}/api/connections").json()["items"]
    assert {each["service"]: bool(each["prevented_by"]) for each in listed} == {"crm": False, "books": True}
    begun = office.client.post(f"{office.page_url}/api/sync-runs", json={"first": True})
    assert begun.status_code == 409
    assert begun.json()["findings"][0]["severity"] == "refuses"
