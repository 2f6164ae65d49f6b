"""What is remembered of two records that are one."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from trade import NOON

from tsunagi.app.sync.links import CREATED, MATCHED, Agreement, References, Versions, agree
from tsunagi.domain.records import RecordRef
from tsunagi.store.baselines import Baseline, Baselines
from tsunagi.store.links import Links

PAIR = "ledger.customers"
LEFT, OTHER_LEFT = RecordRef("crm", "account", "1"), RecordRef("crm", "account", "2")
RIGHT = RecordRef("ledger", "customer", "1")


def agreement(left: RecordRef = LEFT, right: RecordRef = RIGHT, *, cause: str = MATCHED, name: str = "青") -> Agreement:
    return Agreement(PAIR, left, right, {"name": name}, Versions("a", "b"), cause)


def settle(house: Any, *agreements: Agreement) -> None:
    for each in agreements:
        with house.hub.store.write() as session:
            agree(session, [each], NOON)


def test_agreeing_twice_makes_one_link_and_keeps_the_latest_values(house: Any) -> None:
    settle(house, agreement(), agreement(name="赤", cause=CREATED))

    with house.hub.store.read() as session:
        (link,) = Links(session).of(LEFT)
        assert link.cause == MATCHED
        assert Baselines(session).get(link.id) == Baseline({"name": "赤"}, "a", "b")


def test_one_that_outlived_its_partner_finds_another(house: Any) -> None:
    settle(house, agreement())
    with house.hub.store.write() as session:
        (link,) = Links(session).of(LEFT)
        Links(session).set_orphaned(link.id, True)
    settle(house, agreement(OTHER_LEFT))

    with house.hub.store.read() as session:
        assert [link.left for link in Links(session).of(RIGHT)] == [OTHER_LEFT]
        assert list(Links(session).of(LEFT)) == []


def test_a_link_that_stood_alone_is_in_use_again_once_both_agree(house: Any) -> None:
    settle(house, agreement())
    with house.hub.store.write() as session:
        (link,) = Links(session).of(LEFT)
        Links(session).set_orphaned(link.id, True)
    settle(house, agreement())

    with house.hub.store.read() as session:
        (link,) = Links(session).of(LEFT)
    assert not link.orphaned


def test_references_are_followed_both_ways_and_say_how_they_came_about(house: Any) -> None:
    settle(house, agreement())
    references = References(house.hub)

    assert references(PAIR, LEFT) == RIGHT
    assert references(PAIR, RIGHT) == LEFT
    assert references(PAIR, OTHER_LEFT) is None
    assert references("another.pair", LEFT) is None
    assert references.was_matched(LEFT)
    assert not references.was_matched(OTHER_LEFT)


@given(st.lists(st.integers(0, 5), max_size=12))
def test_a_reference_answers_the_same_however_often_it_is_asked(asked: list[int]) -> None:
    refs = [RecordRef("crm", "account", str(number)) for number in asked]
    assert len(set(map(str, refs))) == len(set(asked))
    assert [RecordRef.parse(str(ref)) for ref in refs] == refs


def test_one_that_stands_alone_in_one_pair_does_so_whatever_happens_in_another(house: Any) -> None:
    settle(house, agreement())
    with house.hub.store.write() as session:
        (link,) = Links(session).of(LEFT)
        Links(session).set_orphaned(link.id, True)
    elsewhere = Agreement("shop.buyers", LEFT, RecordRef("shop", "buyer", "1"), {}, Versions("a", "b"), MATCHED)
    settle(house, elsewhere)

    with house.hub.store.read() as session:
        assert [(link.pair, link.orphaned) for link in Links(session).of(LEFT)] == [
            (PAIR, True),
            ("shop.buyers", False),
        ]


def test_many_agreements_are_kept_as_they_would_be_one_by_one(house: Any) -> None:
    settle(house, agreement())
    with house.hub.store.write() as session:
        (link,) = Links(session).of(LEFT)
        Links(session).set_orphaned(link.id, True)
        elsewhere = Agreement("shop.buyers", LEFT, RecordRef("shop", "buyer", "1"), {}, Versions("c", "d"), MATCHED)
        again = agreement(OTHER_LEFT, name="赤")
        agree(session, [agreement(OTHER_LEFT), elsewhere, again], NOON)

    with house.hub.store.read() as session:
        (right,), (left,) = Links(session).of(RIGHT), Links(session).of(LEFT)
        assert (right.left, left.pair) == (OTHER_LEFT, "shop.buyers")
        assert Baselines(session).get(right.id) == Baseline({"name": "赤"}, "a", "b")
        assert Baselines(session).get(left.id) == Baseline({}, "c", "d")
