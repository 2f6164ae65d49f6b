"""Lists across all customers: every order read page by page is the whole list, filters find what they name."""

import datetime as dt
from collections.abc import Callable
from itertools import product
from typing import get_args

import pytest

from tsunagi import EntityType, Record, RecordRef, Text
from tsunagi.domain.documents import Document
from tsunagi.store import Documents, Records, Store
from tsunagi.store.document_lists import DocumentLists, Listed, Order, SortedBy, pages, place_of
from tsunagi.store.paging import NoSuchPlace, mark

Maker = Callable[..., Record]
ALL = Listed("books", "invoice")
CUSTOMER = RecordRef("books", "customer", "77")


@pytest.fixture
def filled(store: Store, invoice_type: EntityType, invoice: Maker) -> Store:
    """Thirty invoices: same days, same amounts, some without dates."""
    made = [
        invoice(
            str(n),
            str(n % 7 * 100),
            "USD" if n % 3 else "JPY",
            number=f"INV-{n % 10}",
            date=dt.date(2026, 11, 1 + n % 5) if n % 4 else None,
            due_date=dt.date(2026, 12, 1 + n % 3) if n % 5 else None,
            status="void" if n % 6 == 0 else "sent",
            customer=CUSTOMER if n % 2 else None,
            reference="Order 50%_off" if n == 13 else "",
        )
        for n in range(30)
    ]
    customer = EntityType("books", "customer", Text.same("Customer"), Text.same("Customers"), ())
    with store.write() as session:
        Documents(session).upsert_many(invoice_type, made)
        Records(session).upsert_many(customer, [Record(CUSTOMER, {"name": "ＡＯＺＯＲＡ精機"}, "1", None)])
    return store


@pytest.mark.parametrize(("by", "descending"), list(product(get_args(SortedBy), (True, False))))
def test_pages_of_every_order_are_the_whole_list_in_order(filled: Store, by: SortedBy, descending: bool) -> None:
    order = Order(by, descending)
    with filled.read() as session:
        lists = DocumentLists(session)
        found = [document for page in pages(lists, ALL, order, size=4) for document in page.items]
        again = lists.page(ALL, order, after=mark(place_of(found[9], order)), limit=5).items
    keys = [(_key(document, by), document.ref.id) for document in found]
    assert keys == sorted(keys, reverse=descending)
    assert len({document.ref for document in found}) == 30
    assert list(again) == found[10:15]


def _key(document: Document, by: SortedBy) -> object:
    value = getattr(document, by)
    if by in ("date", "due_date"):
        return value or dt.date.min
    return value.amount if by in ("total", "balance") else value


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, 30),
        ({"statuses": frozenset({"void"})}, 5),
        ({"currency": "JPY"}, 10),
        ({"search": "inv-3"}, 3),
        ({"search": "aozora", "customers": ["customer"]}, 15),
        ({"search": "aozora"}, 0),
        ({"search": "50%_off"}, 1),
        ({"search": "%"}, 1),
        ({"since": dt.date(2026, 11, 2), "until": dt.date(2026, 11, 2)}, 5),
        ({"until": dt.date(2026, 11, 30)}, 22),
    ],
)
def test_filters_find_what_they_name(filled: Store, asked: dict[str, object], count: int) -> None:
    listed = Listed("books", "invoice", **asked)  # type: ignore[arg-type]
    with filled.read() as session:
        lists = DocumentLists(session)
        assert len(lists.page(listed).items) == lists.count(listed) == count
        assert sum(each.count for some in lists.totals(listed).values() for each in some) == count
        assert lists.currencies("books", "invoice") == ["JPY", "USD"]


@pytest.mark.parametrize("after", ["", "nonsense", mark(["2026-13-01", "1"]), mark(["1"]), mark(["NaN", "1"])])
@pytest.mark.parametrize("by", ["date", "total"])
def test_a_place_of_no_list_is_refused(filled: Store, by: SortedBy, after: str) -> None:
    with filled.read() as session, pytest.raises(NoSuchPlace):
        DocumentLists(session).page(ALL, Order(by), after=after)
