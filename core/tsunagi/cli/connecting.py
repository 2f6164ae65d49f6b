"""`tsunagi connect` and `tsunagi connections`: which organisations this installation works with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import err, out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub
    from tsunagi.domain.connector import Organization
    from tsunagi.store.connections import Connection


def connect(
    context: typer.Context,
    service: Annotated[
        str, typer.Argument(metavar="SERVICE", help=_("Such as crm; 'tsunagi plugins list' names them."))
    ],
    given: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help=_("A setting of the service; repeatable."))
    ] = None,
    secret: Annotated[
        list[str] | None,
        typer.Option(
            "--set-secret",
            metavar="NAME",
            help=_(
                "A secret to ask for, or to read from standard input, a line each; repeatable. "
                "TSUNAGI_<SERVICE>_<NAME> in the environment does as well."
            ),
        ),
    ] = None,
    organization: Annotated[
        str | None, typer.Option(metavar="ID", help=_("Which organisation, where there are several."))
    ] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.cli.connection_settings import gather

    with Invocation.of(context).hub() as hub:
        kind = hub.registry.connector(service)
        values = gather(kind, given or (), secret or ())
        made = _connect(hub, service, values, organization, ask=not as_json)
    if as_json:
        print_json(_facts(made))
        return
    out().print(
        plain(
            _("Connected {service}: {organization}").format(
                service=say(kind.label), organization=_named(made.organization)
            )
        )
    )
    out().print(_("Next: tsunagi sync"))


def _connect(hub: "Hub", service: str, values: dict[str, str], organization: str | None, *, ask: bool) -> "Connection":
    from tsunagi.app.connections import OrganizationUnclear
    from tsunagi.app.connections import connect as make

    try:
        return make(hub, service, values, organization_id=organization)
    except OrganizationUnclear as unclear:
        if unclear.reached:
            err().print(_organizations(unclear.reached))
        if not (ask and unclear.reached and _terminal()):
            raise
        chosen = typer.prompt(_("Which one? Its ID"), err=True)
        return make(hub, service, values, organization_id=chosen)


def _terminal() -> bool:
    import sys

    return sys.stdin.isatty() and sys.stderr.isatty()


def connections(context: typer.Context, as_json: Json = False) -> None:
    with Invocation.of(context).hub() as hub:
        found = hub.connections()
        labels = {service: say(kind.label) for service, kind in hub.registry.connectors.items()}
    if as_json:
        print_json([_facts(connection) for connection in found])
        return
    if not found:
        say_aside(_("No service is connected yet. Connect one: tsunagi connect crm"))
        return
    shown = table(_("Service"), _("Name"), _("Organisation"), (_("ID"), "whole"), _("Currency"), _("State"))
    for item in found:
        organization = item.organization
        shown.add_row(
            item.service,
            # A connection outlives its plugin.
            labels.get(item.service, _("(plugin missing)")),
            plain(organization.name),
            plain(organization.id),
            organization.base_currency,
            _("active") if item.state == "active" else item.state,
        )
    out().print(shown)


def _facts(connection: "Connection") -> dict[str, object]:
    return {
        "service": connection.service,
        "organization": connection.organization,
        "state": connection.state,
        "settings": connection.settings,
    }


def _organizations(reached: Sequence["Organization"]) -> object:
    shown = table((_("ID"), "whole"), _("Organisation"), _("Currency"))
    for organization in reached:
        shown.add_row(plain(organization.id), plain(organization.name), organization.base_currency)
    return shown


def _named(organization: "Organization") -> str:
    return f"{organization.name} ({organization.id}, {organization.base_currency})"
