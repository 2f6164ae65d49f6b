"""The one way in: what a service showed becomes records, events, what the rules said, and intents, all at once."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trade import ACCOUNT, DEAL, NOON, yen

from tsunagi.app.sync.ingest import ingest
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import ServiceUnavailable
from tsunagi.store.baselines import Baseline, Baselines
from tsunagi.store.intents import Intents
from tsunagi.store.links import Links, NewLink
from tsunagi.store.records import Records
from tsunagi.store.rule_runs import RuleRuns
from tsunagi.text import Text

AOZORA = RecordRef("crm", "account", "1")
DEAL_1 = RecordRef("crm", "deal", "1")
CUSTOMER_1 = RecordRef("ledger", "customer", "1")


def account(name: str = "青葉商事", version: str = "v1", **fields: Any) -> Record:
    return Record(AOZORA, {"name": name, **fields}, version, NOON)


def deal(outcome: str, version: str, amount: int = 100) -> Record:
    fields = {"name": "保守", "outcome": outcome, "amount": yen(amount), "account": AOZORA}
    return Record(DEAL_1, fields, version, NOON)


@pytest.fixture
def linked(house: Any) -> Any:
    """The deal's account is a customer."""
    with house.hub.store.write() as session:
        Links(session).add(NewLink("ledger.customers", AOZORA, CUSTOMER_1, "matched"), NOON)
    return house


def take_in(house: Any, *records: Record, **options: Any) -> Any:
    kind = DEAL if records and records[0].ref.entity == "deal" else ACCOUNT
    return ingest(house.hub.context, kind, records, **{"batch": "b", **options})


def test_a_record_is_kept_with_what_happened_to_it(house: Any) -> None:
    taken = take_in(house, account())

    assert (taken.read, taken.changed, taken.events, taken.intents) == (1, 1, 1, 0)
    with house.hub.store.read() as session:
        assert Records(session).get(AOZORA) == account()


def test_what_was_there_before_the_connection_is_no_news(house: Any) -> None:
    assert take_in(house, deal("won", "v1"), initial=True).events == 0
    assert take_in(house, deal("won", "v2")).events == 0
    with house.hub.store.read() as session:
        assert Records(session).get(DEAL_1) is not None


def test_a_won_deal_leads_to_one_intent_however_often_it_is_told(linked: Any) -> None:
    take_in(linked, deal("open", "v1"), initial=True)

    first = take_in(linked, deal("won", "v2"))
    again = take_in(linked, deal("won", "v2"), batch="other")

    assert (first.events, first.intents) == (2, 1)
    assert (again.events, again.intents) == (0, 0)
    with linked.hub.store.read() as session:
        (intent,) = Intents(session).creates_planned_for([DEAL_1])[DEAL_1]
        assert (intent.rule, intent.batch, intent.write.fields["customer"]) == ("bill_won", "b", CUSTOMER_1)
        (run,) = RuleRuns(session).of_record(DEAL_1).items
        assert run.verdict == "asked"


def test_won_again_after_it_was_lost_asks_for_nothing_more(linked: Any) -> None:
    take_in(linked, deal("open", "v1"), initial=True)
    for version, outcome in (("v2", "won"), ("v3", "lost"), ("v4", "won")):
        take_in(linked, deal(outcome, version))

    with linked.hub.store.read() as session:
        assert len(Intents(session).creates_planned_for([DEAL_1])[DEAL_1]) == 1


def test_a_rule_that_is_blocked_is_kept_with_the_reason(house: Any) -> None:
    take_in(house, deal("won", "v1"))

    with house.hub.store.read() as session:
        (run,) = RuleRuns(session).of_record(DEAL_1).items
    assert run.verdict == "blocked"
    assert run.trace["obstacle"] == {"en": "its account is no customer yet", "ja": "its account is no customer yet"}


def test_what_is_gone_is_told_once(house: Any) -> None:
    take_in(house, account())
    assert take_in(house, deleted=[AOZORA]).events == 1
    assert take_in(house, deleted=[AOZORA]).events == 0
    assert take_in(house, deleted=[RecordRef("crm", "account", "never")]).events == 0
    with house.hub.store.read() as session:
        assert Records(session).get(AOZORA) is None


def test_nothing_is_stored_where_the_last_part_fails(house: Any) -> None:
    def fails(session: Any) -> None:
        raise RuntimeError("the cursor cannot be kept")

    with pytest.raises(RuntimeError):
        take_in(house, account(), in_transaction=fails)
    with house.hub.store.read() as session:
        assert Records(session).get(AOZORA) is None
    # The event was not marked as seen with it.
    assert take_in(house, account()).events == 1


def test_a_service_that_is_away_while_a_rule_asks_stores_nothing(linked: Any) -> None:
    away = ServiceUnavailable(Text.same("away"), service="crm")

    def ask(call: Any, desk: Any) -> Any:
        raise away

    actions = linked.hub.registry.actions
    asks = {**actions, "ledger.bill.create": replace(actions["ledger.bill.create"], plan=ask)}
    linked.hub.context = replace(linked.hub.context, registry=replace(linked.hub.registry, actions=asks))
    with pytest.raises(ServiceUnavailable):
        take_in(linked, deal("won", "v1"))
    with linked.hub.store.read() as session:
        assert Records(session).get(DEAL_1) is None
        assert Intents(session).count_states() == {}


def test_a_change_within_the_second_of_the_reading_is_looked_at_again(linked: Any) -> None:
    """Its version did not move, its fields did."""
    take_in(linked, account(phone=None), initial=True)
    with linked.hub.store.write() as session:
        (link,) = Links(session).of(AOZORA)
        Baselines(session).save(link.id, Baseline({"name": "青葉商事"}, "v1", ""))
    with linked.hub.store.read() as session:
        assert Links(session).stale("ledger.customers") == []

    take_in(linked, account(phone="03-1"))

    with linked.hub.store.read() as session:
        assert [stale.id for stale in Links(session).stale("ledger.customers")] == [link.id]


def test_an_older_page_does_not_undo_a_newer_reading(house: Any) -> None:
    new = Record(AOZORA, {"name": "新"}, "v2", NOON + dt.timedelta(minutes=1))
    take_in(house, new)
    take_in(house, account("旧"))

    with house.hub.store.read() as session:
        assert Records(session).get(AOZORA) == new


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(st.sampled_from(["open", "won", "lost"]), min_size=1, max_size=6), st.integers(0, 10**6))
def test_however_a_deal_goes_it_is_billed_at_most_once(linked: Any, outcomes: list[str], number: int) -> None:
    ref = RecordRef("crm", "deal", f"deal-{number}-{len(outcomes)}-{'-'.join(outcomes)}")
    for version, outcome in enumerate(outcomes):
        reading = Record(ref, {**deal(outcome, "").fields}, f"v{version}", NOON)
        for _ in range(2):
            take_in(linked, reading, initial=version == 0)

    with linked.hub.store.read() as session:
        wanted = 1 if "won" in outcomes[1:] and outcomes.index("won") > 0 else 0
        planned = len(Intents(session).creates_planned_for([ref]).get(ref, ()))
        assert planned <= 1
        assert planned >= wanted
