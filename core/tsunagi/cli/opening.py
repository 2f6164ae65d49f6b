"""`tsunagi open` and `tsunagi widget`: addresses of pages, and of what the CRM shows in its own."""

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import at_terminal, moment, out, plain, print_json, say_aside
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.domain.directory import Person
    from tsunagi.domain.records import RecordRef
    from tsunagi.hub import Hub

_HERE = "http://127.0.0.1:8000"
_FOLDERS = {
    "account": "accounts",
    "contact": "contacts",
    "deal": "deals",
    "vendor": "vendors",
    "product": "products",
}

Url = Annotated[
    str, typer.Option(metavar="URL", help=_("Where the pages are; default: public_url, else this machine."))
]


def open_page(
    context: typer.Context,
    asked: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help=_("A record or document by service:kind:id, its id or number; a run, plan, question or open item."),
        ),
    ],
    url: Url = "",
    browser: Annotated[
        bool, typer.Option("--browser/--print", help=_("Open it in the browser, or only print its address."))
    ] = True,
    as_json: Json = False,
) -> None:
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        path = _path(hub, invocation.viewer(hub), asked.strip())
        address = f"{(url or hub.settings.public_url or _HERE).rstrip('/')}{path}"
    if as_json:
        print_json({"address": address})
        return
    out().print(plain(address), soft_wrap=True)
    if browser and at_terminal():
        typer.launch(address)


def widget(
    context: typer.Context,
    record: Annotated[
        str, typer.Argument(metavar="RECORD", help=_("An account, contact or deal, as service:kind:id."))
    ],
    user: Annotated[
        str,
        typer.Option("--for", metavar="EMAIL", help=_("The CRM user who reads; default: whom the command acts for.")),
    ] = "",
    minutes: Annotated[int, typer.Option(min=1, max=60, help=_("How long the address is good for."))] = 10,
    url: Url = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.access.widgets import widget_address
    from tsunagi.domain.records import RecordRef

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.viewer(hub)
        try:
            ref = RecordRef.parse(record)
        except ValueError:
            raise _nothing(record) from None
        email = user or (actor.email if actor else "")
        made = widget_address(hub.context, hub.settings, actor, ref, email, minutes)
        address = f"{(url or hub.settings.public_url or _HERE).rstrip('/')}{made.path}"
    if as_json:
        print_json({"url": address, "user": made.person.email, "record": str(ref), "expires_at": made.expires_at})
        return
    out().print(plain(address), soft_wrap=True)
    say_aside(
        _("Whoever has it sees what {user} may see, until {at}.").format(
            user=made.person.email, at=moment(made.expires_at)
        )
    )


def _path(hub: "Hub", viewer: "Person | None", asked: str) -> str:
    from tsunagi.app.views.document_lists import documents_numbered
    from tsunagi.app.views.records import titles
    from tsunagi.domain.records import RecordRef

    try:
        ref = RecordRef.parse(asked)
    except ValueError:
        ref = None
    # The keys of open items have colons too.
    if ref is not None and ref.service in hub.registry.connectors:
        return _path_of(hub, viewer, ref)
    crm = hub.registry.crm_service()
    named = titles(hub.context, [RecordRef(crm, entity, asked) for entity in _FOLDERS], viewer)
    found = [*named, *documents_numbered(hub.context, viewer, asked)]
    if found:
        return _path_of(hub, viewer, found[0])
    for find in (_run_page, _plan_page, _question_page, _item_page):
        if path := find(hub, viewer, asked):
            return path
    raise _nothing(asked)


def _run_page(hub: "Hub", _: "Person | None", asked: str) -> str:
    from tsunagi.app.sync.workflows import sync_run

    try:
        return f"/sync-runs/{quote(sync_run(hub.context, asked).id, safe='')}"
    except ConfigError:
        return ""


def _plan_page(hub: "Hub", viewer: "Person | None", asked: str) -> str:
    from tsunagi.app.plans.saved import NoSuchPlan, plan_page

    try:
        return f"/plans/{quote(plan_page(hub.context, viewer, asked).plan.id, safe='')}"
    except NoSuchPlan:
        return ""


def _question_page(hub: "Hub", _: "Person | None", asked: str) -> str:
    """Questions are shown on the list of their pair."""
    from tsunagi.app.sync.reviewing import question

    try:
        item = question(hub.context, asked).item
    except ConfigError:
        return ""
    return f"/sync-reviews?pair={quote(item.pair, safe='')}#q-{quote(item.id, safe='')}"


def _item_page(hub: "Hub", viewer: "Person | None", asked: str) -> str:
    """The standing list, narrowed down to the item's kind and service."""
    from tsunagi.app.open_items.looking import open_item

    item = open_item(hub.context, viewer, asked)
    if item is None:
        return ""
    service = f"&service={quote(item.service, safe='')}" if item.service else ""
    return f"/open-items?kind={quote(item.kind, safe='')}{service}"


def _path_of(hub: "Hub", viewer: "Person | None", ref: "RecordRef") -> str:
    """A document is shown on its list, narrowed down to its number."""
    from tsunagi.app.views.records import titles

    title = titles(hub.context, [ref], viewer).get(ref)
    kind = hub.registry.entities.get(f"{ref.service}.{ref.entity}")
    if title is None or kind is None:
        raise _nothing(str(ref))
    if kind.kind == "document":
        named = quote(title, safe="")
        return f"/documents?service={quote(ref.service, safe='')}&kind={quote(ref.entity, safe='')}&search={named}"
    folder = _FOLDERS.get(ref.entity)
    if folder is None or ref.service != hub.registry.crm_service():
        raise _nothing(str(ref))
    return f"/{folder}/{quote(ref.id, safe='')}"


def _nothing(asked: str) -> ConfigError:
    return ConfigError(
        Text(en=f"There is no page of '{asked}'.", ja=f"「{asked}」のページはありません。"),
        hint=Text(
            en="Give service:kind:id, the number of a document, or the id of a run, plan, question or open item.",
            ja="service:種類:ID、書類の番号、または同期・計画・確認項目・未解決項目の ID を指定してください。",
        ),
    )
