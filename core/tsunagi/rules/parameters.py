"""Parameters of actions: checked against the action's model when a rule is loaded, filled when it is decided."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tsunagi.errors import RuleFileError
from tsunagi.rules.facts import Facts
from tsunagi.rules.templates import Tree, Unfilled, filled, flaws, quotes_in
from tsunagi.text import Text
from tsunagi.wording import Path, joined, nearest, received, spelt
from tsunagi.yaml_marks import Document

Parameters = Mapping[str, Tree]

_WANTED = {
    "int": Text(en="a whole number", ja="整数"),
    "bool": Text(en="true or false", ja="true か false"),
    "string": Text(en="a text", ja="文字列"),
    "date": Text(en="a date such as 2026-11-24", ja="2026-11-24 のような日付"),
    "datetime": Text(en="a time such as 2026-11-24T09:00:00+09:00", ja="2026-11-24T09:00:00+09:00 のような日時"),
    "decimal": Text(en="a number", ja="数値"),
    "list": Text(en="a list", ja="リスト"),
    "dict": Text(en="a group of keys", ja="キーのまとまり"),
}


def parameter_errors(
    document: Document, path: Path, action: str, model: type[BaseModel], parameters: Parameters
) -> Iterator[RuleFileError]:
    """Unknown names, missing ones, and constants the action does not take; what is quoted is seen when it is filled."""
    known = _names(model)
    for name in parameters.keys() - known:
        message = Text(
            en=f"The action '{action}' has no parameter '{name}'.",
            ja=f"アクション「{action}」にパラメータ「{name}」はありません。",
        )
        yield document.error(joined(message, nearest(name, known)), (*path, name), key=True)
    # Malformed quotes are reported when the file is read; what is quoted is known only when it is filled.
    open_names = {name for name, tree in parameters.items() if quotes_in(tree) or any(flaws(tree))}
    constants = {name: tree for name, tree in parameters.items() if name in known and name not in open_names}
    for problem in _complaints(model, constants):
        loc = tuple(problem["loc"])
        if not loc or loc[0] not in open_names:
            yield document.error(_reason(action, problem, loc), (*path, *loc))


def constant(model: type[BaseModel], parameters: Parameters) -> BaseModel | None:
    """Parameters that quote nothing, filled once and for all; None for others, and for those with a mistake."""
    if any(quotes_in(tree) or any(flaws(tree)) for tree in parameters.values()):
        return None
    try:
        return model.model_validate(parameters)
    except ValidationError:
        return None


def fill(action: str, model: type[BaseModel], parameters: Parameters, facts: Facts) -> BaseModel | Text:
    """The action's parameters with facts in place of quotes, or why they cannot be filled."""
    values: dict[str, object] = {}
    for name, tree in parameters.items():
        value = filled(tree, facts)
        if isinstance(value, Unfilled):
            return _unfilled(action, name, value)
        values[name] = value
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
    loc = tuple(problem["loc"])
    where = spelt(loc)
    reason = _reason(action, problem, loc)
    return Text(en=f"{where}: {reason.en}", ja=f"{where}: {reason.ja}")


def _names(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def _complaints(model: type[BaseModel], values: Mapping[str, object]) -> list[ErrorDetails]:
    try:
        model.model_validate(dict(values))
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def _reason(action: str, problem: ErrorDetails, loc: Path) -> Text:
    name = str(loc[0]) if loc else action
    kind = problem["type"]
    if kind == "missing":
        return Text(
            en=f"The action '{action}' needs the parameter '{name}'.",
            ja=f"アクション「{action}」にはパラメータ「{name}」が必要です。",
        )
    got = received(problem["input"])
    wanted = _wanted(problem)
    if wanted:
        return Text(
            en=f"'{name}' must be {wanted.en}, got {got.en}.",
            ja=f"「{name}」は{wanted.ja}でなければなりません。現在は{got.ja}です。",
        )
    return Text(
        en=f"'{name}' is not accepted: {problem['msg']} (got {got.en}).",
        ja=f"「{name}」は受け付けられません: {problem['msg']}（現在は{got.ja}）。",
    )


def _wanted(problem: ErrorDetails) -> Text | None:
    kind = problem["type"]
    context: dict[str, Any] = problem.get("ctx") or {}
    if kind in {"literal_error", "enum"}:
        expected = str(context.get("expected", ""))
        return Text(en=f"one of {expected}", ja=f"次のいずれか（{expected.replace(' or ', ', ')}）")
    if kind.endswith(("_parsing", "_type", "_from_float")) or kind.startswith("date"):
        return _WANTED.get(kind.split("_", 1)[0])
    return None


def _unfilled(action: str, name: str, missing: Unfilled) -> Text:
    return Text(
        en=f"'{name}' of {action} quotes {missing.path}, which cannot be had: {missing.reason.en}",
        ja=f"{action} の「{name}」は {missing.path} を参照していますが、取得できません: {missing.reason.ja}",
    )
