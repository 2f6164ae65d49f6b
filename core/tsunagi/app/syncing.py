"""A sync: read what changed on every side, plan each pair, make what was planned."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict
from uuid import uuid4

import structlog

from tsunagi.app import jobs
from tsunagi.app.automating import reconsider
from tsunagi.app.features import is_shown
from tsunagi.app.ingesting import ingest
from tsunagi.app.looking_around import look_around
from tsunagi.app.planning import PlanOutcome, plan_pair_of_run
from tsunagi.app.writing import BatchOutcome, make_batch
from tsunagi.domain.mapping import PairEnd
from tsunagi.domain.records import Fields, RecordRef
from tsunagi.errors import ConfigError, ConnectorError, ServiceOff, TsunagiError
from tsunagi.store.cursors import Cursors
from tsunagi.store.documents import Documents
from tsunagi.store.grouping import by_kind
from tsunagi.store.records import Records
from tsunagi.store.sync_runs import SyncRun, SyncRuns
from tsunagi.sync.guard import Limits
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub

log = structlog.get_logger(__name__)

# How often a listing waits for a service that is away before the run gives up.
_PATIENCE = 6
# More of our own writes than this would fill several pages of the next sync's listings.
_MANY = 100
WORKFLOW = "sync"
REFRESH = "refresh_documents"


class PageOutcome(TypedDict):
    """What came of reading one page; `reason` says why it could not be read."""

    state: Literal["read", "waiting", "failed"]
    records: int
    changed: int
    more: bool
    intents: int
    wait: float
    reason: dict[str, str]


def start_sync(hub: "Hub", *, pairs: Sequence[str] = (), full: bool = False) -> str:
    """Begin a run and return its id; `run_sync` or the working process carries it out.

    `pairs` names what to sync, everything when empty. `full` lists every record again, which also finds what was
    deleted. Raises ConfigError for an unknown pair or when no service is connected.
    """
    for name in pairs:
        hub.registry.pair(name)
    if not hub.active_connections():
        raise ConfigError(
            Text(en="No service is connected yet.", ja="まだどのサービスも接続されていません。"),
            hint=Text(en="Connect one first: tsunagi connect crm", ja="先に接続してください: tsunagi connect crm"),
        )
    return begin_run(hub, "full" if full else "incremental")


def begin_run(hub: "Hub", kind: str) -> str:
    run = f"sync-{uuid4().hex[:12]}"
    with hub.store.write() as session:
        SyncRuns(session).start(run, kind, hub.now())
    return run


def run_sync(hub: "Hub", run: str, *, pairs: Sequence[str] = (), full: bool = False) -> SyncRun:
    """Carry a run out in this process, which must be the one that works; returns it as it ended."""
    hub.jobs.settle()
    hub.jobs.run(sync_workflow, run, run, list(pairs), full)
    return sync_run(hub, run)


def sync_run(hub: "Hub", run: str) -> SyncRun:
    with hub.store.read() as session:
        found = SyncRuns(session).get(run)
    if found is None:
        raise ConfigError(Text(en=f"There is no sync run '{run}'.", ja=f"同期「{run}」はありません。"))
    return found


@jobs.workflow(WORKFLOW)
def sync_workflow(run: str, pairs: list[str], full: bool) -> str:
    """One run, from the first page to the last write. Returns the state it ended in."""
    return _ending_well(run, lambda counts: _sync(run, pairs, full, counts))


@jobs.workflow(REFRESH)
def refresh_workflow(run: str, services: list[str], records: list[str]) -> str:
    """Read what is new of these services' documents, from where their listings were left, and these records."""
    return _ending_well(run, lambda counts: _refresh(run, services, records, counts))


@jobs.workflow("sync_at_once")
def sync_at_once(run: str, pairs: list[str]) -> str:
    """Bring pairs together from what the store already knows: after a notification, nothing needs to be listed."""
    return _ending_well(run, lambda counts: _ended(align(run, pairs, counts)))


Counts = dict[str, dict[str, int]]
# How a run ended, and why, if not well.
Ending = tuple[str, dict[str, str]]


def _sync(run: str, pairs: list[str], full: bool, counts: Counts) -> Ending:
    look_around()
    away = _read_each(run, _listings(pairs), full, counts)
    ended = align(run, _pairs(pairs, sorted(away)), counts, retry_failed=full)
    _read_back(run, pairs, [service for service, writes in ended["written"].items() if writes > _MANY])
    if away and not ended["problem"]:
        return "failed", next(iter(away.values()))
    return _ended(ended)


def _refresh(run: str, services: list[str], records: list[str], counts: Counts) -> Ending:
    away = _read_each(run, _document_listings(services), False, counts)
    for service, entity, ids in _by_kind(records):
        problem = _read_records(run, service, entity, ids) if service not in away else {}
        if problem:
            away[service] = problem
    return ("failed", next(iter(away.values()))) if away else ("done", {})


def _read_each(run: str, listings: list[list[str]], full: bool, counts: Counts) -> dict[str, dict[str, str]]:
    """Read listings to their end; returns why a service could not be read. One that cannot keeps nobody waiting."""
    away: dict[str, dict[str, str]] = {}
    for service, entity in listings:
        if service not in away and (problem := _read_all(run, service, entity, full, counts)):
            away[service] = problem
    return away


def _ended(alignment: "Alignment") -> Ending:
    return ("refused", alignment["problem"]) if alignment["problem"] else ("done", {})


def _ending_well(run: str, work: Callable[[Counts], Ending]) -> str:
    """Whatever happens, the run is told to be over: nobody may follow it for ever."""
    counts: Counts = {}
    try:
        state, problem = work(counts)
    except Exception as error:
        log.exception("sync_broke", run=run)
        what = type(error).__name__
        why = Text(
            en=f"Something went wrong in the hub ({what}); it was written to the log.",
            ja=f"ハブの内部で問題が発生しました({what})。ログに記録しました。",
        )
        return _finish(run, "failed", counts, _shown(why))
    return _finish(run, state, counts, problem)


class Alignment(TypedDict):
    """Writes made by service, and why a pair was refused, if one was."""

    written: dict[str, int]
    problem: dict[str, str]


def align(
    run: str, pairs: Sequence[str], counts: dict[str, dict[str, int]], *, retry_failed: bool = False
) -> Alignment:
    """Plan each pair and make what was planned, then ask again the rules that waited for it. Inside a workflow."""
    written: Counter[str] = Counter()
    for pair in pairs:
        planned = _plan(run, pair, retry_failed)
        if planned["problem"]:
            return {"written": dict(written), "problem": planned["problem"]}
        counts[pair] = dict(planned["counts"])
        made = make_batch(f"{run}:{pair}", _Teller(run, pair, planned["writes"], counts))
        _count_made(counts[pair], made)
        written.update(dict.fromkeys(planned["services"], made["done"]))
    if _reconsider(run):
        make_batch(f"{run}:reconsidered")
    return {"written": dict(written), "problem": {}}


def _read_back(run: str, pairs: list[str], services: Sequence[str]) -> None:
    """After many writes, list what they did, so that the next sync does not take them for news, page by page."""
    for service, entity in _listings(pairs) if services else ():
        if service in services:
            _read_all(run, service, entity, False, {})


class _Teller:
    """Keeps the run's progress where every process can read it."""

    def __init__(self, run: str, pair: str, expected: int, counts: dict[str, dict[str, int]]) -> None:
        self._run, self._pair, self._expected, self._counts = run, pair, expected, counts
        tell(run, {"phase": "write", "name": pair, "done": 0, "of": expected}, counts)

    def __call__(self, made: BatchOutcome) -> None:
        done = made["done"] + made["failed"] + made["abandoned"]
        _count_made(self._counts[self._pair], made)
        tell(self._run, {"phase": "write", "name": self._pair, "done": done, "of": self._expected}, self._counts)


def tell(run: str, progress: Fields, counts: dict[str, dict[str, int]]) -> None:
    hub = jobs.current_hub()
    with hub.store.write(lasting=False) as session:
        SyncRuns(session).progress(run, progress, counts=counts)


def _count_made(counts: dict[str, int], made: BatchOutcome) -> None:
    counts.update({state: count for state, count in made.items() if isinstance(count, int) and count})


def _read_all(run: str, service: str, entity: str, full: bool, counts: dict[str, dict[str, int]]) -> dict[str, str]:
    """Read every page of one listing; returns why it could not be finished, or nothing."""
    name = f"{service}.{entity}"
    seen = {"read": 0, "changed": 0}
    waits = number = 0
    while True:
        page = _read_page(run, service, entity, full, number)
        if page["state"] == "waiting" and waits < _PATIENCE:
            waits += 1
            jobs.sleep(page["wait"])
            continue
        if page["state"] != "read":
            return page["reason"]
        waits, number = 0, number + 1
        seen = {"read": seen["read"] + page["records"], "changed": seen["changed"] + page["changed"]}
        counts[name] = seen
        tell(run, {"phase": "read", "name": name, "done": seen["read"], "of": 0}, counts)
        if page["intents"]:
            make_batch(f"{run}:{name}:{number - 1}")
        if not page["more"]:
            break
    if full:
        return _sweep(run, service, entity)
    return {}


@jobs.step("listings")
def _listings(pairs: list[str]) -> list[list[str]]:
    """What to list, in order. A step, so that a resumed run goes through the same listings."""
    hub = jobs.current_hub()
    connections = {connection.service: connection for connection in hub.active_connections()}
    chosen = {(end.service, end.entity) for name in pairs for end in _ends(hub, name)}
    return [
        [service, entity]
        for service, kind in sorted(hub.registry.connectors.items(), key=lambda item: (item[1].side != "crm", item[0]))
        if service in connections
        for entity in kind.entities
        if is_shown(hub, connections[service], entity) and (not pairs or (service, entity) in chosen)
    ]


def _by_kind(records: list[str]) -> list[tuple[str, str, list[str]]]:
    return [(service, entity, list(ids)) for service, entity, ids in by_kind(map(RecordRef.parse, records))]


@jobs.step("read_records")
def _read_records(run: str, service: str, entity: str, ids: list[str]) -> dict[str, str]:
    """Read a few records again; returns why they could not be read, or nothing."""
    hub = jobs.current_hub()
    try:
        found = hub.connector(service).get_many(entity, ids)
    except TsunagiError as error:
        return _shown(error.message)
    ingest(hub, hub.registry.entity(service, entity), found, batch=f"{run}:{service}.{entity}")
    return {}


@jobs.step("document_listings")
def _document_listings(services: list[str]) -> list[list[str]]:
    hub = jobs.current_hub()
    return [
        [connection.service, entity]
        for connection in hub.active_connections()
        if connection.service in services and connection.service in hub.registry.connectors
        for entity in hub.registry.connectors[connection.service].entities
        if hub.registry.entity(connection.service, entity).kind == "document" and is_shown(hub, connection, entity)
    ]


def _ends(hub: "Hub", name: str) -> list[PairEnd]:
    return [end for pair in hub.registry.pairs_in_order([name]) for end in (pair.left, pair.right)]


@jobs.step("pairs")
def _pairs(pairs: list[str], away: list[str]) -> list[str]:
    """Pairs to bring together: of those chosen, whose services are both on and could be read."""
    hub = jobs.current_hub()
    connected = {connection.service for connection in hub.active_connections()} - set(away)
    return [
        pair.name
        for pair in hub.registry.pairs_in_order(pairs or None)
        if {pair.left.service, pair.right.service} <= connected
    ]


@jobs.step("read_page")
def _read_page(run: str, service: str, entity: str, full: bool, number: int) -> PageOutcome:
    hub = jobs.current_hub()
    try:
        return read_page(hub, run, service, entity, full=full, number=number)
    except ServiceOff:
        # Switched off while the run was on its way: the others go on.
        return {"state": "read", "records": 0, "changed": 0, "more": False, "intents": 0, "wait": 0.0, "reason": {}}
    except ConnectorError as error:
        wait = min(error.retry_after or 5.0, 60.0)
        return _unread("waiting" if error.retryable else "failed", error.message, wait)
    except TsunagiError as error:
        return _unread("failed", error.message)


def read_page(hub: "Hub", run: str, service: str, entity: str, *, full: bool, number: int) -> PageOutcome:
    """Read one page and take it in, with the cursor behind it, in one transaction."""
    kind = hub.registry.entity(service, entity)
    with hub.store.read() as session:
        position = Cursors(session).get(service, entity)
    # The first page of a full run starts over.
    cursor = None if position is None or (full and number == 0) else position.cursor
    page = hub.connector(service).changes(entity, cursor)
    # What was there before the connection is no news: silent until the first listing has come to its end.
    silent = position is None or not position.complete
    taken = ingest(
        hub,
        kind,
        page.records,
        batch=f"{run}:{service}.{entity}:{number}",
        silent=silent,
        seen_in=run if full else None,
        also=lambda session: Cursors(session).put(
            service, entity, page.cursor, hub.now(), complete=not silent or not page.more
        ),
    )
    return {
        "state": "read",
        "records": taken.read,
        "changed": taken.changed,
        "more": page.more,
        "intents": taken.intents,
        "wait": 0.0,
        "reason": {},
    }


@jobs.step("sweep")
def _sweep(run: str, service: str, entity: str) -> dict[str, str]:
    """After a full listing: what it did not show is gone, unless so much is missing that it looks like an accident."""
    hub = jobs.current_hub()
    kind = hub.registry.entity(service, entity)
    with hub.store.read() as session:
        repository = Documents(session) if kind.kind == "document" else Records(session)
        missing = repository.count_unseen(service, entity, run)
        known = missing + repository.count_seen(service, entity, run)
    if missing > Limits().of(known):
        return _shown(
            Text(
                en=f"{missing} of {known} {kind.plural.en} are missing from the full listing; none was marked deleted.",
                ja=f"全件取得で{kind.plural.ja} {known} 件中 {missing} 件が見つかりません。削除扱いにはしていません。",
            )
        )
    while gone := _unseen(hub, service, entity, run):
        ingest(hub, kind, (), batch=f"{run}:{service}.{entity}:gone", gone=gone)
    return {}


def _unseen(hub: "Hub", service: str, entity: str, run: str) -> Sequence[RecordRef]:
    kind = hub.registry.entity(service, entity)
    with hub.store.read() as session:
        repository = Documents(session) if kind.kind == "document" else Records(session)
        return repository.unseen(service, entity, run).items


@jobs.step("plan")
def _plan(run: str, pair: str, retry_failed: bool) -> PlanOutcome:
    try:
        return plan_pair_of_run(jobs.current_hub(), run, pair, retry_failed=retry_failed)
    except TsunagiError as error:
        return {"counts": {}, "writes": 0, "services": [], "problem": _shown(error.message)}


@jobs.step("reconsider")
def _reconsider(run: str) -> int:
    try:
        return reconsider(jobs.current_hub(), f"{run}:reconsidered")
    except ConnectorError as error:
        # Nothing is lost: the next sync asks again.
        log.warning("rules_not_reconsidered", service=error.service, reason=str(error))
        return 0


@jobs.step("finish")
def _finish(run: str, state: str, counts: dict[str, dict[str, int]], problem: dict[str, str]) -> str:
    hub = jobs.current_hub()
    why = Text(problem["en"], problem["ja"]) if problem else None
    with hub.store.write() as session:
        SyncRuns(session).finish(run, state, hub.now(), counts=counts, problem=why)
    return state


def _unread(state: Literal["waiting", "failed"], why: Text, wait: float = 0.0) -> PageOutcome:
    return {
        "state": state,
        "records": 0,
        "changed": 0,
        "more": False,
        "intents": 0,
        "wait": wait,
        "reason": _shown(why),
    }


def _shown(text: Text) -> dict[str, str]:
    return {"en": text.en, "ja": text.ja}
