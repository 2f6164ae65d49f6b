"""What is wrong in a text that is no YAML, in words for whoever typed it: what to mend, and where.

A parser says where it stopped and what it had hoped for. Here that becomes the sign or the line a person got wrong,
which may be far above: a bracket is missed only where the next key begins.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import yaml

from tsunagi.text import Text

_WIDE_BLANK, _WIDE_COLON = "\u3000", "\uff1a"
_CLOSING = {"[": "]", "{": "}"}
# At most so much of what was typed is repeated.
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Mistake:
    """`index` is the position in the text, from 0."""

    index: int
    message: Text


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where the parser stopped (`at`), where what it was reading began, and what it complains of."""

    text: str
    at: int
    begin: int
    during: str
    complaint: str

    @property
    def sign(self) -> str:
        return self.text[self.at : self.at + 1]

    @property
    def ended(self) -> bool:
        return not self.text[self.at :].strip("\r\n \0")

    def line_start(self, index: int) -> int:
        return max(self.text.rfind(sign, 0, index) for sign in "\r\n") + 1

    def line(self, index: int) -> str:
        return re.split(r"[\r\n]", self.text[self.line_start(index) :], maxsplit=1)[0]

    def indent(self, index: int) -> str:
        line = self.line(index)
        return line[: len(line) - len(line.lstrip())]

    def lead(self) -> str:
        """What stands on the line before the place where it stopped."""
        return self.text[self.line_start(self.at) : self.at]


def mistake(text: str, error: yaml.MarkedYAMLError) -> Mistake:
    """The mistake behind what PyYAML raised for this text."""
    at = error.problem_mark or error.context_mark
    begin = error.context_mark or at
    stop = _Stop(
        text,
        min(at.index, len(text)) if at else 0,
        begin.index if begin else 0,
        error.context or "",
        error.problem or "",
    )
    return next(found for explain in _EXPLANATIONS if (found := explain(stop)) is not None)


def _quote(stop: _Stop) -> Mistake | None:
    if "quoted scalar" not in stop.during:
        return None
    if "escape" in stop.complaint:
        message = Text(
            en="A backslash within double quotes has a meaning of its own; write it twice, or use single quotes.",
            ja="二重引用符の中の「\\」は特別な意味を持ちます。「\\\\」と 2 回書くか、一重引用符を使ってください。",
        )
        return Mistake(stop.at, message)
    sign = stop.text[stop.begin : stop.begin + 1]
    message = Text(
        en=f"The quote {sign} is opened here and not closed; write {sign} where the text ends.",
        ja=f"ここで始まる引用符 {sign} が閉じられていません。文字列の終わりに {sign} を書いてください。",
    )
    return Mistake(stop.begin, message)


def _blanks(stop: _Stop) -> Mistake | None:
    start, indent = stop.line_start(stop.at), stop.indent(stop.at)
    if "\t" in indent or stop.sign == "\t":
        place = start + indent.index("\t") if "\t" in indent else stop.at
        message = Text(
            en="A tab stands here; indent with blanks alone.",
            ja="タブが使われています。字下げには半角スペースだけを使ってください。",
        )
        return Mistake(place, message)
    return Mistake(start + indent.index(_WIDE_BLANK), wide_blank()) if _WIDE_BLANK in indent else None


def wide_blank() -> Text:
    return Text(
        en="A full-width blank stands here; indent with ordinary blanks.",
        ja="全角スペースが使われています。字下げには半角スペースを使ってください。",
    )


def _bracket(stop: _Stop) -> Mistake | None:
    """A list or group in brackets: not closed where a new line begins as far left as its own, or a comma is missing."""
    sign = stop.text[stop.begin : stop.begin + 1]
    if not stop.during.startswith("while parsing a flow") or not stop.complaint.startswith("expected ',' or"):
        return None
    closing = _CLOSING.get(sign, "]")
    new_line = stop.line_start(stop.at) > stop.begin and len(stop.indent(stop.at)) <= len(stop.indent(stop.begin))
    if stop.ended or stop.sign in set(_CLOSING.values()) or (new_line and not stop.line(stop.at).startswith(closing)):
        message = Text(
            en=f"The bracket '{sign}' is opened here and not closed; write '{closing}' where it ends.",
            ja=f"ここで始まる括弧「{sign}」が閉じられていません。終わりに「{closing}」を書いてください。",
        )
        return Mistake(stop.begin, message)
    if stop.sign == ":" and _WIDE_COLON not in stop.line(stop.at) and ":" in re.split(r"[,\[{]", stop.lead())[-1]:
        return Mistake(
            stop.at,
            Text(
                en=f"A comma is missing before this, '{closing}', or quotes around a text that has ': ' in it.",
                ja=f"この前にコンマか「{closing}」がありません。「: 」を含む文字列なら引用符で囲んでください。",
            ),
        )
    message = Text(
        en=f"A comma or '{closing}' is missing before this.", ja=f"この前にコンマか「{closing}」がありません。"
    )
    return Mistake(stop.at, message)


def _colon(stop: _Stop) -> Mistake | None:
    """A line that should be a key with its value."""
    if "could not find expected ':'" in stop.complaint:
        return Mistake(stop.begin, _without_colon(stop.line(stop.begin).strip()))
    if not stop.complaint.startswith("mapping values"):
        return None
    before = stop.lead()
    if re.search(r":\s", before) or re.match(r"\s*(- )*[\"'{\[]", before.partition(": ")[2]):
        return Mistake(stop.at, _colon_within())
    above = stop.text[: stop.line_start(stop.at)].rstrip().rpartition("\n")[2]
    start = stop.line_start(stop.at) + len(stop.indent(stop.at))
    if not above:
        return Mistake(start, _without_colon(stop.line(stop.at).strip()))
    if re.search(r":(\s|$)|^\s*- ", above) or len(stop.indent(stop.at)) > len(above) - len(above.lstrip()):
        message = Text(
            en="This line begins too far right: the one above has its value already. Begin it where its neighbours do.",
            ja="字下げが深すぎます。上の行にはすでに値があります。同じ階層のキーと先頭をそろえてください。",
        )
        return Mistake(start, message)
    upper = stop.text.rindex(above, 0, stop.line_start(stop.at))
    return Mistake(upper + len(above) - len(above.lstrip()), _without_colon(above.strip()))


def _without_colon(line: str) -> Text:
    shown = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    if _WIDE_COLON in line:
        return Text(
            en=f"'{shown}' has a full-width colon; write an ordinary one with a blank behind it (key: value).",
            ja=f"「{shown}」のコロンが全角です。半角のコロンと半角スペースで「キー: 値」と書いてください。",
        )
    if re.match(r"[^\s\"'#]+:\S", line):
        return Text(
            en=f"'{shown}' has no blank behind its colon; write it as key: value.",
            ja=f"「{shown}」のコロンの後に半角スペースがありません。「キー: 値」の形で書いてください。",
        )
    return Text(
        en=f"'{shown}' is no key with a value: a colon is missing (key: value). If it goes on with the text above, "
        "indent it.",
        ja=f"「{shown}」にコロンがありません。「キー: 値」の形で書くか、上の文字列の続きなら字下げしてください。",
    )


def _colon_within() -> Text:
    return Text(
        en="There is a second ': ' on this line; put the text that has it in quotes, or give each key a line of its "
        "own.",
        ja="この行には「: 」が 2 つあります。「: 」を含む文字列は引用符で囲むか、キーごとに行を分けてください。",
    )


def _list_item(stop: _Stop) -> Mistake | None:
    if not stop.complaint.startswith("sequence entries"):
        return None
    message = Text(
        en="A list begins on the line below its key, each item with '- '; on the same line it is written [a, b].",
        ja="リストはキーの次の行から 1 項目ずつ「- 」で書きます。同じ行には [a, b] の形で書いてください。",
    )
    return Mistake(stop.at, message)


def _special_start(stop: _Stop) -> Mistake | None:
    """A text without quotes that begins with a sign YAML keeps for itself."""
    begins = stop.during.startswith(("while scanning a tag", "while scanning an a", "while scanning a directive"))
    place = stop.begin if begins else stop.at
    sign = stop.text[place : place + 1]
    comma = sign == "," and stop.during == "while parsing a block node"
    kept = (
        begins
        or comma
        or stop.complaint.startswith(
            ("found character", "mapping keys are", "found undefined", "found duplicate", "found incompatible")
        )
    )
    directive = stop.text.lstrip("\ufeff \r\n").startswith("%") and stop.complaint.startswith("expected '<document st")
    if directive:
        place, sign = stop.text.index("%"), "%"
    if not (kept or directive or stop.complaint == "second occurrence") or not sign.strip():
        return None
    message = Text(
        en=f"A text that begins with '{sign}' must stand in quotes.",
        ja=f"「{sign}」で始まる文字列は引用符で囲んでください。",
    )
    return Mistake(place, message)


def _behind_bar(stop: _Stop) -> Mistake | None:
    if not stop.during.startswith("while scanning a block scalar"):
        return None
    sign = stop.text[stop.begin : stop.begin + 1]
    message = Text(
        en=f"Behind '{sign}' the text begins on the next line, indented; a text that begins with it needs quotes.",
        ja=f"「{sign}」の後の文字列は次の行から字下げして書きます。「{sign}」で始まる文字列は引用符で囲んでください。",
    )
    return Mistake(stop.at, message)


def _second_document(stop: _Stop) -> Mistake | None:
    if "another document" not in stop.complaint and stop.line(stop.at)[:3] not in {"---", "..."}:
        return None
    message = Text(
        en="This line ends what the file holds, and more follows; a file holds one. Take the line away.",
        ja="この行でファイルの内容が終わり、別の内容が続いています。この行を削除してください。",
    )
    return Mistake(stop.at, message)


def _stray(stop: _Stop) -> Mistake | None:
    if not stop.sign or stop.sign not in ",]}":
        return None
    if stop.sign == "," and stop.during == "while parsing a flow node":
        message = Text(en="There is nothing before this comma.", ja="このコンマの前に値がありません。")
    elif stop.during.startswith("while parsing a flow"):
        message = Text(en=f"Something is missing before '{stop.sign}'.", ja=f"「{stop.sign}」の前に値がありません。")
    else:
        message = Text(
            en=f"Nothing is open that '{stop.sign}' could end; take it away, or put the text in quotes.",
            ja=f"「{stop.sign}」に対応する開き括弧がありません。削除するか、文字列を引用符で囲んでください。",
        )
    return Mistake(stop.at, message)


def _behind_quote(stop: _Stop) -> Mistake | None:
    """Text behind a closing quote, or behind a closing bracket."""
    before = stop.lead().rstrip()
    if not before or before[-1] not in "\"']}":
        return None
    message = Text(
        en=f"Nothing may follow the {before[-1]} before this; put all of the text in quotes.",
        ja=f"{before[-1]} の後に文字があります。文字列全体を引用符で囲んでください。",
    )
    return Mistake(stop.at, message)


def _indentation(stop: _Stop) -> Mistake | None:
    if stop.lead().strip():
        return None
    if stop.sign == "-" and not stop.during.endswith("collection"):
        message = Text(
            en="A list item stands here where a key should: does the line above lack its colon at the end, or do the "
            "other items begin in another column?",
            ja="キーが続くところにリストの項目があります。上の行の末尾にコロンがあるか、字下げがそろっているか確認してください。",
        )
        return Mistake(stop.at, message)
    message = Text(
        en="This line does not begin where its neighbours do: keys and items that belong together start in one column.",
        ja="字下げがそろっていません。同じ階層のキーや項目は、行頭の位置をそろえてください。",
    )
    return Mistake(stop.at, message)


def _unknown(stop: _Stop) -> Mistake | None:
    message = Text(
        en="This does not fit what stands before it; look for a missing colon, comma, quote or bracket.",
        ja="前の内容とつながりません。コロン、コンマ、引用符、括弧が足りないところがないか確認してください。",
    )
    return Mistake(stop.at, message)


# The first that knows the complaint explains it.
_EXPLANATIONS: tuple[Callable[[_Stop], Mistake | None], ...] = (
    _quote,
    _bracket,
    _blanks,
    _behind_bar,
    _special_start,
    _second_document,
    _colon,
    _list_item,
    _stray,
    _behind_quote,
    _indentation,
    _unknown,
)
