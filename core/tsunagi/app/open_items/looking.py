"""The standing list as people and programs look at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import (
    LOOK,
    decide,
    require,
    require_administrator,
    require_document,
    sees_everything,
    sees_tab,
    viewable,
)
from tsunagi.app.context import Context
from tsunagi.app.open_items.reporting import PARKED, PLUGIN
from tsunagi.app.open_items.writes import intent_of
from tsunagi.app.permission_files import KIND as PERMISSION
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError
from tsunagi.rules.permissions_catalogue import VIEW
from tsunagi.store.intents import Intent, Intents
from tsunagi.store.open_items import Filters, OpenItem, OpenItems
from tsunagi.store.paging import Slice
from tsunagi.text import Text

MAIL = "mail"
KINDS = ("billing", "write", "automation", "sync", PARKED, MAIL, "notice", PLUGIN, PERMISSION)
# Only a person can know that these are in order.
SETTLED_BY_HAND = (MAIL, PLUGIN)


@dataclass(frozen=True, slots=True)
class OpenCounts:
    """How many items are open: those that need a person, and those the hub resolves."""

    person: int
    itself: int


def open_items(
    context: Context,
    actor: Person | None,
    *,
    after: str | None = None,
    limit: int = 50,
    **filters: Unpack[Filters],
) -> Slice[OpenItem]:
    """What is not as it should be, those that came last first. Raises PermissionDenied.

    What is about documents or a service this person may not see is left out: a page may have fewer than `limit`.
    """
    require(context, actor, LOOK)
    with context.store.read() as session:
        page = OpenItems(session).page(after=after, limit=limit, **filters)
        return Slice(tuple(_visible(context, session, actor, page.items)), page.next)


def open_item(context: Context, actor: Person | None, key: str) -> OpenItem | None:
    """The open item of this key; None where there is none that this person may see."""
    with context.store.read() as session:
        item = OpenItems(session).get(key)
        open_one = [item] if item is not None and item.resolved_at is None else []
        return next(iter(_visible(context, session, actor, open_one)), None)


def count_open(context: Context, actor: Person | None = None) -> OpenCounts:
    """Of those this person may see."""
    with context.store.read() as session:
        if sees_everything(context, actor):
            return count_in(session)
        seen = [item.resolver for item in _visible(context, session, actor, list(OpenItems(session).all()))]
    return OpenCounts(seen.count("person"), seen.count("itself"))


def _visible(context: Context, session: Session, actor: Person | None, items: Sequence[OpenItem]) -> Sequence[OpenItem]:
    if sees_everything(context, actor):
        return items
    writes = Intents(session).get_many([key for key in map(intent_of, items) if key])
    seen = viewable(context, session, actor, [ref for item in items for ref in item.records])
    return [item for item in items if seen.issuperset(item.records) and _may_see(context, actor, item, writes)]


def _may_see(context: Context, actor: Person | None, item: OpenItem, writes: Mapping[str, Intent]) -> bool:
    """The tab of the service, and the kind of document that is still to be made."""
    if not sees_tab(context, actor, item.service):
        return False
    write = writes.get(intent_of(item) or "")
    kinds = [f"{write.write.service}.{write.write.entity}"] if write else _made_by(context, item)
    documents = [kind for kind in kinds if _is_document(context, kind)]
    return all(decide(context, actor, f"{kind}:{VIEW}").possible for kind in documents)


def _made_by(context: Context, item: OpenItem) -> list[str]:
    """The kinds of document that the actions of a blocked rule are about."""
    rule = context.rules.automations.get(str(item.parameters.get("rule", "")))
    return [step.action.rpartition(".")[0] for step in rule.steps] if rule else []


def _is_document(context: Context, key: str) -> bool:
    kind = context.registry.entities.get(key)
    return kind is not None and kind.kind == "document"


def count_in(session: Session) -> OpenCounts:
    counts = OpenItems(session).count_by_kind().values()
    return OpenCounts(*(sum(each.get(resolver, 0) for each in counts) for resolver in ("person", "itself")))


def count_for_person(context: Context, actor: Person | None = None) -> int:
    """For the navigation of every page, the one of an error among them: 0 where the store does not answer."""
    try:
        return count_open(context, actor).person
    except SQLAlchemyError:
        return 0


def settle(context: Context, actor: Person | None, key: str) -> None:
    """A person marks this as resolved: only they can know whether an e-mail arrived, or a plugin works again.

    Raises PermissionDenied, ConfigError for an item that is not open or that is resolved automatically.
    """
    with context.store.read() as session:
        item = OpenItems(session).get(key)
    if item is None or item.resolved_at is not None or item.kind not in SETTLED_BY_HAND:
        raise ConfigError(
            Text(
                en=f"'{key}' is not an open item about a mail or a plugin; any other goes from the list when it is in"
                " order.",
                ja=f"「{key}」はメールまたはプラグインの未解決の項目ではありません。ほかの項目は解決すると一覧から消えます。",
            )
        )
    if item.kind == PLUGIN:
        require_administrator(context, actor, f"{PLUGIN}:settle")
    for ref in item.records:
        require_document(context, actor, ref, "email")
    with context.store.write() as session:
        OpenItems(session).resolve([key], context.now())
        note(context, session, actor, "open_items:settle", key, text=item.text.en)
    if item.kind == PLUGIN:
        context.hooks.failures.settle(str(item.parameters["plugin"]), str(item.parameters["hook"]))
