import pytest

from tsunagi.domain.records import RecordRef
from tsunagi.errors import SyncRefused
from tsunagi.sync.guard import Census, Limits, check
from tsunagi.sync.steps import Create, Delete, Step, SyncPlan, Unlink, Update
from tsunagi.text import Text

WHY = Text.same("why")
LEFT, RIGHT = RecordRef("crm", "account", "1"), RecordRef("fin", "customer", "9")
GONE: list[Step] = [
    Delete("right", LEFT, RIGHT, "1", WHY),
    Unlink(LEFT, RIGHT, "right", WHY),
    Create("left", None, RIGHT, {}, {}, WHY, replaces=LEFT),
]
HARMLESS: list[Step] = [
    Create("right", LEFT, None, {}, {}, WHY),
    Update("right", LEFT, RIGHT, {}, (), "1", {}, WHY),
    Unlink(LEFT, RIGHT, None, WHY),
]


def plan(step: Step, times: int) -> SyncPlan:
    return SyncPlan("customers", (step,) * times)


@pytest.mark.parametrize("step", GONE)
def test_up_to_the_limit_records_may_vanish(step: Step) -> None:
    check(plan(step, 10), Census(100, 100, 100))
    with pytest.raises(SyncRefused, match=r"11 of 100 linked records .* more than the 10 allowed"):
        check(plan(step, 11), Census(100, 100, 100))


@pytest.mark.parametrize("step", HARMLESS)
def test_work_that_loses_nothing_is_never_refused(step: Step) -> None:
    check(plan(step, 1000), Census(100, 100, 100))


@pytest.mark.parametrize(
    ("linked", "limit"),
    [(3, 5), (50, 5), (59, 5), (60, 6), (1000, 100), (5000, 500), (90_000, 500)],
)
def test_the_limit_grows_with_the_links_and_ends_somewhere(linked: int, limit: int) -> None:
    assert Limits().of(linked) == limit


def test_limits_can_be_set() -> None:
    with pytest.raises(SyncRefused, match="1 of 100 linked records"):
        check(plan(GONE[0], 1), Census(100, 100, 100), limits=Limits(always=0, percent=0))


@pytest.mark.parametrize(("census", "side"), [(Census(4, 0, 4), "the CRM"), (Census(4, 4, 0), "the finance side")])
def test_a_side_that_is_suddenly_empty_stops_everything(census: Census, side: str) -> None:
    with pytest.raises(SyncRefused, match=f"{side} shows none of the 4 linked records") as refused:
        check(SyncPlan("customers"), census)
    assert refused.value.hint is not None
    assert "4" in refused.value.message.ja


def test_sides_that_were_empty_all_along_are_fine() -> None:
    check(SyncPlan("customers"), Census(0, 0, 0))


def test_a_person_may_allow_it() -> None:
    check(plan(GONE[0], 1000), Census(1000, 0, 1000), allow_deletions=True)
