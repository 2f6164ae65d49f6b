"""Tokens: made for a user, used, and ended."""

from datetime import timedelta
from typing import Any

import pytest
from trade import NOON

from tsunagi.app.access import permissions, tokens
from tsunagi.errors import PermissionDenied


def made(house: Any, **more: Any) -> tokens.NewToken:
    return tokens.create_token(house.hub.context, None, "ichiro@example.com", **more)


def test_each_is_its_own_and_ends_by_itself(house: Any, clock: Any) -> None:
    first = made(house, label="one")
    clock.pass_(seconds=1)
    second = made(house, label="two")
    tokens.revoke_token(house.hub.context, None, first.token.id)

    with pytest.raises(PermissionDenied):
        tokens.person_with_token(house.hub.context, first.text)
    assert tokens.person_with_token(house.hub.context, second.text).name == "Ichiro"
    assert [each.label for each in tokens.list_tokens(house.hub.context, None)] == ["two", "one"]


def test_when_it_was_used_is_kept_to_the_minute_and_not_for_each_request(house: Any, clock: Any) -> None:
    token = made(house)

    def used() -> Any:
        tokens.person_with_token(house.hub.context, token.text)
        return tokens.list_tokens(house.hub.context, None)[0].used_at

    assert used() == NOON
    clock.pass_(minutes=4)
    assert used() == NOON
    clock.pass_(minutes=2)
    assert used() == NOON + timedelta(minutes=6)


def test_who_signed_in_is_looked_up_each_time(house: Any) -> None:
    token = made(house)
    assert tokens.person_of_token(house.hub.context, token.token.id).profile == "Standard"
    house.crm.people.pop()
    permissions.refresh_people(house.hub.context)

    with pytest.raises(PermissionDenied):
        tokens.person_of_token(house.hub.context, token.token.id)
    with pytest.raises(PermissionDenied):
        tokens.person_with_token(house.hub.context, token.text)


def test_signing_in_asks_no_service(house: Any) -> None:
    token = made(house)
    asked = len(house.crm.calls)
    tokens.person_with_token(house.hub.context, token.text)
    assert len(house.crm.calls) == asked


def test_a_hash_is_no_token(house: Any) -> None:
    token = made(house)
    with pytest.raises(PermissionDenied):
        tokens.person_with_token(house.hub.context, tokens.digest(token.text))
    with pytest.raises(PermissionDenied):
        tokens.person_of_token(house.hub.context, token.text)
