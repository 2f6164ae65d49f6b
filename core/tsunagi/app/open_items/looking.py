"""The standing list as people and programs look at it."""

from dataclasses import dataclass
from typing import Unpack

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tsunagi.app.access.permissions import require, require_administrator
from tsunagi.app.context import Context
from tsunagi.app.open_items.parked import PARKED
from tsunagi.app.open_items.plugins import PLUGIN
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError
from tsunagi.rules.permissions import VIEW
from tsunagi.store.open_items import Filters, OpenItem, OpenItems
from tsunagi.store.paging import Slice
from tsunagi.text import Text

MAIL = "mail"
KINDS = ("billing", "write", "automation", "sync", PARKED, MAIL, "notice", PLUGIN)
# Only a person can know that these are in order.
SETTLED_BY_HAND = (MAIL, PLUGIN)


@dataclass(frozen=True, slots=True)
class OpenCounts:
    """How many items are open: those somebody has to act on, and those the hub brings to their end."""

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
    """What is not as it should be, those that came last first. Raises PermissionDenied."""
    require(context, actor, VIEW)
    with context.store.read() as session:
        return OpenItems(session).page(after=after, limit=limit, **filters)


def count_open(context: Context) -> OpenCounts:
    with context.store.read() as session:
        return count_in(session)


def count_in(session: Session) -> OpenCounts:
    counts = OpenItems(session).count_by_kind().values()
    return OpenCounts(*(sum(each.get(resolver, 0) for each in counts) for resolver in ("person", "itself")))


def count_for_person(context: Context) -> int:
    """For the navigation of every page, the one of an error among them: 0 where the store does not answer."""
    try:
        return count_open(context).person
    except SQLAlchemyError:
        return 0


def settle(context: Context, actor: Person | None, key: str) -> None:
    """A person says that this is in order: only they can know whether a letter arrived, or a plugin is well again.

    Raises PermissionDenied, ConfigError for an item that is not open or that shows by itself when it is in order.
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
        require(context, actor, f"{ref.entity}:email")
    with context.store.write() as session:
        OpenItems(session).resolve([key], context.now())
    if item.kind == PLUGIN:
        context.hooks.failures.settle(str(item.parameters["plugin"]), str(item.parameters["hook"]))
