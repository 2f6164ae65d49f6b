"""Who uses the CRM, and who administers it."""

from collections.abc import Callable
from typing import Any

import pytest

from tsunagi import Directory, Person
from tsunagi_crm.connector import CrmConnector
from zoho_sandbox.crm import users
from zoho_sandbox.sandbox import Sandbox

Open = Callable[..., CrmConnector]
Serve = Callable[..., Any]


def company(sandbox: Sandbox) -> None:
    users.add_user(sandbox, first_name="Ichi", last_name="Ono", email="ono@example.com", profile="Standard")
    # A profile somebody made, and called like the one that comes with the CRM.
    users.add_profile(sandbox, "管理者")
    users.add_user(sandbox, first_name="Mi", last_name="Abe", email="abe@example.com", profile="管理者")


def by_email(found: tuple[Person, ...]) -> dict[str, Person]:
    return {person.email: person for person in found}


def test_the_one_who_connected_is_an_administrator(sandbox: Any, connect: Open) -> None:
    connector = connect(sandbox.harness())
    assert isinstance(connector, Directory)
    me = connector.me()
    assert (me.service, me.name, me.profile) == ("crm", "Hanako Sato", "Administrator")
    assert (me.administrator, me.active) == (True, True)
    assert me in connector.people()


def test_only_the_profile_that_comes_with_the_crm_administers(serve: Serve, connect: Open) -> None:
    found = by_email(connect(serve(company).harness()).people())
    assert (found["ono@example.com"].profile, found["ono@example.com"].administrator) == ("Standard", False)
    assert (found["abe@example.com"].profile, found["abe@example.com"].administrator) == ("管理者", False)
    assert found["hanako.sato@example.com"].administrator


def test_a_profile_taken_away_is_seen_at_once(sandbox: Any, connect: Open) -> None:
    connector = connect(sandbox.harness())
    assert connector.me().administrator
    user = {
        "id": connector.me().id,
        "email": "hanako.sato@example.com",
        "full_name": "Hanako Sato",
        "status": "active",
        "profile": {"id": "2", "name": "Standard"},
    }
    body = {"users": [user], "info": {"more_records": False}}
    sandbox.fault("status", method="GET", path="/crm/v8/users", status=200, body=body)
    assert not connector.me().administrator


def test_everybody_is_told_whatever_the_number_of_pages(serve: Serve, connect: Open) -> None:
    def crowd(sandbox: Sandbox) -> None:
        for number in range(201):
            users.add_user(sandbox, first_name="U", last_name=str(number), email=f"u{number}@example.com")

    harness = serve(crowd).harness()
    found = connect(harness).people()
    assert {f"u{number}@example.com" for number in range(201)} <= by_email(found).keys()
    assert harness.seen() == ["GET /crm/v8/users 200"] * 2 + ["GET /crm/v8/settings/profiles 200"]


@pytest.mark.parametrize(("status", "active"), [("active", True), ("disabled", False), ("deleted", False)])
def test_who_may_not_come_in_is_not_active(sandbox: Any, connect: Open, status: str, active: bool) -> None:
    user = {"id": "1", "email": "a@example.com", "full_name": "A", "status": status}
    sandbox.fault("status", method="GET", path="/crm/v8/users", status=200, body={"users": [user]})
    (person,) = connect(sandbox.harness()).people()
    assert (person.active, person.administrator, person.profile) == (active, False, "")
