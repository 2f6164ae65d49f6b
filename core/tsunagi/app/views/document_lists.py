"""Documents of one kind across all customers: what lists show, their sums, and every row of them for a file."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from tsunagi.app.access.permissions import decide, document_facts, may_with_document, require, viewable
from tsunagi.app.connections.services import is_shown
from tsunagi.app.context import Context
from tsunagi.domain.directory import Person
from tsunagi.domain.documents import Document, Panel
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.errors import NotOffered
from tsunagi.rules.permissions_catalogue import VIEW
from tsunagi.store.document_lists import NEWEST_FIRST, DocumentLists, Listed, Order, place_of
from tsunagi.store.document_totals import Totals, folded
from tsunagi.store.documents import Documents
from tsunagi.store.intents import Intents
from tsunagi.store.links import Links
from tsunagi.store.listings import Cursors
from tsunagi.store.paging import Slice, mark
from tsunagi.store.records import Records
from tsunagi.text import Text

_PAGE_ROWS = 50
_CHUNK = 500
# Where each document must be looked at by itself, so many are before a page is given as far as it came, or sums are
# given up.
MOST_LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list somebody wants; what is empty asks for nothing. `since` and `until` are days of a document's date."""

    service: str
    entity: str
    search: str = ""
    status: str = ""
    currency: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    order: Order = NEWEST_FIRST


@dataclass(frozen=True, slots=True)
class ListRow:
    """A document with every field its service gives, its customer's name and the account this is.

    `by_rule`: a rule made it. `reference` is empty where it is only the key by which the hub finds its own document.
    """

    document: Document
    fields: Fields
    customer: str
    account: RecordRef | None
    by_rule: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list. `as_of` is when the service was last asked; `currencies` are those the kind has."""

    panel: Panel
    rows: Sequence[ListRow]
    next: str | None
    currencies: Sequence[str]
    as_of: dt.datetime | None


@dataclass(frozen=True, slots=True)
class ListTotals:
    """How many documents a list has in all, with sums by currency: those of drafts apart, void ones in neither.

    `complete` is False where more had to be looked at one by one than is sensible: then nothing is said.
    """

    count: int
    totals: Sequence[Totals]
    drafts: Sequence[Totals]
    complete: bool = True


def document_kinds(context: Context, actor: Person | None) -> list[Panel]:
    """The kinds of documents this person may see some of, of services that are on: a list each."""
    on = {connection.service: connection for connection in context.connectors.active()}
    found: dict[tuple[str, str], Panel] = {}
    for panel in context.registry.panels:
        kind = f"{panel.service}.{panel.entity}"
        if (
            panel.service in on
            and kind in context.registry.entities
            and is_shown(context, on[panel.service], panel.entity)
            and decide(context, actor, f"{kind}:{VIEW}").possible
        ):
            found.setdefault((panel.service, panel.entity), panel)
    return list(found.values())


def first_filled(context: Context, kinds: Sequence[Panel]) -> Panel | None:
    """The first of these kinds that has any documents, else the first; None where there are none to choose from."""
    with context.store.read() as session:
        lists = DocumentLists(session)
        asked = (Asked(panel.service, panel.entity) for panel in kinds)
        filled = (bool(lists.page(_listed(context, each), each.order, limit=1).items) for each in asked)
        return next((panel for panel, some in zip(kinds, filled, strict=True) if some), next(iter(kinds), None))


def list_documents(
    context: Context, actor: Person | None, asked: Asked, *, after: str | None = None, limit: int = _PAGE_ROWS
) -> ListPage:
    """A page of a list. Raises NotOffered for an unknown kind or status, PermissionDenied, NoSuchPlace.

    Where the permissions look at each document, a page may end early and still have a next one.
    """
    panel = _panel(context, actor, asked)
    with context.store.read() as session:
        page = _page(context, session, actor, asked, after, limit)
        return ListPage(
            panel,
            _rows(context, session, page.items),
            page.next,
            DocumentLists(session).currencies(asked.service, asked.entity),
            Cursors(session).read_at(asked.service, asked.entity),
        )


def document_totals(context: Context, actor: Person | None, asked: Asked) -> ListTotals:
    """Count and sums of a whole list. Raises as `list_documents`."""
    panel = _panel(context, actor, asked)
    with context.store.read() as session:
        if decide(context, actor, _viewing(asked)).allowed:
            sums: Mapping[str, Sequence[Totals]] = DocumentLists(session).totals(_listed(context, asked))
        else:
            looked = _sums_of_permitted(context, session, actor, asked)
            if looked is None:
                return ListTotals(0, (), (), complete=False)
            sums = looked
    drafts, void = panel.in_stage("draft"), panel.in_stage("void")
    return ListTotals(
        sum(each.count for some in sums.values() for each in some),
        folded(some for status, some in sums.items() if status not in drafts | void),
        folded(some for status, some in sums.items() if status in drafts),
    )


def seen_document(context: Context, actor: Person | None, ref: RecordRef) -> Document | None:
    """A document the hub knows, where they may see it."""
    with context.store.read() as session:
        found = Documents(session).get(ref)
    return found if found is not None and may_with_document(context, actor, ref, VIEW) else None


def documents_numbered(context: Context, actor: Person | None, number: str) -> list[RecordRef]:
    """Documents people know by this number, those the person may see."""
    with context.store.read() as session:
        found = Documents(session).numbered(number)
        seen = viewable(context, session, actor, found)
    return [ref for ref in found if ref in seen]


def every_row(context: Context, actor: Person | None, asked: Asked) -> Iterator[ListRow]:
    """All rows of a list, a few hundred in memory at a time. Raises as `list_documents`, before the first row."""
    _panel(context, actor, asked)
    return _every_row(context, actor, asked)


def _every_row(context: Context, actor: Person | None, asked: Asked) -> Iterator[ListRow]:
    after: str | None = None
    while True:
        # A transaction for each page: whoever downloads slowly holds nothing up.
        with context.store.read() as session:
            page = _page(context, session, actor, asked, after, _CHUNK)
            rows = _rows(context, session, page.items)
        yield from rows
        if page.next is None:
            return
        after = page.next


def _panel(context: Context, actor: Person | None, asked: Asked) -> Panel:
    context.registry.entity(asked.service, asked.entity)
    if not decide(context, actor, _viewing(asked)).possible:
        require(context, actor, _viewing(asked))
    kinds = document_kinds(context, actor)
    panel = next((each for each in kinds if (each.service, each.entity) == (asked.service, asked.entity)), None)
    if panel is None:
        known = ", ".join(f"{each.service}.{each.entity}" for each in kinds) or "-"
        raise NotOffered(
            Text(
                en=f"There is no list of {asked.service}.{asked.entity}. There are: {known}",
                ja=f"{asked.service}.{asked.entity} の一覧はありません。使える一覧: {known}",
            )
        )
    statuses = [each.status for each in panel.statuses]
    if asked.status and asked.status not in statuses:
        raise NotOffered(
            Text(
                en=f"status: '{asked.status}' is none. There are: {', '.join(statuses)}",
                ja=f"status: 「{asked.status}」はありません。使える値: {', '.join(statuses)}",
            )
        )
    return panel


def _viewing(asked: Asked) -> str:
    return f"{asked.service}.{asked.entity}:{VIEW}"


def _listed(context: Context, asked: Asked) -> Listed:
    pairs = context.registry.pairs.values()
    crm = context.registry.crm_service()
    ends = [
        end
        for pair in pairs
        for end, other in ((pair.left, pair.right), (pair.right, pair.left))
        if other.service == crm and other.entity == "account"
    ]
    return Listed(
        asked.service,
        asked.entity,
        asked.search.strip(),
        [end.entity for end in ends if end.service == asked.service],
        frozenset({asked.status} if asked.status else ()),
        asked.currency.upper(),
        asked.since,
        asked.until,
    )


def _page(
    context: Context, session: Session, actor: Person | None, asked: Asked, after: str | None, limit: int
) -> Slice[Document]:
    lists, listed = DocumentLists(session), _listed(context, asked)
    if decide(context, actor, _viewing(asked)).allowed:
        return lists.page(listed, asked.order, after=after, limit=limit)
    seen: list[Document] = []
    looked_at = 0
    while True:
        some = lists.page(listed, asked.order, after=after, limit=_CHUNK)
        seen += _permitted(context, session, actor, asked, some.items)
        looked_at += len(some.items)
        if len(seen) > limit:
            return Slice(tuple(seen[:limit]), mark(place_of(seen[limit - 1], asked.order)))
        if some.next is None or looked_at >= MOST_LOOKED_AT:
            return Slice(tuple(seen), some.next)
        after = some.next


def _permitted(
    context: Context, session: Session, actor: Person | None, asked: Asked, documents: Sequence[Document]
) -> list[Document]:
    action = _viewing(asked)
    facts = document_facts(context, session, Documents(session).known([each.ref for each in documents]))
    return [each for each in documents if decide(context, actor, action, facts[each.ref]).allowed]


def _sums_of_permitted(
    context: Context, session: Session, actor: Person | None, asked: Asked
) -> dict[str, list[Totals]] | None:
    """None where more than MOST_LOOKED_AT would have to be looked at."""
    lists, listed = DocumentLists(session), _listed(context, asked)
    if lists.count(listed) > MOST_LOOKED_AT:
        return None
    sums: dict[str, list[Totals]] = {}
    after: str | None = None
    while True:
        some = lists.page(listed, asked.order, after=after, limit=_CHUNK)
        for each in _permitted(context, session, actor, asked, some.items):
            one = Totals(1, each.total, each.balance, each.base_total, each.base_balance)
            sums[each.status] = folded([sums.get(each.status, []), [one]])
        if some.next is None:
            return sums
        after = some.next


def _rows(context: Context, session: Session, documents: Sequence[Document]) -> list[ListRow]:
    known = Documents(session).known([each.ref for each in documents])
    named = {each.customer for each in documents if each.customer}
    customers = Records(session).known(named)
    accounts = Links(session).counterparts(named, context.registry.crm_service(), "account")
    made = Intents(session).creating([each.ref for each in documents])
    return [
        ListRow(
            each,
            known[each.ref].fields,
            _title(context, customers.get(each.customer)) if each.customer else "",
            accounts.get(each.customer) if each.customer else None,
            by_rule=each.ref in made and bool(made[each.ref].rule),
            reference="" if each.ref in made and made[each.ref].key == each.reference else each.reference,
        )
        for each in documents
    ]


def _title(context: Context, record: Record | None) -> str:
    if record is None:
        return ""
    kind = context.registry.entities.get(f"{record.ref.service}.{record.ref.entity}")
    return record.text(kind.title if kind else "name")
