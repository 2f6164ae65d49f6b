"""What a settings file may contain, as pydantic models that give the JSON schema.

The models carry the shape alone; whether a field, a pair or a transformation exists is a question for the reader.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from tsunagi.domain.mapping import MatchKind
from tsunagi.sync.settings import Module
from tsunagi.sync.transformations import JOINERS, NORMALISERS, Argument

SideWord = Literal["crm", "finance"]
DirectionWord = Literal["both", "crm_to_finance", "finance_to_crm"]
ConflictWord = Literal["source_wins", "crm_wins", "finance_wins", "newest_wins", "skip", "ask"]
DuplicateWord = Literal["overwrite", "clone", "skip", "ask"]
DeletionWord = Literal["ignore", "deactivate", "delete", "ask"]

_Filled = Annotated[str, Field(min_length=1)]


def _as_list(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _step(given: object) -> object:
    """`phone` or {truncate: 200}, as a name and its argument."""
    if isinstance(given, dict) and len(given) == 1:
        return next(iter(given.items()))
    return (given, None) if isinstance(given, str) else given


_Names = Annotated[
    tuple[_Filled, ...],
    Field(min_length=1),
    BeforeValidator(_as_list),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
            ]
        }
    ),
]


def _step_schema() -> dict[str, Any]:
    plain = [name for name, one in NORMALISERS.items() if one.takes is None]
    words: list[dict[str, Any]] = [{"const": name, "description": NORMALISERS[name].about.en} for name in plain]
    for name, one in NORMALISERS.items():
        if one.takes:
            argument: dict[str, Any] = {"type": "integer", "minimum": 2} if one.takes is int else {"type": "string"}
            argument |= {"pattern": f"^{one.pattern}$"} if one.pattern else {}
            shape = {
                "type": "object",
                "properties": {name: argument},
                "required": [name],
                "additionalProperties": False,
            }
            words.append({**shape, "description": one.about.en})
    return {"anyOf": words}


_Step = Annotated[tuple[str, Argument], BeforeValidator(_step), WithJsonSchema(_step_schema())]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class TitleModel(_Strict):
    """What people call the pair."""

    en: _Filled
    ja: _Filled


class EndsModel(_Strict):
    """The two kinds of record, as service.kind; needed only for a pair no plugin declares."""

    crm: _Filled
    finance: _Filled


class SelectionModel(_Strict):
    """Which CRM records take part."""

    modules: tuple[Module, ...] = ()
    view: str = Field(default="", description="The name of a CRM custom view; empty: all records.")
    contacts_without_account: Literal["leave", "customer"] = "leave"


class KeyModel(_Strict):
    """One way to recognise a record on the other side; scores are in percent and add up."""

    field: _Names
    compare: MatchKind
    score: int = Field(ge=1, le=99)


class MatchingModel(_Strict):
    """How records that were on both sides before are recognised."""

    keys: tuple[KeyModel, ...] = Field(min_length=1)
    within: tuple[_Filled, ...] = ()
    link_at: int = Field(default=90, ge=1, le=100)
    review_at: int = Field(default=50, ge=1, le=100)


class GuardModel(_Strict):
    """How many linked records one sync may delete, deactivate or let go before it is stopped."""

    always: int = Field(default=5, ge=0)
    percent: int = Field(default=10, ge=0, le=100)
    most: int = Field(default=500, ge=0)


class FieldModel(_Strict):
    """One field of the mapping. `values` are CRM value to finance value; `transform` is done to both sides' values."""

    crm: _Names | None = None
    finance: _Names | None = None
    sync: bool = Field(default=True, description="false leaves out a field that the plugin maps.")
    direction: DirectionWord | None = None
    owner: SideWord | None = Field(default=None, description="The side whose value stands in a conflict.")
    values: dict[str, str] = Field(default_factory=dict)
    transform: tuple[_Step, ...] = ()
    join: str = Field(default="", description="How several fields of one side become one.")
    reference: str = Field(default="", description="The pair whose links translate this reference.")
    required: bool = False


class SettingsModel(_Strict):
    """The settings of one sync pair."""

    version: Literal[1]
    pair: _Filled
    title: TitleModel | None = None
    ends: EndsModel | None = None
    enabled: bool = True
    select: SelectionModel = SelectionModel()
    direction: DirectionWord | None = None
    conflicts: ConflictWord = "source_wins"
    duplicates: DuplicateWord = "overwrite"
    deletions: DeletionWord = "ignore"
    merges: DeletionWord = "ignore"
    edits_survive: bool = True
    clock_skew_seconds: int = Field(default=30, ge=0, le=86_400)
    guard: GuardModel = GuardModel()
    matching: MatchingModel | None = None
    after: tuple[_Filled, ...] = ()
    fields: dict[str, FieldModel] = Field(default_factory=dict)


def settings_schema(pairs: Mapping[str, object] | None = None) -> dict[str, Any]:
    """The JSON schema of a settings file, for editors; `pairs` are the names to offer."""
    schema = SettingsModel.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Tsunagi sync settings"
    if pairs:
        schema["properties"]["pair"]["examples"] = sorted(pairs)
    schema["$defs"]["FieldModel"]["properties"]["join"]["enum"] = ["", *JOINERS]
    return schema
