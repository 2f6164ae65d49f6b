"""A parsed document against its schema: every mistake at once, each with its place and what would be valid."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from tsunagi.errors import RuleFileError
from tsunagi.rules.schema import (
    GROUPS,
    OPERATORS,
    AutomationModel,
    PermissionsModel,
    TableModel,
    automation_schema,
    permissions_schema,
    table_schema,
)
from tsunagi.text import Text
from tsunagi.wording import Path, joined, listed, nearest, received, shown
from tsunagi.yaml_marks import Document

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError as Violation

Model = TypeVar("Model", bound=BaseModel)

_TYPES = {
    "object": Text(en="a group of keys", ja="キーのまとまり"),
    "array": Text(en="a list", ja="リスト"),
    "string": Text(en="a text", ja="文字列"),
    "number": Text(en="a number", ja="数値"),
    "integer": Text(en="a whole number", ja="整数"),
    "boolean": Text(en="true or false", ja="true か false"),
    "null": Text(en="null", ja="null"),
}


def read_automation(document: Document) -> AutomationModel | tuple[RuleFileError, ...]:
    """By the model alone where the file is plainly right; the slow schema finds what is wrong with others."""
    if plainly_right(document.data):
        try:
            return AutomationModel.model_validate(document.data)
        except ValidationError:
            pass
    return _read(document, AutomationModel, automation_validator())


def read_table(document: Document) -> TableModel | tuple[RuleFileError, ...]:
    return _read(document, TableModel, table_validator())


def read_permissions(document: Document) -> PermissionsModel | tuple[RuleFileError, ...]:
    return _read(document, PermissionsModel, permissions_validator())


def plainly_right(data: object) -> bool:
    """Whether everything the schema requires beyond the model is certainly present."""
    if not isinstance(data, dict) or type(data.get("version")) is not int:
        return False
    conditions = data.get("conditions", [])
    return isinstance(conditions, list) and all(map(_plain_condition, conditions))


def _plain_condition(data: object) -> bool:
    if not isinstance(data, dict):
        return False
    if "field" in data:
        operands = {name: operand for name, operand in data.items() if name != "field"}
        return bool(data["field"] and operands) and all(_plain_operand(*each) for each in operands.items())
    if len(data) != 1:
        return False
    ((group, inner),) = data.items()
    inners = [inner] if group == "not" else inner
    return group in GROUPS and isinstance(inners, list) and bool(inners) and all(map(_plain_condition, inners))


def _plain_operand(name: str, operand: object) -> bool:
    constant = isinstance(operand, str | int | Decimal)
    match name:
        case "equals" | "not_equals":
            return constant or operand is None
        case "in" | "not_in":
            options = operand if isinstance(operand, list) else []
            return bool(options) and all(each is None or isinstance(each, str | int | Decimal) for each in options)
        case "is_set" | "is_blank" | "changed":
            return isinstance(operand, bool)
        case "contains" | "starts_with":
            return isinstance(operand, str) and operand != ""
        case _:
            return name in OPERATORS and constant and not isinstance(operand, bool) and operand != ""


@cache
def automation_validator() -> "Draft202012Validator":
    return _validator(automation_schema())


def _validator(schema: Mapping[str, Any]) -> "Draft202012Validator":
    # Only a file that is not plainly right needs it, and it takes long to import.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    return Draft202012Validator(schema)


@cache
def permissions_validator() -> "Draft202012Validator":
    return _validator(permissions_schema())


@cache
def table_validator() -> "Draft202012Validator":
    return _validator(table_schema())


def _read(
    document: Document, model: type[Model], validator: "Draft202012Validator"
) -> Model | tuple[RuleFileError, ...]:
    errors = _in_order(
        error for violation in validator.iter_errors(document.data) for error in _reported(document, violation)
    )
    if errors:
        return errors
    try:
        return model.model_validate(document.data)
    except ValidationError as error:  # what a schema cannot express, such as a line break behind an identifier
        return tuple(document.error(Text.same(item["msg"]), _existing(item["loc"])) for item in error.errors())


def _in_order(errors: Iterable[RuleFileError]) -> tuple[RuleFileError, ...]:
    """From the top of the file down, without saying anything twice."""
    unique = {(error.line, error.column, str(error)): error for error in errors}
    return tuple(unique[key] for key in sorted(unique))


def _existing(loc: Sequence[str | int]) -> Path:
    return tuple(loc)


def _reported(document: Document, violation: "Violation") -> Iterator[RuleFileError]:
    path: Path = tuple(violation.absolute_path)
    match violation.validator:
        case "additionalProperties":
            yield from _unknown_keys(document, violation, path)
        case "required":
            yield from _missing_keys(document, violation, path)
        case "anyOf":
            yield from _closest_branch(document, violation, path)
        case "oneOf":
            yield from _shape(document, violation, path)
        case _:
            yield document.error(_message(violation), path)


def _unknown_keys(document: Document, violation: "Violation", path: Path) -> Iterator[RuleFileError]:
    schema: Any = violation.schema
    known: Mapping[str, Any] = schema["properties"]
    for key in _got(violation).keys() - known.keys():
        message = Text(en=f"There is no key '{key}' here.", ja=f"ここに「{key}」というキーはありません。")
        yield document.error(joined(message, nearest(key, known)), (*path, key), key=True)


def _missing_keys(document: Document, violation: "Violation", path: Path) -> Iterator[RuleFileError]:
    for key in _limit(violation):
        # jsonschema reports each missing key on its own, with the complete list attached.
        if key not in _got(violation) and repr(key) in violation.message:
            yield document.error(Text(en=f"'{key}' is missing.", ja=f"「{key}」がありません。"), path, key=True)


def _closest_branch(document: Document, violation: "Violation", path: Path) -> Iterator[RuleFileError]:
    """Of several forms a value may take, speak of the one whose outer shape the value has."""
    branches: dict[int, list[Violation]] = {}
    for inner in violation.context or ():
        branches.setdefault(int(inner.relative_schema_path[0]), []).append(inner)
    fitting = [found for found in branches.values() if not any(_wrong_outside(inner) for inner in found)]
    if len(fitting) != 1:
        yield document.error(_none_of(violation), path)
        return
    for inner in fitting[0]:
        yield from _reported(document, inner)


def _wrong_outside(violation: "Violation") -> bool:
    return violation.validator in {"type", "enum", "const"} and not violation.relative_path


def _none_of(violation: "Violation") -> Text:
    enums = [value for branch in _limit(violation) for value in branch.get("enum", _constant(branch))]
    types = [name for branch in _limit(violation) for name in _type_names(branch)]
    if enums and isinstance(violation.instance, str):
        return _not_among(violation.instance, enums)
    return _wrong_type(types, violation.instance)


def _constant(schema: Mapping[str, Any]) -> list[object]:
    return [schema["const"]] if "const" in schema else []


def _type_names(schema: Mapping[str, Any]) -> list[str]:
    if "$ref" in schema:  # all our references are to groups of keys
        return ["object"]
    names = schema.get("type", [])
    return [names] if isinstance(names, str) else list(names)


def _shape(document: Document, violation: "Violation", path: Path) -> Iterator[RuleFileError]:
    """A condition that is neither one comparison nor one group."""
    if not isinstance(violation.instance, dict):
        return  # its type is wrong, which was reported already
    keys = violation.instance.keys()
    if keys - {"field", "rate", *OPERATORS, *GROUPS}:
        return  # an unknown key was reported already, and is probably the missing one misspelt
    yield document.error(_shape_message(keys & {"field"}, keys & set(OPERATORS), keys & set(GROUPS)), path)


def _shape_message(field: set[str], operators: set[str], groups: set[str]) -> Text:
    if groups and (field or operators or len(groups) > 1):
        given = listed((*groups, *field, *operators))
        return Text(
            en=f"A condition is one group or one comparison, not several ({given}); write them as items of a list.",
            ja=f"条件はグループか比較のどちらか一つです（{given}）。複数の場合はリストの項目に分けてください。",
        )
    if operators and not field:
        return Text(
            en=f"'field' is missing: name the field to compare ({listed(operators)}).",
            ja=f"「field」がありません。比較するフィールドを指定してください（{listed(operators)}）。",
        )
    if field:
        return Text(
            en=f"This comparison has no operator. Valid are: {listed(OPERATORS)}.",
            ja=f"比較の演算子がありません。使えるもの: {listed(OPERATORS)}。",
        )
    return Text(
        en="This condition is empty: give 'field' with an operator, or one of all, any, not.",
        ja="条件が空です。「field」と演算子、または all、any、not のいずれかを指定してください。",
    )


def _limit(violation: "Violation") -> Any:
    """What the schema demands; its type depends on the keyword."""
    return violation.validator_value


def _got(violation: "Violation") -> Any:
    return violation.instance


def _message(violation: "Violation") -> Text:
    limit, got = _limit(violation), _got(violation)
    match violation.validator:
        case "type":
            return _wrong_type([limit] if isinstance(limit, str) else limit, got)
        case "const":
            return _not_among(got, [limit])
        case "enum":
            return _not_among(got, limit)
        case "minItems" | "minLength":
            return Text(en="This may not be empty.", ja="空にはできません。")
        case "maxLength":
            return Text(
                en=f"This may have at most {limit} characters, not {len(got)}.",
                ja=f"{limit} 文字までです（現在 {len(got)} 文字）。",
            )
        case "pattern":
            return Text(
                en=f"{shown(got)} is no identifier: use lower-case letters, digits and _, beginning with a letter.",
                ja=f"{shown(got)} は識別子として使えません。英小文字で始め、英小文字・数字・_ を使ってください。",
            )
        case _:
            return Text(en=f"{violation.message}.", ja=f"正しくありません: {violation.message}。")


def _wrong_type(names: Iterable[str], got: object) -> Text:
    wanted = [_TYPES[name] for name in dict.fromkeys(names)]
    what = received(got)
    return Text(
        en=f"Expected {' or '.join(word.en for word in wanted)}, got {what.en}.",
        ja=f"{'または'.join(word.ja for word in wanted)}が必要です。現在は{what.ja}です。",
    )


def _not_among(got: object, valid: Sequence[object]) -> Text:
    what = received(got)
    message = Text(en=f"Got {what.en}.", ja=f"現在は{what.ja}です。")
    return joined(message, nearest(str(got), [str(value) for value in valid]))
