"""Writes that failed are tried again in time, when what they hang on has changed, or when somebody says so."""

from datetime import timedelta
from typing import Any

import pytest
from trade import yen

from tsunagi.app.connections.services import disable, enable, forget
from tsunagi.app.sync.retrying import plan_again
from tsunagi.app.sync.trying_again import mark_due, retry_here
from tsunagi.errors import (
    AccessRefused,
    AuthenticationFailed,
    ConfigError,
    OutcomeUnknown,
    RateLimited,
    RecordRejected,
    ServiceUnavailable,
)
from tsunagi.store.intents import Intents
from tsunagi.store.open_items import OpenItem, OpenItems
from tsunagi.text import Text

WHY = Text("because", "なぜなら")


@pytest.fixture
def begun(house: Any) -> Any:
    """A house that was synced, with one account."""
    house.crm.put("account", "1", name="青葉商事")
    house.sync()
    return house


def items(house: Any) -> list[OpenItem]:
    with house.hub.store.read() as session:
        return list(OpenItems(session).all())


def win(house: Any, amount: int = 100) -> Any:
    account = next(iter(house.crm.of("account"))).ref
    return house.crm.put("deal", "5", name="保守", outcome="won", amount=yen(amount), account=account)


@pytest.mark.parametrize("kind", [AuthenticationFailed, AccessRefused])
def test_passing_trouble_is_tried_again_once_due_and_later_each_time(begun: Any, kind: Any) -> None:
    house = begun
    house.ledger.fail("create", kind(WHY, service="ledger"), kind(WHY, service="ledger"))
    win(house)
    house.sync()
    (item,) = items(house)
    assert (item.kind, item.attempts, item.next_try) == ("billing", 1, house.clock() + timedelta(minutes=1))

    house.sync()
    assert house.ledger.asked("create") == 2
    house.clock.pass_(minutes=1)
    house.sync()
    (again,) = items(house)
    assert (again.attempts, again.next_try, again.since) == (2, house.clock() + timedelta(minutes=2), item.since)

    house.clock.pass_(minutes=2)
    run = house.sync()
    assert (items(house), len(house.ledger.of("bill"))) == ([], 1)
    assert run.counts["retries"] == {"done": 1}
    house.clock.pass_(days=1)
    house.sync()
    assert len(house.ledger.of("bill")) == 1


def test_what_was_refused_is_asked_again_as_it_is_wanted_now(begun: Any) -> None:
    """The amount is put right in the CRM: the bill that is tried again is the bill of today."""
    house = begun
    house.ledger.fail("create", RecordRejected(WHY, service="ledger"))
    win(house, amount=100)
    house.sync()
    house.clock.pass_(days=1)
    house.sync()
    (item,) = items(house)
    assert (item.reason, item.next_try, house.ledger.of("bill")) == ("refused", None, [])

    win(house, amount=250)
    house.sync()
    assert items(house) == []
    assert [bill.fields["total"] for bill in house.ledger.of("bill")] == [yen(250)]


def test_what_was_billed_by_hand_is_not_billed_again(begun: Any) -> None:
    house = begun
    house.ledger.fail("create", RecordRejected(WHY, service="ledger"))
    deal = win(house)
    house.sync()
    customer = house.ledger.of("customer")[0].ref
    amounts = dict.fromkeys(("total", "balance", "base_total", "base_balance"), yen(100))
    house.ledger.put("bill", "9", number="B-9", status="draft", customer=customer, deal=deal, reference="", **amounts)
    house.sync()
    # Something about the deal changes, and the rule is asked again.
    win(house, amount=101)
    house.sync()
    assert (items(house), len(house.ledger.of("bill"))) == ([], 1)


def test_a_change_that_takes_its_place_takes_it_from_the_list(begun: Any) -> None:
    house = begun
    house.ledger.fail("update", RecordRejected(WHY, service="ledger"))
    house.crm.put("account", "1", name="青葉商事", phone="1")
    house.sync()
    assert [item.kind for item in items(house)] == ["write"]
    house.crm.put("account", "1", phone="2")
    house.sync()
    assert (items(house), house.ledger.of("customer")[0].fields["phone"]) == ([], "2")


def test_a_change_that_is_taken_back_is_wanted_no_more(begun: Any) -> None:
    house = begun
    house.crm.put("account", "1", phone="1")
    house.sync()
    house.ledger.fail("update", RecordRejected(WHY, service="ledger"))
    house.crm.put("account", "1", phone="2")
    house.sync()
    assert len(items(house)) == 1
    house.crm.put("account", "1", phone="1")
    house.sync()
    assert items(house) == []


def test_cut_short_it_plans_the_same_again(begun: Any) -> None:
    house = begun
    house.ledger.fail("create", AccessRefused(WHY, service="ledger"))
    win(house)
    house.sync()
    house.clock.pass_(minutes=1)
    first = plan_again(house.hub.context, "again", at_work=set())
    assert first == plan_again(house.hub.context, "again", at_work=set()) == ["again"]
    with house.hub.store.read() as session:
        assert Intents(session).count_states("again") == {"planned": 1}


def test_what_waits_for_a_service_is_on_the_list_and_made_when_it_is_back(begun: Any) -> None:
    house = begun
    # Eight times it is waited for; the first time both writes are under way.
    away = [ServiceUnavailable(WHY, service="ledger", retry_after=0.01) for _ in range(9)]
    house.ledger.fail("create", *away)
    house.crm.put("account", "2", name="港商会")
    house.crm.put("account", "3", name="西商会")
    house.sync()
    (item,) = items(house)
    assert (item.reason, item.resolver, item.parameters["count"]) == ("writes_wait", "itself", 2)

    house.sync()
    assert (items(house), len(house.ledger.of("customer"))) == ([], 3)


def test_a_rules_write_that_was_given_up_with_its_service_is_made_when_it_is_on(begun: Any) -> None:
    house = begun
    house.ledger.fail("create", *[ServiceUnavailable(WHY, service="ledger", retry_after=0.01) for _ in range(8)])
    win(house)
    house.sync()
    disable(house.hub.context, None, "ledger", confirmed="ledger")
    (item,) = items(house)
    assert (item.kind, item.reason, item.resolver) == ("billing", "service_off", "itself")
    house.sync()
    assert len(items(house)) == 1

    enable(house.hub.context, None, "ledger")
    house.sync()
    assert (items(house), len(house.ledger.of("bill"))) == ([], 1)


def test_a_service_that_is_forgotten_leaves_nothing_on_the_list(begun: Any) -> None:
    house = begun
    house.ledger.fail("create", RecordRejected(WHY, service="ledger"))
    win(house)
    house.sync()
    forget(house.hub.context, None, "ledger", confirmed="ledger")
    assert items(house) == []


@pytest.mark.parametrize("which", ["", "refused", "crm:deal:5"])
def test_a_person_says_so(begun: Any, which: str) -> None:
    house = begun
    house.ledger.fail("create", RecordRejected(WHY, service="ledger"))
    win(house)
    house.sync()
    assert mark_due(house.hub.context, None, "access_lost") == 0
    assert retry_here(house.hub.context, house.hub.jobs, None, which) == 1
    assert (items(house), len(house.ledger.of("bill"))) == ([], 1)
    assert retry_here(house.hub.context, house.hub.jobs, None, which) == 0


def test_what_is_no_name_of_anything_is_refused(begun: Any) -> None:
    with pytest.raises(ConfigError, match="neither a reason"):
        mark_due(begun.hub.context, None, "nonsense")


def test_a_service_that_cannot_be_read_is_on_the_list_until_it_is(begun: Any) -> None:
    house = begun
    house.ledger.fail("changes", AuthenticationFailed(WHY, service="ledger"))
    assert house.sync().state == "failed"
    (item,) = items(house)
    assert (item.kind, item.service, item.reason) == ("sync", "ledger", "access_lost")
    assert house.sync().state == "done"
    assert items(house) == []


def test_a_blocked_rule_is_on_the_list_until_it_has_its_way(begun: Any) -> None:
    house = begun
    house.ledger.fail("create", RecordRejected(WHY, service="ledger"))
    account = house.crm.put("account", "2", name="港商会")
    house.crm.put("deal", "6", name="保守", outcome="won", amount=yen(10), account=account)
    house.sync()
    kinds = sorted((item.kind, item.reason) for item in items(house))
    assert kinds == [("billing", "rule_blocked"), ("write", "refused")]

    retry_here(house.hub.context, house.hub.jobs, None)
    assert (items(house), len(house.ledger.of("bill"))) == ([], 1)


def test_when_the_calls_of_the_day_are_used_up_the_rest_is_left_until_there_are_more(begun: Any) -> None:
    house = begun
    house.ledger.fail("create", RateLimited(WHY, service="ledger", retry_after=7200.0))
    house.crm.put("account", "2", name="港商会")
    # It ends at once: nothing is asked again before then.
    house.sync()
    (item,) = items(house)
    assert (item.reason, item.next_try) == ("writes_wait", house.clock() + timedelta(hours=2))
    assert len(house.ledger.of("customer")) == 1
    house.clock.pass_(hours=2)
    house.sync()
    assert (items(house), len(house.ledger.of("customer"))) == ([], 2)


def test_one_write_that_never_gets_an_answer_keeps_no_other_waiting(begun: Any) -> None:
    house = begun
    # Three tries each of the eight times it is waited for; the first time the other write is under way too.
    house.ledger.fail("create", *[OutcomeUnknown(WHY, service="ledger", retry_after=0.01) for _ in range(25)])
    house.crm.put("account", "2", name="港商会")
    house.crm.put("account", "3", name="西商会")
    house.sync()
    (item,) = items(house)
    assert (item.reason, item.next_try) == ("outcome_unknown", house.clock() + timedelta(minutes=1))
    assert len(house.ledger.of("customer")) == 2

    house.clock.pass_(minutes=1)
    found = house.ledger.asked("find")
    house.sync()
    assert (items(house), len(house.ledger.of("customer"))) == ([], 3)
    assert house.ledger.asked("find") > found
