"""Documents: exact amounts, the right ones on each record's page, the deal they came from."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagi import EntityType, Money, Record, RecordRef
from tsunagi.domain.documents import Document
from tsunagi.store import Change, Documents, DocumentsOf, Store, Totals

Maker = Callable[..., Record]
INVOICES = DocumentsOf("books", "invoice")
DEAL = RecordRef("crm", "deal", "1")


def take(store: Store, entity: EntityType, *records: Record, seen_in: str | None = None) -> list[Change]:
    with store.write() as session:
        return Documents(session).upsert_many(entity, records, seen_in=seen_in)


def ids(documents: object) -> list[str]:
    return [document.ref.id for document in documents]  # type: ignore[attr-defined]


def test_a_document_comes_back_whole(store: Store, invoice_type: EntityType, invoice: Maker) -> None:
    record = invoice("1", "1054.10", "USD", deal=DEAL, due_date=dt.date(2026, 12, 1), notes="掛売り", lines=("a", "b"))
    assert take(store, invoice_type, record) == [Change(None, record)]
    with store.read() as session:
        assert Documents(session).record(record.ref) == record
        assert Documents(session).get(record.ref) == Document.of(record)


def test_only_true_changes_are_told(store: Store, invoice_type: EntityType, invoice: Maker) -> None:
    draft, sent = invoice("1", "10.5", "USD"), invoice("1", "10.5", "USD", version="2", status="sent")
    take(store, invoice_type, draft)
    assert take(store, invoice_type, invoice("1", "10.50", "USD", version="1b")) == []
    [change] = take(store, invoice_type, sent)
    assert change.before is not None
    assert (change.before.fields["status"], change.after) == ("draft", sent)
    assert take(store, invoice_type, sent) == []


def test_an_older_reading_is_passed_over(store: Store, invoice_type: EntityType, invoice: Maker) -> None:
    paid = invoice("1", version="2", minutes=5, status="paid")
    take(store, invoice_type, paid)
    assert take(store, invoice_type, invoice("1")) == []


def test_what_a_listing_leaves_out_stays_known(store: Store, invoice_type: EntityType, invoice: Maker) -> None:
    full = invoice("1", notes="掛売り")
    row = replace(full, fields={name: full.fields[name] for name in ("number", "total", "status")}, complete=False)
    take(store, invoice_type, full)
    assert take(store, invoice_type, row) == []
    [change] = take(store, invoice_type, replace(row, version="2", fields={"status": "sent"}))
    assert change.after.fields == {**full.fields, "status": "sent"}


def test_the_deal_the_hub_knows_survives_a_service_that_does_not(
    store: Store, invoice_type: EntityType, invoice: Maker
) -> None:
    take(store, invoice_type, invoice("1", deal=DEAL))
    [change] = take(store, invoice_type, invoice("1", version="2", status="sent"))
    assert change.after.fields["deal"] == DEAL


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"base_total": Decimal(1)}, "books:invoice:1: base_total must be Money"),
        ({"base_total": Money(Decimal("0.0000001"), "JPY")}, "books:invoice:1: base_total: an amount has at most 6"),
        ({"balance": Money(Decimal(1), "USD")}, "books:invoice:1: balance must be in JPY"),
        ({"date": "2026-11-24"}, "books:invoice:1: date must be a date"),
    ],
)
def test_what_is_no_document_is_named(
    store: Store, invoice_type: EntityType, invoice: Maker, fields: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        take(store, invoice_type, invoice("1", **fields))


def test_lists_are_of_customers_or_deals_the_newest_first(
    store: Store, invoice_type: EntityType, invoice: Maker
) -> None:
    mine, other = RecordRef("books", "customer", "1"), RecordRef("books", "customer", "2")
    day = dt.date(2026, 11, 1)
    take(
        store,
        invoice_type,
        invoice("a", customer=mine, date=day),
        invoice("b", customer=mine, date=day + dt.timedelta(days=1)),
        invoice("c", customer=other, date=None, deal=DEAL),
        invoice("d", customer=other, date=day + dt.timedelta(days=2)),
    )
    with store.read() as session:
        documents = Documents(session)
        of_both = DocumentsOf("books", "invoice", customers=[mine], deals=[DEAL])
        assert ids(documents.page(of_both).items) == ["b", "a", "c"]
        assert ids(documents.page(of_both, oldest_first=True).items) == ["c", "a", "b"]
        assert ids(documents.all(INVOICES, chunk=3)) == ["c", "a", "b", "d"]
        assert documents.count(of_both) == 3
        assert documents.count(DocumentsOf("books", "invoice", customers=[])) == 0
        assert documents.numbers(INVOICES, limit=2) == ["INV-d", "INV-b"]
        first = documents.page(INVOICES, limit=2)
        second = documents.page(INVOICES, after=first.next, limit=2)
        assert (ids(first.items), ids(second.items), second.next) == (["d", "b"], ["a", "c"], None)


def test_what_a_full_listing_did_not_show_is_gone(
    store: Store, invoice_type: EntityType, invoice: Maker, now: dt.datetime
) -> None:
    take(store, invoice_type, invoice("1"), invoice("2"), seen_in="run-1")
    take(store, invoice_type, invoice("1"), seen_in="run-2")
    with store.write() as session:
        documents = Documents(session)
        assert documents.count_unseen("books", "invoice", "run-2") == 1
        gone = documents.mark_deleted(documents.unseen("books", "invoice", "run-2").items, now)
        assert gone == [invoice("2")]
        assert documents.mark_deleted([gone[0].ref], now) == []
        assert ids(documents.page(INVOICES).items) == ["1"]
        assert documents.get(gone[0].ref) is None
        assert documents.record(gone[0].ref) is None
        assert documents.known([gone[0].ref]) == {gone[0].ref: invoice("2")}


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=20, deadline=None
)
@given(
    st.lists(
        st.tuples(
            st.decimals(-(10**12), 10**12, places=6),
            st.sampled_from(["JPY", "USD", "BHD"]),
        ),
        max_size=15,
    )
)
def test_totals_are_exact_by_currency(
    store: Store, invoice_type: EntityType, invoice: Maker, amounts: list[tuple[Decimal, str]]
) -> None:
    with store.write() as session:
        documents = Documents(session)
        documents.mark_deleted([document.ref for document in documents.all(INVOICES)], dt.datetime.now(dt.UTC))
        records = [invoice(str(place), str(total), currency) for place, (total, currency) in enumerate(amounts)]
        documents.upsert_many(invoice_type, records)
        found = documents.totals(INVOICES)
    expected: dict[str, list[Decimal]] = {}
    for total, currency in amounts:
        expected.setdefault(currency, []).append(total)
    sums = {currency: Money(sum(totals, Decimal(0)), currency) for currency, totals in expected.items()}
    assert found == [
        Totals(len(expected[currency]), sums[currency], sums[currency], sums[currency], sums[currency])
        for currency in sorted(expected)
    ]


def test_sums_are_told_apart_by_status(store: Store, invoice_type: EntityType, invoice: Maker) -> None:
    sent, void, draft = (
        invoice(str(number), f"{number}00", status=status) for number, status in enumerate(("sent", "void", "draft"), 1)
    )
    take(store, invoice_type, sent, void, draft)
    with store.read() as session:
        found = Documents(session).totals_by_status(INVOICES)
        [all_of_them] = Documents(session).totals(INVOICES)
    assert {status: [(each.count, each.total.amount) for each in sums] for status, sums in found.items()} == {
        "sent": [(1, Decimal(100))],
        "void": [(1, Decimal(200))],
        "draft": [(1, Decimal(300))],
    }
    assert (all_of_them.count, all_of_them.total.amount) == (3, Decimal(600))
