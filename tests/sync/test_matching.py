from collections.abc import Callable, Mapping, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.domain.mapping import SyncPair
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.sync.matching import Matching, Verdicts, match_records

Crowd = Sequence[Mapping[str, Value] | str]


def left_ref(number: int) -> RecordRef:
    return RecordRef("crm", "account", str(number))


def right_ref(number: int) -> RecordRef:
    return RecordRef("fin", "customer", str(number))


def crowd(ref: Callable[[int], RecordRef], people: Crowd) -> dict[RecordRef, Fields]:
    return {ref(n): {"name": who} if isinstance(who, str) else who for n, who in enumerate(people)}


def match(pair: SyncPair, lefts: Crowd, rights: Crowd, verdicts: Verdicts | None = None) -> Matching:
    return match_records(pair, crowd(left_ref, lefts), crowd(right_ref, rights), verdicts)


def found(matching: Matching) -> list[tuple[str, str, str]]:
    return [(one.left.id, one.right.id, one.certainty) for one in matching.matches]


def test_the_same_name_is_a_certain_match(customers: Callable[..., SyncPair]) -> None:
    matching = match(customers(), ["Acme", "Globex"], ["Globex", "Initech"])
    assert found(matching) == [("1", "0", "certain")]
    assert (matching.left_only, matching.right_only) == ((left_ref(0),), (right_ref(1),))
    assert matching.matches[0].why.en == "The same name on both sides."


@pytest.mark.parametrize(
    ("left", "right"),
    [("株式会社つなぎ", "㈱つなぎ"), ("Acme Ltd", "ACME LIMITED"), ("Ａｃｍｅ", "acme"), ("Acme", "Acme GmbH")],
)
def test_the_same_name_written_otherwise_is_certain(customers: Callable[..., SyncPair], left: str, right: str) -> None:
    assert found(match(customers(), [left], [right])) == [("0", "0", "certain")]


def test_an_exact_match_goes_before_a_normalised_one(customers: Callable[..., SyncPair]) -> None:
    matching = match(customers(), ["ACME", "Acme Inc"], ["Acme Inc", "acme"])
    assert found(matching) == [("0", "1", "certain"), ("1", "0", "certain")]


def test_the_same_legal_form_goes_before_none(customers: Callable[..., SyncPair]) -> None:
    matching = match(customers(), ["Acme GmbH", "Acme Inc"], ["ACME INC.", "ACME G.m.b.H."])
    assert found(matching) == [("0", "1", "certain"), ("1", "0", "certain")]


def test_a_name_left_over_beside_a_namesake_is_only_likely(customers: Callable[..., SyncPair]) -> None:
    # "Acme" may be the Inc. that is matched already, or the GmbH.
    matching = match(customers(), ["Acme Inc", "Acme"], ["Acme Inc", "Acme GmbH"])
    assert found(matching) == [("0", "0", "certain"), ("1", "1", "likely")]


def test_contradicting_legal_forms_are_only_likely(customers: Callable[..., SyncPair]) -> None:
    assert found(match(customers(), ["Acme GmbH"], ["Acme Inc."])) == [("0", "0", "likely")]


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        ({"name": "Acme", "email": "a@x.test"}, {"name": "Zenith", "email": "A@x.test"}, "e-mail address under"),
        ({"name": "Blue Berry"}, {"name": "Blueberry"}, "Much the same name."),
        ({"name": "Taro Yamada"}, {"name": "Yamada Taro"}, "Much the same name."),
        ({"name": "Café"}, {"name": "Cafe"}, "Much the same name."),
        (
            {"name": "Acme AG", "email": "a@x.test"},
            {"name": "Acme Inc", "email": "a@x.test"},
            "name, and the same e-mail",
        ),
        ({"name": None, "email": "a@x.test"}, {"name": "Acme", "email": "a@x.test"}, "e-mail address under"),
    ],
)
def test_less_evidence_is_a_likely_match(
    customers: Callable[..., SyncPair], left: Fields, right: Fields, why: str
) -> None:
    matching = match(customers(), [left], [right])
    assert found(matching) == [("0", "0", "likely")]
    assert why in matching.matches[0].why.en


@pytest.mark.parametrize("blank", [None, ""])
def test_blank_names_are_not_one(customers: Callable[..., SyncPair], blank: Value) -> None:
    assert not match(customers(), [{"name": blank}], [{"name": blank}]).matches


def test_two_that_could_claim_one_are_ambiguous(customers: Callable[..., SyncPair]) -> None:
    matching = match(customers(), ["Acme", "Acme", "Globex"], ["Acme", "Globex"])
    assert found(matching) == [("2", "1", "certain")]
    (group,) = matching.ambiguous
    assert (group.lefts, group.rights) == ((left_ref(0), left_ref(1)), (right_ref(0),))
    assert matching.left_only == matching.right_only == ()


def test_different_forms_of_one_name_cannot_both_be_the_plain_one(customers: Callable[..., SyncPair]) -> None:
    matching = match(customers(), ["Acme Inc", "Acme Ltd"], ["Acme"])
    assert not matching.matches
    assert len(matching.ambiguous) == 1


def test_one_e_mail_used_by_many_accounts_holds_none_of_them_up(customers: Callable[..., SyncPair]) -> None:
    shared = [{"name": name, "email": "office@x.test"} for name in ("Acme", "Globex", "Initech")]
    matching = match(customers(), shared, [{"name": "Umbrella", "email": "u@x.test"}])
    assert len(matching.left_only) == 3
    assert not matching.ambiguous


def test_what_two_accounts_share_ties_neither_to_the_others_match(customers: Callable[..., SyncPair]) -> None:
    shared = [{"name": name, "email": "office@x.test"} for name in ("Blue Berry", "Globex")]
    matching = match(customers(), shared, ["Blueberry"])
    assert found(matching) == [("0", "0", "likely")]
    assert matching.left_only == (left_ref(1),)


def test_persons_are_matched_within_their_customer(persons: SyncPair) -> None:
    one, two = RecordRef("fin", "customer", "1"), RecordRef("fin", "customer", "2")
    tanaka = {"name": "田中 太郎", "email": "t@x.test"}
    matching = match(
        persons,
        [{**tanaka, "customer": one}, {**tanaka, "customer": two}],
        [{**tanaka, "name": "田中太郎", "customer": two}, {**tanaka, "customer": RecordRef("fin", "customer", "3")}],
    )
    assert found(matching) == [("1", "0", "certain")]
    assert len(matching.left_only) == len(matching.right_only) == 1


def test_a_person_whose_customer_is_not_known_yet_is_not_matched(persons: SyncPair) -> None:
    customer = RecordRef("fin", "customer", "1")
    assert not match(persons, [{"name": "Ann"}], [{"name": "Ann", "customer": customer}]).matches


def test_a_persons_word_makes_a_match(customers: Callable[..., SyncPair]) -> None:
    matching = match(customers(), ["Acme", "Acme"], ["Acme"], {(left_ref(1), right_ref(0)): True})
    assert found(matching) == [("1", "0", "confirmed")]
    assert matching.left_only == (left_ref(0),)


def test_a_persons_word_unmakes_a_match(customers: Callable[..., SyncPair]) -> None:
    matching = match(customers(), ["Acme"], ["Acme"], {(left_ref(0), right_ref(0)): False})
    assert not matching.matches
    assert not matching.ambiguous


def test_telling_one_apart_leaves_the_other(customers: Callable[..., SyncPair]) -> None:
    matching = match(customers(), ["Acme", "Acme"], ["Acme"], {(left_ref(0), right_ref(0)): False})
    assert found(matching) == [("1", "0", "certain")]


def test_contradicting_verdicts_do_not_count(customers: Callable[..., SyncPair]) -> None:
    both = {(left_ref(0), right_ref(0)): True, (left_ref(1), right_ref(0)): True}
    matching = match(customers(), ["Acme", "Acme"], ["Acme"], both)
    assert not matching.matches
    assert len(matching.ambiguous) == 1


NAMES = st.sampled_from(
    [
        "Acme",
        "ACME",
        "Acme Inc",
        "acme, inc.",
        "Acme GmbH",
        "Acme Ltd",
        "A cme",
        "つなぎ",
        "㈱つなぎ",
        "(有)つなぎ",
        None,
    ]
)
EMAILS = st.sampled_from([None, "a@x.test", "b@x.test"])
CROWDS = st.lists(st.fixed_dictionaries({"name": NAMES, "email": EMAILS}), max_size=7)
VERDICTS = st.dictionaries(
    st.tuples(st.integers(0, 6).map(left_ref), st.integers(0, 6).map(right_ref)), st.booleans(), max_size=4
)


def everyone(matching: Matching) -> list[RecordRef]:
    refs = [*matching.left_only, *matching.right_only]
    refs += [ref for one in matching.matches for ref in (one.left, one.right)]
    return refs + [ref for group in matching.ambiguous for ref in (*group.lefts, *group.rights)]


@given(CROWDS, CROWDS, VERDICTS)
def test_every_record_has_exactly_one_place(
    customers: Callable[..., SyncPair], lefts: Crowd, rights: Crowd, verdicts: Verdicts
) -> None:
    matching = match(customers(), lefts, rights, verdicts)
    given_refs = [*crowd(left_ref, lefts), *crowd(right_ref, rights)]
    assert sorted(everyone(matching)) == sorted(given_refs)
    for one in matching.matches:
        assert verdicts.get((one.left, one.right)) is not False


@given(CROWDS, CROWDS, VERDICTS, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(
    customers: Callable[..., SyncPair], lefts: Crowd, rights: Crowd, verdicts: Verdicts, random: Random
) -> None:
    ours, theirs = (list(crowd(ref, who).items()) for ref, who in ((left_ref, lefts), (right_ref, rights)))
    before = match_records(customers(), dict(ours), dict(theirs), verdicts)
    for items in (ours, theirs):
        random.shuffle(items)
    assert match_records(customers(), dict(ours), dict(theirs), verdicts) == before


@given(CROWDS, CROWDS)
def test_neither_side_is_special(customers: Callable[..., SyncPair], lefts: Crowd, rights: Crowd) -> None:
    there = match(customers(), lefts, rights)
    back = match(customers(), rights, lefts)
    assert sorted((right, left, certainty) for left, right, certainty in found(back)) == found(there)
    assert sorted(len(group.lefts) for group in there.ambiguous) == sorted(
        len(group.rights) for group in back.ambiguous
    )
