"""`tsunagi open`: the page of a record, a document or a sync run."""

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import at_terminal, out, plain, print_json
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.domain.directory import Person
    from tsunagi.domain.records import RecordRef
    from tsunagi.hub import Hub

_HERE = "http://127.0.0.1:8000"
_FOLDERS = {"account": "accounts", "contact": "contacts", "deal": "deals"}


def open_page(
    context: typer.Context,
    asked: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help=_("service:kind:id, a record of the CRM by its id, a document by its number, or a sync run."),
        ),
    ],
    url: Annotated[
        str, typer.Option(metavar="URL", help=_("Where the pages are; default: public_url, else this machine."))
    ] = "",
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


def _path(hub: "Hub", viewer: "Person | None", asked: str) -> str:
    from tsunagi.app.sync.workflows import sync_run
    from tsunagi.app.views.document_lists import documents_numbered
    from tsunagi.app.views.records import titles
    from tsunagi.domain.records import RecordRef

    try:
        return _path_of(hub, viewer, RecordRef.parse(asked))
    except ValueError:
        pass
    crm = hub.registry.crm_service()
    named = titles(hub.context, [RecordRef(crm, entity, asked) for entity in _FOLDERS], viewer)
    found = [*named, *documents_numbered(hub.context, viewer, asked)]
    if found:
        return _path_of(hub, viewer, found[0])
    try:
        return f"/sync-runs/{quote(sync_run(hub.context, asked).id, safe='')}"
    except ConfigError:
        raise _nothing(asked) from None


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
            en="Give service:kind:id, the number of a document, or the id of a sync run.",
            ja="service:種類:ID、書類の番号、または同期の ID を指定してください。",
        ),
    )
