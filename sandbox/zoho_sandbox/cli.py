"""The `zoho-sandbox` command."""

from pathlib import Path
from typing import Annotated

import typer

from zoho_sandbox.demo_data.command import seed
from zoho_sandbox.load.command import load
from zoho_sandbox.server import SandboxServer, stop_with_parent
from zoho_sandbox.settings import (
    EXCHANGE_LOG_VARIABLE,
    Edition,
    Limits,
    ProfessionalMulticurrency,
    SandboxSettings,
    SeedData,
)

main = typer.Typer(
    name="zoho-sandbox",
    help="An offline stand-in for the Zoho accounts server, CRM and finance services.",
    no_args_is_help=True,
)


def _smtp(server: str | None) -> str | None:
    host, colon, port = (server or "").rpartition(":")
    if server is not None and not (host and colon and port.isdigit()):
        raise typer.BadParameter(f"received {server!r}; valid: host:port, e.g. 127.0.0.1:1025")
    return server


@main.command()
def serve(
    data: Annotated[Path, typer.Option(help="SQLite file that keeps everything.")] = Path("zoho-sandbox.db"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes any free one.")] = 8700,
    seed_data: Annotated[SeedData, typer.Option(help="What a new data file starts with.")] = "demo",
    random_seed: Annotated[int, typer.Option("--seed", help="Makes the demo company reproducible.")] = 1,
    documents: Annotated[bool, typer.Option("--documents", help="Let the demo company have orders in Books.")] = False,
    limits: Annotated[Limits, typer.Option(help="Apply the vendor's limits, or none.")] = "off",
    exchange_log: Annotated[
        Path | None, typer.Option(envvar=EXCHANGE_LOG_VARIABLE, help="Append every exchange to this file.")
    ] = None,
    smtp: Annotated[
        str | None, typer.Option(callback=_smtp, help="SMTP server, as host:port; without one mail is only kept.")
    ] = None,
    crm_edition: Annotated[
        Edition | None, typer.Option(help="Edition of the CRM; Enterprise in a new file.", show_default=False)
    ] = None,
    crm_professional_multicurrency: Annotated[
        ProfessionalMulticurrency, typer.Option(help="Whether Professional lets the API switch currencies on.")
    ] = "allow",
    shutdown_with_parent: Annotated[bool, typer.Option(help="Stop when standard input ends.")] = False,
) -> None:
    """Serve the APIs; prints one line with the URL when ready."""
    settings = SandboxSettings(
        data=data,
        host=host,
        port=port,
        seed_data=seed_data,
        seed=random_seed,
        documents=documents,
        limits=limits,
        exchange_log=exchange_log,
        shutdown_with_parent=shutdown_with_parent,
        smtp=smtp,
        crm_edition=crm_edition,
        crm_professional_multicurrency=crm_professional_multicurrency,
    )
    try:
        server = SandboxServer(settings)
    except OSError as error:
        typer.echo(f"cannot serve on {host}:{port} with data in {data}: {error}", err=True)
        raise typer.Exit(2) from error
    if shutdown_with_parent:
        stop_with_parent(server)
    server.serve_until_stopped(on_ready=lambda url: typer.echo(f"zoho-sandbox ready on {url}"))


main.command()(load)
main.command()(seed)

if __name__ == "__main__":
    main()
