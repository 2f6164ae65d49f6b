"""Tasks and notes of the CRM: made for people to work on, and never listed."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tsunagi import EntityType, RecordRef, RecordRejected, Text, Value
from tsunagi_crm.entities import MODULES, SERVICE, CrmModule
from tsunagi_crm.fields import NativeField, field


def module_of(entity: str) -> str:
    """How the CRM calls the module of a kind of record."""
    return MODULES[entity].module


def _entity_of(module: object) -> str | None:
    return next((entity for entity, known in MODULES.items() if known.module == module), None)


def _ref(module: object, id: object) -> RecordRef | None:
    entity = _entity_of(module)
    return RecordRef(SERVICE, entity, str(id)) if entity and id else None


@dataclass(frozen=True, slots=True)
class _AboutOfTask(NativeField):
    """What a task is about, in any module: the row names which beside it."""

    def read_from(self, row: Mapping[str, Any], currency: str) -> Value:  # noqa: ARG002 - no amount
        about = row.get(self.native)
        return _ref(row.get(_MODULE), about.get("id")) if isinstance(about, dict) else None

    def written(self, value: Value) -> dict[str, Any]:
        assert isinstance(value, RecordRef)
        return {self.native: {"id": value.id}, _MODULE: module_of(value.entity)}


@dataclass(frozen=True, slots=True)
class _AboutOfNote(NativeField):
    """The record a note stands under."""

    def read_from(self, row: Mapping[str, Any], currency: str) -> Value:  # noqa: ARG002 - no amount
        parent = row.get(self.native)
        module = parent.get("module") if isinstance(parent, dict) else None
        return _ref(module.get("api_name"), parent.get("id")) if isinstance(module, dict) and parent else None

    def written(self, value: Value) -> dict[str, Any]:
        assert isinstance(value, RecordRef)
        return {self.native: {"module": {"api_name": module_of(value.entity)}, "id": value.id}}


def left_to_people(ref: RecordRef, operation: str) -> RecordRejected:
    """What was made for people to work on is theirs."""
    return RecordRejected(
        Text(
            en=f"{ref} is left to people: tasks and notes are created, and nothing else.",
            ja=f"{ref} は担当者に任されています。タスクとメモは作成のみ行えます。",
        ),
        service=SERVICE,
        problems={"operation": f"'{operation}' is not one of create"},
    )


_MODULE = "$se_module"
_ABOUT = field("about", "", "reference", "About", "対象", references="").spec
PRIORITIES = ("High", "Highest", "Low", "Lowest", "Normal")
_TASK_FIELDS = (
    field("subject", "Subject", "text", "Subject", "件名", required=True),
    field("due_date", "Due_Date", "date", "Due date", "期日"),
    field("priority", "Priority", "text", "Priority", "優先度"),
    field("status", "Status", "text", "Status", "状態"),
    _AboutOfTask(_ABOUT, "What_Id"),
    field("contact", "Who_Id", "reference", "Contact", "連絡先", references="crm.contact"),
    field("assignee", "Owner", "reference", "Owner", "担当者", references="crm.user"),
    field("description", "Description", "text", "Description", "説明"),
)
_NOTE_FIELDS = (
    field("title", "Note_Title", "text", "Title", "タイトル"),
    field("content", "Note_Content", "text", "Content", "内容", required=True),
    _AboutOfNote(_ABOUT, "Parent_Id"),
)
TASK = EntityType(
    service=SERVICE,
    name="task",
    label=Text(en="Task", ja="タスク"),
    plural=Text(en="Tasks", ja="タスク"),
    fields=tuple(each.spec for each in _TASK_FIELDS),
    title="subject",
    verbs=("create",),
    listed=False,
)
NOTE = EntityType(
    service=SERVICE,
    name="note",
    label=Text(en="Note", ja="メモ"),
    plural=Text(en="Notes", ja="メモ"),
    fields=tuple(each.spec for each in _NOTE_FIELDS),
    title="title",
    verbs=("create",),
    listed=False,
)
# What people may have done with a task since (its status, its owner) makes it no other one.
TASK_MODULE = CrmModule(TASK, "Tasks", _TASK_FIELDS, ("subject", "about", "due_date"))
NOTE_MODULE = CrmModule(NOTE, "Notes", _NOTE_FIELDS, ("title", "content", "about"))
ACTIVITIES: Mapping[str, CrmModule] = MappingProxyType({"task": TASK_MODULE, "note": NOTE_MODULE})
