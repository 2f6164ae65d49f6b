"""Verbs that rules may use, contributed by plugins, and the outside writes they come down to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from tsunagi.domain.connector import Connector
from tsunagi.domain.directory import Person
from tsunagi.domain.documents import Document
from tsunagi.domain.events import Event
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.text import Text

if TYPE_CHECKING:
    from pydantic import BaseModel


# The verb that mails a document, with the fields `to`, `cc`, `subject` and `body`: once at most, whatever gets lost.
MAIL_VERB = "email"


@dataclass(frozen=True, slots=True)
class OutsideWrite:
    """One write to a service, decided but not yet made.

    `create` needs entity and fields; the others need target, `perform` a verb too. `relates` is the record this write
    answers (the deal an invoice bills); a created record is linked to it. `target_of` names, by its key, the planned
    write whose record is the target, where that record is still to be made. `remark` is what people read beside the
    rule's conditions: where the write says something else than the record does, such as a rounded amount.
    """

    operation: Literal["create", "update", "delete", "perform"]
    service: str
    entity: str
    fields: Fields = field(default_factory=dict)
    target: RecordRef | None = None
    verb: str = ""
    relates: RecordRef | None = None
    target_of: str = ""
    remark: Text | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """A write that was decided and is still to be made; `key` names it for OutsideWrite.target_of."""

    key: str
    write: OutsideWrite


class ActionContext(Protocol):
    """What an action may look at while it decides: the hub's store, and the services themselves."""

    def record(self, ref: RecordRef) -> Record | None:
        """A record as the hub last saw it."""
        ...

    def linked(self, ref: RecordRef, service: str, entity: str) -> RecordRef | None:
        """The record of another service that is one with this one."""
        ...

    def is_paired(self, kind: str, service: str, entity: str) -> bool:
        """Are records of this kind of the CRM ("crm.product") kept in step with this kind of another service?"""
        ...

    def documents_of(self, ref: RecordRef, service: str, entity: str) -> tuple[Document, ...]:
        """Documents made for a record (a deal's invoices), oldest first."""
        ...

    def planned_for(self, ref: RecordRef, service: str, entity: str) -> tuple[PlannedWrite, ...]:
        """Documents that are still to be made for a record, oldest first: decided by an earlier action of this event or
        of another one, and not among `documents_of` yet.
        """
        ...

    def written(self, ref: RecordRef) -> Fields | None:
        """What a document was right after a rule last wrote to it: number, status, total, and the lines and the
        adjustment that were last written. None where none ever did."""
        ...

    def people(self, service: str) -> tuple[Person, ...]:
        """Users of a service as the hub last read them."""
        ...

    def related(self, ref: RecordRef, relation: str) -> tuple[Record, ...]:
        """As Connector.related, read once however many rules and actions ask. Empty where there is no such list."""
        ...

    def was_mailed(self, ref: RecordRef) -> bool:
        """Was a document mailed from here, by a rule or a person, or may it have been?"""
        ...

    def connector(self, service: str) -> Connector:
        """For reading what the store does not hold. Raises NotConnected."""
        ...


@dataclass(frozen=True, slots=True)
class ActionCall:
    """An action a rule requests, with its parameters checked against the action's model."""

    rule: str
    action: str
    parameters: "BaseModel"
    event: Event


@dataclass(frozen=True, slots=True)
class Action:
    """A verb rules may use, named `<service>.<entity>.<verb>`.

    `plan` decides which writes to make; it may read, never write. It raises RecordUnusable where a record
    lacks what is needed, and returns nothing where there is nothing (left) to do.
    `permission` is the `<entity>:<verb>` that a policy must allow to whom the rule runs as.
    """

    name: str
    label: Text
    parameters: "type[BaseModel]"
    permission: str
    plan: Callable[[ActionCall, ActionContext], tuple[OutsideWrite, ...]]

    @property
    def service(self) -> str:
        return self.name.split(".", 1)[0]

    @property
    def asks(self) -> str:
        """The permission at its own service, as policies name it: "ledger.invoice:create"."""
        return f"{self.service}.{self.permission}"
