"""The standing list: reported twice it stands once, resolved it is off, and back again when it comes back."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from tsunagi import Money, RecordRef, Text
from tsunagi.store import NewOpenItem, OpenItem, OpenItems, Store

DEAL = RecordRef("crm", "deal", "1")
ACCOUNT = RecordRef("crm", "account", "7")
HOUR = dt.timedelta(hours=1)


def item(key: str = "write:a", **changes: object) -> NewOpenItem:
    made = NewOpenItem(
        key=key,
        kind="write",
        service="books",
        records=(DEAL, ACCOUNT),
        reason="customer_inactive",
        parameters={"customer": "Acme", "total": Money(Decimal("12.50"), "EUR")},
        text=Text("The customer Acme is inactive.", "顧客 Acme は無効です。"),
        remedy=Text("Make the customer active.", "顧客を有効にしてください。"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def report(store: Store, at: dt.datetime, *items: NewOpenItem) -> None:
    with store.write() as session:
        OpenItems(session).report(items, at)


def resolve(store: Store, at: dt.datetime, *keys: str) -> list[str]:
    with store.write() as session:
        return OpenItems(session).resolve(keys, at)


def listed(store: Store) -> list[OpenItem]:
    with store.read() as session:
        return list(OpenItems(session).page().items)


def test_what_is_reported_stands_on_the_list_with_all_it_said(store: Store, now: dt.datetime) -> None:
    report(store, now, item(attempts=2, next_try=now + HOUR))
    [found] = listed(store)
    assert found == OpenItem(
        key="write:a",
        kind="write",
        service="books",
        reason="customer_inactive",
        parameters={"customer": "Acme", "total": Money(Decimal("12.50"), "EUR")},
        text=Text("The customer Acme is inactive.", "顧客 Acme は無効です。"),
        remedy=Text("Make the customer active.", "顧客を有効にしてください。"),
        resolver="person",
        attempts=2,
        next_try=now + HOUR,
        since=now,
        reported_at=now,
        resolved_at=None,
    )
    assert found.records == (DEAL, ACCOUNT)


def test_the_same_trouble_again_is_the_same_item_as_it_now_stands(store: Store, now: dt.datetime) -> None:
    report(store, now, item())
    report(store, now + HOUR, item(attempts=1), item(attempts=2, records=(DEAL,), resolver="itself", remedy=None))
    [found] = listed(store)
    assert (found.since, found.reported_at, found.attempts) == (now, now + HOUR, 2)
    assert (found.records, found.resolver, found.remedy) == ((DEAL,), "itself", None)


def test_what_is_in_order_is_off_the_list_and_kept(store: Store, now: dt.datetime) -> None:
    report(store, now, item("write:a"), item("write:b"))
    assert resolve(store, now + HOUR, "write:a", "write:never") == ["write:a"]
    assert [found.key for found in listed(store)] == ["write:b"]
    assert resolve(store, now + 2 * HOUR, "write:a") == []
    with store.read() as session:
        kept = OpenItems(session).get("write:a")
    assert kept is not None
    assert kept.resolved_at == now + HOUR


def test_trouble_that_comes_back_is_open_since_it_came_back(store: Store, now: dt.datetime) -> None:
    report(store, now, item())
    resolve(store, now + HOUR, "write:a")
    report(store, now + 2 * HOUR, item())
    report(store, now + 3 * HOUR, item())
    [found] = listed(store)
    assert (found.since, found.resolved_at) == (now + 2 * HOUR, None)


def test_a_write_that_is_undone_leaves_no_item(store: Store, now: dt.datetime) -> None:
    def fail() -> None:
        with store.write() as session:
            OpenItems(session).report([item()], now)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert listed(store) == []


def test_pages_follow_each_other_while_items_come_and_go(store: Store, now: dt.datetime) -> None:
    for number in range(6):
        report(store, now + number * HOUR, item(f"write:{number}"))
    with store.read() as session:
        first = OpenItems(session).page(limit=2)
    resolve(store, now + 7 * HOUR, "write:5", "write:3")
    report(store, now + 8 * HOUR, item("write:6"))
    with store.read() as session:
        second = OpenItems(session).page(limit=2, after=first.next)
        third = OpenItems(session).page(limit=2, after=second.next)
    found = [[each.key for each in page.items] for page in (first, second, third)]
    assert found == [["write:5", "write:4"], ["write:2", "write:1"], ["write:0"]]
    assert third.next is None


def test_the_list_is_narrowed_and_counted(store: Store, now: dt.datetime) -> None:
    report(
        store,
        now,
        item("write:a"),
        item("write:b", service="invoice", reason="refused", records=(ACCOUNT,)),
        item("mail:c", kind="mail", resolver="itself", records=()),
        item("mail:gone", kind="mail"),
    )
    resolve(store, now, "mail:gone")
    with store.read() as session:
        items = OpenItems(session)
        assert [each.key for each in items.page(kind="write", service="books").items] == ["write:a"]
        assert [each.key for each in items.page(reason="refused").items] == ["write:b"]
        assert [each.key for each in items.page(resolver="itself").items] == ["mail:c"]
        assert {each.key for each in items.page(record=ACCOUNT).items} == {"write:a", "write:b"}
        assert items.page(record=ACCOUNT, kind="mail").items == ()
        assert (items.count(), items.count(kind="write"), items.count(record=DEAL)) == (3, 2, 1)
        assert items.count_by_kind() == {"mail": {"itself": 1}, "write": {"person": 2}}


def test_what_is_tried_again_comes_when_its_time_has_come(store: Store, now: dt.datetime) -> None:
    report(
        store,
        now,
        item("write:later", next_try=now + 3 * HOUR),
        item("write:second", next_try=now + 2 * HOUR),
        item("write:first", next_try=now + HOUR),
        item("write:resolved", next_try=now),
        item("write:person"),
    )
    resolve(store, now, "write:resolved")
    with store.read() as session:
        due = OpenItems(session).due(now + 2 * HOUR)
    assert [each.key for each in due] == ["write:first", "write:second"]


def test_resolved_items_are_forgotten_and_open_ones_never(store: Store, now: dt.datetime) -> None:
    report(store, now, item("write:open"), item("write:old"), item("write:fresh"))
    resolve(store, now + HOUR, "write:old")
    resolve(store, now + 3 * HOUR, "write:fresh")
    with store.write() as session:
        OpenItems(session).forget(now + 2 * HOUR)
    with store.read() as session:
        kept = [key for key in ("write:open", "write:old", "write:fresh") if OpenItems(session).get(key)]
    assert kept == ["write:open", "write:fresh"]
