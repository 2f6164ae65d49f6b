"""What a plan leaves open, rules nobody can decide, and plugins that fail: on the list until they are in order."""

from types import SimpleNamespace
from typing import Any

import pytest
from trade import yen

from tsunagi import Notification, hookimpl
from tsunagi.app.connections.services import disable, enable
from tsunagi.app.open_items.looking import settle
from tsunagi.app.sync.inbox import read_notifications
from tsunagi.app.sync.notifications import receive
from tsunagi.app.views.overview import check_health
from tsunagi.domain.records import Record
from tsunagi.errors import ConfigError, PluginError
from tsunagi.store.notifications import Inbox
from tsunagi.store.open_items import OpenItem, OpenItems


def still_open(house: Any) -> list[OpenItem]:
    with house.hub.store.read() as session:
        return list(OpenItems(session).all())


def plugin(**hooks: Any) -> SimpleNamespace:
    return SimpleNamespace(**{name: hookimpl(function) for name, function in hooks.items()})


def plugin_problems(house: Any) -> int:
    return check_health(house.hub.context, house.hub.jobs, house.hub.plugins).plugin_problems


def test_a_match_nobody_confirmed_is_parked_until_the_names_agree(house: Any) -> None:
    account = house.crm.put("account", "1", name="青葉商事株式会社", phone="03-1111-1111")
    customer = house.ledger.put("customer", "1", name="青葉商事有限会社", phone="03-1111-1111")
    house.sync()
    (item,) = still_open(house)
    assert (item.kind, item.reason, item.resolver) == ("parked", "parked_match", "person")
    assert set(item.records) == {account, customer}
    assert "取引先と顧客" in item.text.ja
    assert item.remedy is not None

    house.clock.pass_(minutes=5)
    house.sync()
    assert [(each.since, each.attempts) for each in still_open(house)] == [(item.since, 1)]

    house.ledger.put("customer", "1", name="青葉商事株式会社")
    house.sync()
    assert still_open(house) == []
    assert house.ledger.names() == ["青葉商事株式会社"]


def test_while_a_service_is_off_nobody_is_asked_about_its_pairs(house: Any) -> None:
    house.crm.put("account", "1", name="青葉商事株式会社", phone="03-1111-1111")
    house.ledger.put("customer", "1", name="青葉商事有限会社", phone="03-1111-1111")
    house.sync()
    assert [item.reason for item in still_open(house)] == ["parked_match"]
    disable(house.hub.context, None, "ledger", confirmed="ledger")
    assert still_open(house) == []
    enable(house.hub.context, None, "ledger")
    house.sync()
    assert [item.reason for item in still_open(house)] == ["parked_match"]


def test_a_field_that_must_be_filled_waits_without_calling_for_somebody(house: Any) -> None:
    house.crm.put("account", "1", name="", phone="1")
    house.sync()
    (item,) = still_open(house)
    assert (item.reason, item.resolver, item.parameters["field"]) == ("parked_blank", "itself", "name")
    house.crm.put("account", "1", name="青葉商事")
    house.sync()
    assert (still_open(house), house.ledger.names()) == ([], ["青葉商事"])


def test_a_won_deal_of_which_nobody_can_say_whether_it_is_billed(house: Any) -> None:
    account = house.crm.put("account", "1", name="青葉商事")
    deal = house.crm.put("deal", "1", name="保守", outcome="open", account=account)
    house.sync()
    house.crm.put("deal", "1", outcome="won")
    house.sync()
    (item,) = still_open(house)
    assert (item.kind, item.reason, item.resolver) == ("billing", "rule_undecided", "person")
    assert item.records == (deal,)
    assert "amount" in item.text.en
    assert "受注を請求する" in item.text.ja
    house.sync()
    assert [each.key for each in still_open(house)] == [item.key]

    house.crm.put("deal", "1", amount=yen(5000))
    house.sync()
    assert still_open(house) == []
    assert [bill.fields["total"] for bill in house.ledger.of("bill")] == [yen(5000)]
    house.sync()
    assert len(house.ledger.of("bill")) == 1


def test_it_is_billed_as_soon_as_a_callback_tells_what_was_missing(house: Any) -> None:
    account = house.crm.put("account", "1", name="青葉商事")
    deal = house.crm.put("deal", "1", name="保守", outcome="open", account=account)
    house.sync()
    house.crm.put("deal", "1", outcome="won")
    house.sync()
    house.crm.put("deal", "1", amount=yen(5000))
    with house.hub.store.write() as session:
        Inbox(session).add(Notification("crm", "deal", "updated", (deal.id,), "", ""), house.clock())
    house.hub.jobs.run(read_notifications, "notices-1", "notices-1")
    assert [bill.fields["total"] for bill in house.ledger.of("bill")] == [yen(5000)]
    assert still_open(house) == []


def test_one_that_is_not_won_any_more_is_billed_by_nobody(house: Any) -> None:
    house.crm.put("deal", "1", name="保守", outcome="open")
    house.sync()
    house.crm.put("deal", "1", outcome="won")
    house.sync()
    assert [item.kind for item in still_open(house)] == ["billing"]

    house.crm.put("deal", "1", outcome="lost", amount=yen(5000))
    house.sync()
    assert still_open(house) == []
    assert house.ledger.of("bill") == []


def test_a_hook_that_fails_stands_there_and_in_health_until_it_answers_well(open_house: Any) -> None:
    broken = [True]

    def prepare_record(record: Record) -> None:
        if broken:
            raise ZeroDivisionError("by nothing")

    house = open_house(plugins={"acme": plugin(prepare_record=prepare_record)})
    house.crm.put("account", "1", name="青葉商事")
    assert house.sync().state == "done"
    (item,) = still_open(house)
    assert (item.kind, item.reason, item.resolver) == ("plugin", "plugin_failed", "person")
    assert "acme" in item.text.ja
    assert "by nothing" in item.text.en
    assert plugin_problems(house) == 1

    # It is remembered where another process goes on, and taken off where the hook answers again.
    broken.clear()
    house.close()
    again = open_house(plugins={"acme": plugin(prepare_record=prepare_record)}, connected=False)
    again.crm.put("account", "1", name="青葉商事 東京")
    again.sync()
    assert still_open(again) == []
    assert plugin_problems(again) == 0


def test_a_person_settles_what_happens_only_once(open_house: Any) -> None:
    def on_event() -> None:
        raise ValueError("no")

    house = open_house(plugins={"acme": plugin(on_event=on_event)})
    house.crm.put("deal", "1", name="保守", outcome="open")
    house.sync()
    house.crm.put("deal", "1", name="保守 2年")
    house.sync()
    (item,) = still_open(house)
    settle(house.hub.context, None, item.key)
    assert still_open(house) == []
    with pytest.raises(ConfigError):
        settle(house.hub.context, None, item.key)


def test_a_plugin_that_is_gone_fails_no_more(open_house: Any) -> None:
    def prepare_record(record: Record) -> None:
        raise ValueError("no")

    house = open_house(plugins={"acme": plugin(prepare_record=prepare_record)})
    house.crm.put("account", "1", name="青葉商事")
    house.sync()
    house.close()
    again = open_house(connected=False)
    again.sync()
    assert still_open(again) == []


def test_a_callback_whose_plugin_fails_is_refused_for_now_and_said(open_house: Any) -> None:
    broken = [True]

    def parse_notification(body: bytes) -> Any:
        return [] if not broken else broken[1]

    house = open_house(plugins={"acme": plugin(parse_notification=parse_notification)})
    with pytest.raises(PluginError, match="acme"):
        receive(house.hub.context, "ledger", {}, b"{}")
    assert [item.reason for item in still_open(house)] == ["plugin_failed"]
    broken.clear()
    assert receive(house.hub.context, "ledger", {}, b"{}") == 0
    assert still_open(house) == []
