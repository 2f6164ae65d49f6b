"""How values, names and places are spelt in what the rules tell people."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches

from tsunagi.domain.money import Money
from tsunagi.domain.records import RecordRef
from tsunagi.text import Text

Path = tuple[str | int, ...]

_LONGEST = 60
_NAMED_AT_MOST = 20


def spelt(path: Path) -> str:
    """A place inside a document, such as `actions[0].action`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def shown(value: object) -> str:
    """A value as a rule file would write it, cut to a readable length."""
    text = _written(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _written(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f"'{value}'"
        case datetime() | date():
            return value.isoformat()
        case tuple() | list():
            return "[" + ", ".join(_written(item) for item in value[:_NAMED_AT_MOST]) + "]"
        case Mapping():
            return "{" + ", ".join(str(key) for key in list(value)[:_NAMED_AT_MOST]) + "}"
        case _:
            return str(value)


def received(value: object) -> Text:
    """A value with the word for what it is: "the text 'abc'"."""
    kind = kind_word(value)
    if value is None:
        return kind
    return Text(en=f"the {kind.en} {shown(value)}", ja=f"{kind.ja} {shown(value)}")


def kind_word(value: object) -> Text:
    match value:
        case None:
            return Text(en="nothing", ja="空欄")
        case bool():
            return Text(en="yes/no value", ja="真偽値")
        case int() | Decimal():
            return Text(en="number", ja="数値")
        case str():
            return Text(en="text", ja="文字列")
        case Money():
            return Text(en="money", ja="金額")
        case datetime():
            return Text(en="time", ja="日時")
        case date():
            return Text(en="date", ja="日付")
        case RecordRef():
            return Text(en="record", ja="レコード")
        case tuple() | list():
            return Text(en="list", ja="リスト")
        case Mapping():
            return Text(en="group of keys", ja="キーのまとまり")
        case _:
            return Text.same(type(value).__name__)


def listed(names: Iterable[str]) -> str:
    known = sorted(names)
    more = len(known) - _NAMED_AT_MOST
    return (", ".join(known[:_NAMED_AT_MOST]) + (f", … (+{more})" if more > 0 else "")) or "-"


def nearest(name: str, known: Iterable[str]) -> Text:
    """What was probably meant, and otherwise all there is; starts with a blank so that it can follow a sentence."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    if near:
        return Text(en=f" Did you mean '{near[0]}'?", ja=f"「{near[0]}」ではありませんか。")
    return Text(en=f" Valid are: {listed(names)}.", ja=f"使えるもの: {listed(names)}。")


def joined(*texts: Text) -> Text:
    return Text(en="".join(text.en for text in texts), ja="".join(text.ja for text in texts))
