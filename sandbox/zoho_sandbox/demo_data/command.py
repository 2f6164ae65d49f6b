"""`zoho-sandbox seed`: a data file with the demo company, without serving it."""

from pathlib import Path
from typing import Annotated

import typer

from zoho_sandbox.application import open_sandbox
from zoho_sandbox.settings import SandboxSettings


def seed(
    data: Annotated[Path, typer.Option(help="SQLite file to make; it must not exist yet.")],
    random_seed: Annotated[int, typer.Option("--seed", help="Makes the company reproducible.")] = 1,
    documents: Annotated[bool, typer.Option("--documents", help="Orders in Books too.")] = False,
) -> None:
    """Write the demo company into a new data file."""
    if data.exists():
        typer.echo(f"--data: received {data}, which exists; valid: the name of a new file", err=True)
        raise typer.Exit(2)
    open_sandbox(SandboxSettings(data=data, seed_data="demo", seed=random_seed, documents=documents)).close()
    typer.echo(f"demo company (seed {random_seed}) written to {data}")
