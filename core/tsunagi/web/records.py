"""The pages of an account, a contact and a deal: what it is, what hangs on it, and the documents of every service."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from tsunagi.app.access.permissions import decide
from tsunagi.app.views import records
from tsunagi.app.views.explanations import Explanation, explain
from tsunagi.app.views.records import Kind, PanelView, RecordPage
from tsunagi.asking import Asked, Asking
from tsunagi.domain.documents import Document, StatusLabel
from tsunagi.domain.entities import EntityType
from tsunagi.domain.records import Record, RecordRef
from tsunagi.refusals import NotHere
from tsunagi.store.documents import Totals
from tsunagi.text import Text
from tsunagi.translation import say
from tsunagi.web.details import address, details
from tsunagi.web.document_work import changed_in, fetching
from tsunagi.web.person_names import person_name
from tsunagi.web.rendering import page

router = APIRouter()

# How the outcome of a deal looks; the words are the entity type's own.
_TONES = {"won": "success", "lost": "secondary", "open": "primary"}
_ADDRESSES = {"account": "billing", "contact": "mailing", "deal": ""}
_ROWS = 50


@dataclass(frozen=True, slots=True)
class Turned:
    """Which tab is wanted, and which further pages of what is on it."""

    service: str
    panel: str
    after: str | None
    deals_after: str | None
    contacts_after: str | None
    run: str


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as a row of its panel, with why it exists."""

    document: Document
    status: StatusLabel
    why: Explanation | None


@dataclass(frozen=True, slots=True)
class PanelSection:
    """A panel as a section of its service's tab. `more` asks for its next page, `mails` says whether one may mail."""

    name: str
    label: str
    count: int
    rows: Sequence[DocumentRow]
    totals: Sequence[Totals]
    more: str | None
    mails: bool


@dataclass(frozen=True, slots=True)
class DealRow:
    deal: Record
    outcome: str
    tone: str


def turned(
    service: Annotated[str, Query(max_length=100)] = "",
    panel: Annotated[str, Query(max_length=100)] = "",
    after: str | None = None,
    deals_after: str | None = None,
    contacts_after: str | None = None,
    run: Annotated[str, Query(max_length=100)] = "",
) -> Turned:
    """`service` chooses the tab; `panel` and `after` a further page of one of its panels.

    `run` is what fetches documents now.
    """
    return Turned(service, panel, after, deals_after, contacts_after, run)


Wanted = Annotated[Turned, Depends(turned)]


@router.get("/accounts/{id}")
def show_account(request: Request, asked: Asked, id: str, wanted: Wanted) -> HTMLResponse:
    return _show(request, asked, "account", id, wanted)


@router.get("/contacts/{id}")
def show_contact(request: Request, asked: Asked, id: str, wanted: Wanted) -> HTMLResponse:
    return _show(request, asked, "contact", id, wanted)


@router.get("/deals/{id}")
def show_deal(request: Request, asked: Asked, id: str, wanted: Wanted) -> HTMLResponse:
    return _show(request, asked, "deal", id, wanted)


def _show(request: Request, asked: Asking, kind: Kind, id: str, wanted: Turned) -> HTMLResponse:
    hub = asked.hub
    shown = records.record_page(hub.context, kind, id, limit=_ROWS, actor=asked.person)
    if shown is None:
        raise _no_such(kind)
    ref = shown.record.ref
    views = _views(asked, shown, wanted)
    services = list(dict.fromkeys(view.panel.service for view in views))
    chosen = wanted.service if wanted.service in services else _first_with_documents(views)
    entities = {name: hub.registry.entity(ref.service, name) for name in ("account", "contact", "deal")}
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
    return page(
        request,
        hub,
        "record.html",
        run=run,
        fetched=changed_in(run) if run else 0,
        kind=kind,
        entities=entities,
        record=shown.record,
        name=_name(entities[kind], shown.record),
        account=shown.account,
        details=details(entities[kind], shown.record.fields, records.titles(hub.context, _references(shown.record))),
        address=address(shown.record.fields, _ADDRESSES[kind]),
        links=shown.links,
        billed=shown.billed,
        balances=shown.balances,
        own_documents=[module.replace("_", " ") for module in shown.own_documents],
        services=services,
        chosen=chosen,
        sections=[_section(asked, view) for view in views if view.panel.service == chosen],
        deals=[_deal(entities["deal"], record) for record in deals.items],
        deals_next=deals.next,
        deal_labels=_labels(entities["deal"]),
        contacts=contacts.items,
        contacts_next=contacts.next,
        crm=ref.service,
    )


def _views(asked: Asking, shown: RecordPage, wanted: Turned) -> list[PanelView]:
    """The panels, the one that was asked for at its further page."""
    views = list(shown.panels)
    for number, view in enumerate(views):
        if wanted.after and (view.panel.name, view.panel.service) == (wanted.panel, wanted.service):
            further = records.panel_page(
                asked.hub.context,
                shown.record.ref,
                wanted.service,
                wanted.panel,
                after=wanted.after,
                limit=_ROWS,
                actor=asked.person,
            )
            views[number] = further or view
    return views


def _first_with_documents(views: Sequence[PanelView]) -> str:
    full = next((view.panel.service for view in views if view.count), None)
    return full or (views[0].panel.service if views else "")


def _section(asked: Asking, view: PanelView) -> PanelSection:
    rows = [
        DocumentRow(
            document=row.document,
            status=view.panel.status(row.document.status),
            why=explain(asked.hub.context, row.why) if row.why else None,
        )
        for row in view.rows
    ]
    kind = asked.hub.registry.entity(view.panel.service, view.panel.entity)
    mails = "email" in kind.verbs and decide(asked.hub.context, asked.person, f"{kind.name}:email").allowed
    label = say(view.panel.label)
    return PanelSection(view.panel.name, label, view.count, rows, view.totals, view.next, mails)


def _deal(entity: EntityType, record: Record) -> DealRow:
    outcome = record.text("outcome")
    spec = entity.field("outcome")
    label = say(spec.choices[outcome]) if spec and outcome in spec.choices else outcome
    return DealRow(record, label, _TONES.get(outcome, "secondary"))


def _name(entity: EntityType, record: Record) -> str:
    if entity.name == "contact":
        return person_name(record)
    return record.text(entity.title) or record.ref.id


def _labels(entity: EntityType) -> dict[str, str]:
    return {spec.name: say(spec.label) for spec in entity.fields}


def _references(record: Record) -> list[RecordRef]:
    return [value for value in record.fields.values() if isinstance(value, RecordRef)]


def _no_such(kind: Kind) -> NotHere:
    said = {
        "account": Text(en="There is no such account.", ja="この取引先はありません。"),
        "contact": Text(en="There is no such contact.", ja="この連絡先はありません。"),
        "deal": Text(en="There is no such deal.", ja="この商談はありません。"),
    }
    hint = Text(
        en="It may have been deleted in the CRM. Look for it in the list of accounts.",
        ja="CRM で削除された可能性があります。取引先の一覧で探してください。",
    )
    return NotHere(said[kind], hint=hint)
