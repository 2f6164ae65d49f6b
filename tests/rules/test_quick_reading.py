"""The quick ways of reading a rule file take nothing that the thorough ones refuse, and read it alike."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsunagi import RuleFileError, yaml_marks
from tsunagi.rules.checking import automation_validator, plainly_right, read_automation
from tsunagi.rules.schema import OPERATORS, AutomationModel
from tsunagi.yaml_marks import Document, parse

scalars = st.sampled_from([None, True, False, 0, 1, "", "x", "deal.amount", "created", 10**12])
operators = st.sampled_from([*OPERATORS, "field", "all", "any", "not", "other"])
conditions = st.recursive(
    st.dictionaries(operators, scalars | st.lists(scalars, max_size=2), max_size=3),
    lambda inner: st.dictionaries(
        st.sampled_from(["all", "any", "not", "field"]), inner | st.lists(inner, max_size=2) | scalars, max_size=2
    ),
    max_leaves=5,
)
RIGHT = {"version": 1, "automation": "a", "title": "A", "trigger": {"event": "deal.won"}, "actions": [{"action": "x"}]}
files = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from([1, True, "1", 2]),
        "title": st.sampled_from(["", {"en": "A", "ja": "あ"}, {"en": "A"}, None, 1]),
        "enabled": scalars,
        "repeat": st.sampled_from(["every_time", "never", None]),
        "run_as": scalars,
        "description": scalars,
        "trigger": st.sampled_from([{"event": "deal.won", "service": None}, {"event": ""}, {}, None, {"event": 1}]),
        "actions": st.sampled_from([[], None, [{"action": "x", "parameters": {"a": [1]}}], [{"action": ""}], "x"]),
        "conditions": st.lists(conditions, max_size=3) | scalars,
        "extra": scalars,
    },
)


@settings(max_examples=1500, deadline=None)
@given(files)
def test_what_is_plainly_right_is_right_to_the_schema(given_keys: dict[str, object]) -> None:
    data = {**RIGHT, **given_keys}
    document = Document("a.yaml", data, {}, {})  # type: ignore[arg-type]
    if plainly_right(data) and isinstance(read_automation(document), AutomationModel):
        assert list(automation_validator().iter_errors(data)) == []


def outcome(text: str) -> object:
    try:
        return parse("a.yaml", text)
    except RuleFileError as error:
        return str(error)


STARTERS = [path.read_text() for path in sorted((Path(__file__).parents[2] / "rules").rglob("*.yaml"))]
pieces = st.sampled_from(
    ["a: ", "- ", "\n", "  ", "[", "]", "{", "}", ", ", "'", '"', "#", "&x ", "*x", "!!str ", "|", ">", "日本", "1.5",
     "~", "? ", ": ", "---", "...", "\t", "\r\n", "\u2028", "\x85", "\\", "%", "true", "\ufeff", "\x00", "<<: "]
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(st.lists(pieces, max_size=14).map("".join))
def test_libyaml_reads_as_our_own_reading_does(text: str) -> None:
    quick = outcome(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_marks, "_QuickLoader", None)
        slow = outcome(text)
    # What only libyaml accepts is read; what both accept means the same and stands in the same places.
    if isinstance(slow, Document):
        assert quick == slow
    else:
        assert isinstance(quick, Document) or quick == slow


@pytest.mark.parametrize("text", STARTERS)
def test_the_starter_files_are_read_alike(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = outcome(text)
    monkeypatch.setattr(yaml_marks, "_QuickLoader", None)
    assert isinstance(quick, Document)
    assert quick == outcome(text)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.lists(pieces, max_size=30).map("".join))
def test_no_text_does_more_than_fail_with_its_place(text: str) -> None:
    assert isinstance(outcome(text), Document | str)


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, "- " * 50_000 + "a", "a: " + "[" * 999 + "]" * 999, "\n".join(" " * n + "a:" for n in range(600))],
)
def test_what_is_nested_too_deep_is_refused(text: str) -> None:
    assert "levels deep" in str(outcome(text))
