"""Lists of records: every order read page by page is the whole list, filters find what they name."""

from itertools import product

import pytest
from many_deals import ALL, FIELDS, NOW, fill, ref, spec, whole

from tsunagi import FieldSpec, Money, Text
from tsunagi.domain.records import Value
from tsunagi.store import Records, Store
from tsunagi.store.open_items import OpenItems
from tsunagi.store.paging import NoSuchPlace
from tsunagi.store.record_lists import FieldOrder, ListedRecords, RecordLists, State, sortable


@pytest.fixture
def filled(store: Store) -> Store:
    return fill(store)


def _key(value: Value) -> object:
    match value:
        case Money():
            return value.amount
        case str():
            return value.casefold()
        case _:
            return value


@pytest.mark.parametrize(("by", "descending"), list(product(FIELDS, (True, False))))
def test_pages_of_every_order_are_the_whole_list_in_order(filled: Store, by: str, descending: bool) -> None:
    found = whole(filled, ALL, FieldOrder(spec(by), descending))
    assert len({record.ref for record in found}) == 30
    values = [_key(record.fields[by]) for record in found]
    there = [value for value in values if value is not None]
    assert there == sorted(there, reverse=descending)  # type: ignore[type-var]
    missing = [None] * (30 - len(there))
    assert values == ([*there, *missing] if descending else [*missing, *there]), "none is the least"


def test_by_title_both_ways(filled: Store) -> None:
    up = [record.text("name") for record in whole(filled, ALL, FieldOrder())]
    assert up == sorted(up)
    assert [record.text("name") for record in whole(filled, ALL, FieldOrder(None, descending=True))] == up[::-1]


@pytest.mark.parametrize(
    ("state", "service", "found"),
    [
        ("linked", "", range(10)),
        ("linked", "books", range(1, 10, 2)),
        ("unlinked", "", range(10, 30)),
        ("unlinked", "books", [n for n in range(30) if n % 2 == 0 or n > 9]),
        ("needs_somebody", "", [3, 20]),
        ("not_billed", "", [3]),
        ("not_billed", "invoice", []),
    ],
)
def test_a_state_finds_what_is_in_it(filled: Store, state: State, service: str, found: list[int]) -> None:
    services = [service] if service else ["books", "invoice"]
    listed = ListedRecords("crm", "deal", state=state, partners=services, troubled=services)
    assert {record.ref for record in whole(filled, listed, FieldOrder())} == {ref(n) for n in found}
    with filled.read() as session:
        assert RecordLists(session).count(listed) == len(found)


def test_what_is_deleted_or_resolved_is_not_found(filled: Store) -> None:
    with filled.write() as session:
        Records(session).mark_deleted([ref(n) for n in range(5)], NOW)
        OpenItems(session).resolve([f"write:{ref(20)}"], NOW)
    troubled = ListedRecords("crm", "deal", state="needs_somebody", troubled=["books"])
    assert whole(filled, troubled, FieldOrder()) == []
    assert len(whole(filled, ALL, FieldOrder())) == 25


@pytest.mark.parametrize("order", [FieldOrder(spec("amount")), FieldOrder(spec("rate"))])
def test_a_place_of_another_list_is_refused(filled: Store, order: FieldOrder) -> None:
    with filled.read() as session:
        lists = RecordLists(session)
        by_name = lists.page(ALL, limit=1).next
        with pytest.raises(NoSuchPlace):
            lists.page(ALL, order, after=by_name)


def test_a_reference_is_nothing_to_sort_by() -> None:
    assert not sortable(FieldSpec("account", "reference", Text.same("Account")))
    assert not sortable(FieldSpec('a"b', "text", Text.same("A")))
