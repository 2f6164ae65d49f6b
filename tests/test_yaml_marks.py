"""YAML reading: YAML 1.2 meanings, exact numbers, places, and limits that a hostile file cannot pass."""

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tsunagi import RuleFileError
from tsunagi.yaml_marks import DEEPEST, LARGEST_FILE, parse


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("NO", "NO"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("012", 12),
        ("0o17", 15),
        ("0xFF", 255),
        ("-7", -7),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("2026-11-24", "2026-11-24"),
        ("2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z"),
        ("1000.10", Decimal("1000.10")),
        ("1e3", Decimal("1e3")),
        (".5", Decimal("0.5")),
        ("'5'", "5"),
        ("受注", "受注"),
        ("120000 JPY", "120000 JPY"),
    ],
)
def test_plain_scalars_mean_what_yaml_1_2_says(written: str, meant: object) -> None:
    document = parse("a.yaml", f"key: {written}\n")
    assert isinstance(document.data, dict)
    value = document.data["key"]
    assert value == meant
    assert type(value) is type(meant)


def test_a_decimal_keeps_its_digits() -> None:
    assert str(parse("a.yaml", "1000.10\n").data) == "1000.10"


def test_every_key_and_value_has_its_place() -> None:
    document = parse("a.yaml", "a: 1\nb:\n  - x\n  - {c: 受注, d: 2}\n")
    assert str(document.place(("b", 1, "d"))) == "a.yaml:4"
    assert document.place(("b", 1, "d")).column == 16
    assert document.place(("b", 1, "d"), key=True).column == 13
    assert document.place(("b", 1, "missing")).line == 4
    assert document.place(("nothing", "here")).line == 1


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("", 1, "empty"),
        ("# a comment alone\n", 1, "empty"),
        ("a: 1\nb: 2\na: 3\n", 3, "first one is on line 1"),
        ("a: [1, 2\nb: 3\n\n", 2, "It begins on line 1"),
        ("a: 1\n---\nb: 2\n", 2, "single document"),
        ("a: *nobody\n", 1, "alias"),
        ("a: &a [*a]\n", 1, "itself"),
        ("a: !!python/object:os.system x\n", 1, "no meaning"),
        ("a: !!set {x}\n", 1, "no meaning"),
        ("a: !!int abc\n", 1, "not a number"),
        ("a:\n  1: x\n", 2, "A key must be a text"),
        ("a:\n  [x]: y\n", 2, "A key must be a text"),
        ("a: .inf\n", 1, "not a number"),
        ("a: .nan\n", 1, "not a number"),
        ("a: 1e999999999\n", 1, "not a number"),
        ("a: " + "9" * 5000 + "\n", 1, "not a number"),
        ('a: 1\nb: "\\U00110000"\n', 2, "not valid YAML"),
        ('a: "\\ud800"\n', 1, "U+D800"),
        ("a: 1\nb: \x00\n", 2, "U+0000"),
        ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
        ("[" * 3000, 1, f"{DEEPEST} levels"),
        ("a: 1\n" * LARGEST_FILE, 1, "characters"),
        ("%YAML 9.9\n---\na: 1\n", 1, "not valid YAML"),
    ],
)
def test_what_is_wrong_has_a_place_and_a_reason(text: str, line: int, part: str) -> None:
    with pytest.raises(RuleFileError) as caught:
        parse("a.yaml", text)
    assert caught.value.line == line
    assert part in caught.value.reason.en
    assert caught.value.reason.ja


def test_an_alias_bomb_is_refused() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(RuleFileError, match="aliases"):
        parse("a.yaml", "\n".join(layers))


def test_a_chain_of_aliases_cannot_nest_without_end() -> None:
    chain = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 3000)]
    with pytest.raises(RuleFileError, match="levels"):
        parse("a.yaml", "\n".join(chain))


def test_an_alias_used_in_reason_is_fine() -> None:
    assert parse("a.yaml", "a: &a [1, 2]\nb: *a\n").data == {"a": [1, 2], "b": [1, 2]}


_YAMLISH = st.text(st.sampled_from(list("ab01.:-?[]{},&*!|>'\"%@#~\n\r\t \\uU日\x85\u2028\ufeff")), max_size=60)


@settings(max_examples=600, deadline=None)
@given(st.one_of(_YAMLISH, st.text(max_size=60)))
@example("? \n")
@example("a: |\n  b\n c")
@example("\ufeffa: [")
@example("--- >\n\n\n")
def test_any_text_is_read_or_refused_with_a_place_inside_it(text: str) -> None:
    error = refusal(text)
    if error is None:
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1
    assert error.reason.en
    assert error.reason.ja


def refusal(text: str) -> RuleFileError | None:
    try:
        parse("a.yaml", text)
    except RuleFileError as error:
        return error
    return None
