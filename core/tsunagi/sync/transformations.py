"""Small named transformations a mapping may ask for.

A *normaliser* converts a value to one form, the same for both sides, and is idempotent. A *joiner*
turns several fields of one side into one value and back. `MORE` marks where a text was cut.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tsunagi.domain.mapping import Codec
from tsunagi.domain.records import Value
from tsunagi.text import Text

MORE = "…"
# Steps that undo part of each other settle after so many times at most.
_SETTLES = 10

Argument = str | int | None
Normalise = Callable[[str, Argument], str]


@dataclass(frozen=True, slots=True)
class Normaliser:
    """`takes` is the type of its argument, None where it takes none."""

    normalise: Normalise
    about: Text
    takes: type[str] | type[int] | None = None
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Joiner:
    """Several values to one and back: `split(join(parts)) == parts` for parts as people fill them in."""

    join: Callable[[tuple[str, ...]], str]
    split: Callable[[str, int], tuple[str, ...]]
    about: Text


def _text(value: str, _: Argument) -> str:
    return value.strip()


def _lines(value: str, _: Argument) -> str:
    return "\n".join(line.strip() for line in value.splitlines()).strip()


def _width(value: str, _: Argument) -> str:
    # The mark of a cut stays one character: as three, the text would be cut once more.
    return " ".join(MORE.join(unicodedata.normalize("NFKC", part) for part in value.split(MORE)).split())


def _lower(value: str, _: Argument) -> str:
    return value.strip().lower()


def _upper(value: str, _: Argument) -> str:
    # Upper case first, then once more: some letters only settle the second time.
    return value.strip().upper().upper()


def _phone(value: str, country: Argument) -> str:
    """+81312345678: the country's code in place of the leading zero; what is no number stays as it is."""
    plain = unicodedata.normalize("NFKC", value).strip()
    digits = re.sub(r"[\s().\-‐-―ー]", "", plain.replace("(0)", "") if plain.startswith("+") else plain)
    if not re.fullmatch(r"\+?[0-9]{3,20}", digits):
        return value.strip()
    if digits.startswith("+"):
        return digits
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    return f"{country}{digits[1:]}" if digits.startswith("0") and country else digits


def _postal_code(value: str, _: Argument) -> str:
    """Seven digits as 123-4567, without 〒; other countries' codes in upper case with single blanks."""
    plain = " ".join(unicodedata.normalize("NFKC", value).replace("〒", " ").upper().split())
    digits = re.sub(r"[\s\-‐-―ー]", "", plain)
    return f"{digits[:3]}-{digits[3:]}" if re.fullmatch(r"[0-9]{7}", digits) else plain


def _truncate(value: str, length: Argument) -> str:
    assert isinstance(length, int)
    text = value.strip()
    return text if len(text) <= length else text[: length - 1].rstrip() + MORE


NORMALISERS: Mapping[str, Normaliser] = {
    "text": Normaliser(_text, Text(en="without blanks around it", ja="前後の空白を除く")),
    "lines": Normaliser(_lines, Text(en="line by line, without blanks around", ja="行ごとに前後の空白を除く")),
    "width": Normaliser(_width, Text(en="one width, single blanks", ja="全角と半角を統一し、空白を一つにする")),
    "lower": Normaliser(_lower, Text(en="lower case", ja="小文字にする")),
    "upper": Normaliser(_upper, Text(en="upper case", ja="大文字にする")),
    "phone": Normaliser(
        _phone,
        Text(
            en="international, with this country code for national numbers",
            ja="国際形式にする（国番号を指定）",
        ),
        str,
        r"\+[0-9]{1,3}",
    ),
    "postal_code": Normaliser(_postal_code, Text(en="123-4567 and alike", ja="123-4567 の形式にする")),
    "truncate": Normaliser(
        _truncate,
        Text(en=f"cut to this many characters, marked with {MORE}", ja=f"指定の文字数で切り、{MORE} を付ける"),
        int,
    ),
}


def _join_name(parts: tuple[str, ...]) -> str:
    return " ".join(part.strip() for part in parts if part.strip())


def _split_western(name: str, count: int) -> tuple[str, ...]:
    # A person with a single name keeps it as the last name.
    words = name.rsplit(maxsplit=count - 1)
    return (*("",) * (count - len(words)), *words)


def _split_japanese(name: str, count: int) -> tuple[str, ...]:
    words = name.split(maxsplit=count - 1)
    return (*words, *("",) * (count - len(words)))


def _join_lines(parts: tuple[str, ...]) -> str:
    lines = [line.strip() for part in parts for line in part.splitlines()]
    return "\n".join(filter(None, lines))


def _split_lines(text: str, count: int) -> tuple[str, ...]:
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    first, rest = lines[: count - 1], lines[count - 1 :]
    return (*first, *("",) * (count - 1 - len(first)), "\n".join(rest))


JOINERS: Mapping[str, Joiner] = {
    "name": Joiner(
        _join_name,
        _split_western,
        Text(en="given names, then the family name, which is one word", ja="名・姓の順。姓は一語"),
    ),
    "family_name_first": Joiner(
        _join_name,
        _split_japanese,
        Text(en="the family name, which is one word, then given names", ja="姓・名の順。姓は一語"),
    ),
    "address_lines": Joiner(
        _join_lines,
        _split_lines,
        Text(en="one line each; the last takes what is left", ja="一行ずつ。最後に残りを入れる"),
    ),
}


def codec(
    steps: tuple[tuple[str, Argument], ...],
    values: Mapping[str, str] | None = None,
    joiner: str = "",
    count: int = 1,
    *,
    read_as: Mapping[str, str] | None = None,
    parted: int = 1,
) -> Codec:
    """How one side's value becomes the canonical one: joined, looked up in `values`, then normalised step by step.

    On the way back the first entry of `values` with that meaning is written; what is in no entry passes as it is.
    `read_as` is looked up as `values` is, and never written. `parted` is how many fields the other side keeps it in:
    what their joining makes alike, such as one blank and two, is alike here.
    """
    meanings = {**(values or {}), **(read_as or {})}
    back = {_normalised(meaning, steps): own for own, meaning in reversed(list((values or {}).items()))}
    join = JOINERS[joiner] if joiner and count > 1 else None
    theirs = JOINERS[joiner] if joiner and parted > 1 else None

    def decode(value: Value) -> Value:
        if join and isinstance(value, tuple):
            value = join.join(tuple("" if part is None else str(part) for part in value))
        if not isinstance(value, str):
            return value
        text = value.strip()
        text = meanings.get(text, text)
        text = theirs.join(theirs.split(text, parted)) if theirs else text
        return _normalised(text, steps) or None

    def encode(value: Value) -> Value:
        own = back.get(value, value) if isinstance(value, str) else value
        if join is None:
            return own
        return tuple(part or None for part in join.split("" if own is None else str(own), count))

    return Codec(decode, encode)


def other_words(values: Mapping[str, str]) -> dict[str, str]:
    """What the finance side is read as where it has the CRM's own word for a value.

    That word cannot come back as itself: in the CRM it has the meaning. A word that is also a meaning keeps that one.
    """
    meanings = set(values.values())
    return {own: meaning for own, meaning in values.items() if own not in meanings}


def _normalised(text: str, steps: tuple[tuple[str, Argument], ...]) -> str:
    """What was written is read back as it is: each step is idempotent, several have to settle."""
    for _ in range(_SETTLES if len(steps) > 1 else 1):
        before = text
        for name, argument in steps:
            text = NORMALISERS[name].normalise(text, argument)
        if text == before:
            break
    return text
