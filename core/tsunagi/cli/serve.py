"""`tsunagi serve`: pages, API and callbacks over HTTP, and the work they bring."""

from contextlib import suppress
from typing import Annotated

import typer

from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, print_json, say_aside
from tsunagi.translation import gettext as _


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help=_("Address to listen on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=_("Port; 0 takes any free one."))] = 8000,
    public_url: Annotated[
        str | None,
        typer.Option(help=_("Where services reach this hub for callbacks; default: the setting public_url.")),
    ] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.cli.status import open_after, tell_how_many
    from tsunagi.http.server import serve as run_server

    # Ctrl-C is how a server ends, and no failure.
    with Invocation.of(context).hub() as hub, suppress(KeyboardInterrupt):
        still_open = open_after(hub)

        def ready(url: str) -> None:
            if as_json:
                print_json({"url": url, "open_items": still_open.facts()})
                return
            out().print(_("Serving on {url}; Ctrl-C ends it.").format(url=url), soft_wrap=True)
            tell_how_many(still_open)

        run_server(hub, host, port, public_url=public_url, on_ready=ready)
    say_aside(_("Stopped. What was under way goes on at the next start."))
