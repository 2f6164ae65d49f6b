"""Notifications: checked, taken in at once, read soon after."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tsunagi.app.sync.inbox import read_records
from tsunagi.app.sync.notifications import NotificationForged, receive, subscribe
from tsunagi.domain.events import Subscription
from tsunagi.domain.records import RecordRef
from tsunagi.errors import AccessRefused, NotificationRejected, ServiceUnavailable
from tsunagi.store.notifications import Inbox, Subscriptions
from tsunagi.store.records import Records
from tsunagi.text import Text


@pytest.fixture
def subscribed(house: Any) -> Subscription:
    granted = subscribe(house.hub.context, "crm", "https://hub.example/")
    assert granted is not None
    return granted


def callback(subscription: Subscription, *ids: str, **changes: Any) -> bytes:
    told = {"entity": "account", "ids": ids, "channel": subscription.channel, "secret": subscription.secret}
    return json.dumps({**told, **changes}).encode()


def waiting(house: Any) -> list[str]:
    with house.hub.store.read() as session:
        return [notice.record_id for notice in Inbox(session).next()]


def test_a_callback_that_is_ours_waits_to_be_read(house: Any, subscribed: Subscription) -> None:
    assert subscribed.url == "https://hub.example/api/notifications/crm"
    assert receive(house.hub.context, "crm", {}, callback(subscribed, "1", "2")) == 2
    assert receive(house.hub.context, "crm", {}, callback(subscribed, "2")) == 1
    assert waiting(house) == ["1", "2"]


@pytest.mark.parametrize("changes", [{"secret": "guess"}, {"channel": "1"}, {"secret": "\ud800"}, {"secret": ""}])
def test_a_forged_one_is_refused_and_nothing_waits(house: Any, subscribed: Subscription, changes: Any) -> None:
    with pytest.raises(NotificationForged):
        receive(house.hub.context, "crm", {}, callback(subscribed, "1", **changes))
    assert waiting(house) == []


def test_what_makes_no_sense_and_what_nobody_knows(house: Any, subscribed: Subscription) -> None:
    with pytest.raises(NotificationRejected, match="no sense"):
        receive(house.hub.context, "crm", {}, b"<xml/>")
    with pytest.raises(NotificationRejected, match="No plugin takes callbacks of 'ledger'"):
        receive(house.hub.context, "ledger", {}, b"{}")
    assert receive(house.hub.context, "crm", {}, callback(subscribed, "1", entity="lead")) == 0


def test_a_subscription_of_another_service_opens_no_door(house: Any, subscribed: Subscription) -> None:
    with house.hub.store.write() as session:
        Subscriptions(session).remove([subscribed.channel])
        Subscriptions(session).save("ledger", subscribed)
    with pytest.raises(NotificationForged):
        receive(house.hub.context, "crm", {}, callback(subscribed, "1"))


def test_renewing_keeps_channel_and_secret(house: Any, subscribed: Subscription, clock: Any) -> None:
    clock.pass_(days=5)
    again = subscribe(house.hub.context, "crm", "https://hub.example")

    assert again is not None
    assert (again.channel, again.secret) == (subscribed.channel, subscribed.secret)
    assert again.expires_at - subscribed.expires_at == timedelta(days=5)
    with house.hub.store.read() as session:
        assert len(Subscriptions(session).of_service("crm")) == 1


def test_a_service_without_callbacks_leaves_no_subscription(house: Any) -> None:
    assert subscribe(house.hub.context, "ledger", "https://hub.example") is None
    with house.hub.store.read() as session:
        assert list(Subscriptions(session).of_service("ledger")) == []


def test_a_service_that_refuses_is_heard(house: Any) -> None:
    house.crm.fail("subscribe", AccessRefused(Text.same("no scope"), service="crm"))
    with pytest.raises(AccessRefused):
        subscribe(house.hub.context, "crm", "https://hub.example")


def test_what_was_notified_is_read_by_id_and_what_is_gone_counts_as_deleted(
    house: Any, subscribed: Subscription
) -> None:
    house.crm.put("account", "1", name="青葉商事")
    receive(house.hub.context, "crm", {}, callback(subscribed, "1", "2"))
    with house.hub.store.read() as session:
        notices = Inbox(session).next()
    read_records(house.hub.context, notices, "batch")

    with house.hub.store.read() as session:
        assert Records(session).get(RecordRef("crm", "account", "1")) is not None
    assert waiting(house) == []
    assert house.crm.asked("get_many") == 1


def test_told_again_while_it_is_read_it_is_read_again(house: Any, subscribed: Subscription) -> None:
    house.crm.put("account", "1", name="青葉商事")
    receive(house.hub.context, "crm", {}, callback(subscribed, "1"))
    with house.hub.store.read() as session:
        notices = Inbox(session).next()
    receive(house.hub.context, "crm", {}, callback(subscribed, "1"))
    read_records(house.hub.context, notices, "batch")

    assert waiting(house) == ["1"]


def test_a_service_that_is_away_leaves_them_waiting(house: Any, subscribed: Subscription) -> None:
    receive(house.hub.context, "crm", {}, callback(subscribed, "1"))
    house.crm.fail("get_many", ServiceUnavailable(Text.same("away"), service="crm"))
    with house.hub.store.read() as session:
        notices = Inbox(session).next()
    with pytest.raises(ServiceUnavailable):
        read_records(house.hub.context, notices, "batch")
    assert waiting(house) == ["1"]
