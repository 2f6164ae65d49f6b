"""The list of accounts, and the page of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tsunagi.app import pages
from tsunagi.app.crm_side import crm_service
from tsunagi.app.explaining import Explanation, explain
from tsunagi.app.hub import Hub
from tsunagi.app.pages import AccountPage, PanelView
from tsunagi.asking import Asked
from tsunagi.domain.documents import Document, StatusLabel
from tsunagi.domain.entities import EntityType
from tsunagi.domain.records import Record, RecordRef
from tsunagi.refusals import NotHere
from tsunagi.store.documents import Totals
from tsunagi.text import Text
from tsunagi.translation import say
from tsunagi.web.details import address, details
from tsunagi.web.rendering import page

router = APIRouter()

# How the outcome of a deal looks; the words are the entity type's own.
_TONES = {"won": "success", "lost": "secondary", "open": "primary"}
_ROWS = 50


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as a row of its panel, with why it exists."""

    document: Document
    status: StatusLabel
    why: Explanation | None


@dataclass(frozen=True, slots=True)
class PanelSection:
    """A panel as a section of its service's tab. `more` asks for its next page."""

    name: str
    label: str
    count: int
    rows: Sequence[DocumentRow]
    totals: Sequence[Totals]
    more: str | None


@dataclass(frozen=True, slots=True)
class DealRow:
    deal: Record
    outcome: str
    tone: str


@router.get("/", include_in_schema=False)
def home() -> RedirectResponse:
    return RedirectResponse("/accounts", 303)


@router.get("/accounts")
def list_accounts(
    request: Request, asked: Asked, search: Annotated[str, Query(max_length=200)] = "", after: str | None = None
) -> HTMLResponse:
    hub = asked.hub
    connected = [connection.service for connection in hub.connections()]
    crm = crm_service(hub)
    return page(
        request,
        hub,
        "accounts.html",
        found=pages.accounts(hub, search=search.strip(), after=after, limit=_ROWS),
        count=pages.count_accounts(hub, search=search.strip()),
        search=search,
        after=after,
        crm=crm,
        connected=connected,
        field_labels=_labels(hub.registry.entity(crm, "account")),
    )


@router.get("/accounts/{id}")
def show_account(
    request: Request,
    asked: Asked,
    id: str,
    service: str = "",
    panel: str = "",
    after: str | None = None,
    deals_after: str | None = None,
    contacts_after: str | None = None,
) -> HTMLResponse:
    """`service` chooses the tab; `panel` and `after` a further page of one of its panels."""
    hub = asked.hub
    shown = pages.account_page(hub, id, limit=_ROWS)
    if shown is None:
        raise NotHere(
            Text(en="There is no such account.", ja="この取引先はありません。"),
            hint=Text(
                en="It may have been deleted in the CRM. Look for it in the list of accounts.",
                ja="CRM で削除された可能性があります。取引先の一覧で探してください。",
            ),
        )
    views = _turned(hub, shown, panel if after else "", service, after)
    chosen = service if service in {view.panel.service for view in views} else _first_with_documents(views)
    ref = shown.account.ref
    deals = pages.related_page(hub, ref, "deal", after=deals_after, limit=_ROWS) if deals_after else shown.deals
    contacts = (
        pages.related_page(hub, ref, "contact", after=contacts_after, limit=_ROWS) if contacts_after else shown.contacts
    )
    account, deal, contact = (hub.registry.entity(ref.service, kind) for kind in ("account", "deal", "contact"))
    return page(
        request,
        hub,
        "account.html",
        account=shown.account,
        details=details(account, shown.account.fields, pages.titles(hub, _references(shown.account))),
        address=address(shown.account.fields, "billing"),
        links=shown.links,
        services=list(dict.fromkeys(view.panel.service for view in views)),
        chosen=chosen,
        sections=[_section(hub, view) for view in views if view.panel.service == chosen],
        deals=[_deal(deal, record) for record in deals.items],
        deals_next=deals.next,
        deal_entity=deal,
        deal_labels=_labels(deal),
        contacts=contacts.items,
        contacts_next=contacts.next,
        contact_entity=contact,
        contact_labels=_labels(contact),
        crm=ref.service,
    )


def _turned(hub: Hub, shown: AccountPage, panel: str, service: str, after: str | None) -> list[PanelView]:
    """The panels, the one that was asked for at its further page."""
    views = list(shown.panels)
    for number, view in enumerate(views):
        if (view.panel.name, view.panel.service) == (panel, service):
            views[number] = pages.panel_page(hub, shown.account.ref, service, panel, after=after, limit=_ROWS) or view
    return views


def _first_with_documents(views: Sequence[PanelView]) -> str:
    full = next((view.panel.service for view in views if view.count), None)
    return full or (views[0].panel.service if views else "")


def _section(hub: Hub, view: PanelView) -> PanelSection:
    rows = [
        DocumentRow(
            document=row.document,
            status=view.panel.status(row.document.status),
            why=explain(hub, row.why) if row.why else None,
        )
        for row in view.rows
    ]
    return PanelSection(view.panel.name, say(view.panel.label), view.count, rows, view.totals, view.next)


def _deal(entity: EntityType, record: Record) -> DealRow:
    outcome = record.text("outcome")
    spec = entity.field("outcome")
    label = say(spec.choices[outcome]) if spec and outcome in spec.choices else outcome
    return DealRow(record, label, _TONES.get(outcome, "secondary"))


def _labels(entity: EntityType) -> dict[str, str]:
    return {spec.name: say(spec.label) for spec in entity.fields}


def _references(record: Record) -> list[RecordRef]:
    return [value for value in record.fields.values() if isinstance(value, RecordRef)]
