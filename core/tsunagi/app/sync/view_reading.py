"""The custom views that pick a pair's CRM records: listed by themselves, only what changed in them."""

from tsunagi.app import jobs
from tsunagi.app.context import Context
from tsunagi.domain.abilities import Views
from tsunagi.errors import ConfigError, NotConnected, ServiceOff, TsunagiError
from tsunagi.store.listings import Cursors, ViewMembers
from tsunagi.text import Text


def read_views(listed: list[list[str]], full: bool) -> dict[str, dict[str, str]]:
    """Read the views of the kinds a run lists; returns why a pair's could not be read, by pair. Inside a workflow.

    Before the records themselves: a record that changes in between is selected at the next run, never by mistake.
    """
    problems: dict[str, dict[str, str]] = {}
    for pair, service, entity, view in _views(listed):
        first = True
        while True:
            page = _read_view(service, entity, view, full and first)
            first = False
            if page.get("problem"):
                problems[pair] = page["problem"]
            if not page.get("more"):
                break
    return problems


@jobs.step("views")
def _views(listed: list[list[str]]) -> list[list[str]]:
    context = jobs.current_context()
    book = context.pair_settings.book()
    found: list[list[str]] = []
    for name, pair in book.pairs.items():
        view = book.selection(name).view
        if view and [pair.left.service, pair.left.entity] in listed:
            found.append([name, pair.left.service, pair.left.entity, view])
    return found


@jobs.step("read_view")
def _read_view(service: str, entity: str, view: str, anew: bool) -> dict[str, dict[str, str]]:
    context = jobs.current_context()
    try:
        return {"more": {"yes": "yes"}} if _page(context, service, entity, view, anew) else {}
    except (NotConnected, ServiceOff):
        return {}
    except TsunagiError as error:
        return {"problem": {"en": error.message.en, "ja": error.message.ja}}


def _page(context: Context, service: str, entity: str, view: str, anew: bool) -> bool:
    """Take one page in, with the cursor behind it; True where there is another."""
    connector = context.connectors.get(service)
    if not isinstance(connector, Views):
        raise ConfigError(
            Text(
                en=f"The plugin of '{service}' knows no views.",
                ja=f"「{service}」のプラグインはビューに対応していません。",
            )
        )
    place = f"{entity}/view:{view}"
    with context.store.read() as session:
        position = None if anew else Cursors(session).get(service, place)
    page = connector.changes_in_view(entity, view, position.cursor if position else None)
    with context.store.write() as session:
        if position is None:
            ViewMembers(session).forget(service, entity, view)
        ViewMembers(session).add(view, page.records)
        Cursors(session).put(service, place, page.cursor, context.now(), complete=not page.more)
    return page.more
