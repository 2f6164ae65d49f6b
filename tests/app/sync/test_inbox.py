"""Reading what was notified: one that cannot be read goes aside, and keeps nobody waiting."""

from typing import Any

import pytest

from tsunagi.app.connections.services import disable, enable
from tsunagi.app.sync.inbox import read_inbox, readable
from tsunagi.domain.events import Notification
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConnectorError, RecordRejected, ServiceUnavailable
from tsunagi.store.notifications import Inbox
from tsunagi.store.open_items import OpenItem, OpenItems
from tsunagi.store.records import Records
from tsunagi.text import Text

BAD = RecordRef("crm", "account", "7")


@pytest.fixture
def listed_once(house: Any) -> Any:
    """A house whose first listings have come to their end: from now on there is news."""
    house.sync()
    return house


def notify(house: Any, *ids: str) -> None:
    with house.hub.store.write() as session:
        Inbox(session).add(Notification("crm", "account", "updated", ids, "", ""), house.clock())


def waiting(house: Any) -> int:
    with house.hub.store.read() as session:
        return Inbox(session).waiting()


def open_items(house: Any) -> list[OpenItem]:
    with house.hub.store.read() as session:
        return list(OpenItems(session).all())


def refuse(house: Any, monkeypatch: pytest.MonkeyPatch, bad: str, error: Exception) -> None:
    """The CRM fails whenever it is asked for this record, alone or among others."""
    connector = house.hub.connectors.get("crm")
    read = type(connector).get_many

    def get_many(self: Any, entity: str, ids: Any) -> Any:
        if bad in ids:
            self._shelf.enter("get_many", entity)
            raise error
        return read(self, entity, ids)

    monkeypatch.setattr(type(connector), "get_many", get_many)


def read_all(house: Any) -> int:
    """Read whatever may be read now; returns how many handfuls failed."""
    failed = 0
    for number in range(200):
        with house.hub.store.read() as session:
            ready = Inbox(session).waiting(readable(house.hub.context, session), at=house.clock())
        if not ready:
            return failed
        failed += not read_inbox(house.hub.context, f"batch-{house.clock()}-{number}")["read"]
    raise AssertionError("the same notices are tried in a loop")


@pytest.mark.parametrize("kind", [RecordRejected, ServiceUnavailable])
def test_one_that_cannot_be_read_goes_aside(
    listed_once: Any, monkeypatch: pytest.MonkeyPatch, kind: type[ConnectorError]
) -> None:
    house = listed_once
    for number in range(40):
        house.crm.put("account", str(number), name=f"商会 {number}")
    refuse(house, monkeypatch, BAD.id, kind(Text.same("no way"), service="crm"))
    notify(house, *(str(number) for number in range(40)))

    for _ in range(3):
        read_all(house)
        house.clock.pass_(seconds=20)

    with house.hub.store.read() as session:
        assert Records(session).count("crm", "account") == 39
    assert waiting(house) == 1
    (item,) = open_items(house)
    assert (item.kind, item.reason, item.records) == ("notice", "notice_unread", (BAD,))
    assert "no way" in item.text.en

    # It waits longer each time, and others come first.
    tried = []
    for _ in range(4):
        notify(house, "1")
        house.clock.pass_(minutes=1)
        tried.append(read_all(house))
    assert tried == [1, 0, 1, 0]


def test_one_that_can_be_read_again_goes_from_the_list(listed_once: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    house = listed_once
    house.crm.put("account", BAD.id, name="商会")
    with monkeypatch.context() as patch:
        refuse(house, patch, BAD.id, ServiceUnavailable(Text.same("away"), service="crm"))
        notify(house, BAD.id)
        for _ in range(4):
            read_all(house)
            house.clock.pass_(minutes=5)
    assert [item.records for item in open_items(house)] == [(BAD,)]

    house.clock.pass_(hours=7)
    assert read_all(house) == 0
    assert (open_items(house), waiting(house)) == ([], 0)


def test_what_breaks_in_a_plugin_is_no_loop_either(listed_once: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    house = listed_once
    refuse(house, monkeypatch, BAD.id, AttributeError("oops"))
    notify(house, BAD.id)
    for _ in range(3):
        assert read_all(house) == 1
        house.clock.pass_(seconds=20)
    (item,) = open_items(house)
    assert item.reason == "hub_fault"


def test_a_service_that_is_off_is_asked_for_nothing(listed_once: Any) -> None:
    house = listed_once
    house.crm.put("account", "1", name="商会")
    notify(house, "1")
    disable(house.hub.context, None, "crm", confirmed="crm")
    asked = house.crm.asked("get_many")

    assert read_all(house) == 0
    assert (house.crm.asked("get_many"), waiting(house), open_items(house)) == (asked, 1, [])

    enable(house.hub.context, None, "crm")
    assert read_all(house) == 0
    assert waiting(house) == 0
