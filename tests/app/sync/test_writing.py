"""Outside writes: each made once, however often the hub is cut short, and their receipts."""

import threading
from typing import Any

import pytest
from trade import CUSTOMER, NOON, LostAnswer, yen

from tsunagi.app.connections.services import disable, enable, forget
from tsunagi.app.sync import making
from tsunagi.app.sync.ingest import ingest
from tsunagi.app.sync.making import make
from tsunagi.domain.actions import OutsideWrite
from tsunagi.domain.records import RecordRef
from tsunagi.errors import (
    AccessRefused,
    OutcomeUnknown,
    RateLimited,
    RecordRejected,
    ServiceUnavailable,
    StaleRecord,
)
from tsunagi.store.documents import Documents
from tsunagi.store.intents import Intent, Intents, NewIntent
from tsunagi.store.links import Links
from tsunagi.store.records import Records
from tsunagi.text import Text


@pytest.fixture(autouse=True)
def _step_without_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine is busy, the time for one step may be up after the first write."""
    monkeypatch.setattr(making, "_TOGETHER_SECONDS", 60.0)


WHY = Text("because", "なぜなら")
AOZORA = RecordRef("crm", "account", "1")


def plan(house: Any, *writes: OutsideWrite, **more: Any) -> list[str]:
    keys = [f"key-{number}" for number in range(len(writes))]
    intents = [
        NewIntent(key=key, write=write, batch="batch", position=position, **more)
        for position, (key, write) in enumerate(zip(keys, writes, strict=True))
    ]
    with house.hub.store.write() as session:
        Intents(session).plan(intents, NOON)
        Intents(session).begin("batch")
    return keys


def create(name: str = "青葉商事") -> OutsideWrite:
    return OutsideWrite("create", "ledger", "customer", {"name": name})


def intent(house: Any, key: str = "key-0") -> Intent:
    with house.hub.store.read() as session:
        found = Intents(session).get(key)
    assert found is not None
    return found


def test_a_write_is_made_and_its_receipt_kept_with_the_record(house: Any) -> None:
    (key,) = plan(house, create())
    (outcome,) = make(house.hub.context, [key])

    assert outcome["state"] == "done"
    (customer,) = house.ledger.of("customer")
    assert intent(house).result == customer.ref
    with house.hub.store.read() as session:
        assert Records(session).get(customer.ref) == customer


def test_made_once_whatever_asks_again(house: Any) -> None:
    keys = plan(house, create())
    assert [make(house.hub.context, keys)[0]["state"] for _ in range(3)] == ["done"] * 3
    assert len(house.ledger.of("customer")) == 1


RENAME = OutsideWrite("update", "ledger", "customer", {"name": "青葉商事株式会社"})


def test_a_write_waits_for_the_record_another_one_makes(house: Any) -> None:
    (made,) = plan(house, create())
    with house.hub.store.write() as session:
        Intents(session).plan([NewIntent(key="rename", write=RENAME, batch="b", plan={"target_of": made})], NOON)
    (outcome,) = make(house.hub.context, ["rename"])
    assert (outcome["state"], outcome["reason"]["en"]) == ("waiting", "The record it is about is still to be made.")
    # Also in one go, before the receipt of the first is kept.
    assert [outcome["state"] for outcome in make(house.hub.context, [made, "rename"])] == ["done", "done"]
    assert house.ledger.names() == ["青葉商事株式会社"]
    assert intent(house, "rename").result == intent(house, made).result


def test_a_write_about_a_record_that_was_not_made_is_given_up(house: Any) -> None:
    house.ledger.fail("create", RecordRejected(WHY, service="ledger"))
    (made,) = plan(house, create())
    with house.hub.store.write() as session:
        Intents(session).plan([NewIntent(key="rename", write=RENAME, batch="b", plan={"target_of": made})], NOON)
    assert [outcome["state"] for outcome in make(house.hub.context, [made, "rename"])] == ["failed", "abandoned"]
    problem = intent(house, "rename").problem
    assert problem is not None
    assert problem.en == "The record it is about was not made."
    assert house.ledger.asked("update") == 0


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_answer_is_looked_up(house: Any, lost: int) -> None:
    unknown = OutcomeUnknown(WHY, service="ledger")
    house.ledger.fail("create", LostAnswer(unknown))
    if lost == 2:
        house.ledger.fail("find", OutcomeUnknown(WHY, service="ledger"))
    keys = plan(house, create())

    assert make(house.hub.context, keys)[0]["state"] == "done"
    assert (house.ledger.asked("create"), len(house.ledger.of("customer"))) == (1, 1)


def test_a_receipt_lost_in_a_crash_is_found_by_its_key(house: Any) -> None:
    """The write was made; then the power went before anything was stored."""
    keys = plan(house, create())
    ref = house.ledger.put("customer", "55", name="青葉商事")
    house.ledger.made[keys[0]] = ref
    with house.hub.store.write() as session:
        Intents(session).begin("batch")

    assert make(house.hub.context, keys)[0]["state"] == "done"
    assert intent(house).result == ref
    assert house.ledger.asked("create") == 0


@pytest.mark.parametrize("error", [ServiceUnavailable, RateLimited])
def test_a_service_that_is_away_is_waited_for_and_those_behind_it_wait_too(house: Any, error: Any) -> None:
    keys = plan(house, create("一"), create("二"))
    house.ledger.fail("create", error(WHY, service="ledger", retry_after=7.0))
    outcomes = make(house.hub.context, keys)

    assert [each["state"] for each in outcomes] == ["waiting"]
    assert outcomes[0]["wait"] == 7.0
    assert intent(house).problem == WHY
    assert [each["state"] for each in make(house.hub.context, keys)] == ["done", "done"]
    assert intent(house).problem is None


@pytest.mark.parametrize("error", [RecordRejected, AccessRefused])
def test_what_is_refused_is_kept_as_failed_and_keeps_nobody_waiting(house: Any, error: Any) -> None:
    keys = plan(house, create("一"), create("二"))
    house.ledger.fail("create", error(WHY, service="ledger"))

    assert [each["state"] for each in make(house.hub.context, keys)] == ["failed", "done"]
    assert (intent(house).state, intent(house).problem) == ("failed", WHY)


def test_an_update_planned_from_an_older_state_is_given_up(house: Any) -> None:
    ref = house.ledger.put("customer", "1", name="青葉商事")
    change = OutsideWrite("update", "ledger", "customer", {"name": "新"}, target=ref)
    keys = plan(house, change, plan={"expected_version": "v0"})

    assert make(house.hub.context, keys)[0]["state"] == "abandoned"
    assert house.ledger.names() == ["青葉商事"]


def test_an_update_whose_answer_was_lost_is_written_again(house: Any) -> None:
    ref = house.ledger.put("customer", "1", name="青葉商事")
    version = house.ledger.records[ref].version
    change = OutsideWrite("update", "ledger", "customer", {"name": "新"}, target=ref)
    keys = plan(house, change, plan={"expected_version": version})
    house.ledger.fail("update", OutcomeUnknown(WHY, service="ledger"), StaleRecord(WHY, service="ledger"))
    # The second answer says it moved on: by our own first try, or by somebody else.
    assert make(house.hub.context, keys)[0]["state"] == "abandoned"

    house.ledger.fail("update", OutcomeUnknown(WHY, service="ledger"))
    with house.hub.store.write() as session:
        abandoned = Intents(session).get(keys[0])
        Intents(session).take_over([abandoned], house.clock())
    assert make(house.hub.context, keys)[0]["state"] == "done"
    assert house.ledger.names() == ["新"]


def test_a_deletion_and_a_verb(house: Any) -> None:
    ref = house.ledger.put("customer", "1", name="青葉商事")
    ingest(house.hub.context, CUSTOMER, house.ledger.of("customer"), batch="seed", initial=True)
    bill = house.ledger.put(
        "bill",
        "1",
        number="B-1",
        status="draft",
        **dict.fromkeys(("total", "balance", "base_total", "base_balance"), yen(1)),
    )
    keys = plan(
        house,
        OutsideWrite("delete", "ledger", "customer", target=ref),
        OutsideWrite("perform", "ledger", "bill", target=bill, verb="void"),
    )

    assert [each["state"] for each in make(house.hub.context, keys)] == ["done", "done"]
    with house.hub.store.read() as session:
        assert Records(session).get(ref) is None
        voided = Documents(session).get(bill)
    assert voided is not None
    assert voided.status == "void"


def test_a_document_remembers_the_deal_it_answers_where_the_service_cannot(house: Any) -> None:
    deal, customer = RecordRef("crm", "deal", "1"), RecordRef("ledger", "customer", "1")
    bill = OutsideWrite("create", "ledger", "bill", {"customer": customer, "total": yen(100)}, relates=deal)
    make(house.hub.context, plan(house, bill))

    with house.hub.store.read() as session:
        ref = intent(house).result
        assert ref is not None
        document = Documents(session).get(ref)
    assert document is not None
    assert document.deal == deal
    assert intent(house).summary == {"number": document.number, "status": "draft", "total": yen(100)}


def test_a_sync_keeps_link_and_baseline_with_the_receipt(house: Any) -> None:
    house.crm.put("account", "1", name="青葉商事")
    house.sync()

    with house.hub.store.read() as session:
        (link,) = Links(session).of(AOZORA)
        assert link.cause == "created"
        assert Links(session).stale("ledger.customers") == []


def cut(house: Any, do: Any) -> list[str]:
    """Three writes in hand; the service goes while the first is being made."""
    keys = plan(house, create("一"), create("二"), create("三"))
    house.ledger.after = lambda: do(house.hub.context, None, "ledger", confirmed="ledger")
    outcomes = make(house.hub.context, keys)
    while len(outcomes) < len(keys):
        # The time for one step was over.
        outcomes += make(house.hub.context, keys[len(outcomes) :])
    house.ledger.after = lambda: None
    return [each["state"] for each in outcomes]


def test_what_is_being_made_is_finished_and_the_rest_is_given_up(house: Any) -> None:
    assert cut(house, disable) == ["done", "abandoned", "abandoned"]
    assert house.ledger.names() == ["一"]
    assert [intent(house, f"key-{number}").state for number in range(3)] == ["done", "abandoned", "abandoned"]
    assert "switched off" in str(intent(house, "key-1").problem)


def test_of_a_forgotten_service_nothing_is_kept_by_what_was_under_way(house: Any) -> None:
    assert cut(house, forget) == ["done", "abandoned", "abandoned"]
    with house.hub.store.read() as session:
        assert Intents(session).count_states() == {}
        assert Records(session).count("ledger", "customer") == 0


def test_what_was_given_up_is_wanted_again_by_the_next_sync(house: Any) -> None:
    for number in range(6):
        house.crm.put("account", str(number), name=f"商会 {number}")
    off = threading.Event()

    def once() -> None:
        if not off.is_set():
            off.set()
            disable(house.hub.context, None, "ledger", confirmed="ledger")

    house.ledger.after = once
    assert house.sync().state == "done"
    # What was under way beside it is finished too.
    assert 1 <= len(house.ledger.names()) < 6

    enable(house.hub.context, None, "ledger")
    house.sync()
    assert house.ledger.names() == [f"商会 {number}" for number in range(6)]
