"""The sums kept beside each customer's documents: always those of the documents that are there."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagi import EntityType, Money, Record, RecordRef
from tsunagi.store import Documents, DocumentsOf, Store
from tsunagi.store.columns import exact_sum
from tsunagi.store.document_totals import AMOUNTS, DocumentTotalRow
from tsunagi.store.documents import DocumentRow
from tsunagi.store.migrating import config
from tsunagi.store.outstanding import Ageing
from tsunagi.store.tables import core
from tsunagi.store.traces import Traces

Maker = Callable[..., Record]
CUSTOMERS = (None, RecordRef("books", "customer", "1"), RecordRef("books", "customer", "2"))
_KEY = ("service", "entity", "customer", "currency", "base_currency", "status")
_AMOUNTS = st.decimals(-(10**12), 9 * 10**12, places=6)
_READING = st.tuples(
    st.sampled_from("abcd"),
    _AMOUNTS,
    st.sampled_from(["JPY", "USD"]),
    st.sampled_from(["draft", "sent", "void"]),
    st.sampled_from(CUSTOMERS),
)
_STEP = st.one_of(st.lists(_READING, min_size=1, max_size=5), st.sets(st.sampled_from("abcd"), min_size=1), st.none())


def kept(store: Store) -> set[tuple[object, ...]]:
    total = core(DocumentTotalRow)
    with store.read() as session:
        columns = (total.c[name] for name in (*_KEY, "documents", *AMOUNTS))
        return {tuple(row) for row in session.execute(sa.select(*columns))}


def added_up(store: Store) -> set[tuple[object, ...]]:
    document = core(DocumentRow)
    group = [document.c[name] for name in _KEY]
    sums = (exact_sum(document.c[name]) for name in AMOUNTS)
    query = sa.select(*group, sa.func.count(), *sums).where(document.c.deleted_at.is_(None)).group_by(*group)
    with store.read() as session:
        return {
            (service, entity, str(customer or ""), *rest) for service, entity, customer, *rest in session.execute(query)
        }


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=40, deadline=None
)
@given(st.lists(_STEP, max_size=8))
def test_kept_sums_are_those_of_the_documents_whatever_happened(
    store: Store,
    invoice_type: EntityType,
    invoice: Maker,
    now: dt.datetime,
    steps: list[list[tuple[str, Decimal, str, str, RecordRef | None]] | set[str] | None],
) -> None:
    """Written, changed, given to another customer, deleted, back again, erased with their service."""
    for version, step in enumerate(steps):
        with store.write() as session:
            if step is None:
                Traces(session).erase("books")
            elif isinstance(step, set):
                Documents(session).mark_deleted([RecordRef("books", "invoice", id) for id in step], now)
            else:
                readings = [
                    invoice(id, str(amount), currency, version=str(version), status=status, customer=customer)
                    for id, amount, currency, status, customer in step
                ]
                Documents(session).upsert_many(invoice_type, readings)
        assert kept(store) == added_up(store)


def test_a_write_that_is_undone_leaves_the_sums_as_they_were(
    store: Store, invoice_type: EntityType, invoice: Maker
) -> None:
    with store.write() as session:
        Documents(session).upsert_many(invoice_type, [invoice("1", "100.5")])
    before = kept(store)
    try:
        with store.write() as session:
            Documents(session).upsert_many(invoice_type, [invoice("1", "7", version="2"), invoice("2")])
            raise InterruptedError
    except InterruptedError:
        pass
    assert kept(store) == before == added_up(store)


def test_a_document_named_twice_by_customer_and_deal_counts_once(
    store: Store, invoice_type: EntityType, invoice: Maker
) -> None:
    deal, mine, other = RecordRef("crm", "deal", "1"), CUSTOMERS[1], CUSTOMERS[2]
    assert mine is not None
    with store.write() as session:
        Documents(session).upsert_many(
            invoice_type,
            [
                invoice("1", "1", customer=mine, deal=deal),
                invoice("2", "2", customer=mine),
                invoice("3", "4", deal=deal),
            ],
        )
        Documents(session).upsert_many(invoice_type, [invoice("3", "4", version="2", customer=other)])
        [found] = Documents(session).totals(DocumentsOf("books", "invoice", customers=[mine, mine], deals=[deal]))
    assert (found.count, found.total) == (3, Money(Decimal(7), "JPY"))


def test_an_older_database_gets_its_sums(store: Store, invoice_type: EntityType, invoice: Maker) -> None:
    """Also where they are larger than the database's own numbers, and for documents that name no customer."""
    most = [invoice(str(number), "9000000000000.000001", status="sent") for number in range(3)]
    with store.write() as session:
        documents = Documents(session)
        documents.upsert_many(invoice_type, [*most, invoice("n", customer=None), invoice("gone")])
        documents.mark_deleted([RecordRef("books", "invoice", "gone")], dt.datetime.now(dt.UTC))
    before = kept(store)
    with store.engine.begin() as connection:
        command.downgrade(config(connection), "0108")
    store.migrate()
    assert kept(store) == before == added_up(store)
    assert any(Decimal("27000000000000.000003") in row for row in before)


def test_a_customers_page_reads_no_other_customers_documents(store: Store, now: dt.datetime) -> None:
    """SQLite would rather walk through all of them by day where that needs no look at the documents themselves."""
    mine = DocumentsOf("books", "invoice", customers=[RecordRef("books", "customer", "1")])
    with query_plans(store) as plans, store.read() as session:
        Documents(session).page(mine)
        Documents(session).totals_by_status(mine)
        Documents(session).count(mine)
        Ageing(session).of_kind("books", "invoice", now.date(), but=frozenset(("void",)), customers=mine.customers)
    assert len(plans) == 4
    assert [plan for plan in plans if "(customer=?" not in plan and "AND customer=?" not in plan] == []


def test_a_deals_page_reads_no_other_deals_documents(store: Store) -> None:
    """SQLite would rather walk through the index of all sums, which is in the order of the groups."""
    its = DocumentsOf("books", "invoice", deals=[RecordRef("crm", "deal", "1")])
    with query_plans(store) as plans, store.read() as session:
        Documents(session).page(its)
        Documents(session).totals_by_status(its)
        Documents(session).count(its)
    assert len(plans) == 3
    assert [plan for plan in plans if "AND deal=?" not in plan] == []


@contextmanager
def query_plans(store: Store) -> Iterator[list[str]]:
    """Fills the list, when the block ends, with how SQLite answers each query that was made in it."""
    asked: list[tuple[str, Any]] = []
    plans: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    yield plans
    with store.read() as session:
        plans += [
            str(session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters).all())
            for query, parameters in tuple(asked)
        ]
