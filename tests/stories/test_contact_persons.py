"""People of a customer, whom the finance service lists a customer at a time and cannot move to another one."""

from typing import Any

import pytest

from tsunagi.domain.records import RecordRef
from tsunagi.store.links import Links
from tsunagi.store.records import Records


@pytest.fixture
def company_of_two(open_office: Any) -> tuple[Any, dict[str, str], str]:
    """Two accounts and a contact of the first, in the CRM and in Books."""
    office = open_office(listening=False)
    accounts = {name: office.zoho.add("Accounts", Account_Name=name) for name in ("Aoba", "Midori")}
    names = {"First_Name": "Aki", "Last_Name": "Abe", "Email": "abe@aoba.example", "Mobile": "090-1"}
    contact = office.zoho.add("Contacts", **names, Account_Name={"id": accounts["Aoba"]})
    assert office.sync().state == "done"
    return office, accounts, contact


def people(office: Any, customer: str) -> list[tuple[str, str, str]]:
    """Name and mobile of a customer's persons as Books shows them, with their ids."""
    (found,) = (each for each in office.zoho.customers() if each["contact_name"] == customer)
    rows = office.zoho.books(f"/contacts/{found['contact_id']}/contactpersons")["contact_persons"]
    return [(row["last_name"], row["mobile"], row["contact_person_id"]) for row in rows if row["last_name"]]


def linked(office: Any, contact: str) -> list[str]:
    with office.hub.store.read() as session:
        links = Links(session).of(RecordRef("crm", "contact", contact))
        refs = [link.right for link in links if not link.orphaned]
        records = Records(session).get_many(refs)
    return [ref.id for ref in refs if ref in records]


def test_a_contact_that_changes_its_account_is_a_person_of_the_other_customer(company_of_two: Any) -> None:
    office, accounts, contact = company_of_two
    ((_, _, before),) = people(office, "Aoba")
    office.zoho.change("Contacts", contact, Account_Name={"id": accounts["Midori"]})
    assert office.sync().state == "done"
    assert people(office, "Aoba") == []
    ((name, mobile, after),) = people(office, "Midori")
    assert (name, mobile) == ("Abe", "090-1")
    assert linked(office, contact) == [after] != [before]
    # From then on it is the new one that is kept in step, and nothing is written in vain.
    office.zoho.change("Contacts", contact, Mobile="090-2")
    assert office.sync().state == "done"
    assert people(office, "Midori") == [("Abe", "090-2", after)]
    writes = len(office.zoho.writes())
    assert office.sync().state == "done"
    assert len(office.zoho.writes()) == writes


def test_one_that_was_moved_halfway_is_moved_once(company_of_two: Any) -> None:
    office, accounts, contact = company_of_two
    office.zoho.change("Contacts", contact, Account_Name={"id": accounts["Midori"]})
    office.zoho.fault("drop_after", method="POST", path="/books/v3/contacts/contactpersons")
    office.zoho.fault("drop_before", method="DELETE", path="/books/v3/contacts/contactpersons/*")
    assert office.sync().state == "done"
    assert people(office, "Aoba") == []
    ((name, _, id),) = people(office, "Midori")
    assert (name, linked(office, contact)) == ("Abe", [id])


@pytest.mark.parametrize("others", [0, 6])
def test_a_full_sync_takes_nobody_for_deleted_whom_no_list_shows(company_of_two: Any, others: int) -> None:
    office, accounts, contact = company_of_two
    for number in range(others):
        office.zoho.add("Contacts", Last_Name=f"Ono {number}", Account_Name={"id": accounts["Midori"]})
    assert office.sync().state == "done"
    assert office.sync(full=True).state == "done"
    assert len(linked(office, contact)) == 1
    writes = len(office.zoho.writes())
    for full in (True, False):
        assert office.sync(full=full).state == "done"
    assert len(office.zoho.writes()) == writes
