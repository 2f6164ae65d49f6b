"""What an installation holds and still has to do, in numbers: for summaries and progress."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from tsunagi.app.context import Context
from tsunagi.app.jobs import Jobs
from tsunagi.app.open_items.looking import OpenCounts, count_in
from tsunagi.app.open_items.reporting import PLUGIN
from tsunagi.app.views import formats
from tsunagi.domain.documents import Document
from tsunagi.domain.records import Record, RecordRef
from tsunagi.plugin_loading import PluginReport
from tsunagi.store.document_totals import Totals
from tsunagi.store.documents import Documents, DocumentsOf
from tsunagi.store.intents import Intents
from tsunagi.store.links import Links
from tsunagi.store.notifications import Inbox
from tsunagi.store.open_items import OpenItems
from tsunagi.store.records import Records
from tsunagi.store.rule_runs import RuleRun, RuleRuns
from tsunagi.store.sync_runs import SyncRuns
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the worker still has to do: records to read, and batches of writes that are not all made."""

    notices: int
    batches: int

    def __bool__(self) -> bool:
        return bool(self.notices or self.batches)


@dataclass(frozen=True, slots=True)
class DocumentCount:
    """The documents of one kind: how many, sums by currency, and the newest numbers."""

    count: int
    totals: Sequence[Totals]
    numbers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Refused:
    """Writes a service refused for good, and why the latest of them were."""

    count: int
    reasons: Sequence[Text]


def backlog(context: Context) -> Backlog:
    with context.store.read() as session:
        return Backlog(Inbox(session).waiting(), len(Intents(session).pending_batches()))


def records(context: Context, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Record]:
    """Records as the hub last read them; those it does not know are left out."""
    with context.store.read() as session:
        return Records(session).get_many(refs)


def records_by_kind(context: Context) -> dict[str, int]:
    """How many records the hub holds of each connected service: {"service.entity": count}."""
    counts: dict[str, int] = {}
    connected = {connection.service for connection in context.connectors.all()}
    with context.store.read() as session:
        for key, kind in sorted(context.registry.entities.items()):
            if kind.service not in connected:
                continue
            if kind.kind == "document":
                counts[key] = Documents(session).count(DocumentsOf(kind.service, kind.name))
            else:
                counts[key] = Records(session).count(kind.service, kind.name)
    return counts


def documents(context: Context, service: str, entity: str, *, numbers: int = 100) -> DocumentCount:
    of = DocumentsOf(service, entity)
    with context.store.read() as session:
        found = Documents(session)
        totals = found.totals(of)
        return DocumentCount(sum(each.count for each in totals), totals, found.numbers(of, limit=numbers))


def documents_of_deal(context: Context, deal: RecordRef, service: str, entity: str) -> Sequence[Document]:
    with context.store.read() as session:
        return Documents(session).page(DocumentsOf(service, entity, deals=(deal,)), oldest_first=True).items


def accounts_of_documents(context: Context, service: str, entity: str, *, newest: int = 100) -> Sequence[RecordRef]:
    """The accounts the newest documents of one kind belong to, by their customer or their deal: each once."""
    crm = context.registry.crm_service()
    with context.store.read() as session:
        found = Documents(session).page(DocumentsOf(service, entity), limit=newest).items
        customers = {document.customer for document in found if document.customer}
        deals = Records(session).get_many([document.deal for document in found if document.deal])
        linked = Links(session).counterparts(customers, crm, "account")
    of_deal = {ref: deal.fields.get("account") for ref, deal in deals.items()}
    named = [
        account
        for document in found
        for account in (
            linked.get(document.customer) if document.customer else None,
            of_deal.get(document.deal) if document.deal else None,
        )
    ]
    return tuple(dict.fromkeys(account for account in named if isinstance(account, RecordRef)))


def verdicts(context: Context) -> dict[str, dict[str, int]]:
    """How often each rule gave each verdict: {rule: {verdict: count}}."""
    with context.store.read() as session:
        return RuleRuns(session).count_verdicts()


def rule_runs(context: Context, ref: RecordRef) -> Sequence[RuleRun]:
    """The rules' answers to all events of one record, the latest first."""
    with context.store.read() as session:
        return RuleRuns(session).of_record(ref).items


def refused(context: Context, *, reasons: int = 5) -> Refused:
    with context.store.read() as session:
        intents = Intents(session)
        latest = intents.in_state("failed", limit=reasons).items
        return Refused(intents.count_states().get("failed", 0), [each.problem for each in latest if each.problem])


def organization_zone(context: Context) -> dt.tzinfo | None:
    """The organisation's own time zone: the CRM's, where one is connected; None while nothing is."""
    connections = context.connectors.all()
    kinds = context.registry.connectors
    ours = [each for each in connections if each.service in kinds and kinds[each.service].is_crm]
    return formats.zone((ours or connections)[0].organization.time_zone) if connections else None


@dataclass(frozen=True, slots=True)
class Health:
    """`works` is whether this process makes writes and reads notifications; `writes` counts them by state.

    `open_items` counts what needs attention. `plugin_problems` counts plugins that could not be loaded and
    hooks that failed while the hub runs. `database` is False where the store does not answer; the
    counts are empty then.
    """

    database: bool
    works: bool
    notices_waiting: int
    writes: Mapping[str, int]
    open_items: OpenCounts
    plugin_problems: int
    broken_rules: int
    last_sync: datetime | None


def check_health(context: Context, jobs: Jobs, plugins: Sequence[PluginReport]) -> Health:
    """Never raises for the database's sake."""
    failed = sum(report.problem is not None for report in plugins)
    broken = len(context.rules.broken)
    try:
        with context.store.read() as session:
            waiting, writes = Inbox(session).waiting(), Intents(session).count_states()
            still_open = count_in(session)
            problems = failed + OpenItems(session).count(kind=PLUGIN)
            latest = next(iter(SyncRuns(session).latest(limit=1).items), None)
    except SQLAlchemyError:
        return Health(False, jobs.running, 0, {}, OpenCounts(0, 0), failed, broken, None)
    last = latest.started_at if latest else None
    return Health(True, jobs.running, waiting, writes, still_open, problems, broken, last)
