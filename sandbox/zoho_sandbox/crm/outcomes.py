"""Calls with one result per item: each item succeeds or fails with its own error, whatever happens to the others."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from zoho_sandbox.crm.errors import Body, RecordProblem, refused
from zoho_sandbox.sandbox import Sandbox

Item = TypeVar("Item")


def success(details: dict[str, Any], message: str) -> Body:
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def at_field(code: str, message: str, name: str, path: str, **details: Any) -> RecordProblem:
    """A problem with the field `name` of the item at a JSON path."""
    return RecordProblem(code, message, {**details, "api_name": name, "json_path": f"{path}.{name}"})


def given_list(body: Body, name: str) -> list[Body]:
    """The objects under `name`; refuses the call where there are none. What is no object counts as an empty one."""
    given = body.get(name)
    if not isinstance(given, list) or not given:
        raise refused("MANDATORY_NOT_FOUND", "required field not found", {"api_name": name, "json_path": f"$.{name}"})
    return [item if isinstance(item, dict) else {} for item in given]


def outcomes_of(sandbox: Sandbox, items: Sequence[Item], write: Callable[[Item, int], Body]) -> list[Body]:
    """What `write` makes of each item and its place, in one transaction."""
    outcomes = []
    with sandbox.db.transaction():
        for index, item in enumerate(items):
            try:
                outcomes.append(write(item, index))
            except RecordProblem as problem:
                outcomes.append(problem.body)
    return outcomes
