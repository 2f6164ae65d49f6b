"""`tsunagi serve`: pages, API and callbacks over HTTP, and the work they bring."""

from typing import Annotated

import typer

from tsunagi.cli.invocation import Invocation
from tsunagi.translation import gettext as _


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help=_("Address to listen on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=_("Port; 0 takes any free one."))] = 8000,
    public_url: Annotated[
        str, typer.Option(help=_("Where services reach this hub for callbacks; default: the setting public_url."))
    ] = "",
) -> None:
    raise NotImplementedError
