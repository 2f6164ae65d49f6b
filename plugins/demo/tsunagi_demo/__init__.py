"""The demo: a company, its CRM and its books, on this machine alone."""

from collections.abc import Sequence

import typer

from tsunagi import CONTRACT, hookimpl

tsunagi_contract = CONTRACT


@hookimpl
def register_commands() -> Sequence[typer.Typer]:
    # Every start of the hub loads this plugin, few need its command.
    from tsunagi_demo.command import demo_app  # noqa: PLC0415 - it brings in the whole hub

    return (demo_app(),)
