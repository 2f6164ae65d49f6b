"""On a person's request, items of the standing list are tried again now."""

from collections.abc import Sequence
from itertools import count
from uuid import uuid4

from sqlalchemy.orm import Session

from tsunagi.app import jobs
from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import require
from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.automation.decisions import BLOCKED_PREFIX
from tsunagi.app.automation.evaluate import evaluate
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import CATALOGUE
from tsunagi.app.open_items.writes import batch_of, intent_of
from tsunagi.app.sync.inbox import NOTICE, read_and_make
from tsunagi.app.sync.listing import read_customers_again
from tsunagi.app.sync.retrying import make_again
from tsunagi.app.sync.workflows import begin_run, make_what_was_blocked, sync_at_once
from tsunagi.domain.directory import Person
from tsunagi.domain.events import Event
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError, ConnectorError
from tsunagi.logging import Log
from tsunagi.store.events import Events
from tsunagi.store.intents import Intents
from tsunagi.store.links import Links
from tsunagi.store.notifications import Inbox
from tsunagi.store.open_items import Filters, OpenItem, OpenItems
from tsunagi.text import Text

log = Log(__name__)

WORKFLOW = "try_again"


def request_retry(context: Context, work: jobs.Jobs, actor: Person | None, which: str = "") -> int:
    """Mark items as due and hand them to the process that works; returns how many there are.

    `which` is the code of a reason, a record (service:entity:id) or the key of an item; everything when empty.
    Raises PermissionDenied, ConfigError for a `which` that is none of these.
    """
    marked = mark_due(context, actor, which)
    if marked:
        batch = _new_batch()
        work.submit(WORKFLOW, batch, batch, which)
    return marked


def retry_here(context: Context, work: jobs.Jobs, actor: Person | None, which: str = "") -> int:
    """As `request_retry`, carried out in this process, which must be the one that works."""
    marked = mark_due(context, actor, which)
    if marked:
        batch = _new_batch()
        work.run(try_again, batch, batch, which)
    return marked


def mark_due(context: Context, actor: Person | None, which: str) -> int:
    require(context, actor, "sync:run")
    filters = _filters(context, which)
    with context.store.write() as session:
        marked = [item for item in OpenItems(session).all(**filters) if _can_be_tried(item)]
        # A blocked rule has no time of its own: it is evaluated whenever rules are.
        timed = [item.key for item in marked if not item.key.startswith(BLOCKED_PREFIX)]
        OpenItems(session).try_now(timed, context.now())
        if marked:
            note(context, session, actor, "open_items:retry", which or "all", items=len(marked))
        _mark_notices(context, session, marked)
    return len(marked)


@jobs.workflow(WORKFLOW)
def try_again(batch: str, which: str = "") -> int:
    """Make what is due, ask blocked rules, and read notices that were set aside; returns how many writes were made.

    What rules of these items (`which` as in `request_retry`) wait for and was deleted, the customer of a deal say, is
    made anew: a person has asked for it.
    """
    made = make_again(batch)["done"]
    make_what_was_blocked(batch)
    if pairs := _in_order([*_make_anew(batch, which), *_read_notices(batch)]):
        sync_at_once(_instant_run(), pairs)
    if made:
        read_customers_again(batch, [batch])
    return made


def _read_notices(batch: str) -> list[str]:
    """Read what may be read now; returns the pairs that may have to be brought together because of it."""
    pairs: list[str] = []
    for number in count():
        read = read_and_make(f"{batch}:notices-{number}")
        if not read["read"]:
            break
        pairs += read["pairs"]
    return pairs


@jobs.step("make_anew")
def _make_anew(batch: str, which: str) -> list[str]:
    """Forget the deleted partners of records that rules wait for: they are new to their pairs, which are returned."""
    context = jobs.current_context()
    with context.store.read() as session:
        items = list(OpenItems(session).all(**_filters(context, which)))
        writes = Intents(session).get_many([key for item in items if (key := intent_of(item))])
        asked = {str(item.parameters.get("event") or "") for item in items} | {each.event for each in writes.values()}
        events = [event for id in sorted(asked - {""}) if (event := Events(session).get(id)) is not None]
    awaited = {ref for event in events for ref in _awaited(context, event, batch)}
    with context.store.write() as session:
        links = {link.id: link for some in Links(session).of_many(awaited).values() for link in some if link.orphaned}
        Links(session).remove(list(links))
    return sorted({link.pair for link in links.values()})


def _awaited(context: Context, event: Event, batch: str) -> Sequence[RecordRef]:
    try:
        return evaluate(context, event, StoredContext(context, {}), batch).awaits
    except ConnectorError as error:
        log.warning("awaited_not_known", about=event.id, reason=str(error))
        return ()


@jobs.step("in_order")
def _in_order(pairs: list[str]) -> list[str]:
    return [pair.name for pair in jobs.current_context().registry.pairs_in_order() if pair.name in pairs]


@jobs.step("instant_run")
def _instant_run() -> str:
    return begin_run(jobs.current_context(), "instant")


def _new_batch() -> str:
    return f"again-{uuid4().hex[:12]}"


def _filters(context: Context, which: str) -> Filters:
    if not which:
        return {}
    if which in CATALOGUE:
        return {"reason": which}
    with context.store.read() as session:
        if OpenItems(session).get(which) is not None:
            return {"key": which}
    try:
        return {"record": RecordRef.parse(which)}
    except ValueError:
        raise ConfigError(
            Text(
                en=f"'{which}' is neither a reason, nor a record, nor an item of the list.",
                ja=f"「{which}」は理由、レコード、一覧の項目のいずれでもありません。",
            ),
            hint=Text(
                en="A record is named service:entity:id; reasons and items are in 'tsunagi status --json'.",
                ja="レコードは service:entity:id の形式です。理由と項目は「tsunagi status --json」で確認できます。",
            ),
        ) from None


def _can_be_tried(item: OpenItem) -> bool:
    """A sync is begun, and a mail is written, by a person."""
    tried = intent_of(item) or batch_of(item)
    return bool(tried) or item.kind == NOTICE or item.key.startswith(BLOCKED_PREFIX)


def _mark_notices(context: Context, session: Session, items: list[OpenItem]) -> None:
    for item in items:
        if item.kind == NOTICE:
            for ref in item.records:
                Inbox(session).try_now(ref, context.now())
