"""The pages of records of the CRM: what each is, what hangs on it, and the documents of every service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from tsunagi.app.access.permissions import decide
from tsunagi.app.connections.metadata import labelled
from tsunagi.app.views import history, records
from tsunagi.app.views.balances import ageing_of
from tsunagi.app.views.explanations import Explanation, explain
from tsunagi.app.views.records import Kind, PanelView, RecordPage
from tsunagi.domain.documents import Document, Panel
from tsunagi.domain.entities import EntityType
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import NotHere
from tsunagi.http.web.details import address, details
from tsunagi.http.web.document_work import changed_in, fetching
from tsunagi.http.web.receivables import ageing_lines, bucket_labels
from tsunagi.http.web.rendering import page, person_name, prints
from tsunagi.store.document_totals import Totals
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

router = APIRouter()

# How the outcome of a deal looks; the words are the entity type's own.
_TONES = {"won": "success", "lost": "secondary", "open": "primary"}
# What the fields of the address shown begin with.
_ADDRESSES = {"account": "billing", "contact": "mailing", "vendor": ""}
_SHOWN_KINDS: tuple[Kind, ...] = ("account", "contact", "deal", "vendor", "product")
_ROWS = 50
_CHANGES = 10
_AMOUNTS = frozenset({"total", "balance"})
_DATES = frozenset({"date", "due_date"})


@dataclass(frozen=True, slots=True)
class Turned:
    """Which tab is wanted, and which further pages of what is on it."""

    service: str
    panel: str
    after: str | None
    deals_after: str | None
    contacts_after: str | None
    run: str
    history_after: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row. `kind` is how it is rendered: text, date, status or amount (with that in base currency)."""

    label: str
    kind: Literal["text", "date", "status", "amount"]
    value: Any
    base: Money | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as a row of its panel, with why it exists."""

    document: Document
    cells: Sequence[Cell]
    why: Explanation | None


@dataclass(frozen=True, slots=True)
class PanelSection:
    """A panel as a section of its service's tab. `more` asks for its next page.

    `mails` says whether one may mail, `prints` whether there is a PDF of each, `makes` whether one may make another of
    the kind `entity`; documents in the statuses `changeable_in` may be changed.
    """

    name: str
    label: str
    count: int
    rows: Sequence[DocumentRow]
    columns: Sequence[Cell]
    totals: Sequence[Totals]
    drafts: Sequence[Totals]
    as_of: datetime | None
    more: str | None
    mails: bool
    prints: bool
    entity: str
    makes: bool
    changeable_in: Sequence[str]


@dataclass(frozen=True, slots=True)
class DealRow:
    deal: Record
    stage: str
    outcome: str
    tone: str


def turned(
    service: Annotated[str, Query(max_length=100)] = "",
    panel: Annotated[str, Query(max_length=100)] = "",
    after: str | None = None,
    deals_after: str | None = None,
    contacts_after: str | None = None,
    run: Annotated[str, Query(max_length=100)] = "",
    history_after: str | None = None,
) -> Turned:
    """`service` chooses the tab; `panel` and `after` a further page of one of its panels.

    `run` is what fetches documents now.
    """
    return Turned(service, panel, after, deals_after, contacts_after, run, history_after)


Wanted = Annotated[Turned, Depends(turned)]


@router.get("/accounts/{id}")
def show_account(request: Request, caller: SignedIn, id: str, wanted: Wanted) -> HTMLResponse:
    return _show(request, caller, "account", id, wanted)


@router.get("/contacts/{id}")
def show_contact(request: Request, caller: SignedIn, id: str, wanted: Wanted) -> HTMLResponse:
    return _show(request, caller, "contact", id, wanted)


@router.get("/deals/{id}")
def show_deal(request: Request, caller: SignedIn, id: str, wanted: Wanted) -> HTMLResponse:
    return _show(request, caller, "deal", id, wanted)


@router.get("/vendors/{id}")
def show_vendor(request: Request, caller: SignedIn, id: str, wanted: Wanted) -> HTMLResponse:
    return _show(request, caller, "vendor", id, wanted)


@router.get("/products/{id}")
def show_product(request: Request, caller: SignedIn, id: str, wanted: Wanted) -> HTMLResponse:
    return _show(request, caller, "product", id, wanted)


def _show(request: Request, caller: Caller, kind: Kind, id: str, wanted: Turned) -> HTMLResponse:
    hub = caller.hub
    shown = records.record_page(hub.context, kind, id, limit=_ROWS, actor=caller.person)
    if shown is None:
        raise no_such(kind)
    ref = shown.record.ref
    views = panel_views(caller, shown, wanted)
    services = list(dict.fromkeys(view.panel.service for view in views))
    chosen = wanted.service if wanted.service in services else first_with_documents(views)
    kinds = (hub.registry.entity(ref.service, name) for name in _SHOWN_KINDS)
    entities = {each.name: labelled(hub.context, each) for each in kinds}
    deals = (
        records.related_page(hub.context, ref, "deal", after=wanted.deals_after, limit=_ROWS)
        if wanted.deals_after
        else shown.deals
    )
    contacts = (
        records.related_page(hub.context, ref, "contact", after=wanted.contacts_after, limit=_ROWS)
        if wanted.contacts_after
        else shown.contacts
    )
    run = fetching(hub, wanted.run)
    happened = history.history(hub.context, caller.person, ref, after=wanted.history_after, limit=_CHANGES)
    return page(
        request,
        hub,
        "record.html",
        run=run,
        fetched=changed_in(run) if run else 0,
        kind=kind,
        entities=entities,
        record=shown.record,
        name=record_name(entities[kind], shown.record),
        account=shown.account,
        details=details(
            entities[kind], shown.record.fields, records.titles(hub.context, _references(shown.record), caller.person)
        ),
        address=address(shown.record.fields, _ADDRESSES[kind]) if kind in _ADDRESSES else "",
        products=shown.products.items,
        products_next=shown.products.next,
        links=shown.links,
        billed=shown.billed,
        balances=shown.balances,
        ageing=ageing_lines(ageing_of(hub.context, caller.person, ref)),
        buckets=bucket_labels(),
        own_documents=[module.replace("_", " ") for module in shown.own_documents],
        services=services,
        chosen=chosen,
        sections=[panel_section(caller, view) for view in views if view.panel.service == chosen],
        deals=[_deal(entities["deal"], record) for record in deals.items],
        deals_next=deals.next,
        deal_labels=_labels(entities["deal"]),
        contacts=contacts.items,
        contacts_next=contacts.next,
        crm=ref.service,
        happened=happened.items,
        happened_next=happened.next,
    )


def panel_views(caller: Caller, shown: RecordPage, wanted: Turned, rows: int = _ROWS) -> list[PanelView]:
    """The panels, the requested one at its further page."""
    views = list(shown.panels)
    for number, view in enumerate(views):
        if wanted.after and (view.panel.name, view.panel.service) == (wanted.panel, wanted.service):
            further = records.panel_page(
                caller.hub.context,
                shown.record.ref,
                wanted.service,
                wanted.panel,
                after=wanted.after,
                limit=rows,
                actor=caller.person,
            )
            views[number] = further or view
    return views


def first_with_documents(views: Sequence[PanelView]) -> str:
    """The service whose tab is shown unless another is wanted; empty without any."""
    full = next((view.panel.service for view in views if view.count), None)
    return full or (views[0].panel.service if views else "")


def panel_section(caller: Caller, view: PanelView) -> PanelSection:
    kind = caller.hub.registry.entity(view.panel.service, view.panel.entity)
    rows = [
        DocumentRow(
            document=row.document,
            cells=[document_cell(kind, view.panel, row.document, row.fields, name) for name in view.panel.columns],
            why=explain(caller.hub.context, row.why) if row.why else None,
        )
        for row in view.rows
    ]
    mails = _may(caller, kind, "email")
    label = say(view.panel.label)
    return PanelSection(
        name=view.panel.name,
        label=label,
        count=view.count,
        rows=rows,
        columns=[Cell(column_label(kind, name), column_kind(name), None) for name in view.panel.columns],
        totals=view.totals,
        drafts=view.drafts,
        as_of=view.as_of,
        more=view.next,
        mails=mails,
        prints=prints(caller.hub, kind.key),
        entity=kind.name,
        makes=kind.form is not None and _may(caller, kind, "create"),
        changeable_in=kind.form.changeable_in if kind.form is not None and _may(caller, kind, "edit") else (),
    )


def _may(caller: Caller, kind: EntityType, verb: str) -> bool:
    return verb in kind.verbs and decide(caller.hub.context, caller.person, f"{kind.key}:{verb}").possible


def document_cell(entity: EntityType, panel: Panel, document: Document, fields: Fields, name: str) -> Cell:
    """One column of a document, as the panel of its kind and the entity type describe it."""
    label = column_label(entity, name)
    if name == "status":
        status = panel.status(document.status)
        return Cell(label, "status", say(status.label), tone=status.tone)
    if name in _AMOUNTS:
        # Nothing is owed for a document that is void.
        owed_nothing = name == "balance" and document.status in panel.in_stage("void")
        value, base = (None, None) if owed_nothing else (getattr(document, name), getattr(document, f"base_{name}"))
        return Cell(label, "amount", value, base)
    value = fields.get(name)
    if column_kind(name) == "date":
        return Cell(label, "date", value)
    spec = entity.field(name)
    shown = say(spec.choices[value]) if spec and isinstance(value, str) and value in spec.choices else value
    return Cell(label, "text", "" if shown is None else shown)


def column_kind(name: str) -> Literal["text", "date", "status", "amount"]:
    if name in _AMOUNTS:
        return "amount"
    if name == "status":
        return "status"
    return "date" if name in _DATES else "text"


def column_label(entity: EntityType, name: str) -> str:
    spec = entity.field(name)
    labels = {
        "date": _("Date"),
        "due_date": _("Due date"),
        "status": _("Status"),
        "total": _("Total"),
        "balance": _("Balance"),
    }
    return say(spec.label) if spec else labels.get(name, name)


def _deal(entity: EntityType, record: Record) -> DealRow:
    outcome = record.text("outcome")
    stage, label = (say(entity.choice_label(name, record.fields)) for name in ("stage", "outcome"))
    return DealRow(record, stage, label, _TONES.get(outcome, "secondary"))


def record_name(entity: EntityType, record: Record) -> str:
    if entity.name == "contact":
        return person_name(record)
    return record.text(entity.title) or record.ref.id


def _labels(entity: EntityType) -> dict[str, str]:
    return {spec.name: say(spec.label) for spec in entity.fields}


def _references(record: Record) -> list[RecordRef]:
    return [value for value in record.fields.values() if isinstance(value, RecordRef)]


def no_such(kind: Kind) -> NotHere:
    choice_label = {
        "account": Text(en="There is no such account.", ja="この取引先はありません。"),
        "contact": Text(en="There is no such contact.", ja="この連絡先はありません。"),
        "deal": Text(en="There is no such deal.", ja="この商談はありません。"),
        "vendor": Text(en="There is no such vendor.", ja="この仕入先はありません。"),
        "product": Text(en="There is no such product.", ja="この商品はありません。"),
    }
    hint = Text(
        en="It may have been deleted in the CRM. Look for it in the lists.",
        ja="CRM で削除された可能性があります。一覧で探してください。",
    )
    return NotHere(choice_label[kind], hint=hint)
