"""The demo: a company, its CRM and its finance services, on this machine alone."""

from collections.abc import Sequence

import typer

from tsunagi import CONTRACT, hookimpl
from tsunagi_demo.command import demo_app

tsunagi_contract = CONTRACT


@hookimpl
def register_commands() -> Sequence[typer.Typer]:
    return (demo_app(),)
