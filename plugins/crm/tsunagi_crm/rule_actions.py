"""The rule actions of the CRM: fields of a record changed, a task for somebody, a note.

Each is about the record of the event, or about the one a finance document belongs to.
"""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tsunagi import Action, ActionCall, ActionContext, OutsideWrite, Person, RecordRef, RecordUnusable, Text, Value
from tsunagi_crm.entities import MODULES, SERVICE

Plan = Callable[[ActionCall, ActionContext], tuple[OutsideWrite, ...]]


class _Change(BaseModel):
    """What the fields shall be; one that is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: Annotated[str | None, Text("The description", "詳細情報")] = Field(default=None, max_length=32000)


class ChangeOfDeal(_Change):
    """As _Change."""

    stage: Annotated[str | None, Text("The stage, as the CRM names it", "ステージ（CRM での名称）")] = Field(
        default=None, min_length=1, max_length=120
    )
    closing_date: Annotated[dt.date | None, Text("The closing date", "完了予定日")] = None


class ChangeOfAccount(_Change):
    """As _Change."""

    phone: Annotated[str | None, Text("The telephone number", "電話番号")] = Field(default=None, max_length=30)
    website: Annotated[str | None, Text("The website", "Web サイト")] = Field(default=None, max_length=255)
    industry: Annotated[str | None, Text("The industry", "業種")] = Field(default=None, max_length=120)


class ChangeOfContact(_Change):
    """As _Change."""

    title: Annotated[str | None, Text("The job title", "役職")] = Field(default=None, max_length=100)
    department: Annotated[str | None, Text("The department", "部署")] = Field(default=None, max_length=100)
    phone: Annotated[str | None, Text("The telephone number", "電話番号")] = Field(default=None, max_length=30)
    mobile: Annotated[str | None, Text("The mobile number", "携帯電話番号")] = Field(default=None, max_length=30)


class NewTask(BaseModel):
    """A task about the record. `owner` is the e-mail address of a user of the CRM; left out, the record's owner."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Annotated[str, Text("What is to be done", "件名")] = Field(min_length=1, max_length=255)
    due_date: Annotated[
        dt.date | None, Text("When it is due, such as ${today.plus_7_days}", "期日（例: ${today.plus_7_days}）")
    ] = None
    priority: Annotated[Literal["Highest", "High", "Normal", "Low", "Lowest"], Text("How urgent it is", "優先度")] = (
        "Normal"
    )
    owner: Annotated[
        str | None,
        Text(
            "The e-mail address of a user of the CRM; left out, the record's owner",
            "担当者のメールアドレス。省略するとレコードの所有者",
        ),
    ] = Field(default=None, min_length=3, max_length=100)
    description: Annotated[str, Text("More about it", "詳細情報")] = Field(default="", max_length=32000)


class NewNote(BaseModel):
    """A note under the record."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str, Text("The note's title", "メモの件名")] = Field(default="", max_length=120)
    content: Annotated[str, Text("The note's text", "メモの内容")] = Field(min_length=1, max_length=32000)


def rule_actions() -> tuple[Action, ...]:
    """`crm.deal.update`, `crm.account.update`, `crm.contact.update`, `crm.task.create`, `crm.note.create`."""
    changed: dict[str, tuple[type[BaseModel], Text]] = {
        "deal": (ChangeOfDeal, Text("Change the deal in the CRM", "CRM の商談を変更")),
        "account": (ChangeOfAccount, Text("Change the account in the CRM", "CRM の取引先を変更")),
        "contact": (ChangeOfContact, Text("Change the contact in the CRM", "CRM の連絡先を変更")),
    }
    made: dict[str, tuple[type[BaseModel], Text, Plan]] = {
        "task": (NewTask, Text("Create a task in the CRM", "CRM にタスクを作成"), _plan_task),
        "note": (NewNote, Text("Add a note in the CRM", "CRM にメモを追加"), _plan_note),
    }
    return (
        *(
            Action(f"{SERVICE}.{name}.update", label, model, f"{name}:edit", partial(_plan_change, name))
            for name, (model, label) in changed.items()
        ),
        *(
            Action(f"{SERVICE}.{name}.create", label, model, f"{name}:create", plan)
            for name, (model, label, plan) in made.items()
        ),
    )


def _plan_change(entity: str, call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """Nothing where the record has these values already. Raises RecordUnusable where there is no such record."""
    target = _named(entity, call, context)
    if target is None:
        raise _nothing(call, entity)
    record = context.record(target)
    known = record.fields if record is not None else {}
    wanted: dict[str, Value] = dict(call.parameters.model_dump(exclude_none=True))
    changes = {name: value for name, value in wanted.items() if known.get(name) != value}
    return (OutsideWrite("update", SERVICE, entity, fields=changes, target=target, relates=target),) if changes else ()


def _plan_task(call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """Raises RecordUnusable where there is no record to be about, or no such user."""
    task = call.parameters
    assert isinstance(task, NewTask)
    about = _about(call, context)
    person = _owner(task, about, context)
    fields: dict[str, Value] = {
        "subject": task.subject,
        "due_date": task.due_date,
        "priority": task.priority,
        "description": task.description or None,
        "assignee": RecordRef(SERVICE, "user", person.id) if person else None,
        **_subject(about, context),
    }
    said = {name: value for name, value in fields.items() if value is not None}
    return (OutsideWrite("create", SERVICE, "task", fields=said, relates=about),)


def _plan_note(call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """Raises RecordUnusable where there is no record to be under."""
    note = call.parameters
    assert isinstance(note, NewNote)
    about = _about(call, context)
    fields: dict[str, Value] = {"content": note.content, "about": about}
    if note.title:
        fields["title"] = note.title
    return (OutsideWrite("create", SERVICE, "note", fields=fields, relates=about),)


def _subject(about: RecordRef, context: ActionContext) -> dict[str, Value]:
    """A task about a person names them, and their account as its subject; others name the contact of the record."""
    record = context.record(about)
    fields = record.fields if record is not None else {}
    if about.entity == "contact":
        return {"contact": about, "about": fields.get("account")}
    return {"about": about, "contact": fields.get("contact")}


def _owner(task: NewTask, about: RecordRef, context: ActionContext) -> Person | None:
    """The one who was named, or the record's owner, where a single active user goes by the name."""
    people = [each for each in context.people(SERVICE) if each.active]
    if task.owner is None:
        record = context.record(about)
        named = [each for each in people if record is not None and each.name == record.fields.get("owner")]
        return named[0] if len(named) == 1 else None
    wanted = task.owner.strip().casefold()
    found = next((each for each in people if each.email.strip().casefold() == wanted), None)
    if found is None:
        raise RecordUnusable(
            Text(
                en=f"The CRM has no active user '{task.owner}' to give the task to.",
                ja=f"タスクの担当者「{task.owner}」は CRM の有効な利用者ではありません。",
            ),
            ref=str(about),
            field="owner",
            hint=Text("Name a user of the CRM by e-mail address.", "CRM の利用者をメールアドレスで指定してください。"),
        )
    return found


def _about(call: ActionCall, context: ActionContext) -> RecordRef:
    ref = call.event.ref
    if ref.service == SERVICE and ref.entity in MODULES:
        return ref
    found = _named("deal", call, context) or _named("account", call, context)
    if found is None:
        raise _nothing(call, "deal")
    return found


def _named(entity: str, call: ActionCall, context: ActionContext) -> RecordRef | None:
    """The event's own record, the one it names, the one its deal names, or whom its customer is linked with."""
    ref, fields = call.event.ref, call.event.after or {}
    if (ref.service, ref.entity) == (SERVICE, entity):
        return ref
    deal = fields.get("deal")
    record = context.record(deal) if isinstance(deal, RecordRef) else None
    customer = fields.get("customer")
    linked = context.linked(customer, SERVICE, entity) if isinstance(customer, RecordRef) else None
    candidates = (fields.get(entity), record.fields.get(entity) if record is not None else None, linked)
    return next((each for each in candidates if isinstance(each, RecordRef)), None)


def _nothing(call: ActionCall, entity: str) -> RecordUnusable:
    kind = {
        "deal": Text("deal", "商談"),
        "account": Text("account", "取引先"),
        "contact": Text("contact", "連絡先"),
    }[entity]
    return RecordUnusable(
        Text(
            en=f"{call.event.ref} names no {kind.en}, which the rule '{call.rule}' needs.",
            ja=f"{call.event.ref} には、ルール「{call.rule}」に必要な{kind.ja}がありません。",
        ),
        ref=str(call.event.ref),
        field=entity,
        hint=Text(
            f"Ask for it in the rule: `{entity} is_set`.", f"ルールの条件に {entity} の is_set を加えてください。"
        ),
    )
