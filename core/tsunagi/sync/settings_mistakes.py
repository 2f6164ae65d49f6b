"""What can be wrong with a settings file, in words for people."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tsunagi.domain.entities import EntityType, FieldSpec
from tsunagi.sync.transformations import Argument, Joiner, Normaliser
from tsunagi.text import Text
from tsunagi.wording import joined, nearest, received


def unknown_key(key: str, known: Iterable[str]) -> Text:
    message = Text(en=f"There is no key '{key}' here.", ja=f"ここに「{key}」というキーはありません。")
    return joined(message, nearest(key, known))


def missing_key(key: str) -> Text:
    return Text(en=f"'{key}' is missing.", ja=f"「{key}」がありません。")


def not_among(got: object, expected: str) -> Text:
    valid = re.findall(r"'([^']*)'", expected) or [expected]
    what = received(got)
    return joined(Text(en=f"Got {what.en}.", ja=f"現在は{what.ja}です。"), nearest(str(got), valid))


def wrong_value(got: object, kind: str, limits: Mapping[str, Any], message: str) -> Text:
    """`kind`, `limits` and `message` as pydantic gives them."""
    what = received(got)
    wanted = next((text for part, text in _WANTED.items() if kind.startswith(part)), None)
    if kind in ("too_short", "string_too_short"):
        return Text(en="This may not be empty.", ja="空にはできません。")
    for limit, en, ja in (("ge", "at least", "以上"), ("le", "at most", "以下")):
        if limit in limits:
            return Text(
                en=f"Must be {en} {limits[limit]}, got {what.en}.",
                ja=f"{limits[limit]} {ja}にしてください。現在は{what.ja}です。",
            )
    if wanted:
        return Text(en=f"Expected {wanted.en}, got {what.en}.", ja=f"{wanted.ja}が必要です。現在は{what.ja}です。")
    return Text(en=f"{message}: got {what.en}.", ja=f"正しくありません（{message}）。現在は{what.ja}です。")


_WANTED = {
    "bool": Text(en="true or false", ja="true か false"),
    "int": Text(en="a whole number", ja="整数"),
    "string": Text(en="a text", ja="文字列"),
    "tuple": Text(en="a list", ja="リスト"),
    "dict": Text(en="a group of keys", ja="キーのまとまり"),
    "model": Text(en="a group of keys", ja="キーのまとまり"),
}


def unknown_pair(name: str, known: Iterable[str]) -> Text:
    message = Text(en=f"There is no sync pair '{name}'.", ja=f"同期ペア「{name}」はありません。")
    return joined(message, nearest(name, known))


def unknown_kind(key: str, known: Iterable[str]) -> Text:
    message = Text(en=f"There is no kind of record '{key}'.", ja=f"「{key}」というレコードの種類はありません。")
    return joined(message, nearest(key, known))


def unknown_field(name: str, kind: EntityType) -> Text:
    message = Text(
        en=f"{kind.label.en} ({kind.key}) has no field '{name}'.",
        ja=f"{kind.label.ja} ({kind.key}) に「{name}」というフィールドはありません。",
    )
    near = nearest(name, [spec.name for spec in kind.fields])
    fields = ", ".join(spec.name for spec in kind.fields)
    if "Did you mean" in near.en:
        near = joined(near, Text(en=f" The fields are: {fields}.", ja=f"フィールド: {fields}。"))
    return joined(message, near)


def missing_side(side: str) -> Text:
    return Text(
        en=f"'{side}' is missing: name the field there.",
        ja=f"「{side}」がありません。どのフィールドか指定してください。",
    )


def types_differ(left: FieldSpec, right: FieldSpec) -> Text:
    return Text(
        en=f"'{left.name}' is of the type {left.type} and '{right.name}' of the type {right.type}: they do not fit.",
        ja=f"「{left.name}」の型は {left.type}、「{right.name}」の型は {right.type} のため、対応付けできません。",
    )


def no_reference_pair(name: str) -> Text:
    return Text(
        en=f"'{name}' points at another record: 'reference' has to name the pair that record is synced by.",
        ja=f"「{name}」は別のレコードを指します。そのレコードを同期するペアを「reference」に指定してください。",
    )


def only_texts() -> Text:
    return Text(
        en="Only texts can be transformed, joined or translated by a table of values.",
        ja="変換、結合、値の対応表は文字列のフィールドだけに使えます。",
    )


def read_only(name: str, side: str) -> Text:
    way = {"crm": "crm_to_finance", "finance": "finance_to_crm"}[side]
    return Text(
        en=f"'{name}' cannot be written on the {side} side; give the field 'direction: {way}'.",
        ja=f"「{name}」は {side} 側では書き込めません。「direction: {way}」を指定してください。",
    )


def join_missing(known: Mapping[str, Joiner]) -> Text:
    names = ", ".join(known)
    return Text(
        en=f"Several fields need 'join', which defines how they become one: {names}.",
        ja=f"複数のフィールドには「join」で結合方法を指定してください: {names}。",
    )


def unknown_join(name: str, known: Iterable[str]) -> Text:
    message = Text(en=f"There is no way '{name}' to join fields.", ja=f"「{name}」という結合方法はありません。")
    return joined(message, nearest(name, known))


def unknown_transformation(name: str, known: Iterable[str]) -> Text:
    message = Text(en=f"There is no transformation '{name}'.", ja=f"「{name}」という変換はありません。")
    return joined(message, nearest(name, known))


def argument_problem(name: str, known: Normaliser, argument: Argument) -> Text | None:
    """What is wrong with what a transformation was given, if anything."""
    if known.takes is None:
        takes_none = Text(en=f"'{name}' takes no value.", ja=f"「{name}」に値は指定できません。")
        return None if argument is None else takes_none
    if known.takes is int and not (isinstance(argument, int) and not isinstance(argument, bool) and argument >= 2):
        return Text(en=f"'{name}' takes a number from 2 on.", ja=f"「{name}」には 2 以上の数を指定してください。")
    if known.takes is str and not (isinstance(argument, str) and re.fullmatch(known.pattern, argument)):
        example = "'+81'" if name == "phone" else known.pattern
        return Text(
            en=f"'{name}' takes a text such as {example}, in quotes.",
            ja=f"「{name}」には {example} のような文字列を引用符で囲んで指定してください。",
        )
    return None


def nothing_to_leave_out(name: str, known: Iterable[str]) -> Text:
    message = Text(en=f"No field '{name}' is mapped anyway.", ja=f"「{name}」はもともと対応付けられていません。")
    return joined(message, nearest(name, known))


def not_mapped(name: str, known: Iterable[str]) -> Text:
    message = Text(en=f"'{name}' is no field of the mapping.", ja=f"「{name}」は対応付けにありません。")
    return joined(message, nearest(name, known))


def not_listed(name: str, kind: EntityType) -> Text:
    return Text(
        en=f"Nothing is recognised by '{name}': the list of {kind.plural.en} does not show it, and while changes go "
        "to finance only, records are not read one by one. Use another key, or another direction.",
        ja=f"「{name}」では照合できません。{kind.plural.ja}の一覧に含まれず、"
        "会計側への一方向ではレコードを個別に読み込みません。別のキーを使うか、向きを変更してください。",
    )


def review_above_link(review_at: int, link_at: int) -> Text:
    return Text(
        en=f"'review_at' ({review_at}) may not be above 'link_at' ({link_at}).",
        ja=f"「review_at」({review_at}) は「link_at」({link_at}) 以下にしてください。",
    )


def cannot_deactivate() -> Text:
    return Text(
        en="No record that changes may be written to can be deactivated: use ignore, delete or ask.",
        ja="書き込み先のレコードは無効にできません。ignore、delete、ask のいずれかを指定してください。",
    )
