import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import Notification, NotificationRejected
from tsunagi_crm import parse_notification
from tsunagi_crm.notifications import notification_in

BODY = {
    "server_time": 1718117126473,
    "query_params": {},
    "module": "Deals",
    "resource_uri": "https://www.zohoapis.com/crm/v8/Deals",
    "ids": ["460000000000100001", "460000000000100002"],
    "affected_fields": [],
    "operation": "update",
    "channel_id": "1000000068001",
    "token": "deals.all",
}


def body(**changes: object) -> bytes:
    return json.dumps({name: value for name, value in (BODY | changes).items() if value is not ...}).encode()


def test_a_callback_tells_which_records_changed() -> None:
    assert notification_in(body()) == Notification(
        service="crm",
        entity="deal",
        operation="updated",
        ids=("460000000000100001", "460000000000100002"),
        channel="1000000068001",
        secret="deals.all",
    )


@pytest.mark.parametrize(("told", "operation"), [("insert", "created"), ("update", "updated"), ("delete", "deleted")])
def test_operations(told: str, operation: str) -> None:
    assert notification_in(body(operation=told)).operation == operation


def test_a_channel_may_be_a_number() -> None:
    assert notification_in(body(channel_id=1000000068001)).channel == "1000000068001"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        body(module="Leads"),
        body(module=...),
        body(operation="merge"),
        body(ids=[]),
        body(ids=...),
        body(ids=["../1"]),
        body(ids=["1" * 5000]),
        body(ids=["１２３"]),
        body(ids=[1]),
        body(token=...),
        body(token=""),
        body(channel_id=None),
    ],
)
def test_what_is_not_a_callback_is_rejected(content: bytes) -> None:
    with pytest.raises(NotificationRejected):
        notification_in(content)


@given(
    st.binary() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_no_body_breaks_the_parser(content: bytes) -> None:
    with pytest.raises(NotificationRejected):
        notification_in(content)


def test_callbacks_of_other_services_are_left_to_their_plugins() -> None:
    assert parse_notification("books", body()) is None
    assert parse_notification("crm", body())
