"""The nearest change is one: made as it says, the condition comes out as wanted, and nothing smaller does."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.rules.conditions import All, AnyOf, Comparison, Condition, Not, Predicate, comparisons, formula
from tsunagi.rules.formula import truth
from tsunagi.rules.nearest_change import nearest_change
from tsunagi.yaml_marks import Place

HERE = Place("rule.yaml", 1)
NAMES = ("a", "b", "c", "d")
leaves = st.sampled_from(NAMES).map(lambda name: Comparison(Predicate(f"deal.{name}", "equals", True), HERE))
conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts), HERE)),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts), HERE)),
        inner.map(lambda part: Not(part, HERE)),
    ),
    max_leaves=6,
)


@given(conditions, st.fixed_dictionaries(dict.fromkeys(NAMES, st.booleans())), st.booleans())
def test_it_brings_about_what_is_wanted(condition: Condition, deal: dict[str, bool], wanted: bool) -> None:
    flips = nearest_change(condition, {"deal": deal}, wanted=wanted)
    if flips is None:
        return
    changed = deal | {flip.predicate.path.removeprefix("deal."): flip.wanted for flip in flips}
    assert _comes_to(condition, changed) is wanted
    assert all(deal[flip.predicate.path.removeprefix("deal.")] is not flip.wanted for flip in flips)


@given(
    st.lists(leaves, min_size=1, max_size=4, unique=True), st.fixed_dictionaries(dict.fromkeys(NAMES, st.booleans()))
)
def test_nothing_smaller_does(parts: list[Comparison], deal: dict[str, bool]) -> None:
    for condition in (All(tuple(parts), HERE), AnyOf(tuple(parts), HERE)):
        for wanted in (True, False):
            flips = nearest_change(condition, {"deal": deal}, wanted=wanted)
            assert flips is not None
            for names in combinations(NAMES, len(flips) - 1) if flips else ():
                fewer = deal | {name: not deal[name] for name in names}
                assert _comes_to(condition, fewer) is not wanted


@pytest.mark.parametrize("facts", [{"deal": {}}, {"deal": {"a": "text"}}, {}])
def test_what_cannot_be_told_has_to_change(facts: dict[str, dict[str, str]]) -> None:
    condition = All((Comparison(Predicate("deal.a", "equals", True), HERE),), HERE)
    (flip,) = nearest_change(condition, facts, wanted=True) or ()
    assert flip.wanted


def _comes_to(condition: Condition, deal: dict[str, bool]) -> bool | None:
    found = list(dict.fromkeys(comparison.predicate for comparison in comparisons(condition)))
    numbers = {predicate: number for number, predicate in enumerate(found)}
    truths = [deal[predicate.path.removeprefix("deal.")] for predicate in found]
    return truth(formula(condition, numbers), truths)
