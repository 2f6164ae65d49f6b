"""Reading what services list, page by page, each with the cursor behind it. Inside a workflow."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal, TypedDict

from tsunagi.app import jobs
from tsunagi.app.call_budgets import out_of_calls
from tsunagi.app.connections.services import is_shown
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import reason_of
from tsunagi.app.sync.ingest import ingest, look_at_lists, read_whole
from tsunagi.app.sync.parent_lists import pair_reading, read_parents
from tsunagi.app.sync.related_lists import watched
from tsunagi.app.sync.run_control import RunStopped, is_asked_to_stop
from tsunagi.app.sync.writing import make_batch
from tsunagi.domain.mapping import PairEnd
from tsunagi.domain.records import Fields, RecordRef
from tsunagi.errors import ConnectorError, DayLimitReached, NotConnected, ServiceOff, TsunagiError
from tsunagi.logging import Log
from tsunagi.store.documents import Documents
from tsunagi.store.intents import Intents
from tsunagi.store.listings import Cursors
from tsunagi.store.records import Records
from tsunagi.store.sync_runs import SyncRuns
from tsunagi.store.tables import by_kind
from tsunagi.sync.guard import Limits
from tsunagi.text import Text

# Each customer takes a call: beyond this number, figures wait for the next run, and show their date.
_MANY_CUSTOMERS = 300
# Lists under records that are read in one step.
_LISTS = 100
# How often a listing waits for a service that is away before the run gives up.
_RETRIES = 6

log = Log(__name__)

Counts = dict[str, dict[str, int]]


class PageOutcome(TypedDict):
    """What came of reading one page; `reason` is why it could not be read, now or (`later`) today."""

    state: Literal["read", "waiting", "failed", "stopped", "later"]
    records: int
    changed: int
    more: bool
    intents: int
    wait: float
    reason: dict[str, str]


@jobs.step("listings")
def listings(pairs: list[str]) -> list[list[str]]:
    """What to list, in order. A step, so that a resumed run goes through the same listings."""
    return listed_now(jobs.current_context(), pairs)


def listed_now(context: Context, pairs: Sequence[str]) -> list[list[str]]:
    """The listings a sync of these pairs reads now, of all when empty, in order."""
    connections = {connection.service: connection for connection in context.connectors.active()}
    chosen = {(end.service, end.entity) for name in pairs for end in _ends(context, name)}
    return [
        [service, entity]
        for service, kind in sorted(context.registry.connectors.items(), key=lambda item: (not item[1].is_crm, item[0]))
        if service in connections
        for entity in context.registry.listed(service)
        # A pair needs its records, whichever documents are switched off.
        if (is_shown(context, connections[service], entity) or entity in context.registry.joined(service))
        and (not pairs or (service, entity) in chosen)
    ]


@jobs.step("document_listings")
def document_listings(services: list[str]) -> list[list[str]]:
    context = jobs.current_context()
    return [
        [connection.service, entity]
        for connection in context.connectors.active()
        if connection.service in services and connection.service in context.registry.connectors
        for entity in context.registry.connectors[connection.service].entities
        if context.registry.entity(connection.service, entity).kind == "document"
        and is_shown(context, connection, entity)
    ]


def _ends(context: Context, name: str) -> list[PairEnd]:
    return [end for pair in context.registry.pairs_in_order([name]) for end in (pair.left, pair.right)]


def read_listings(
    run: str, listings: list[list[str]], full: bool, counts: Counts, *, lane: str = "", sparing: bool = False
) -> dict[str, dict[str, str]]:
    """Read listings to their end; returns why a service could not be read. One that cannot holds up no other.

    `sparing` leaves the last calls of a day to what people wait for.
    """
    away: dict[str, dict[str, str]] = {}
    for service, entity in listings:
        if service in away:
            continue
        if problem := read_listing(run, service, entity, full, counts, lane=lane, sparing=sparing):
            away[service] = problem
    return away


def read_listing(
    run: str, service: str, entity: str, full: bool, counts: Counts, *, lane: str = "", sparing: bool = False
) -> dict[str, str]:
    """Read every page of one listing; returns why it could not be finished, or nothing."""
    name = f"{service}.{entity}"
    seen = {"read": 0, "changed": 0}
    waits = number = 0
    while True:
        page = read_page(run, service, entity, full, number, sparing)
        if page["state"] == "waiting" and waits < _RETRIES:
            waits += 1
            report_waiting(run, lane, name, page["wait"], page["reason"], counts)
            jobs.sleep(page["wait"])
            continue
        if page["state"] == "stopped":
            raise RunStopped
        if page["state"] != "read":
            return page["reason"]
        waits, number = 0, number + 1
        seen = {"read": seen["read"] + page["records"], "changed": seen["changed"] + page["changed"]}
        counts[name] = seen
        report_progress(run, lane, {"phase": "read", "name": name, "done": seen["read"], "of": 0}, counts)
        if page["intents"]:
            make_batch(f"{run}:{name}:{number - 1}")
        if not page["more"]:
            break
    if full:
        return _sweep(run, service, entity)
    return {}


@jobs.step("read_page")
def read_page(run: str, service: str, entity: str, full: bool, number: int, sparing: bool = False) -> PageOutcome:
    """Read one page and keep it, with the cursor behind it, in one transaction."""
    context = jobs.current_context()
    if is_asked_to_stop(context, run):
        return _page("stopped")
    if sparing and (until := context.connectors.waits_until(service)):
        return _page("later", reason=out_of_calls(context.registry, service, until))
    kind = context.registry.entity(service, entity)
    with context.store.read() as session:
        position = Cursors(session).get(service, entity)
    # The first page of a full run starts over.
    cursor = None if position is None or (full and number == 0) else position.cursor
    # Records that existed before connecting raise no events, until the first listing has ended.
    initial = position is None or not position.complete
    missing: Sequence[RecordRef] = ()
    try:
        if (reading := pair_reading(context, service, entity)) is not None:
            found = read_parents(context, reading, cursor, first=number == 0)
            page, missing, initial = found.page, found.missing, initial or found.initial
        else:
            page = context.connectors.get(service).changes(entity, cursor)
        # At first it is not known yet which of them are to be carried over: the plan reads those completely.
        records = page.records if initial else read_whole(context, service, entity, page.records)
        kept = ingest(
            context,
            kind,
            records,
            batch=f"{run}:{service}.{entity}:{number}",
            deleted=missing,
            initial=initial,
            seen_in=run if full else None,
            in_transaction=lambda session: Cursors(session).put(
                service, entity, page.cursor, context.now(), complete=not initial or not page.more
            ),
        )
    except ServiceOff:
        # Switched off while the run was under way: the others continue.
        return _page("read")
    except DayLimitReached as error:
        context.connectors.ran_out(service, error.retry_after)
        until = context.connectors.waits_until(service) or context.now()
        return _page("later", reason=out_of_calls(context.registry, service, until))
    except ConnectorError as error:
        wait = min(error.retry_after or 5.0, 60.0)
        return _page("waiting" if error.retryable else "failed", wait=wait, reason=why(error))
    except TsunagiError as error:
        return _page("failed", reason=why(error))
    return {**_page("read"), "records": kept.read, "changed": kept.changed, "more": page.more, "intents": kept.intents}


@jobs.step("sweep")
def _sweep(run: str, service: str, entity: str) -> dict[str, str]:
    """After a full listing: what it did not show was deleted, unless so much is missing that it may be a mistake."""
    context = jobs.current_context()
    if not _lists_everything(context, service, entity):
        return {}
    kind = context.registry.entity(service, entity)
    with context.store.read() as session:
        repository = Documents(session) if kind.kind == "document" else Records(session)
        missing = repository.count_unseen(service, entity, run)
        known = missing + repository.count_seen(service, entity, run)
    if missing > Limits().of(known):
        return in_both(
            Text(
                en=f"{missing} of {known} {kind.plural.en} are missing from the full listing; none was marked deleted.",
                ja=f"全件取得で{kind.plural.ja} {known} 件中 {missing} 件が見つかりません。削除扱いにはしていません。",
            )
        )
    while deleted := _unseen(context, service, entity, run):
        ingest(context, kind, (), batch=f"{run}:{service}.{entity}:gone", deleted=deleted)
    return {}


def _lists_everything(context: Context, service: str, entity: str) -> bool:
    try:
        able = context.connectors.get(service).capabilities.get(entity)
    except (NotConnected, ServiceOff):
        # Switched off while the run was under way: an absent record is not a deleted one.
        return False
    return able is not None and able.listing == "all"


def _unseen(context: Context, service: str, entity: str, run: str) -> Sequence[RecordRef]:
    kind = context.registry.entity(service, entity)
    with context.store.read() as session:
        repository = Documents(session) if kind.kind == "document" else Records(session)
        return repository.unseen(service, entity, run).items


def read_again(run: str, records: list[str]) -> dict[str, dict[str, str]]:
    """Read these records, named as RecordRef.parse reads them; returns why those of a service could not be read."""
    kinds = by_kind(map(RecordRef.parse, records))
    problems = [(service, _read_records(run, service, entity, list(ids))) for service, entity, ids in kinds]
    return {service: problem for service, problem in problems if problem}


@jobs.step("read_records")
def _read_records(run: str, service: str, entity: str, ids: list[str]) -> dict[str, str]:
    context = jobs.current_context()
    try:
        found = context.connectors.get(service).get_many(entity, ids)
    except TsunagiError as error:
        return why(error)
    ingest(context, context.registry.entity(service, entity), found, batch=f"{run}:{service}.{entity}")
    return {}


def read_related(run: str) -> None:
    """Look at the lists under those who are watched, and make what rules ask for. Inside a workflow."""
    for page in _watched(run):
        if _read_lists(run, page):
            make_batch(f"{run}:related")


@jobs.step("related_watched")
def _watched(run: str) -> list[list[str]]:
    del run
    names = [str(ref) for ref in watched(jobs.current_context())]
    return [names[start : start + _LISTS] for start in range(0, len(names), _LISTS)]


@jobs.step("related_page")
def _read_lists(run: str, names: list[str]) -> int:
    context = jobs.current_context()
    try:
        return look_at_lists(context, [RecordRef.parse(name) for name in names], batch=f"{run}:related")
    except ConnectorError as error:
        # The next sync looks again.
        log.warning("related_lists_not_read", service=error.service, reason=str(error))
        return 0


@jobs.workflow("read_customers")
def read_customers(run: str, batches: list[str]) -> None:
    """As `read_customers_again`, as work of its own."""
    read_customers_again(run, batches)


def read_customers_again(run: str, batches: list[str]) -> None:
    """After documents were written: what their customers owe has changed, and no listing shows that as a change."""
    if customers := _customers_written_to(batches):
        read_again(run, customers)


@jobs.step("customers_written_to")
def _customers_written_to(batches: list[str]) -> list[str]:
    """Of these batches, or of all batches of these runs; so many that their reading costs less than the writes did."""
    context = jobs.current_context()
    with context.store.read() as session:
        results = [ref for batch in batches for ref in Intents(session).results(batch)]
        documents = Documents(session).get_many(results)
    customers = {document.customer for document in documents.values() if document.customer}
    return sorted(str(ref) for ref in customers if _has_balance(context, ref))[:_MANY_CUSTOMERS]


def _has_balance(context: Context, ref: RecordRef) -> bool:
    kind = context.registry.entities.get(f"{ref.service}.{ref.entity}")
    return kind is not None and any(spec.name == "receivable" for spec in kind.fields)


def report_progress(run: str, lane: str, progress: Fields | None, counts: Counts) -> None:
    """How far a lane of a run is (None: at its end), and what it has counted."""
    context = jobs.current_context()
    with context.store.write(lasting=False) as session:
        SyncRuns(session).advance(run, lane, progress, counts=counts)


def report_waiting(run: str, lane: str, name: str, seconds: float, reason: Mapping[str, str], counts: Counts) -> None:
    """A lane waits for its service: for how long, and why."""
    until = jobs.current_context().now() + timedelta(seconds=seconds)
    told: Fields = {"phase": "wait", "name": name, "until": until, "en": reason.get("en"), "ja": reason.get("ja")}
    report_progress(run, lane, told, counts)


def _page(
    state: Literal["read", "waiting", "failed", "stopped", "later"],
    *,
    wait: float = 0.0,
    reason: dict[str, str] | None = None,
) -> PageOutcome:
    """A page without records."""
    return {
        "state": state,
        "records": 0,
        "changed": 0,
        "more": False,
        "intents": 0,
        "wait": wait,
        "reason": reason or {},
    }


def in_both(text: Text) -> dict[str, str]:
    return {"en": text.en, "ja": text.ja}


def why(error: TsunagiError) -> dict[str, str]:
    """Its message, with the code of its reason and what to do, as a step's result."""
    reason = {**in_both(error.message), "code": reason_of(error).code}
    return {**reason, "hint_en": error.hint.en, "hint_ja": error.hint.ja} if error.hint else reason
