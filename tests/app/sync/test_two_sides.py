"""What random edits and failures have brought to light, each by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from sync_oracle import Oracle
from sync_terms import Terms
from sync_world import World, without_chance
from two_sides import TwoSides

from tsunagi.app import jobs
from tsunagi.app.sync import preconditions
from tsunagi.domain.records import RecordRef

ACCOUNT = RecordRef("crm", "account", "1")


@pytest.fixture
def trade(two_sides: TwoSides) -> TwoSides:
    return two_sides


@pytest.fixture
def world(open_house: Callable[..., Any], clock: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., World]:
    without_chance(monkeypatch, clock)
    house = open_house()
    monkeypatch.setattr(jobs, "_context", house.hub.context)

    def opened(**terms: Any) -> World:
        made = World(house, Terms(**terms))
        # Neither side is ever empty.
        for shelf, entity in ((house.crm, "account"), (house.ledger, "customer")):
            shelf.put(entity, "0", name="Anchor" if entity == "account" else "Mooring")
        return made

    return opened


def names(world: World, side: Any) -> list[str]:
    return sorted(str(record.fields.get("name")) for record in map(world.record, world.refs(side)) if record)


def test_a_clones_own_name_comes_back_to_the_record_it_was_made_from(world: Callable[..., World]) -> None:
    here = world(duplicates="clone")
    here.house.crm.put("account", "1", name="Aoba")
    here.house.ledger.put("customer", "1", name="Aoba")
    here.sync()
    here.sync()
    assert names(here, "left") == names(here, "right") == ["Anchor", "Aoba", "Aoba (2)", "Mooring"]


@pytest.mark.parametrize("duplicates", ["clone", "skip", "ask"])
def test_what_was_made_before_the_process_ended_is_no_duplicate(world: Callable[..., World], duplicates: str) -> None:
    here = world(duplicates=duplicates)
    here.house.crm.put("account", "1", name="Aoba")
    here.house.ledger.fail("create", here.fault("right", "cut after"), here.fault("right", "cut after"))
    for _ in range(4):
        here.sync()
    assert names(here, "right") == ["Anchor", "Aoba", "Mooring"]
    partner = here.partner(ACCOUNT)
    assert partner is not None
    assert here.record(partner) is not None


def test_an_edit_made_while_its_record_is_about_to_be_deleted_survives(world: Callable[..., World]) -> None:
    here = world(deletions="delete")
    here.house.crm.put("account", "1", name="Aoba")
    here.sync()
    oracle, customer = Oracle(here), here.partner(ACCOUNT)
    assert customer is not None
    here.house.ledger.meanwhile["get"] = [lambda: oracle.types(customer, phone="000")]
    here.delete(ACCOUNT)
    for _ in range(3):
        here.sync()
    kept = here.record(customer)
    assert kept is not None
    assert kept.fields["phone"] == "000"
    assert "Aoba" in names(here, "left")


def test_what_was_made_before_the_process_ended_is_known_though_its_source_was_renamed(
    world: Callable[..., World],
) -> None:
    here = world()
    here.sync()
    here.house.crm.put("account", "1", name="Aoba")
    here.house.ledger.fail("create", here.fault("right", "cut after"))
    here.sync()
    here.house.crm.put("account", "1", name="Midori")
    for _ in range(2):
        here.sync()
        assert here.state(here.runs[-1]) == "done"
    assert names(here, "left") == names(here, "right") == ["Anchor", "Midori", "Mooring"]


def test_what_somebody_edits_between_two_notifications_is_seen_before_the_hub_writes(
    world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    # All of it within a second.
    monkeypatch.setattr(preconditions, "monotonic", lambda: 1000.0)
    here = world()
    here.house.crm.put("account", "1", name="Aoba", phone="1")
    here.sync()
    here.sync()
    oracle, customer = Oracle(here), here.partner(ACCOUNT)
    assert customer is not None
    for number in ("2", "3"):
        here.house.crm.put("account", "1", phone=number)
        here.notify(["1"])
        here.read_notifications()
        oracle.types(customer, phone=f"{number} in the ledger")
    here.sync()
    oracle.nothing_typed_is_lost()
    assert here.house.ledger.records[customer].fields["phone"] == "3"


def restored_beside_its_successor(here: World, entered: Any) -> RecordRef:
    """A company that was deleted on one side, made again there for an edit of the other, and then restored as well."""
    ref = RecordRef("crm", "account", "1") if entered == "left" else RecordRef("ledger", "customer", "1")
    here.shelves[entered].put(ref.entity, "1", name="Aoba")
    here.sync()
    partner = here.partner(ref)
    assert partner is not None
    here.delete(ref)
    here.shelves[here.side_of(partner)].put(partner.entity, partner.id, phone="000")
    here.sync(full=True)
    here.restore(ref)
    here.sync(full=True)
    return ref


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_restored_record_whose_partner_has_another_by_now_is_asked_about(
    world: Callable[..., World], side: Any
) -> None:
    here = world()
    ref = restored_beside_its_successor(here, side)
    (question,) = here.questions()
    assert ref in (question.item.left, question.item.right)
    assert "Restored" in question.item.reason.en
    assert names(here, "left").count("Aoba") + names(here, "right").count("Aoba") == 3


def test_so_is_one_whose_partner_was_once_made_anew_itself(world: Callable[..., World]) -> None:
    here = world()
    here.house.crm.put("account", "1", name="Aoba")
    here.sync()
    customer = here.partner(ACCOUNT)
    assert customer is not None
    here.delete(ACCOUNT)
    here.house.ledger.put("customer", customer.id, phone="000")
    here.sync(full=True)
    successor = here.partner(customer)
    assert successor is not None
    here.delete(customer)
    here.house.crm.put("account", successor.id, phone="111")
    here.sync(full=True)
    here.restore(customer)
    here.sync(full=True)
    (question,) = here.questions()
    assert (question.item.right, question.item.candidates) == (customer, (successor,))


@pytest.mark.parametrize(("word", "linked", "aobas"), [("link", True, 3), ("create", True, 4), ("skip", False, 3)])
def test_what_is_answered_about_a_restored_record_is_done(
    world: Callable[..., World], word: str, linked: bool, aobas: int
) -> None:
    here = world()
    ref = restored_beside_its_successor(here, "left")
    (question,) = here.questions()
    here.answer(question, word, "")
    for _ in range(3):
        here.sync(full=True)
    assert here.questions() == []
    assert (here.partner(ref) is not None) == linked
    assert names(here, "left").count("Aoba") + names(here, "right").count("Aoba") == aobas


def test_two_that_were_deleted_and_restored_are_one_again_whatever_they_are_called(world: Callable[..., World]) -> None:
    here = world()
    here.house.crm.put("account", "1", name="Aoba")
    here.sync()
    customer = here.partner(ACCOUNT)
    assert customer is not None
    for ref in (ACCOUNT, customer):
        here.delete(ref)
    here.sync(full=True)
    for ref in (ACCOUNT, customer):
        here.restore(ref)
    here.house.crm.put("account", "1", name="Midori")
    here.sync(full=True)
    assert here.partner(ACCOUNT) == customer
    assert len(names(here, "left")) == len(names(here, "right")) == 3
