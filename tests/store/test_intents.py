"""Intents: planned once, made in order, receipted once."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from tsunagi import Money, OutsideWrite, RecordRef, Text
from tsunagi.store import Intents, NewIntent, Store

DEAL = RecordRef("crm", "deal", "1")
INVOICE = RecordRef("books", "invoice", "1")
WRITE = OutsideWrite("create", "books", "invoice", {"total": Money(Decimal("10.50"), "USD")}, relates=DEAL)
PROBLEM = Text("The customer has no address.", "取引先に住所がありません。")


def intent(key: str, position: int = 0, batch: str = "b") -> NewIntent:
    return NewIntent(
        key=key,
        write=WRITE,
        batch=batch,
        position=position,
        rule="deal_won",
        event="e1",
        action="books.invoice.create",
    )


def plan(store: Store, now: dt.datetime, *intents: NewIntent) -> list[str]:
    with store.write() as session:
        return Intents(session).plan(intents, now)


def test_an_intent_comes_back_whole(store: Store, now: dt.datetime) -> None:
    plan(store, now, intent("k"))
    with store.read() as session:
        found = Intents(session).get("k")
        assert found is not None
        assert (found.write, found.rule, found.event, found.action) == (
            WRITE,
            "deal_won",
            "e1",
            "books.invoice.create",
        )
        assert (found.state, found.attempts, found.result, found.problem) == ("planned", 0, None, None)


def test_an_intent_is_planned_once(store: Store, now: dt.datetime) -> None:
    assert plan(store, now, intent("a"), intent("b")) == ["a", "b"]
    assert plan(store, now, intent("b"), intent("c"), intent("c")) == ["c"]


def test_pending_ones_come_in_order_and_page_by_page(store: Store, now: dt.datetime) -> None:
    plan(store, now, intent("x", 2), intent("y", 1), intent("z", 1), intent("other", 0, batch="c"))
    with store.read() as session:
        first = Intents(session).pending("b", limit=2)
        second = Intents(session).pending("b", after=first.next, limit=2)
        assert [found.key for found in (*first.items, *second.items)] == ["y", "z", "x"]
        assert Intents(session).pending_batches() == ["b", "c"]
        assert Intents(session).pending_batches(after="b") == ["c"]


def test_each_beginning_of_a_batch_is_counted(store: Store, now: dt.datetime) -> None:
    plan(store, now, intent("made", 0), intent("left", 1), intent("other", 0, batch="c"))
    with store.write() as session:
        assert Intents(session).begin("b") == 1
        Intents(session).receipt("made", INVOICE, now)
        assert Intents(session).begin("b") == 2
        assert Intents(session).begin("empty") == 0
        assert [found.attempts for found in Intents(session).pending("b").items] == [2]
        assert [found.attempts for found in Intents(session).pending("c").items] == [0]


def test_a_receipt_tells_why_a_document_exists(store: Store, now: dt.datetime) -> None:
    plan(store, now, intent("k"))
    with store.write() as session:
        Intents(session).receipt("k", INVOICE, now, summary={"number": "INV-1"})
        made = Intents(session).creating([INVOICE, DEAL])[INVOICE]
        assert (made.state, made.rule, made.summary, made.finished_at) == (
            "done",
            "deal_won",
            {"number": "INV-1"},
            now,
        )
        assert Intents(session).made_for([DEAL]) == {DEAL: [made.result]}
        assert Intents(session).of_event("e1") == [made]
        assert Intents(session).pending_batches() == []


def test_a_receipt_stands(store: Store, now: dt.datetime) -> None:
    plan(store, now, intent("k"))
    with store.write() as session:
        intents = Intents(session)
        intents.receipt("k", INVOICE, now)
        intents.receipt("k", INVOICE, now + dt.timedelta(hours=1))
        with pytest.raises(ValueError, match="no receipt for books:invoice:2, it is books:invoice:1"):
            intents.receipt("k", RecordRef("books", "invoice", "2"), now)
        with pytest.raises(ValueError, match="done already"):
            intents.failure("k", PROBLEM, now)
        with pytest.raises(ValueError, match="intent nobody"):
            intents.receipt("nobody", INVOICE, now)


def test_a_refused_write_waits_for_a_person(store: Store, now: dt.datetime) -> None:
    plan(store, now, intent("a"), intent("b"), intent("c"))
    with store.write() as session:
        intents = Intents(session)
        intents.failure("a", PROBLEM, now)
        intents.abandon("b", PROBLEM, now)
        intents.delay("c", PROBLEM)
        assert intents.count_states() == {"failed": 1, "abandoned": 1, "planned": 1}
        assert [found.problem for found in intents.in_state("failed").items] == [PROBLEM]
        assert [found.problem for found in intents.pending("b").items] == [PROBLEM]
        failed = intents.get("a")
        assert failed is not None
        intents.take_over([failed], now, retry_failed=True)
        assert [found.key for found in intents.pending("b").items] == ["a", "c"]
        intents.receipt("a", INVOICE, now)
        found = intents.get("a")
        assert found is not None
        assert found.problem is None


def test_a_new_batch_takes_over_what_an_earlier_one_left(store: Store, now: dt.datetime) -> None:
    plan(store, now, intent("made"), intent("left", 1), intent("refused", 2))
    with store.write() as session:
        intents = Intents(session)
        intents.begin("b")
        intents.receipt("made", INVOICE, now)
        intents.failure("refused", PROBLEM, now)
        intents.delay("left", PROBLEM)
        again = [replace(intent(key, batch="c"), plan={"version": "2"}) for key in ("made", "left", "refused")]
        assert intents.plan(again, now) == []
        intents.take_over(again, now)
        assert intents.pending("b").items == ()
        found = {taken.key: (taken.attempts, taken.plan) for taken in intents.pending("c").items}
        assert found == {"left": (2, {"version": "2"})}
        intents.take_over(again, now, retry_failed=True)
        assert [taken.key for taken in intents.pending("c").items] == ["left", "refused"]


def test_what_was_refused_is_asked_again_in_other_words(store: Store, now: dt.datetime) -> None:
    plan(store, now, intent("k"))
    other = replace(intent("k", batch="c"), write=replace(WRITE, fields={"total": Money(Decimal(9), "USD")}))
    with store.write() as session:
        Intents(session).failure("k", PROBLEM, now)
        Intents(session).take_over([other], now)
        assert [taken.write for taken in Intents(session).pending("c").items] == [other.write]


def test_a_record_that_changes_twice_within_a_second_is_updated_twice(store: Store, now: dt.datetime) -> None:
    update = replace(WRITE, operation="update", target=INVOICE)
    first = replace(intent("k"), write=update)
    other = replace(intent("k", batch="c"), write=replace(update, fields={"total": Money(Decimal(9), "USD")}))
    plan(store, now, first)
    with store.write() as session:
        intents = Intents(session)
        intents.receipt("k", INVOICE, now)
        intents.take_over([replace(first, batch="c")], now)
        assert intents.pending("c").items == ()
        intents.take_over([other], now)
        assert [taken.write for taken in intents.pending("c").items] == [other.write]


def test_the_latest_come_first(store: Store, now: dt.datetime) -> None:
    for number in range(5):
        plan(store, now + dt.timedelta(seconds=number // 2), intent(str(number)))
    with store.read() as session:
        first = Intents(session).in_state("planned", limit=2)
        second = Intents(session).in_state("planned", after=first.next, limit=2)
        third = Intents(session).in_state("planned", after=second.next, limit=2)
    assert [found.key for page in (first, second, third) for found in page.items] == ["4", "3", "2", "1", "0"]
