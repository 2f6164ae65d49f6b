"""Links and baselines: one partner each, found from either side, forgotten together."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from tsunagi import EntityType, Money, Record, RecordRef
from tsunagi.store import Baseline, Baselines, Link, Links, NewLink, Records, Store

Maker = Callable[..., Record]
PAIR = "books.customers"


def account(id: str) -> RecordRef:
    return RecordRef("crm", "account", id)


def customer(id: str) -> RecordRef:
    return RecordRef("books", "customer", id)


def link(store: Store, now: dt.datetime, *pairs: tuple[str, str]) -> list[Link]:
    with store.write() as session:
        new = [NewLink(PAIR, account(left), customer(right), "matched by name") for left, right in pairs]
        return Links(session).add_many(new, now)


def test_links_are_found_from_either_side(store: Store, now: dt.datetime) -> None:
    first, second = link(store, now, ("1", "a"), ("2", "b"))
    with store.read() as session:
        links = Links(session)
        assert links.of_pair(PAIR, "left", [account("1"), account("9")]) == {account("1"): first}
        assert links.of_pair(PAIR, "right", [customer("b")]) == {customer("b"): second}
        assert links.of_pair("other", "left", [account("1")]) == {}
        assert links.counterparts([account("1")], "books", "customer") == {account("1"): customer("a")}
        assert links.counterparts([customer("a")], "crm", "account") == {customer("a"): account("1")}
        assert links.counterparts([account("1")], "books", "invoice") == {}
        assert links.of(customer("b")) == [second]
        assert second.other(customer("b")) == account("2")


def test_linking_again_is_the_same_link(store: Store, now: dt.datetime) -> None:
    [first] = link(store, now, ("1", "a"))
    assert link(store, now + dt.timedelta(days=1), ("2", "b"), ("1", "a"))[1] == first
    with store.read() as session:
        assert Links(session).count(PAIR) == 2


@pytest.mark.parametrize("taken", [("1", "b"), ("2", "a")])
def test_a_second_partner_is_refused_and_nothing_of_it_stays(
    store: Store, now: dt.datetime, taken: tuple[str, str]
) -> None:
    link(store, now, ("1", "a"))
    with pytest.raises(ValueError, match="crm:account:1"):
        link(store, now, ("3", "c"), taken)
    with store.read() as session:
        assert Links(session).count(PAIR) == 1


def test_records_without_a_partner_are_listed(
    store: Store, account_type: EntityType, account: Maker, now: dt.datetime
) -> None:
    with store.write() as session:
        Records(session).upsert_many(account_type, [account(str(n)) for n in range(5)])
        Records(session).mark_deleted([account("4").ref], now)
    link(store, now, ("1", "a"))
    with store.read() as session:
        first = Links(session).unlinked(PAIR, "left", "crm", "account", limit=2)
        second = Links(session).unlinked(PAIR, "left", "crm", "account", after=first.next, limit=2)
    assert [ref.id for ref in (*first.items, *second.items)] == ["0", "2", "3"]


def test_a_baseline_goes_with_its_link(store: Store, now: dt.datetime) -> None:
    [made] = link(store, now, ("1", "a"))
    agreed = Baseline({"name": "つなぎ", "limit": Money(Decimal("10.50"), "USD")}, "v1", "w1")
    with store.write() as session:
        Baselines(session).save(made.id, agreed)
        Baselines(session).save(made.id, Baseline(agreed.agreed, "v2", "w1"))
        assert Baselines(session).get(made.id) == Baseline(agreed.agreed, "v2", "w1")
        Links(session).remove([made.id])
        assert Baselines(session).get(made.id) is None
        assert Links(session).of(account("1")) == []


def test_links_are_stale_until_both_ends_are_as_agreed(
    store: Store, account_type: EntityType, account: Maker, now: dt.datetime
) -> None:
    with store.write() as session:
        Records(session).upsert_many(account_type, [account("1"), account("2")])
    first, second = link(store, now, ("1", "a"), ("2", "b"))

    def stale() -> list[int]:
        with store.read() as session:
            return [found.id for found in Links(session).stale(PAIR)]

    assert stale() == [first.id, second.id]
    with store.write() as session:
        Baselines(session).save_many({made.id: Baseline({}, "1", "w1") for made in (first, second)})
    assert stale() == []
    with store.write() as session:
        Records(session).upsert_many(account_type, [account("1", version="2", phone="06")])
        Records(session).mark_deleted([account("2").ref], now)
        assert [found.id for found in Links(session).stale(PAIR, after=first.id)] == [second.id]
        assert Links(session).census(PAIR) == (2, 1, 2)
        assert [found.id for found in Links(session).parted(PAIR)] == [second.id]
        assert Links(session).newest(PAIR) == second.id
    assert stale() == [first.id, second.id]
    with store.write() as session:
        Links(session).set_orphaned(second.id, True)
        assert Links(session).of(customer("b"))[0].orphaned
        assert Links(session).census(PAIR) == (1, 1, 1)
    assert stale() == [first.id]
    with store.write() as session:
        Records(session).upsert_many(account_type, [account("2")])
    assert stale() == [first.id, second.id]
