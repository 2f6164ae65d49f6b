"""Plans of more records than a page: made and stored page by page, and still one plan."""

import gc
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tsunagi.app.sync import preview
from tsunagi.app.sync.ingest import ingest
from tsunagi.app.sync.links import References
from tsunagi.app.sync.pair_plan import ForeseenReferences
from tsunagi.app.sync.plan_pages import build_plan, plan_pages
from tsunagi.app.sync.planning import plan_pair_of_run
from tsunagi.app.sync.workflows import begin_run
from tsunagi.domain.records import Record
from tsunagi.errors import ConfigError
from tsunagi.store.intents import Intents
from tsunagi.store.links import Links
from tsunagi.store.reviews import Reviews
from tsunagi.store.sync_runs import SyncRuns
from tsunagi.store.tables import chunks
from tsunagi.sync.steps import Create
from tsunagi.text import Text

PAIR = "ledger.customers"
MANY, MATCHED = 450, 230


def take_in_both(house: Any) -> None:
    for shelf, entity in ((house.crm, "account"), (house.ledger, "customer")):
        kind = house.hub.registry.entity(shelf.service, entity)
        for some in chunks(shelf.of(entity)):
            ingest(house.hub.context, kind, some, batch="seed", initial=True)


@pytest.fixture
def crowded(house: Any) -> Any:
    """Accounts for several pages, and a customer that is there already for more than a page of them."""
    for number in range(MANY):
        house.crm.put("account", f"{number:04}", name=f"商会 {number}")
    for number in range(MANY - MATCHED, MANY):
        house.ledger.put("customer", f"{number:04}", name=f"株式会社商会 {number}")
    take_in_both(house)
    return house


def states(house: Any) -> dict[str, int]:
    with house.hub.store.read() as session:
        return Intents(session).count_states()


def outcomes(house: Any, run: str) -> dict[str, int]:
    found: dict[str, int] = {}
    with house.hub.store.read() as session:
        for outcome, _reason, count in SyncRuns(session).count_reasons(run):
            found[outcome] = found.get(outcome, 0) + count
    return found


def cut_short(monkeypatch: pytest.MonkeyPatch, error: BaseException, *, after: int) -> None:
    """The process ends, or a page cannot be planned, once so many pages were stored."""
    stored: list[str] = []
    kept: Callable[..., None] = SyncRuns.add_outcomes

    def add(self: SyncRuns, id: str, found: Sequence[Any]) -> None:
        if len(stored) == after:
            raise error
        stored.append(id)
        kept(self, id, found)

    monkeypatch.setattr(SyncRuns, "add_outcomes", add)


def test_pages_together_are_the_plan(crowded: Any) -> None:
    pair = crowded.hub.registry.pair(PAIR)
    whole = build_plan(crowded.hub.context, pair, References(crowded.hub.context))
    pages = list(plan_pages(crowded.hub.context, pair, References(crowded.hub.context)))

    assert [step for page in pages for step in page.steps.steps] == list(whole.steps.steps)
    assert whole.steps.counts()["create"] == MANY - MATCHED
    assert whole.steps.counts()["adopt"] == MATCHED


def test_of_many_records_only_a_page_is_held(house: Any) -> None:
    for number in range(5 * MANY):
        house.crm.put("account", f"{number:05}", name=f"商会 {number}")
    take_in_both(house)
    pair = house.hub.registry.pair(PAIR)
    house.crm.empty()
    gc.collect()
    before = sum(isinstance(each, Record) for each in gc.get_objects())

    held: list[tuple[int, int]] = []
    for _ in plan_pages(house.hub.context, pair, References(house.hub.context)):
        there = gc.get_objects()
        records = sum(isinstance(each, Record) for each in there) - before
        held.append((records, sum(isinstance(each, Create) for each in there)))
        del there

    assert len(held) > 10
    assert max(records for records, _ in held) <= 2 * 200
    assert max(creations for _, creations in held) <= 2 * 200


def test_a_plan_that_is_killed_between_pages_is_made_whole_by_the_next_attempt(
    crowded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, run = crowded.hub.context, begin_run(crowded.hub.context, "incremental")
    with monkeypatch.context() as patch:
        cut_short(patch, KeyboardInterrupt(), after=2)
        with pytest.raises(KeyboardInterrupt):
            plan_pair_of_run(context, run, PAIR)
    with crowded.hub.store.read() as session:
        assert 0 < Links(session).count(PAIR) <= MATCHED
    plan_pair_of_run(context, run, PAIR)

    # Who was linked before is said to be, and nobody is planned twice.
    assert outcomes(crowded, run)["adopt"] == MATCHED
    assert states(crowded) == {"planned": MANY}
    with crowded.hub.store.read() as session:
        assert Links(session).count(PAIR) == MATCHED


def test_of_a_plan_that_cannot_be_finished_nothing_is_made(crowded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    context, run = crowded.hub.context, begin_run(crowded.hub.context, "incremental")
    with monkeypatch.context() as patch:
        cut_short(patch, ConfigError(Text.same("the database is full")), after=3)
        with pytest.raises(ConfigError):
            plan_pair_of_run(context, run, PAIR)
    assert states(crowded).get("planned", 0) == 0
    assert states(crowded)["abandoned"] > 0

    assert crowded.sync().state == "done"
    names = crowded.ledger.names()
    assert len(names) == len(set(names)) == MANY
    assert states(crowded).keys() == {"done"}


def test_what_is_shown_before_the_first_sync_is_what_it_does(crowded: Any) -> None:
    context, run = crowded.hub.context, begin_run(crowded.hub.context, "plan")
    calls: Any = preview.Counter()
    shown = preview.preview_pair(context, run, PAIR, ForeseenReferences(context), calls)

    made = plan_pair_of_run(context, begin_run(context, "incremental"), PAIR)
    assert {name: count for name, count in shown.items() if name != preview.INTO_CRM} == made["counts"]
    assert calls["ledger"] + calls["crm"] == made["writes"]
    assert outcomes(crowded, run)["create"] == MANY - MATCHED


def test_whom_a_deletion_parts_is_matched_with_nobody_by_the_same_plan(house: Any) -> None:
    house.crm.put("account", "1", name="青葉商事")
    house.sync()
    kind = house.hub.registry.entity("crm", "account")
    (account,) = house.crm.of("account")
    house.crm.drop(account.ref)
    house.crm.put("account", "2", name="青葉商事")
    ingest(house.hub.context, kind, house.crm.of("account"), batch="again", deleted=[account.ref])
    plan = plan_pair_of_run(house.hub.context, begin_run(house.hub.context, "incremental"), PAIR, allow_deletions=True)

    assert "unlink" in plan["counts"]
    assert "adopt" not in plan["counts"]
    with house.hub.store.read() as session:
        assert Reviews(session).count() == 0
