"""What pages show, read from the store alone: no page waits for a service."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from tsunagi.app.access.permissions import (
    SEE_BALANCES,
    account_facts,
    decide,
    document_facts,
    sees_tab,
    viewable,
)
from tsunagi.app.connections.metadata import own_documents
from tsunagi.app.connections.services import is_shown
from tsunagi.app.context import Context
from tsunagi.app.views.balances import Balance, account_of, balances, customers_behind, customers_of
from tsunagi.domain.directory import Person
from tsunagi.domain.documents import Document, Panel
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.rules.permissions_catalogue import VIEW
from tsunagi.store.document_totals import Totals, folded
from tsunagi.store.documents import Documents, DocumentsOf
from tsunagi.store.intents import Intent, Intents
from tsunagi.store.links import Links
from tsunagi.store.listings import Cursors
from tsunagi.store.paging import Slice
from tsunagi.store.records import Records
from tsunagi.store.rule_runs import RuleRun, RuleRuns
from tsunagi.store.tables import chunks

Kind = Literal["account", "contact", "deal", "vendor", "product"]

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
    """One document, with every field its service gives; `why` is None for one that people made in the service."""

    document: Document
    why: Why | None
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PanelView:
    """A panel with a page of its rows, how many there are in all, and their sums by currency.

    `totals` are those of issued documents and `drafts` those of drafts; void ones count for neither. `as_of` is when
    the service was last read for them.
    """

    panel: Panel
    rows: Sequence[PanelRow]
    next: str | None
    count: int
    totals: Sequence[Totals]
    drafts: Sequence[Totals] = ()
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One line of a list of records; `linked` names the services it is in step with."""

    record: Record
    linked: tuple[str, ...]


AccountRow = RecordRow


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A record of the CRM with what hangs on it.

    `account` is the account itself, or the one the record belongs to; `links` is its record in each service, `billed`
    is in which of them its account is a customer. `own_documents` are the CRM's own modules for documents, which
    are not kept in step. `products` are those that name a vendor.
    """

    record: Record
    account: Record | None
    links: Mapping[str, RecordRef]
    billed: frozenset[str]
    contacts: Slice[Record]
    deals: Slice[Record]
    panels: Sequence[PanelView]
    balances: Sequence[Balance]
    own_documents: Sequence[str]
    products: Slice[Record]


@dataclass(frozen=True, slots=True)
class AccountPage:
    """An account with what hangs on it."""

    account: Record
    links: Mapping[str, RecordRef]
    contacts: Slice[Record]
    deals: Slice[Record]
    panels: Sequence[PanelView]


def rows_of(context: Context, session: Session, found: Sequence[Record]) -> tuple[RecordRow, ...]:
    """Records as lines of a list."""
    links = _links(context, session, [record.ref for record in found])
    return tuple(RecordRow(record, tuple(sorted(links.get(record.ref, {})))) for record in found)


def known(context: Context, ref: RecordRef) -> Record | None:
    with context.store.read() as session:
        return Records(session).get(ref)


def listed_when_paired(context: Context) -> tuple[str, ...]:
    """The kinds of record of the CRM beside accounts, contacts and deals that are read at present."""
    crms = (kind for kind in context.registry.connectors.values() if kind.is_crm)
    return tuple(
        entity for kind in crms for entity in context.registry.listed(kind.service) if entity in kind.when_paired
    )


def accounts(
    context: Context, *, search: str = "", after: str | None = None, limit: int = _PAGE_ROWS
) -> Slice[RecordRow]:
    """Accounts by name."""
    with context.store.read() as session:
        crm = context.registry.crm_service()
        found = Records(session).page(crm, "account", search=search, after=after, limit=limit)
        return Slice(rows_of(context, session, found.items), found.next)


def count_accounts(context: Context, *, search: str = "") -> int:
    with context.store.read() as session:
        return Records(session).count(context.registry.crm_service(), "account", search=search)


def account_page(
    context: Context, id: str, *, limit: int = _PAGE_ROWS, actor: Person | None = None
) -> AccountPage | None:
    """One account with its contacts, deals and panels; None where there is no such account."""
    page = record_page(context, "account", id, limit=limit, actor=actor)
    if page is None:
        return None
    return AccountPage(page.record, page.links, page.contacts, page.deals, page.panels)


def record_page(
    context: Context, kind: Kind, id: str, *, limit: int = _PAGE_ROWS, actor: Person | None = None
) -> RecordPage | None:
    """One record of the CRM with the panels this person may see; None where there is no such record."""
    ref = RecordRef(context.registry.crm_service(), kind, id)
    with context.store.read() as session:
        records = Records(session)
        record = records.get(ref)
        if record is None:
            return None
        named = account_of(records, record)
        customers = customers_of(context, session, {ref, *([named.ref] if named else [])})
        return RecordPage(
            record=record,
            account=named,
            links=_links(context, session, [ref]).get(ref, {}),
            billed=frozenset(customer.service for customer in customers),
            contacts=_related(records, record, "contact", limit),
            deals=_related(records, record, "deal", limit),
            panels=tuple(
                _panel(context, session, panel, ref, customers, None, limit, actor)
                for panel in _panels(context, kind, actor)
            ),
            balances=_balances(context, session, customers, named, actor),
            own_documents=own_documents(context),
            products=_related(records, record, "product", limit) if kind == "vendor" else Slice((), None),
        )


def panel_page(
    context: Context,
    ref: RecordRef,
    service: str,
    name: str,
    *,
    after: str | None,
    limit: int = _PAGE_ROWS,
    actor: Person | None = None,
) -> PanelView | None:
    """A further page of one panel; None where the record's page has no such panel for this person."""
    for panel in _panels(context, ref.entity, actor):
        if (panel.service, panel.name) == (service, name):
            with context.store.read() as session:
                customers = customers_behind(context, session, ref)
                return _panel(context, session, panel, ref, customers, after, limit, actor)
    return None


def related_page(
    context: Context, ref: RecordRef, entity: str, *, after: str | None = None, limit: int = _PAGE_ROWS
) -> Slice[Record]:
    """Records of the CRM that name this one: an account's contacts, its deals."""
    with context.store.read() as session:
        return Records(session).referencing(ref, ref.service, entity, after=after, limit=limit)


def titles(context: Context, refs: Iterable[RecordRef], actor: Person | None = None) -> dict[RecordRef, str]:
    """What people call these records, for those the hub knows; a document goes by its number, where they may see it."""
    with context.store.read() as session:
        wanted = viewable(context, session, actor, refs)
        records = Records(session).known(wanted)
        documents = Documents(session).known(wanted)
    found = {ref: _title(context, record) for ref, record in records.items()}
    found |= {ref: record.text("number") for ref, record in documents.items()}
    return {ref: title for ref, title in found.items() if title}


def _title(context: Context, record: Record) -> str:
    kind = context.registry.entities.get(f"{record.ref.service}.{record.ref.entity}")
    return record.text(kind.title if kind else "name")


def why(context: Context, refs: Sequence[RecordRef]) -> dict[RecordRef, Why]:
    """Why each of these documents exists, for those the hub made."""
    with context.store.read() as session:
        return _why(session, refs)


def _named(records: Records, record: Record, field: str) -> Record | None:
    ref = record.fields.get(field)
    return records.get(ref) if isinstance(ref, RecordRef) else None


def _related(records: Records, record: Record, entity: str, limit: int) -> Slice[Record]:
    """Records that name this one; a deal has none, but names its contact."""
    if record.ref.entity == entity:
        return Slice((), None)
    if record.ref.entity == "deal":
        contact = _named(records, record, entity)
        return Slice((contact,) if contact else (), None)
    return records.referencing(record.ref, record.ref.service, entity, limit=limit)


def _panels(context: Context, place: str, actor: Person | None) -> list[Panel]:
    connections = {connection.service: connection for connection in context.connectors.active()}
    return [
        panel
        for panel in context.registry.panels_on(place)
        if panel.service in connections
        and is_shown(context, connections[panel.service], panel.entity)
        and decide(context, actor, f"{panel.service}.{panel.entity}:{VIEW}").possible
    ]


def _balances(
    context: Context,
    session: Session,
    customers: Sequence[RecordRef],
    account: Record | None,
    actor: Person | None,
) -> Sequence[Balance]:
    """Those of services whose tab this person sees, where they may see what is owed."""
    if not decide(context, actor, SEE_BALANCES, account_facts(account)).allowed:
        return ()
    return [each for each in balances(session, customers) if sees_tab(context, actor, each.customer.service)]


def _panel(
    context: Context,
    session: Session,
    panel: Panel,
    ref: RecordRef,
    customers: Sequence[RecordRef],
    after: str | None,
    limit: int,
    actor: Person | None,
) -> PanelView:
    documents = Documents(session)
    of = _documents_of(panel, ref, customers)
    decision = decide(context, actor, f"{panel.service}.{panel.entity}:{VIEW}")
    if decision.allowed:
        page, sums = documents.page(of, after=after, limit=limit), documents.totals_by_status(of)
    else:
        page, sums = _permitted(context, session, of, decision.action, actor, after, limit)
    reasons = _why(session, [document.ref for document in page.items])
    known = documents.known([document.ref for document in page.items])
    rows = tuple(PanelRow(item, reasons.get(item.ref), known[item.ref].fields) for item in page.items)
    drafts, void = panel.in_stage("draft"), panel.in_stage("void")
    return PanelView(
        panel,
        rows,
        page.next,
        sum(each.count for some in sums.values() for each in some),
        # A draft is not owed yet and a void document never will be.
        folded(some for status, some in sums.items() if status not in drafts | void),
        folded(some for status, some in sums.items() if status in drafts),
        Cursors(session).read_at(panel.service, panel.entity),
    )


def _permitted(
    context: Context,
    session: Session,
    of: DocumentsOf,
    action: str,
    actor: Person | None,
    after: str | None,
    limit: int,
) -> tuple[Slice[Document], dict[str, list[Totals]]]:
    """A page of the documents this person may see, and the sums of all of them: the others count for nothing."""
    documents = Documents(session)
    seen: list[Document] = []
    for some in chunks(list(documents.all(of))):
        facts = document_facts(context, session, documents.known([each.ref for each in some]))
        seen += [each for each in some if decide(context, actor, action, facts[each.ref]).allowed]
    seen.reverse()
    start = next((n + 1 for n, each in enumerate(seen) if each.ref.id == after), 0) if after else 0
    chosen = seen[start : start + limit]
    more = chosen[-1].ref.id if start + limit < len(seen) else None
    sums: dict[str, list[Totals]] = {}
    for each in seen:
        one = Totals(1, each.total, each.balance, each.base_total, each.base_balance)
        sums[each.status] = folded([sums.get(each.status, []), [one]])
    return Slice(tuple(chosen), more), sums


def _documents_of(panel: Panel, ref: RecordRef, customers: Sequence[RecordRef]) -> DocumentsOf:
    """A deal's own documents; those of the customer an account or a contact's account is."""
    if ref.entity == "deal" and not panel.customers_only:
        return DocumentsOf(panel.service, panel.entity, deals=(ref,))
    chosen = [customer for customer in customers if customer.service == panel.service]
    deals_of = ref if panel.through_deals else None
    return DocumentsOf(panel.service, panel.entity, customers=chosen, deals_of=deals_of)


def _links(context: Context, session: Session, refs: Sequence[RecordRef]) -> dict[RecordRef, dict[str, RecordRef]]:
    """The record in each service that is on."""
    on = {connection.service for connection in context.connectors.active()}
    found: dict[RecordRef, dict[str, RecordRef]] = {}
    for ref, links in Links(session).of_many(refs).items():
        for link in links:
            other = link.other(ref)
            if other.service in on:
                found.setdefault(ref, {}).setdefault(other.service, other)
    return found


def _why(session: Session, refs: Sequence[RecordRef]) -> dict[RecordRef, Why]:
    intents = Intents(session).creating(refs)
    titles = Records(session).known([intent.write.relates for intent in intents.values() if intent.write.relates])
    by_rules = {ref: intent for ref, intent in intents.items() if intent.rule}
    runs = RuleRuns(session).get_many({(intent.event, intent.rule) for intent in by_rules.values()})
    return {ref: _reason(intent, titles, runs.get((intent.event, intent.rule))) for ref, intent in by_rules.items()}


def _reason(intent: Intent, titles: Mapping[RecordRef, Record], run: RuleRun | None) -> Why:
    relates = intent.write.relates
    related = titles.get(relates) if relates else None
    title = related.text("name") if related else ""
    return Why(intent.rule, intent.action, relates, title, run)
