"""Kinds of record a plugin declares: all that is needed to store, show and permit them, and to write rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from tsunagi.domain.records import Fields, Value
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.domain.documents import DocumentForm

FieldType = Literal[
    "text",
    "email",
    "phone",
    "url",
    "integer",
    "decimal",
    "money",
    "date",
    "time",
    "boolean",
    "choice",
    "reference",
]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of an entity type.

    `references` names the entity type ("crm.account") a `reference` field points at.
    `choices` maps each value of a `choice` field to its label; of a text field, those values that many organisations
    have. Any other value of a text is shown as it is. Where it is not `listed`, only the record itself has it: listings
    leave it out.
    """

    name: str
    type: FieldType
    label: Text
    references: str = ""
    choices: Mapping[str, Text] = field(default_factory=dict)
    required: bool = False
    read_only: bool = False
    listed: bool = True

    def choice_label(self, value: str) -> Text:
        """The label of a value."""
        return self.choices.get(value) or Text.same(value)


@dataclass(frozen=True, slots=True)
class AddedField:
    """A field that an organisation has added, as last seen.

    `lost_since` is set where it was kept in step and is not what it was: `missing`, or of another type than before.
    """

    spec: FieldSpec
    lost_since: datetime | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A change of one field that people have a name for: a deal is *won* when `outcome` becomes `won`.

    The event is called `<entity>.<name>`; a record that is already there when a connection is made has no moments.
    With `any_change` it is a change to whatever value. `only_from` names the values before, where not any will do.
    Either happens only to a record that was known. With `by_date` it comes of itself once the record's `due_date` is
    over: no service reports that as a change, so the hub reads such records again on the day after. With `related` it
    is a change of what one of the record's related lists holds (see Connector.related), which is read for it.
    """

    name: str
    field: str
    to: Value
    label: Text
    any_change: bool = False
    only_from: tuple[Value, ...] = ()
    by_date: bool = False
    related: str = ""

    def happened(self, before: Fields | None, after: Fields) -> bool:
        if self.related:
            return False
        if self.any_change:
            return before is not None and before.get(self.field) != after.get(self.field)
        if self.only_from and (before is None or before.get(self.field) not in self.only_from):
            return False
        return after.get(self.field) == self.to and (before is None or before.get(self.field) != self.to)


@dataclass(frozen=True, slots=True)
class EntityType:
    """A kind of record of one service.

    `kind` is `document` for what has a number, a total and a status (see tsunagi.domain.documents), else `master`.
    `verbs` are what a permission policy may allow on it: "view", "create", "edit", "email".
    `title` names the field people know the record by. Names that begin with `added`, where it is given, are fields that
    the organisation has added itself: texts that need no declaration. Kinds that are not `listed` are made by the hub
    and never read: nothing happens to them that a rule could wait for.
    """

    service: str
    name: str
    label: Text
    plural: Text
    fields: tuple[FieldSpec, ...]
    kind: Literal["master", "document"] = "master"
    title: str = "name"
    verbs: tuple[str, ...] = ("view",)
    moments: tuple[Moment, ...] = ()
    added: str = ""
    form: "DocumentForm | None" = None
    listed: bool = True

    @property
    def key(self) -> str:
        return f"{self.service}.{self.name}"

    def field(self, name: str) -> FieldSpec | None:
        declared = next((spec for spec in self.fields if spec.name == name), None)
        if declared is None and self.added and name.startswith(self.added) and name != self.added:
            return FieldSpec(name, "text", Text.same(name))
        return declared

    def is_added(self, name: str) -> bool:
        """Is it a field of the organisation's own?"""
        return all(spec.name != name for spec in self.fields)

    def choice_label(self, name: str, fields: Fields) -> Text:
        """A text or choice as people call it; empty where it is blank."""
        value, spec = fields.get(name), self.field(name)
        text = "" if value is None else str(value)
        return spec.choice_label(text) if spec else Text.same(text)


@runtime_checkable
class ChoiceLabels(Protocol):
    """A connector whose service has words of its own for the values of fields."""

    def choice_labels(self) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
        """By kind of record, field and value: the label, in the language of the user who connected the service.

        Only where the label is not the value. Raises as Connector.
        """
        ...
