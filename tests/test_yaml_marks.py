"""YAML reading: YAML 1.2 meanings, exact numbers, places, and limits that a hostile file cannot pass."""

import re
from decimal import Decimal
from pathlib import Path

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
        ("a: [1, 2\nb: 3\n\n", 1, "is opened here and not closed"),
        ("a: 1\n---\nb: 2\n", 2, "Take the line away"),
        ("a: *nobody\n", 1, "begins with '*'"),
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
        ('a: 1\nb: "\\U00110000"\n', 2, "no character of this number"),
        ('a: "\\ud800"\n', 1, "U+D800"),
        ("a: 1\nb: \x00\n", 2, "U+0000"),
        ("a: 1\n\tb: 2\n", 2, "A tab stands here"),
        ("[" * 3000, 1, f"{DEEPEST} levels"),
        ("a: 1\n" * LARGEST_FILE, 1, "characters"),
        ("%YAML 9.9\n---\na: 1\n", 1, "begins with '%'"),
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
    assert not _JARGON.search(re.sub(r"'.*'", "", error.reason.en))
    assert error.reason.ja


@pytest.mark.parametrize(
    ("text", "place", "en", "ja"),
    [
        ("a: [1, 2\nb: 3\n", (1, 4), "write ']' where it ends", "終わりに「]」を書いて"),
        ("a:\n  - {b: 1, c: 2\n  - {b: 1}\n", (2, 5), "write '}' where it ends", "終わりに「}」を書いて"),
        ("a: {\n  b: 1,\n  c: 2\n  d: 3\n}\n", (4, 4), "A comma or '}' is missing", "コンマか「}」がありません"),
        ("a: {b: 1 c: 2}\n", (1, 11), "A comma is missing", "コンマか「}」がありません"),
        ("a: 'x\nb: 1\n", (1, 4), "The quote ' is opened here", "引用符 ' が閉じられていません"),
        ('a: "x\nb: 1\n', (1, 4), 'The quote " is opened here', '引用符 " が閉じられていません'),
        ('a: "c:\\x"\n', (1, 9), "A backslash", "二重引用符の中"),
        ("a: 'x' y\n", (1, 8), "put all of the text in quotes", "文字列全体を引用符"),
        ("a:\n\t- b\n", (2, 1), "A tab stands here", "タブが使われています"),
        ("a:\n\u3000b: 1\n", (2, 1), "A full-width blank", "全角スペース"),
        ("a: 1\nb\uff1a2\n", (2, 1), "a full-width colon", "コロンが全角です"),
        ("a: 1\n  b: 2\n", (2, 3), "begins too far right", "字下げが深すぎます"),
        ("a:\n    b: 1\n  c: 2\n", (3, 3), "does not begin where its neighbours do", "字下げがそろっていません"),
        ("a: 1\nb 2\nc: 3\n", (2, 1), "'b 2' is no key with a value", "「b 2」にコロンがありません"),
        ("a 1\nb: 2\n", (1, 1), "'a 1' is no key with a value", "「a 1」にコロンがありません"),
        ("a: 1\nb:2\nc: 3\n", (2, 1), "'b:2' has no blank behind its colon", "コロンの後に半角スペース"),
        ("a: Note: more\n", (1, 8), "a second ': ' on this line", "「: 」が 2 つあります"),
        ("a: @home\n", (1, 4), "begins with '@'", "「@」で始まる"),
        ("a: `x`\n", (1, 4), "begins with '`'", "「`」で始まる"),
        ("a: %x\n", (1, 4), "begins with '%'", "「%」で始まる"),
        ("a: - b\n", (1, 4), "A list begins on the line below", "キーの次の行から"),
        ("a: x\n- b\n", (2, 1), "does the line above lack its colon", "末尾にコロン"),
        ("a: {b: 1}}\n", (1, 10), "Nothing is open that '}' could end", "対応する開き括弧がありません"),
        ("a: [1,,2]\n", (1, 7), "nothing before this comma", "コンマの前に値がありません"),
        ("a: | x\n  y\n", (1, 6), "begins on the next line", "次の行から字下げ"),
        ("a: 1\n---\nb: 1\n", (2, 1), "Take the line away", "この行を削除して"),
    ],
)
def test_what_was_mistyped_is_said_in_words_where_it_is_mended(
    text: str, place: tuple[int, int], en: str, ja: str
) -> None:
    error = refusal(text)
    assert error is not None
    assert (error.line, error.column) == place
    assert en in error.reason.en
    assert ja in error.reason.ja


RULE = (Path(__file__).parents[1] / "rules/automations/deal_won_invoice.yaml").read_text(encoding="utf-8")
_JARGON = re.compile(r"expected|while (parsing|scanning)|mapping|scalar|sequence|token|stream|node|<\w+|block|flow")


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, len(RULE)),
    st.integers(0, 3),
    st.text(st.sampled_from(list("[]{}:,-'\"\t @#|>&*!%\n\u3000\uff1a?`\\.")), max_size=3),
)
def test_a_rule_that_is_broken_anywhere_is_refused_without_a_parsers_words(at: int, gone: int, typed: str) -> None:
    error = refusal(RULE[:at] + typed + RULE[at + gone :])
    if error is not None:
        # What was typed may be repeated.
        assert not _JARGON.search(re.sub(r"'.*'", "", error.reason.en))
        assert re.search(r"[ぁ-ん]", error.reason.ja)


def refusal(text: str) -> RuleFileError | None:
    try:
        parse("a.yaml", text)
    except RuleFileError as error:
        return error
    return None
