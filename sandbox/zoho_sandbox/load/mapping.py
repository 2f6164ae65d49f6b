"""The mapping file as values: which column of which file becomes which CRM field, and how a deal closes.

Glossary. A *column* is a heading of a CSV file. A *field* is an API name of the CRM (`Account_Name`).
*values* translate what the company calls something (`Won` -> `Closed Won`); *corrections* repair what is
misspelt (`technolgy` -> `Technology`) and each repaired cell is counted in the report.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from zoho_sandbox.load.amounts import DecimalMark
from zoho_sandbox.load.dates import DateOrder

ModuleName = Literal["Users", "Vendors", "Products", "Accounts", "Contacts", "Deals"]
MODULES: tuple[ModuleName, ...] = ("Users", "Vendors", "Products", "Accounts", "Contacts", "Deals")
"""In the order in which they are loaded: what a record may point to stands before it."""

# Deals may be many and are never kept in memory, so nothing can point to one.
LookupModule = Literal["Users", "Vendors", "Products", "Accounts", "Contacts"]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
ApiName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,49}$")]
Forecast = Literal["Open", "Closed Won", "Closed Lost"]
CustomFieldType = Literal["text", "integer", "decimal", "currency", "date", "boolean", "picklist", "lookup"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Organisation(_Strict):
    """The CRM organisation; what is left out stays as a new sandbox has it. `currencies` holds units of that
    currency for one unit of the base currency."""

    name: str = "My Company"
    base_currency: CurrencyCode | None = None
    time_zone: str | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    currencies: dict[CurrencyCode, Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=9)]] = {}

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            ZoneInfo(value or "UTC")
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("a time zone name such as Asia/Tokyo") from error
        return value


class CsvFormat(_Strict):
    """How the files are written; what is left out is found out from them.

    encoding: of the files that are not marked as Unicode. date_format: strptime format, for dates written some
    other way than the usual ones. date_order, decimal_mark: for dates and amounts that can be read either way.
    """

    encoding: str | None = None
    delimiter: Literal[",", ";", "\t", "|", ":", "^", "~"] | None = None
    date_format: str | None = None
    date_order: DateOrder | None = None
    decimal_mark: DecimalMark | None = None


class CustomField(_Strict):
    """A field the organisation added to a module; `module` is where a lookup points."""

    label: str
    type: CustomFieldType = "text"
    module: LookupModule | None = None

    @model_validator(mode="after")
    def _lookup_needs_module(self) -> Self:
        if (self.type == "lookup") != (self.module is not None):
            raise ValueError("`module` together with `type: lookup`, and only then")
        return self


class FieldSource(_Strict):
    """Where one field's value comes from: one of `column`, `template`, `constant`.

    `template` names columns, or other fields of the same module after their corrections, in braces.
    `lookup` finds the record of that name in another module; `id_column` holds the exporting CRM's id of it.
    `name_part` takes the first or the last name out of a person's full name.
    An empty cell is reported when the field is `expected`.
    """

    column: str | None = None
    template: str | None = None
    constant: str | None = None
    id_column: str | None = None
    lookup: LookupModule | None = None
    name_part: Literal["first", "last"] | None = None
    values: dict[str, str] = {}
    corrections: dict[str, str] = {}
    date_format: str | None = None
    multiply: Decimal | None = None
    expected: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [self.column or self.id_column, self.template, self.constant]
        if sum(source is not None for source in given) != 1:
            raise ValueError("exactly one of `column`, `template`, `constant`")
        return self

    @property
    def placeholders(self) -> list[str]:
        return re.findall(r"\{([^{}]+)\}", self.template or "")

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for column in (self.column, self.id_column, *self.placeholders) if column is not None)


def _column_shorthand(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class ModuleSource(_Strict):
    """One CSV file that fills one module. `without_related_lists` names lists the organisation does not have."""

    file: str
    fields: dict[str, Annotated[FieldSource, BeforeValidator(_column_shorthand)]] = Field(min_length=1)
    record_id: str | None = None
    custom_fields: dict[ApiName, CustomField] = {}
    without_related_lists: list[str] = []

    @field_validator("file")
    @classmethod
    def _inside_the_folder(cls, value: str) -> str:
        if not value or "/" in value or "\\" in value or value in {".", ".."} or "\0" in value:
            raise ValueError("a file name inside the folder")
        return value

    @property
    def columns(self) -> frozenset[str]:
        """Every column the file must have. (A placeholder may be a field's name instead.)"""
        used = {self.record_id, *(column for field in self.fields.values() for column in field.columns)}
        return frozenset(column for column in used if column is not None)


class Stage(_Strict):
    """A stage of the pipeline. `forecast` is what tells an open deal from a won or lost one."""

    name: str
    probability: Annotated[int, Field(ge=0, le=100)]
    forecast: Forecast = "Open"


class Pipeline(_Strict):
    """The stages a deal passes, in order; at least one of each forecast type."""

    stages: list[Stage]

    @field_validator("stages")
    @classmethod
    def _each_forecast(cls, stages: list[Stage]) -> list[Stage]:
        names = [stage.name for stage in stages]
        if len(set(names)) != len(names):
            raise ValueError("each stage name once")
        if {stage.forecast for stage in stages} != {"Open", "Closed Won", "Closed Lost"}:
            raise ValueError("at least one stage each with forecast Open, Closed Won and Closed Lost")
        return stages

    def forecast_of(self, stage: str) -> Forecast | None:
        return next((known.forecast for known in self.stages if known.name == stage), None)

    @property
    def last_open_stage(self) -> str:
        return [stage.name for stage in self.stages if stage.forecast == "Open"][-1]


def _stages(*rows: tuple[str, int]) -> list[Stage]:
    forecasts: dict[int, Forecast] = {0: "Closed Lost", 100: "Closed Won"}
    return [Stage(name=name, probability=p, forecast=forecasts.get(p, "Open")) for name, p in rows]


STANDARD_PIPELINE = Pipeline(
    stages=_stages(
        ("Qualification", 10),
        ("Needs Analysis", 20),
        ("Value Proposition", 40),
        ("Id. Decision Makers", 60),
        ("Proposal/Price Quote", 75),
        ("Negotiation/Review", 90),
        ("Closed Won", 100),
        ("Closed Lost", 0),
        ("Closed Lost to Competition", 0),
    )
)
"""The stages a new CRM organisation has."""


class Closing(_Strict):
    """How deals close. A closed deal is first loaded in `stage_before_closing` (the last open stage unless
    told) and without the fields in `known_at_closing`; the replay plan then closes it."""

    stage_before_closing: str | None = None
    known_at_closing: list[Literal["Amount", "Closing_Date"]] = []


class Mapping(_Strict):
    """A whole mapping file."""

    organisation: Organisation = Organisation()
    csv: CsvFormat = CsvFormat()
    pipeline: Pipeline = STANDARD_PIPELINE
    closing: Closing = Closing()
    modules: dict[ModuleName, ModuleSource] = Field(min_length=1)

    @model_validator(mode="after")
    def _open_before_closing(self) -> Self:
        stage = self.closing.stage_before_closing
        if stage is not None and self.pipeline.forecast_of(stage) != "Open":
            open_stages = [known.name for known in self.pipeline.stages if known.forecast == "Open"]
            raise ValueError(f"closing.stage_before_closing is one of {', '.join(open_stages)}")
        return self

    @property
    def stage_before_closing(self) -> str:
        return self.closing.stage_before_closing or self.pipeline.last_open_stage
