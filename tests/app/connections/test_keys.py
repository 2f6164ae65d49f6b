"""Keys with which another user's organisation is connected."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagi.app.connections import keys
from tsunagi.domain.directory import Person
from tsunagi.errors import AuthenticationFailed, PermissionDenied, ServiceUnavailable
from tsunagi.text import Text

EMILY = Person("ledger", "5", "emily@example.net", "Emily", "admin", administrator=True)


@pytest.fixture
def outside(open_house: Any) -> Any:
    """Only the CRM is connected; Emily administers the ledger."""
    house = open_house(connected=False)
    house.connect("crm")
    house.ledger.people = [EMILY]
    return house


@pytest.fixture
def key(outside: Any) -> keys.NewKey:
    return keys.issue_key(outside.hub.context, "ledger", {"password": "emilys-password"})


def connect(house: Any, key: str, issuer: str = EMILY.email) -> Any:
    return keys.connect_with_key(house.hub.context, house.crm.people[0], "ledger", issuer, key)


def test_it_connects_with_the_issuers_own_credentials(outside: Any, key: keys.NewKey) -> None:
    connect(outside, f"  {key.text}\n")
    outside.hub.connectors.get("ledger")

    assert outside.trade.built[-1].settings.password.get_secret_value() == "emilys-password"
    assert "emilys-password" not in str(keys.list_keys(outside.hub.context, None))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.text(max_size=60))
def test_no_other_text_is_the_key(outside: Any, key: keys.NewKey, clock: Any, text: str) -> None:
    clock.pass_(hours=1)
    with pytest.raises(keys.KeyRefused):
        connect(outside, text)
    assert key.text.strip() != text.strip()


def test_a_key_is_looked_at_no_more_after_five_tries_until_they_are_old(
    outside: Any, key: keys.NewKey, clock: Any
) -> None:
    for _ in range(5):
        with pytest.raises(keys.KeyRefused):
            connect(outside, "LED-no")
        clock.pass_(minutes=1)
    asked = outside.ledger.asked("probe")
    with pytest.raises(keys.KeyRefused):
        connect(outside, key.text)
    assert outside.ledger.asked("probe") == asked

    clock.pass_(minutes=15, seconds=1)
    assert connect(outside, key.text).organization.name == "Minato Ledger"


def test_four_mistakes_are_forgiven(outside: Any, key: keys.NewKey) -> None:
    for _ in range(4):
        with pytest.raises(keys.KeyRefused):
            connect(outside, "LED-no")
    assert connect(outside, key.text).service == "ledger"


@pytest.mark.parametrize("change", [{"active": False}, {"administrator": False}])
def test_it_is_worth_as_much_as_its_issuer(outside: Any, key: keys.NewKey, change: Any) -> None:
    outside.ledger.people = [replace(EMILY, **change)]
    with pytest.raises(keys.KeyRefused):
        connect(outside, key.text)


def test_credentials_that_end_end_the_key_and_a_service_that_is_away_does_not(outside: Any, key: keys.NewKey) -> None:
    outside.ledger.fail("probe", ServiceUnavailable(Text.same("away"), service="ledger"))
    with pytest.raises(ServiceUnavailable):
        connect(outside, key.text)
    outside.ledger.fail("probe", AuthenticationFailed(Text.same("revoked"), service="ledger"))
    with pytest.raises(keys.KeyRefused):
        connect(outside, key.text)
    assert connect(outside, key.text).service == "ledger"


def test_only_who_administers_issues_one_and_only_an_administrator_of_the_crm_uses_it(outside: Any) -> None:
    outside.ledger.people = [replace(EMILY, administrator=False, profile="staff")]
    with pytest.raises(PermissionDenied, match="staff"):
        keys.issue_key(outside.hub.context, "ledger", {})

    outside.ledger.people = [EMILY]
    key = keys.issue_key(outside.hub.context, "ledger", {})
    with pytest.raises(PermissionDenied):
        keys.connect_with_key(outside.hub.context, outside.crm.people[1], "ledger", EMILY.email, key.text)


def test_each_issuer_has_one_live_key_a_service(outside: Any, key: keys.NewKey) -> None:
    hers = keys.issue_key(outside.hub.context, "ledger", {})
    outside.ledger.people = [replace(EMILY, id="6", email="jonas@example.net")]
    his = keys.issue_key(outside.hub.context, "ledger", {})

    live = [each.id for each in keys.list_keys(outside.hub.context, None) if each.revoked_at is None]
    assert set(live) == {hers.key.id, his.key.id}
    assert len({key.text, hers.text, his.text}) == 3
