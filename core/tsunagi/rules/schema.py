"""What a rule file, a table of cases and a permission file may contain, as pydantic models that give the JSON schemas.

The models carry the shape alone; whether a name exists is a question for the vocabulary.
"""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, WithJsonSchema

OPERATORS = (
    "equals",
    "not_equals",
    "in",
    "not_in",
    "greater_than",
    "at_least",
    "less_than",
    "at_most",
    "contains",
    "starts_with",
    "is_set",
    "is_blank",
    "changed",
)
GROUPS = ("all", "any", "not")

_Constant = Annotated[object, WithJsonSchema({"type": ["string", "number", "boolean", "null"]})]
_Ordered = Annotated[object, WithJsonSchema({"type": ["string", "number"], "minLength": 1})]
_Constants = Annotated[
    tuple[object, ...],
    WithJsonSchema({"type": "array", "minItems": 1, "items": {"type": ["string", "number", "boolean", "null"]}}),
]
_Worth = {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}
_Rate = Annotated[object, WithJsonSchema({"anyOf": [{"const": "crm"}, _Worth]})]
_Anything = Annotated[object, WithJsonSchema({})]
_Filled = Annotated[str, Field(min_length=1)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]


def _condition_shape(schema: dict[str, Any]) -> None:
    """A condition is one of four things; in the schema for editors, with better messages in the checker."""
    comparison = {"required": ["field"], "anyOf": [{"required": [name]} for name in OPERATORS]}
    groups = [{"required": [name], "maxProperties": 1} for name in GROUPS]
    schema["oneOf"] = [comparison, *groups]
    # To leave it unset, omit it: null is not accepted.
    schema["properties"]["not"] = schema["properties"]["not"]["anyOf"][0]
    for name in (*OPERATORS, *GROUPS, "field", "rate"):
        schema["properties"][name].pop("default", None)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TextModel(_Strict):
    """A text in both languages."""

    en: _Filled
    ja: _Filled


class ConditionModel(_Strict):
    """Either a comparison (`field` with one or more operators, which must all hold) or a group of conditions."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_condition_shape)

    field: _Filled = ""
    equals: _Constant = None
    not_equals: _Constant = None
    is_in: _Constants = Field(default=(), alias="in")
    not_in: _Constants = ()
    greater_than: _Ordered = None
    at_least: _Ordered = None
    less_than: _Ordered = None
    at_most: _Ordered = None
    contains: Annotated[object, WithJsonSchema({"type": ["string", "number", "boolean"], "minLength": 1})] = None
    starts_with: _Filled = ""
    is_set: StrictBool = True
    is_blank: StrictBool = True
    changed: StrictBool = True
    rate: _Rate = None
    all: Annotated[tuple["ConditionModel", ...], Field(min_length=1)] = ()
    any: Annotated[tuple["ConditionModel", ...], Field(min_length=1)] = ()
    negated: "ConditionModel | None" = Field(default=None, alias="not")


class TriggerModel(_Strict):
    """What sets a rule going: an event, or a schedule (cron words) with the kind of record that is gone through.

    `service` narrows it where two services know an event, or a kind of record, by the same name.
    """

    event: _Filled = ""
    schedule: _Filled = ""
    time_zone: _Filled = ""
    each: Identifier = ""
    service: _Filled | None = None


class StepModel(_Strict):
    """One action and its parameters, which may quote facts as `${deal.amount}`."""

    action: _Filled
    parameters: dict[str, _Anything] = {}


class AutomationModel(_Strict):
    """One automation a file."""

    version: Literal[1]
    automation: Identifier
    title: _Filled | TextModel
    description: str | TextModel = ""
    enabled: StrictBool = True
    trigger: TriggerModel
    conditions: tuple[ConditionModel, ...] = ()
    actions: Annotated[tuple[StepModel, ...], Field(min_length=1)]
    repeat: Literal["once_per_record", "every_time"] = "once_per_record"
    run_as: _Filled | None = None
    group: Identifier | None = None
    order: Annotated[int, Field(strict=True, ge=-1000, le=1000)] = 0


class ExpectedModel(_Strict):
    """An expected action; of its parameters only those given here are compared."""

    rule: Identifier | None = None
    action: _Filled
    parameters: dict[str, _Anything] = {}


class CaseModel(_Strict):
    """One line of a table: what happened, what is known, and what must follow."""

    case: _Filled
    event: _Filled
    service: _Filled | None = None
    facts: dict[str, dict[str, _Anything]]
    expect: Literal["nothing", "cannot_tell"] | Annotated[tuple[ExpectedModel, ...], Field(min_length=1)]


class TableModel(_Strict):
    """A table of cases; with `automation` it looks at that rule alone, without at all of them."""

    version: Literal[1]
    automation: Identifier | None = None
    cases: tuple[CaseModel, ...]


@cache
def automation_schema() -> dict[str, Any]:
    """The JSON schema (2020-12) of a rule file, for editors and for our own messages."""
    return AutomationModel.model_json_schema(by_alias=True) | {"$id": "tsunagi-automation-v1", "title": "Automation"}


@cache
def table_schema() -> dict[str, Any]:
    """The JSON schema (2020-12) of a table of cases."""
    return TableModel.model_json_schema(by_alias=True) | {"$id": "tsunagi-cases-v1", "title": "Cases"}


_Names = Annotated[tuple[_Filled, ...], Field(min_length=1)]


class WhoModel(_Strict):
    """The people a policy is about: those that any of these lists names."""

    profiles: _Names = Field(default=(), description="profiles of the CRM, by name")
    roles: _Names = Field(default=(), description="roles of the CRM, by name")
    users: _Names = Field(default=(), description="e-mail addresses of users of the CRM")
    administrators: Literal[True] | None = Field(default=None, description="administrators of the CRM")


class PolicyModel(_Strict):
    """One statement. What no policy permits is denied; a policy that forbids goes before all that permit."""

    policy: Identifier
    title: _Filled | TextModel | None = None
    effect: Literal["permit", "forbid"]
    who: Literal["everyone"] | WhoModel
    actions: (
        Literal["all"]
        | Annotated[
            tuple[Literal["view", "create", "edit", "email", "run", "check", "disable", "enable"], ...],
            Field(min_length=1),
        ]
    )
    on: Literal["all"] | _Names
    conditions: tuple[ConditionModel, ...] = ()
    enabled: StrictBool = True


class PermissionsModel(_Strict):
    """A file of policies."""

    version: Literal[1]
    permissions: Identifier
    title: _Filled | TextModel
    description: str | TextModel = ""
    policies: Annotated[tuple[PolicyModel, ...], Field(min_length=1)]


@cache
def permissions_schema() -> dict[str, Any]:
    """The JSON schema (2020-12) of a permission file, for editors and for our own messages."""
    schema = PermissionsModel.model_json_schema(by_alias=True)
    administrators = schema["$defs"]["WhoModel"]["properties"]["administrators"]
    administrators |= {"const": True, "type": "boolean"}
    administrators.pop("anyOf", None)
    administrators.pop("default", None)
    return schema | {"$id": "tsunagi-permissions-v1", "title": "Permissions"}
