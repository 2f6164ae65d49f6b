"""Where a cursor stands in a text that is being typed: keys, values, quotes of facts, half-written and wrong lines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsunagi.yaml_spots import Spot, spot_at

RULE = """\
version: 1
automation: big
trigger: {event: deal.won}
conditions:
  - {field: deal.amount, greater_than: 0}
actions:
  - action: books.invoice.create
    parameters:
      notes: "Thanks, ${account.name}"
"""


def at(text: str) -> Spot | None:
    """The spot at the | in the text, which is taken out."""
    before, bar, after = text.partition("|")
    assert bar
    line = before.count("\n") + 1
    return spot_at(before + after, line, len(before.rpartition("\n")[2]) + 1)


@pytest.mark.parametrize(
    ("typed", "path", "is_key", "word", "start"),
    [
        ("ver|sion: 1\n", (), True, "version", 1),
        ("trigger: {event: deal.w|on}\n", ("trigger", "event"), False, "deal.won", 18),
        ("trigger: {ev|\n", ("trigger",), True, "ev", 11),
        ("trigger:\n  |\n", ("trigger",), False, "", 3),
        ("trigger: |\n", ("trigger",), False, "", 10),
        ("conditions:\n  - {field: |, equals: 1}\n", ("conditions", 0, "field"), False, "", 13),
        ("conditions:\n  - {field: deal.amount, gr|}\n", ("conditions", 0), True, "gr", 26),
        ("conditions:\n  - {field: deal.amount, gr|", ("conditions", 0), True, "gr", 26),
        ("actions:\n  - action: boo|\n    parameters: {}\n", ("actions", 0, "action"), False, "boo", 13),
        ("a: [x, y|\nb: 1\n", ("a", 1), False, "y", 8),
        ("a: 'x|\nb: 1\n", ("a",), False, "x", 5),
    ],
)
def test_a_half_written_line_is_understood(
    typed: str, path: tuple[str | int, ...], is_key: bool, word: str, start: int
) -> None:
    spot = at(typed)
    assert spot is not None
    assert (spot.path, spot.is_key, spot.word, spot.start) == (path, is_key, word, start)
    assert spot.end == start + len(word)


def test_the_inside_of_a_quoted_fact_stands_by_itself() -> None:
    spot = at(RULE.replace("account.name", "acc|ount.name"))
    assert spot is not None
    assert (spot.quote, spot.word, spot.typed) == (True, "account.name", "acc")
    assert spot.path == ("actions", 0, "parameters", "notes")


def test_what_stands_beside_is_known() -> None:
    spot = at(RULE.replace("greater_than", "gr|eater_than"))
    assert spot is not None
    assert spot.group() == {"field": "deal.amount"}
    assert spot.has_colon


@pytest.mark.parametrize("typed", ["# a com|ment\n", "a: 1 # say|\n"])
def test_nothing_is_offered_in_a_comment(typed: str) -> None:
    assert at(typed) is None
    assert spot_at("a: 1", 7, 1) is None


@pytest.mark.parametrize(
    "wrong",
    [
        RULE.replace("automation: big", "automation big"),
        RULE.replace("event: deal.won}", "event: deal.won"),
        RULE.replace("version: 1", "version: 1\nversion: 2"),
        RULE.replace('notes: "Thanks', 'notes: ]\n      date: "Thanks'),
    ],
)
def test_a_line_that_is_wrong_elsewhere_does_not_stop_it(wrong: str) -> None:
    spot = at(wrong.replace("greater_than", "gr|eater_than"))
    assert spot is not None
    assert (spot.path, spot.is_key, spot.word) == (("conditions", 0), True, "greater_than")


_SIGNS = list("ab1.:-?[]{},&*!|>'\"%@#~\n\r\t $\u3000")


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(st.sampled_from(_SIGNS), max_size=50),
        st.tuples(st.integers(0, len(RULE)), st.text(st.sampled_from(_SIGNS), max_size=4)).map(
            lambda each: RULE[: each[0]] + each[1] + RULE[each[0] :]
        ),
    ),
    st.integers(0, 15),
    st.integers(1, 60),
)
def test_whatever_is_typed_it_answers_with_a_place_on_the_line(text: str, line: int, column: int) -> None:
    spot = spot_at(text, line, column)
    if spot is not None:
        full = text.split("\n")[line - 1]
        assert 1 <= spot.start <= spot.end <= len(full) + 1
        assert spot.word.startswith(spot.typed)
