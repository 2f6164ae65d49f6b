"""What a new reading of a record means."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.domain.entities import EntityType, FieldSpec, Moment
from tsunagi.domain.events import Event, deletion, event_id, events_of
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.text import Text

REF = RecordRef("crm", "deal", "4001")
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
DEAL = EntityType(
    "crm",
    "deal",
    Text(en="Deal", ja="商談"),
    Text(en="Deals", ja="商談"),
    (FieldSpec("name", "text", Text.same("name")), FieldSpec("outcome", "choice", Text.same("outcome"))),
    moments=(
        Moment("won", "outcome", "won", Text(en="Deal is won", ja="受注")),
        Moment("lost", "outcome", "lost", Text(en="Deal is lost", ja="失注")),
    ),
)
FIELD_NAMES = ("name", "stage", "outcome")
FIELDS = st.dictionaries(st.sampled_from(FIELD_NAMES), st.sampled_from(["open", "won", "lost", "a", None]), max_size=3)


def happened(before: Fields | None, after: Fields, version: str = "2") -> list[Event]:
    return list(events_of(DEAL, before, Record(REF, after, version), AT))


def names(before: Fields | None, after: Fields) -> list[str]:
    return [event.name for event in happened(before, after)]


def test_a_record_seen_for_the_first_time_is_created() -> None:
    (event,) = happened(None, {"name": "Shop", "outcome": "open"})
    assert (event.name, event.ref, event.before, event.at) == ("deal.created", REF, None, AT)
    assert event.changed == {"name", "outcome"}


def test_an_edit_is_an_update_that_names_its_fields() -> None:
    (event,) = happened({"name": "Shop", "outcome": "open"}, {"name": "Shops", "outcome": "open"})
    assert event.name == "deal.updated"
    assert event.changed == {"name"}


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_moment_comes_with_the_update_that_brings_it(outcome: str) -> None:
    assert names({"outcome": "open"}, {"outcome": outcome}) == ["deal.updated", f"deal.{outcome}"]


def test_a_deal_that_arrives_won_was_created_and_won() -> None:
    assert names(None, {"outcome": "won"}) == ["deal.created", "deal.won"]


def test_a_won_deal_that_is_edited_is_not_won_again() -> None:
    assert names({"name": "a", "outcome": "won"}, {"name": "b", "outcome": "won"}) == ["deal.updated"]


def test_a_deal_won_reopened_and_won_again_is_won_twice() -> None:
    first = happened({"outcome": "open"}, {"outcome": "won"}, "2")[1]
    assert names({"outcome": "won"}, {"outcome": "open"}) == ["deal.updated"]
    again = happened({"outcome": "open"}, {"outcome": "won"}, "4")[1]
    assert first.name == again.name == "deal.won"
    assert first.id != again.id


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"name": "a"}, {"name": "a"}),
        ({}, {}),
        # A plugin that learns to read another field has seen nothing happen.
        ({"name": "a"}, {"name": "a", "stage": None}),
        ({"name": "a", "stage": None}, {"name": "a"}),
        ({"amount": Money(Decimal("10.00"), "USD")}, {"amount": Money(Decimal(10), "USD")}),
    ],
)
def test_a_reading_with_nothing_new_is_no_event(before: Fields, after: Fields) -> None:
    assert names(before, after) == []


@given(st.none() | FIELDS, FIELDS)
def test_there_is_an_event_exactly_when_a_field_changed(before: Fields | None, after: Fields) -> None:
    events = happened(before, after)
    assert bool(events) == (before is None or any(before.get(name) != after.get(name) for name in FIELD_NAMES))
    for event in events:
        assert event.before is None or event.changed
        assert event.name == f"deal.{event.name.split('.')[1]}"


@given(st.none() | FIELDS, FIELDS)
def test_the_same_happening_told_twice_has_one_id(before: Fields | None, after: Fields) -> None:
    first, again = happened(before, after), happened(before, after)
    assert [event.id for event in first] == [event.id for event in again]
    assert len({event.id for event in first}) == len(first)


@given(st.text(max_size=10), st.text(max_size=10))
def test_another_version_of_the_record_is_another_happening(one: str, other: str) -> None:
    assert (event_id("deal.won", REF, one) == event_id("deal.won", REF, other)) == (one == other)


def test_ids_do_not_change_between_releases() -> None:
    """They are stored: an event that came in before an upgrade is the same one after it."""
    assert event_id("deal.won", REF, "2026-11-24T09:00:00+00:00") == "d76498a4025cffd08bbf14f8ae5968ae"


def test_a_record_goes_once() -> None:
    gone = deletion(DEAL, REF, {"name": "Shop", "stage": None}, AT)
    assert (gone.name, gone.after) == ("deal.deleted", None)
    assert gone.changed == {"name"}
    assert deletion(DEAL, REF, None, AT).id == gone.id
    assert deletion(DEAL, RecordRef("crm", "deal", "4002"), None, AT).id != gone.id
