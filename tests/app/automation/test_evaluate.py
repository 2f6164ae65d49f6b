"""From events to intents, and rules that were blocked and are asked again."""

from dataclasses import replace
from typing import Any

import pytest
from trade import ACCOUNT, DEAL, NOON, yen

from tsunagi.app.automation.decisions import BLOCKED, traces
from tsunagi.app.automation.evaluate import reconsider
from tsunagi.app.connections.services import disable, enable
from tsunagi.app.sync.ingest import ingest
from tsunagi.domain.records import Record, RecordRef
from tsunagi.domain.values import decode_fields
from tsunagi.rules.book import RuleBook
from tsunagi.store.events import Events
from tsunagi.store.intents import Intents
from tsunagi.store.links import Links, NewLink
from tsunagi.store.rule_runs import RuleRuns

AOZORA = RecordRef("crm", "account", "1")


def win(house: Any, id: str = "1") -> RecordRef:
    ref = RecordRef("crm", "deal", id)
    fields = {"name": "保守", "outcome": "won", "amount": yen(100), "account": AOZORA}
    ingest(house.hub.context, DEAL, [Record(ref, fields, "v1", NOON)], batch="news")
    return ref


def become_customer(house: Any) -> None:
    with house.hub.store.write() as session:
        Links(session).add(NewLink("ledger.customers", AOZORA, RecordRef("ledger", "customer", "1"), "created"), NOON)


def verdict(house: Any, deal: RecordRef) -> str:
    with house.hub.store.read() as session:
        (run,) = [run for run in RuleRuns(session).of_record(deal).items if run.rule == "bill_won"]
    return run.verdict


def planned(house: Any, deal: RecordRef) -> list[str]:
    with house.hub.store.read() as session:
        return [intent.batch for intent in Intents(session).creates_planned_for([deal]).get(deal, ())]


def test_a_blocked_rule_has_its_way_once_it_can(house: Any) -> None:
    deal = win(house)
    assert reconsider(house.hub.context, "first") == 0
    assert (verdict(house, deal), planned(house, deal)) == (BLOCKED, [])

    become_customer(house)
    assert reconsider(house.hub.context, "second") == 1
    assert (verdict(house, deal), planned(house, deal)) == ("asked", ["second"])

    # Had its way: it is not asked a third time.
    assert reconsider(house.hub.context, "third") == 0
    assert planned(house, deal) == ["second"]


def test_what_a_rule_saw_is_computed_again_to_the_letter(house: Any) -> None:
    become_customer(house)
    deal = win(house)
    with house.hub.store.read() as session:
        (run,) = RuleRuns(session).of_record(deal).items
        event = Events(session).get(run.event)
    assert event is not None
    (trace,) = [trace for trace in traces(house.hub.context, event) if trace.rule == "bill_won"]
    assert decode_fields(trace.as_json()) == run.trace

    # The rules have changed since, and the account too: the proof is that of the day.
    before = traces(house.hub.context, event)
    account = Record(AOZORA, {"name": "改名"}, "v9", NOON)
    ingest(house.hub.context, ACCOUNT, [account], batch="news")
    none = RuleBook.load({}, house.hub.rules.vocabulary)
    assert traces(replace(house.hub.context, rule_book=lambda: none), event) == before


def test_nothing_is_stored_for_a_rule_that_does_not_hold_and_its_trace_is_known_all_the_same(house: Any) -> None:
    ref = RecordRef("crm", "deal", "1")
    free = {"name": "保守", "outcome": "won", "amount": yen(0), "account": AOZORA}
    ingest(house.hub.context, DEAL, [Record(ref, free, "v1", NOON)], batch="news")
    with house.hub.store.read() as session:
        assert RuleRuns(session).of_record(ref).items == ()
        events = Events(session).of_record(ref).items
    outcomes = {trace.rule: trace.outcome for event in events for trace in traces(house.hub.context, event)}
    assert outcomes["bill_won"] == "not_met"


def test_a_rule_that_cannot_be_told_is_kept_with_the_reason(house: Any) -> None:
    ref = RecordRef("crm", "deal", "1")
    ingest(house.hub.context, DEAL, [Record(ref, {"name": "保守", "outcome": "won"}, "v1", NOON)], batch="news")
    with house.hub.store.read() as session:
        (run,) = RuleRuns(session).of_record(ref).items
    assert run.verdict == "cannot_tell"
    assert "amount" in str(run.trace["problems"])


def test_after_a_month_it_is_given_up(house: Any, clock: Any) -> None:
    deal = win(house)
    become_customer(house)
    clock.pass_(days=31)

    assert reconsider(house.hub.context, "late") == 0
    assert planned(house, deal) == []


def test_every_one_of_many_is_reached(house: Any) -> None:
    """More than a page of them, each leaving the list while it is read."""
    deals = [win(house, str(number)) for number in range(120)]
    become_customer(house)

    assert reconsider(house.hub.context, "all") == 120
    assert {verdict(house, deal) for deal in deals} == {"asked"}


def test_a_bill_somebody_made_meanwhile_leaves_nothing_to_ask_for(house: Any) -> None:
    deal = win(house)
    become_customer(house)
    kind = house.hub.registry.entity("ledger", "bill")
    zero = {"balance": yen(100), "base_total": yen(100), "base_balance": yen(100)}
    fields = {"number": "B-1", "status": "draft", "total": yen(100), "deal": deal, **zero}
    ingest(
        house.hub.context, kind, [Record(RecordRef("ledger", "bill", "1"), fields, "v1", NOON)], batch="b", initial=True
    )

    reconsider(house.hub.context, "again")

    assert planned(house, deal) == []
    assert verdict(house, deal) != BLOCKED


@pytest.mark.parametrize("gone", [False, True], ids=["off", "never connected"])
def test_a_service_that_is_off_blocks_and_nothing_is_planned_for_it(open_house: Any, gone: bool) -> None:
    house = open_house(connected=False)
    house.connect("crm", *(() if gone else ("ledger",)))
    become_customer(house)
    if not gone:
        disable(house.hub.context, None, "ledger", confirmed="ledger")

    deal = win(house)
    assert (verdict(house, deal), planned(house, deal)) == (BLOCKED, [])

    house.connect("ledger") if gone else enable(house.hub.context, None, "ledger")
    assert reconsider(house.hub.context, "back") == 1
    assert planned(house, deal) == ["back"]
