"""What a permission file may contain, as pydantic models that give the JSON schema."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from tsunagi.rules.schema import ConditionModel, Identifier, TextModel

_Filled = Annotated[str, Field(min_length=1)]
_Names = Annotated[tuple[_Filled, ...], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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
