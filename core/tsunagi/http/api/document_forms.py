"""Making and changing documents: what a kind takes, what it will come to, and the writes themselves."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from tsunagi.app.documents import creating, editing
from tsunagi.app.documents.creating import Draft, Wanted, form_of
from tsunagi.app.documents.editing import Editable
from tsunagi.app.documents.form_lines import choices_of
from tsunagi.app.documents.submitting import Submitted
from tsunagi.domain.entities import FieldSpec
from tsunagi.domain.records import RecordRef
from tsunagi.http.api.conditional import IfMatch, require_match
from tsunagi.http.api.documents import NamedIn
from tsunagi.http.api.schemas import MoneyOut, RefOut, fields, money, reference
from tsunagi.http.auth import SignedIn
from tsunagi.translation import say

router = APIRouter(prefix="/documents", tags=["documents"])

Entered = Annotated[str, Field(max_length=10_000)] | int | Decimal | None
Values = Annotated[dict[str, Entered], Field(max_length=100)]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key with the same body gives the same document, however often it is sent.",
    ),
]


class FormFieldOut(BaseModel):
    """One field: `type` as text, decimal, date or choice; `choices` by value."""

    name: str
    label: str
    type: str
    choices: dict[str, str] = {}


class TaxOut(BaseModel):
    id: str
    name: str
    percentage: str


class FormOut(BaseModel):
    """What a kind of document takes. `only_new` are fields that stay as they were made."""

    kind: str
    label: str
    party: str = Field(description="whom such documents are for, in words")
    fields: list[FormFieldOut]
    line_fields: list[FormFieldOut]
    only_new: list[str]
    changeable_in: list[str] = Field(description="statuses in which a document may be changed")
    currencies: list[str]
    taxes: list[TaxOut]


class ChangeIn(BaseModel):
    """Fields by name; `lines` replace all lines there are. Numbers as JSON numbers or texts."""

    model_config = ConfigDict(extra="forbid")

    fields: Values = {}
    lines: Annotated[list[Values], Field(max_length=200)] | None = None
    party: str = Field(default="", max_length=200, description="id or name of the service's customer or vendor")


class DocumentIn(ChangeIn):
    """A new document, for the customer that the record of the CRM is, or for the `party` named."""

    record: NamedIn | None = None
    from_products: bool = Field(default=False, description="the deal's products come first")


class EditIn(ChangeIn):
    """`version` as it was read: refused with 409 where the document is another one by now."""

    version: str | None = Field(default=None, max_length=200)


class PreviewOut(BaseModel):
    """An estimate; the service's own figures count. null where only the service can tell."""

    currency: str
    lines: list[MoneyOut] | None
    subtotal: MoneyOut | None
    tax: MoneyOut | None
    total: MoneyOut | None


class SubmittedOut(BaseModel):
    """`waiting`: the service is away or its answer was lost; it is made, once, as soon as that is possible."""

    state: Literal["done", "waiting"]
    document: RefOut | None
    status: str | None
    total: MoneyOut | None = Field(description="as the service computed it")
    balance: MoneyOut | None
    problem: str | None


class EditableOut(BaseModel):
    """A document as its service has it now."""

    version: str
    fields: dict[str, Any]


@router.get("/{service}/{entity}/form", summary="Read what a kind of document takes")
def read_form(caller: SignedIn, service: str, entity: str) -> FormOut:
    context = caller.hub.context
    kind, form = form_of(context, service, entity)
    creating.require_possible(context, caller.person, kind, "create")
    party, offered = kind.field("customer"), choices_of(context, service)
    return FormOut(
        kind=kind.key,
        label=say(kind.label),
        party=say(party.label) if party else "",
        fields=[_field(spec) for spec in form.fields],
        line_fields=[_field(spec) for spec in form.line_fields],
        only_new=list(form.only_new),
        changeable_in=list(form.changeable_in),
        currencies=list(offered.currencies),
        taxes=[TaxOut(id=tax.id, name=tax.name, percentage=f"{tax.percentage:f}") for tax in offered.taxes.values()],
    )


@router.post("/{service}/{entity}/preview", summary="Compute what a document will come to")
def preview(caller: SignedIn, service: str, entity: str, given: DocumentIn) -> PreviewOut:
    """Nothing is made."""
    wanted = _new(caller, given)
    return _preview(creating.preview_document(caller.hub.context, caller.person, service, entity, wanted))


@router.post("/{service}/{entity}", status_code=201, summary="Make a document")
def create(
    caller: SignedIn, response: Response, service: str, entity: str, given: DocumentIn, key: Key
) -> SubmittedOut:
    """202 where it waits for the service."""
    made = creating.create_document(caller.hub.context, caller.person, service, entity, _new(caller, given), key)
    return _submitted(response, made)


@router.get("/{service}/{entity}/{id}/fields", summary="Read a document to change it")
def read_for_editing(caller: SignedIn, service: str, entity: str, id: str) -> EditableOut:
    """As its service has it now: one call."""
    found = editing.read_for_editing(caller.hub.context, caller.person, RecordRef(service, entity, id))
    return _editable(found)


@router.patch("/{service}/{entity}/{id}", summary="Change a document")
def edit(
    caller: SignedIn,
    response: Response,
    service: str,
    entity: str,
    id: str,
    given: EditIn,
    key: Key,
    if_match: IfMatch = None,
) -> SubmittedOut:
    """Only what is named changes; 202 where it waits for the service."""
    wanted = Wanted(given.fields, given.lines, None, given.party)
    ref = RecordRef(service, entity, id)
    made = editing.edit_document(
        caller.hub.context,
        caller.person,
        ref,
        wanted,
        key,
        version=given.version,
        check=lambda found: require_match(if_match, _editable(found)),
    )
    return _submitted(response, made)


def _new(caller: SignedIn, given: DocumentIn) -> Wanted:
    crm = caller.hub.registry.crm_service()
    about = RecordRef(crm, given.record.entity, given.record.id) if given.record else None
    return Wanted(given.fields, given.lines, about, given.party, given.from_products)


def _editable(found: Editable) -> EditableOut:
    return EditableOut(version=found.version, fields=fields(found.record.fields))


def _field(spec: FieldSpec) -> FormFieldOut:
    choices = {value: say(label) for value, label in spec.choices.items()}
    return FormFieldOut(name=spec.name, label=say(spec.label), type=spec.type, choices=choices)


def _preview(draft: Draft) -> PreviewOut:
    found = draft.estimate
    return PreviewOut(
        currency=draft.currency,
        lines=[money(line) for line in found.lines] if found else None,
        subtotal=money(found.subtotal) if found else None,
        tax=money(found.tax) if found else None,
        total=money(found.total) if found else None,
    )


def _submitted(response: Response, made: Submitted) -> SubmittedOut:
    if made.state == "waiting":
        response.status_code = 202
    document = made.document
    titles = {document.ref: document.number} if document else None
    return SubmittedOut(
        state=made.state,
        document=reference(made.ref, titles) if made.ref else None,
        status=document.status if document else None,
        total=money(document.total) if document else None,
        balance=money(document.balance) if document else None,
        problem=say(made.problem) if made.problem else None,
    )
