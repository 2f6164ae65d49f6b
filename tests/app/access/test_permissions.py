"""Who may do what, and who they are when it matters."""

from dataclasses import replace
from typing import Any

import pytest
from trade import NOON

from tsunagi.app.access import permissions
from tsunagi.errors import ConfigError, NotConnected, PermissionDenied, ServiceUnavailable
from tsunagi.store.people import People
from tsunagi.text import Text


def test_people_are_read_anew_and_who_is_gone_is_forgotten(house: Any) -> None:
    assert {person.name for person in permissions.refresh_people(house.hub.context)} == {"Hanako", "Ichiro"}
    house.crm.people.pop()
    permissions.refresh_people(house.hub.context)

    # At the same moment by the hub's clock: who is gone is gone all the same.
    with house.hub.store.read() as session:
        assert [person.name for person in People(session).all("crm")] == ["Hanako"]


def test_two_users_with_one_address_the_active_one_counts(house: Any) -> None:
    hanako = house.crm.people[0]
    house.crm.people.insert(0, replace(hanako, id="0", administrator=False, active=False))

    assert permissions.person_named(house.hub.context, hanako.email).active
    permissions.require_administrator(house.hub.context, hanako, "tokens:list")
    assert permissions.person_named(house.hub.context, hanako.email, refresh=True).administrator


def test_a_person_is_read_once_and_anew_when_it_matters(house: Any) -> None:
    hanako = house.crm.people[0]
    permissions.person_named(house.hub.context, hanako.email)
    asked = house.crm.asked("people")
    permissions.person_named(house.hub.context, hanako.email.upper())
    assert house.crm.asked("people") == asked
    permissions.require_administrator(house.hub.context, hanako, "features:set")
    assert house.crm.asked("people") == asked + 1


def test_nobody_is_let_through_while_the_crm_is_away_or_not_there(house: Any, open_house: Any) -> None:
    hanako = house.crm.people[0]
    house.crm.fail("people", ServiceUnavailable(Text.same("away"), service="crm"))
    with pytest.raises(ServiceUnavailable):
        permissions.require_administrator(house.hub.context, hanako, "features:set")

    empty = open_house(connected=False, home="empty")
    with pytest.raises(NotConnected):
        permissions.require_administrator(empty.hub.context, hanako, "features:set")


def test_a_stranger_is_named_and_the_hub_itself_always_may(house: Any) -> None:
    with pytest.raises(ConfigError, match="no user"):
        permissions.person_named(house.hub.context, "x@example.com")
    permissions.require(house.hub.context, None, "ledger.bill:email")
    permissions.require_administrator(house.hub.context, None, "features:set")
    with pytest.raises(PermissionDenied, match="deactivated"):
        permissions.require(house.hub.context, replace(house.crm.people[0], active=False), "ledger.bill:view")


def test_one_person_is_kept_beside_the_others(house: Any) -> None:
    permissions.refresh_people(house.hub.context)
    changed = replace(house.crm.people[1], profile="Sales")
    with house.hub.store.write() as session:
        People(session).save(changed, NOON)
        assert [person.profile for person in People(session).all("crm")] == ["Administrator", "Sales"]
