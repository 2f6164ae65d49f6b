"""Records: only true changes are told, references can be followed, long lists stay cheap."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tsunagi import EntityType, Money, Record, RecordRef
from tsunagi.store import Change, Records, Store

Maker = Callable[..., Record]


def take(store: Store, entity: EntityType, *records: Record, seen_in: str | None = None) -> list[Change]:
    with store.write() as session:
        return Records(session).upsert_many(entity, records, seen_in=seen_in)


def test_a_change_is_told_once_with_what_was_known_before(
    store: Store, account_type: EntityType, account: Maker
) -> None:
    first, second = account("1", phone="03"), account("1", version="2", phone="06")
    assert take(store, account_type, first, account("2")) == [Change(None, first), Change(None, account("2"))]
    assert take(store, account_type, second, account("2")) == [Change(first, second)]
    assert take(store, account_type, second, account("2")) == []


def test_a_new_version_of_the_same_values_is_kept_but_is_no_change(
    store: Store, account_type: EntityType, account: Maker
) -> None:
    take(store, account_type, account("1", revenue=Money(Decimal("10.5"), "USD")))
    again = account("1", version="2", revenue=Money(Decimal("10.50"), "USD"))
    assert take(store, account_type, again) == []
    with store.read() as session:
        assert Records(session).get(again.ref) == again


def test_a_page_fetched_earlier_does_not_undo_a_newer_reading(
    store: Store, account_type: EntityType, account: Maker
) -> None:
    newer = account("1", version="2", minutes=5, phone="06")
    take(store, account_type, newer)
    assert take(store, account_type, account("1", phone="03")) == []
    with store.read() as session:
        assert Records(session).get(newer.ref) == newer


def test_what_a_listing_leaves_out_stays_known(store: Store, account_type: EntityType, account: Maker) -> None:
    full = account("1", phone="03", city="東京")
    row = replace(full, fields={"name": "Account 1", "phone": "03"}, complete=False)
    take(store, account_type, full)
    assert take(store, account_type, row) == []
    [change] = take(store, account_type, replace(row, version="2", fields={"phone": "06"}))
    assert change.after.fields == {**full.fields, "phone": "06"}
    with store.read() as session:
        assert Records(session).get(full.ref) == change.after


def test_to_learn_what_a_listing_left_out_is_no_change(store: Store, account_type: EntityType, account: Maker) -> None:
    full = account("1", city="東京")
    take(store, account_type, replace(full, fields={"name": "Account 1"}, complete=False))
    assert take(store, account_type, full) == []
    with store.read() as session:
        assert Records(session).get(full.ref) == full
    # Two edits within one second can share a version; the second is a change all the same.
    assert take(store, account_type, account("1", city="大阪")) == [Change(full, account("1", city="大阪"))]


def test_a_record_twice_in_one_page_counts_once(store: Store, account_type: EntityType, account: Maker) -> None:
    latest = account("1", version="2")
    assert take(store, account_type, account("1"), latest) == [Change(None, latest)]


def test_a_record_of_another_kind_is_refused(store: Store, account_type: EntityType, contact: Maker) -> None:
    with pytest.raises(ValueError, match=r"crm:contact:1 is no crm\.account"):
        take(store, account_type, contact("1", "1"))


def test_a_deleted_record_is_told_once_and_comes_back_with_its_history(
    store: Store, account_type: EntityType, account: Maker, now: dt.datetime
) -> None:
    known = account("1")
    take(store, account_type, known)
    with store.write() as session:
        assert Records(session).mark_deleted([known.ref], now) == [known]
        assert Records(session).mark_deleted([known.ref], now) == []
        assert Records(session).get(known.ref) is None
        assert Records(session).get(known.ref, deleted=True) == known
    assert take(store, account_type, known) == [Change(known, known)]
    with store.read() as session:
        assert Records(session).get(known.ref) == known


def test_a_full_listing_finds_what_it_did_not_show(
    store: Store, account_type: EntityType, account: Maker, now: dt.datetime
) -> None:
    take(store, account_type, *(account(str(id)) for id in range(5)), seen_in="run-1")
    take(store, account_type, account("0"), account("1", version="2", name="New"), seen_in="run-2")
    take(store, account_type, account("2", version="2", name="Read by itself, in between"))
    with store.write() as session:
        records = Records(session)
        assert records.count_unseen("crm", "account", "run-2") == 3
        page = records.unseen("crm", "account", "run-2", limit=2)
        rest = records.unseen("crm", "account", "run-2", after=page.next, limit=2)
        assert [ref.id for ref in (*page.items, *rest.items)] == ["2", "3", "4"]
        assert rest.next is None
        records.mark_deleted(page.items, now)
        assert records.count_unseen("crm", "account", "run-2") == 1


def test_references_are_followed_and_kept_up(
    store: Store, account_type: EntityType, contact_type: EntityType, account: Maker, contact: Maker
) -> None:
    take(store, account_type, account("1"), account("2"))
    take(store, contact_type, contact("a", "1"), contact("b", "1"), contact("c", "2"))
    take(store, contact_type, contact("b", "2", version="2", also=(RecordRef("crm", "account", "1"),)))
    take(store, contact_type, contact("a", "2", version="2"))

    def contacts(id: str) -> list[str]:
        with store.read() as session:
            found = Records(session).referencing(RecordRef("crm", "account", id), "crm", "contact")
            return [record.ref.id for record in found.items]

    assert contacts("1") == ["b"]
    assert contacts("2") == ["a", "b", "c"]

    # One that names it in two fields is one record all the same, page by page.
    take(store, contact_type, contact("b", "2", version="3", also=(RecordRef("crm", "account", "2"),)))
    take(store, contact_type, contact("b", "2", version="4", account_of_old=RecordRef("crm", "account", "2")))
    with store.read() as session:
        records, account_2 = Records(session), RecordRef("crm", "account", "2")
        first = records.referencing(account_2, "crm", "contact", limit=2)
        rest = records.referencing(account_2, "crm", "contact", after=first.next, limit=2)
    assert [record.ref.id for record in (*first.items, *rest.items)] == ["a", "b", "c"]
    with store.read() as session:
        named = Records(session).naming([account_2, RecordRef("crm", "account", "1")], "crm", "contact")
    assert [ref.id for ref in named] == ["a", "b", "c"]


@pytest.mark.parametrize("search", ["つなぎ", "ﾂﾅｷﾞ", "ABC", "abc", "ａｂｃ"])
def test_search_does_not_mind_case_and_width(
    store: Store, account_type: EntityType, account: Maker, search: str
) -> None:
    take(store, account_type, account("1", name="ＡＢＣ つなぎ・ツナギ 株式会社"), account("2", name="Other"))
    with store.read() as session:
        assert [record.ref.id for record in Records(session).page("crm", "account", search=search).items] == ["1"]
        assert Records(session).count("crm", "account", search=search) == 1


def test_search_takes_signs_as_they_are(store: Store, account_type: EntityType, account: Maker) -> None:
    take(store, account_type, account("1", name="100% pure"), account("2", name="100 pure"), account("3", name="a_b"))
    with store.read() as session:
        assert [record.ref.id for record in Records(session).page("crm", "account", search="0%").items] == ["1"]
        assert [record.ref.id for record in Records(session).page("crm", "account", search="_").items] == ["3"]


@pytest.mark.parametrize("after", ["", "nonsense", "WzFd", "e30="])
def test_a_made_up_place_in_a_list_is_refused(store: Store, after: str) -> None:
    with store.read() as session, pytest.raises(ValueError, match="does not say where a page starts"):
        Records(session).page("crm", "account", after=after)


@contextmanager
def counted(session: Session) -> Iterator[list[int]]:
    """Counts the instructions SQLite carries out, in hundreds: a measure no clock can disturb."""
    ticks: list[int] = []
    driver: Any = session.connection().connection.dbapi_connection
    driver.set_progress_handler(lambda: ticks.append(1), 100)
    try:
        yield ticks
    finally:
        driver.set_progress_handler(None, 0)


def test_every_page_of_a_long_list_costs_the_same(store: Store, account_type: EntityType, account: Maker) -> None:
    with store.write() as session:
        for start in range(0, 20_000, 500):
            many = [account(str(id), name=f"Account {id * 7919 % 20_000 // 3}") for id in range(start, start + 500)]
            Records(session).upsert_many(account_type, many)
    seen: list[tuple[str, str]] = []
    costs: list[int] = []
    with store.read() as session:
        after: str | None = None
        while not costs or after is not None:
            with counted(session) as ticks:
                page = Records(session).page("crm", "account", after=after, limit=200)
            assert len(page.items) <= 200
            costs.append(len(ticks))
            after = page.next
            seen += [(record.text("name").casefold(), record.ref.id) for record in page.items]
        assert seen == sorted(seen)
        assert len(set(seen)) == 20_000
        assert max(costs) <= 2 * costs[0] + 2
