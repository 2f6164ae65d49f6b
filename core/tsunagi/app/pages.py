"""What pages show, read from the store alone: no service is asked while somebody waits for a page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from tsunagi.app.crm_side import crm_service
from tsunagi.app.features import is_shown
from tsunagi.domain.documents import Document
from tsunagi.domain.panels import Panel
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.documents import Documents, DocumentsOf, Totals
from tsunagi.store.intents import Intent, Intents
from tsunagi.store.links import Links
from tsunagi.store.paging import Slice
from tsunagi.store.records import Records
from tsunagi.store.rule_runs import RuleRun, RuleRuns

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub

_PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Why:
    """Why a document exists: the rule, the record it answers, and every condition with the value it saw."""

    rule: str
    action: str
    relates: RecordRef | None
    relates_title: str
    run: RuleRun | None


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One document; `why` is None for one that people made in the service."""

    document: Document
    why: Why | None


@dataclass(frozen=True, slots=True)
class PanelView:
    """A panel with a page of its rows, how many there are in all, and their sums by currency."""

    panel: Panel
    rows: Sequence[PanelRow]
    next: str | None
    count: int
    totals: Sequence[Totals]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One line of the list of accounts; `linked` names the services it is in step with."""

    record: Record
    linked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountPage:
    """An account with what hangs on it."""

    account: Record
    links: Mapping[str, RecordRef]
    contacts: Slice[Record]
    deals: Slice[Record]
    panels: Sequence[PanelView]


def accounts(hub: "Hub", *, search: str = "", after: str | None = None, limit: int = _PAGE_ROWS) -> Slice[AccountRow]:
    """Accounts by name."""
    service = crm_service(hub)
    with hub.store.read() as session:
        found = Records(session).page(service, "account", search=search, after=after, limit=limit)
        links = _links(session, [record.ref for record in found.items])
    rows = tuple(AccountRow(record, tuple(sorted(links.get(record.ref, {})))) for record in found.items)
    return Slice(rows, found.next)


def count_accounts(hub: "Hub", *, search: str = "") -> int:
    with hub.store.read() as session:
        return Records(session).count(crm_service(hub), "account", search=search)


def account_page(hub: "Hub", id: str, *, limit: int = _PAGE_ROWS) -> AccountPage | None:
    """One account with its contacts, deals and panels; None where there is no such account."""
    service = crm_service(hub)
    ref = RecordRef(service, "account", id)
    with hub.store.read() as session:
        records = Records(session)
        account = records.get(ref)
        if account is None:
            return None
        links = _links(session, [ref]).get(ref, {})
        contacts = records.referencing(ref, service, "contact", limit=limit)
        deals = records.referencing(ref, service, "deal", limit=limit)
        panels = tuple(_panel(hub, session, panel, ref, None, limit) for panel in _panels(hub, "account"))
    return AccountPage(account, links, contacts, deals, panels)


def panel_page(
    hub: "Hub", ref: RecordRef, service: str, name: str, *, after: str | None, limit: int = _PAGE_ROWS
) -> PanelView | None:
    """A further page of one panel; None where the record's page has no such panel."""
    for panel in _panels(hub, ref.entity):
        if (panel.service, panel.name) == (service, name):
            with hub.store.read() as session:
                return _panel(hub, session, panel, ref, after, limit)
    return None


def related_page(
    hub: "Hub", ref: RecordRef, entity: str, *, after: str | None = None, limit: int = _PAGE_ROWS
) -> Slice[Record]:
    """Records of the CRM that name this one: an account's contacts, its deals."""
    with hub.store.read() as session:
        return Records(session).referencing(ref, ref.service, entity, after=after, limit=limit)


def titles(hub: "Hub", refs: Iterable[RecordRef]) -> dict[RecordRef, str]:
    """What people call these records, for those the hub knows; a document goes by its number."""
    wanted = set(refs)
    with hub.store.read() as session:
        records = Records(session).known(wanted)
        documents = Documents(session).known(wanted)
    found = {ref: _title(hub, record) for ref, record in records.items()}
    found |= {ref: record.text("number") for ref, record in documents.items()}
    return {ref: title for ref, title in found.items() if title}


def _title(hub: "Hub", record: Record) -> str:
    kind = hub.registry.entities.get(f"{record.ref.service}.{record.ref.entity}")
    return record.text(kind.title if kind else "name")


def why(hub: "Hub", refs: Sequence[RecordRef]) -> dict[RecordRef, Why]:
    """Why each of these documents exists, for those the hub made."""
    with hub.store.read() as session:
        return _why(session, refs)


def _panels(hub: "Hub", place: str) -> list[Panel]:
    connections = {connection.service: connection for connection in hub.active_connections()}
    return [
        panel
        for panel in hub.registry.panels_on(place)
        if panel.service in connections and is_shown(hub, connections[panel.service], panel.entity)
    ]


def _panel(hub: "Hub", session: Session, panel: Panel, ref: RecordRef, after: str | None, limit: int) -> PanelView:
    documents = Documents(session)
    of = _documents_of(hub, session, panel, ref)
    page = documents.page(of, after=after, limit=limit)
    reasons = _why(session, [document.ref for document in page.items])
    rows = tuple(PanelRow(document, reasons.get(document.ref)) for document in page.items)
    return PanelView(panel, rows, page.next, documents.count(of), documents.totals(of))


def _documents_of(hub: "Hub", session: Session, panel: Panel, ref: RecordRef) -> DocumentsOf:
    if ref.entity == "deal":
        return DocumentsOf(panel.service, panel.entity, deals=(ref,))
    customers = [
        link.other(ref)
        for link in Links(session).of(ref)
        if link.other(ref).service == panel.service and link.pair in hub.registry.pairs
    ]
    return DocumentsOf(panel.service, panel.entity, customers=customers)


def _links(session: Session, refs: Sequence[RecordRef]) -> dict[RecordRef, dict[str, RecordRef]]:
    found: dict[RecordRef, dict[str, RecordRef]] = {}
    for ref, links in Links(session).of_many(refs).items():
        for link in links:
            other = link.other(ref)
            found.setdefault(ref, {}).setdefault(other.service, other)
    return found


def _why(session: Session, refs: Sequence[RecordRef]) -> dict[RecordRef, Why]:
    intents = Intents(session).creating(refs)
    titles = Records(session).known([intent.write.relates for intent in intents.values() if intent.write.relates])
    return {ref: _reason(session, intent, titles) for ref, intent in intents.items() if intent.rule}


def _reason(session: Session, intent: Intent, titles: Mapping[RecordRef, Record]) -> Why:
    relates = intent.write.relates
    related = titles.get(relates) if relates else None
    title = related.text("name") if related else ""
    run = RuleRuns(session).get(intent.event, intent.rule)
    return Why(intent.rule, intent.action, relates, title, run)
