"""Switching a service off and on: counts that are right, and work, settings and notifications that go with it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trade import NOON, ORGANIZATIONS, yen

from tsunagi.app.connections.services import NotConfirmed, consequences, disable, enable, features, forget, set_feature
from tsunagi.app.sync.ingest import ingest
from tsunagi.domain.actions import OutsideWrite
from tsunagi.domain.connector import Organization
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import NotConnected, PermissionDenied, ServiceOff, ServiceUnavailable
from tsunagi.store.connections import Connections
from tsunagi.store.intents import Intents, NewIntent
from tsunagi.store.links import Links, NewLink
from tsunagi.store.traces import ServiceTraces, Traces
from tsunagi.text import Text

WHY = Text.same("away")


def fill(house: Any, *, records: int = 0, documents: int = 0, links: int = 0, writes: int = 0) -> None:
    zero = dict.fromkeys(("total", "balance", "base_total", "base_balance"), yen(1))
    customers = [
        Record(RecordRef("ledger", "customer", str(each)), {"name": f"{each}"}, "v1", NOON) for each in range(records)
    ]
    bills = [
        Record(RecordRef("ledger", "bill", str(each)), {"number": f"B-{each}", "status": "draft", **zero}, "v1", NOON)
        for each in range(documents)
    ]
    for name, some in (("customer", customers), ("bill", bills)):
        ingest(house.hub.context, house.hub.registry.entity("ledger", name), some, batch="seed", initial=True)
    with house.hub.store.write() as session:
        for each in range(links):
            ends = RecordRef("crm", "account", str(each)), RecordRef("ledger", "customer", str(each))
            Links(session).add(NewLink("ledger.customers", *ends, "matched"), NOON)
        write = OutsideWrite("create", "ledger", "customer", {"name": "新"})
        Intents(session).plan([NewIntent(key=f"k{each}", write=write, batch="b") for each in range(writes)], NOON)


def traces(house: Any, service: str = "ledger") -> ServiceTraces:
    with house.hub.store.read() as session:
        return Traces(session).of(service)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_the_consequences_count_what_there_is_and_forgetting_leaves_nothing(
    house: Any, records: int, documents: int, links: int, writes: int
) -> None:
    if not any(each.service == "ledger" for each in house.hub.connectors.all()):
        house.connect("ledger")
    fill(house, records=records, documents=documents, links=links, writes=writes)

    assert consequences(house.hub.context, "ledger").traces == ServiceTraces(records, documents, links, writes, 0)
    forget(house.hub.context, None, "ledger", confirmed="ledger")
    assert traces(house) == ServiceTraces(0, 0, 0, 0, 0)


def test_what_it_would_mean_names_panels_rules_pairs_and_permissions(house: Any) -> None:
    known = consequences(house.hub.context, "ledger")

    assert [panel.ja for panel in known.panels] == ["請求"]
    assert list(known.rules) == ["bill_won"]
    assert list(known.pairs) == ["ledger.customers"]
    assert set(known.permissions) >= {"ledger.bill:email", "ledger.customer:view"}
    # The CRM's own: the rule listens to it, the pair ends there.
    assert list(consequences(house.hub.context, "crm").pairs) == ["ledger.customers"]


def test_writes_that_wait_are_given_up_and_those_of_others_stay(house: Any) -> None:
    fill(house, writes=2)
    other = OutsideWrite("create", "crm", "account", {"name": "他"})
    with house.hub.store.write() as session:
        Intents(session).plan([NewIntent(key="other", write=other, batch="b")], NOON)
    disable(house.hub.context, None, "ledger", confirmed="ledger")

    with house.hub.store.read() as session:
        assert Intents(session).count_states() == {"abandoned": 2, "planned": 1}
        given_up = Intents(session).get("k0")
    assert given_up is not None
    assert given_up.problem == Text(en="The service was switched off.", ja="サービスが無効化されました。")


def test_secrets_and_choices_are_kept_sealed_until_it_is_forgotten(house: Any) -> None:
    set_feature(house.hub.context, None, "ledger", "bills", on=False)
    disable(house.hub.context, None, "ledger", confirmed="ledger")
    with pytest.raises(ServiceOff):
        house.hub.connectors.get("ledger")
    # What is off has no features to show among those that are on, and keeps its own.
    assert [state.service for state in features(house.hub.context)] == []
    enable(house.hub.context, None, "ledger")
    assert [state.on for state in features(house.hub.context, "ledger")] == [False]

    forget(house.hub.context, None, "ledger", confirmed="ledger")
    with house.hub.store.read() as session, pytest.raises(NotConnected):
        Connections(session).secrets("ledger")


def test_twice_is_once(house: Any) -> None:
    for _ in range(2):
        disable(house.hub.context, None, "ledger", confirmed="ledger")
    assert not house.hub.connectors.connection("ledger").active
    for _ in range(2):
        enable(house.hub.context, None, "ledger")
    assert house.hub.connectors.connection("ledger").active


def test_a_crm_that_does_not_answer_keeps_no_administrator_from_it(house: Any) -> None:
    hanako, ichiro = house.crm.people
    for actor, allowed in ((ichiro, False), (hanako, True)):
        house.crm.fail("people", ServiceUnavailable(WHY, service="crm"))
        if allowed:
            disable(house.hub.context, actor, "ledger", confirmed="ledger")
        else:
            with pytest.raises(ServiceUnavailable):
                disable(house.hub.context, actor, "ledger", confirmed="ledger")
    assert not house.hub.connectors.connection("ledger").active


def test_who_may_not_is_not_even_told_to_confirm(house: Any) -> None:
    with pytest.raises(PermissionDenied):
        disable(house.hub.context, house.crm.people[1], "ledger", confirmed="")
    with pytest.raises(NotConfirmed):
        disable(house.hub.context, house.crm.people[0], "ledger", confirmed="")


def test_a_sync_after_it_reads_the_others_only(house: Any) -> None:
    house.crm.put("account", "1", name="青葉商事")
    disable(house.hub.context, None, "ledger", confirmed="ledger")
    run = house.sync()

    assert run.state == "done"
    assert house.ledger.calls == ["probe "]
    assert set(run.counts) == {"crm.account", "crm.deal"}


def test_another_organisation_in_its_place_starts_from_nothing(house: Any, monkeypatch: Any) -> None:
    """Ids of one mean nothing in the other."""

    fill(house, records=2, links=2)
    monkeypatch.setitem(ORGANIZATIONS, "ledger", Organization("8", "Other Ledger", "JPY"))
    house.connect("ledger")
    assert traces(house) == ServiceTraces(0, 0, 0, 0, 0)
