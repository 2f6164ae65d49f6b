"""The thread that reads notifications: it looks when there is something to do, and sleeps otherwise."""

from typing import Any

import pytest

from tsunagi.app.connections.services import disable
from tsunagi.app.sync.inbox import read_inbox
from tsunagi.app.sync.worker import SyncWorker
from tsunagi.domain.events import Notification
from tsunagi.errors import AccessRefused, ServiceUnavailable
from tsunagi.store.notifications import Inbox
from tsunagi.text import Text

WHY = Text("because", "なぜなら")


@pytest.fixture
def begun(house: Any) -> Any:
    house.crm.put("account", "1", name="青葉商事")
    house.sync()
    return house


def seconds(house: Any) -> float:
    return SyncWorker(house.hub.context, house.hub.jobs).until_something_is_due()


def notify(house: Any) -> None:
    with house.hub.store.write() as session:
        Inbox(session).add(Notification("crm", "account", "updated", ("1",), "", ""), house.clock())


def test_with_nothing_to_do_it_looks_for_what_other_processes_took_in(begun: Any) -> None:
    assert seconds(begun) == 5


def test_it_wakes_when_a_notice_is_to_be_read_again(begun: Any) -> None:
    notify(begun)
    begun.crm.fail("get_many", ServiceUnavailable(WHY, service="crm"))
    assert read_inbox(begun.hub.context, "batch")["read"] == 0
    assert seconds(begun) == 2


def test_it_wakes_when_a_write_is_to_be_tried_again(begun: Any) -> None:
    begun.ledger.fail("create", AccessRefused(WHY, service="ledger"))
    begun.crm.put("account", "2", name="港商会")
    begun.sync()
    begun.clock.pass_(seconds=57)
    assert seconds(begun) == 3


def test_notices_of_a_service_that_is_off_are_only_looked_for(begun: Any) -> None:
    notify(begun)
    disable(begun.hub.context, None, "crm", confirmed="crm")
    assert seconds(begun) == 5
