"""What people entered for a document, read into typed values by the fields its kind declares."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from tsunagi.domain.documents import DocumentForm
from tsunagi.domain.entities import FieldSpec
from tsunagi.domain.money import is_known
from tsunagi.domain.records import Value
from tsunagi.text import Text
from tsunagi.wording import joined, nearest, shown

# A field's name, or that of a line's: "due_date", "lines[2].quantity".
Problems = dict[str, Text]
Given = Mapping[str, object]
ROW = "row"

_LONGEST = 10_000
_LARGEST, _DIGITS = Decimal(10) ** 12, 6
_DISCOUNT = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)(%?)")


def read_fields(specs: Sequence[FieldSpec], given: Given, problems: Problems, place: str = "") -> dict[str, Value]:
    """The fields that were given; blank ones are None. What cannot be meant is added to `problems`."""
    by_name = {spec.name: spec for spec in specs}
    found: dict[str, Value] = {}
    for name, raw in given.items():
        spec = by_name.get(name)
        if spec is None:
            problems[place + name] = _unknown(name, by_name)
            continue
        text = _text(raw)
        value = _read(spec, text) if text else None
        if isinstance(value, Text):
            problems[place + name] = value
        else:
            found[name] = value
    return found


def read_lines(form: DocumentForm, given: Sequence[Given], problems: Problems) -> list[dict[str, Value]]:
    """Every line that says anything, in order; ROW is its number among those given, from 1."""
    found: list[dict[str, Value]] = []
    specs = (*form.line_fields, FieldSpec("id", "text", Text.same("ID")))
    for number, line in enumerate(given, 1):
        if not any(_text(line[name]) for name in line if name != "id"):
            continue
        place = f"lines[{number}]."
        read = read_fields(specs, line, problems, place)
        _check_line(read, problems, place)
        found.append({ROW: number, **{name: value for name, value in read.items() if value is not None}})
    return found


def discount_of(text: str) -> tuple[Decimal, bool] | None:
    """A discount's number, and whether it is a percentage; None for what is no discount."""
    match = _DISCOUNT.fullmatch(text)
    if match is None:
        return None
    value, percentage = Decimal(match[1]), bool(match[2])
    return None if percentage and value > 100 else (value, percentage)


def _check_line(line: Mapping[str, Value], problems: Problems, place: str) -> None:
    quantity, rate, discount = line.get("quantity"), line.get("rate"), line.get("discount")
    if isinstance(quantity, Decimal) and quantity <= 0:
        problems[f"{place}quantity"] = Text(
            en=f"must be above zero, got {quantity:f}", ja=f"0 より大きい数が必要です(指定: {quantity:f})"
        )
    if isinstance(rate, Decimal) and rate < 0:
        problems[f"{place}rate"] = Text(
            en=f"must not be below zero, got {rate:f}", ja=f"0 以上の数が必要です(指定: {rate:f})"
        )
    if isinstance(discount, str) and discount_of(discount) is None:
        problems[f"{place}discount"] = Text(
            en=f"must be an amount such as 500 or a percentage such as 10%, got {shown(discount)}",
            ja=f"500 のような金額か 10% のような割合が必要です(指定: {shown(discount)})",
        )
    if not (line.get("item") or line.get("name")):
        problems.setdefault(f"{place}name", Text(en="a name or an item is needed", ja="品名または品目が必要です"))
    if not line.get("item") and rate is None:
        problems.setdefault(f"{place}rate", Text(en="a number is needed", ja="数値が必要です"))


def _text(raw: object) -> str:
    if raw is None:
        return ""
    if isinstance(raw, Decimal):
        return f"{raw:f}"
    return str(raw).strip()


def _read(spec: FieldSpec, text: str) -> Value | Text:
    """The value, or what is wrong with it."""
    if len(text) > _LONGEST:
        return Text(en=f"at most {_LONGEST} characters", ja=f"{_LONGEST}文字までです")
    if spec.name == "currency":
        return _currency(text)
    match spec.type:
        case "decimal":
            return _decimal(text)
        case "date":
            return _date(text)
        case "choice":
            return text if text in spec.choices else _not_one_of(text, spec.choices)
    return text


def _currency(text: str) -> str | Text:
    code = unicodedata.normalize("NFKC", text).upper()
    if re.fullmatch("[A-Z]{3}", code) and is_known(code):
        return code
    return Text(
        en=f"{shown(text)} is no currency code such as JPY", ja=f"{shown(text)} は JPY のような通貨コードではありません"
    )


def _decimal(text: str) -> Decimal | Text:
    plain = unicodedata.normalize("NFKC", text).replace(",", "")
    wrong = Text(en=f"{shown(text)} is no number", ja=f"{shown(text)} は数値ではありません")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return wrong
    if not value.is_finite():
        return wrong
    exponent = value.normalize().as_tuple().exponent
    if abs(value) >= _LARGEST or (isinstance(exponent, int) and -exponent > _DIGITS):
        return Text(
            en=f"{shown(text)} is too large or has more than {_DIGITS} decimal places",
            ja=f"{shown(text)} は大きすぎるか、小数点以下が {_DIGITS} 桁を超えています",
        )
    return value


def _date(text: str) -> dt.date | Text:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return Text(
            en=f"{shown(text)} is no date such as 2026-03-31",
            ja=f"{shown(text)} は 2026-03-31 のような日付ではありません",
        )


def _not_one_of(text: str, known: Iterable[str]) -> Text:
    names = ", ".join(known)
    return Text(en=f"{shown(text)} is not one of {names}", ja=f"{shown(text)} は {names} のいずれでもありません")


def _unknown(name: str, known: Mapping[str, FieldSpec]) -> Text:
    return joined(Text(en=f"there is no field '{name}'.", ja=f"項目「{name}」はありません。"), nearest(name, known))
