"""`tsunagi services`: which services there are, and switching one off and on again."""

from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.completion import service_names
from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import err, out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.hub import Hub
    from tsunagi.store.connections import Connection

services = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

Service = Annotated[
    str, typer.Argument(metavar="SERVICE", autocompletion=service_names, help=_("As 'tsunagi services list' names it."))
]


@services.command("list", help=_("List every service: those connected, and those that could be."))
def list_services(context: typer.Context, as_json: Json = False) -> None:
    with Invocation.of(context).hub() as hub:
        connected = {each.service: each for each in hub.connectors.all()}
        names = list(dict.fromkeys([*hub.registry.connectors, *connected]))
        rows = [_facts(hub, name, connected.get(name)) for name in names]
    if as_json:
        print_json(rows)
        return
    shown = table((_("Service"), "whole"), _("Name"), _("Organisation"), _("State"))
    for name, row in zip(names, rows, strict=True):
        organization = connected[name].organization.name if name in connected else ""
        shown.add_row(name, plain(str(row["label"])), plain(organization), _states()[str(row["state"])])
    out().print(shown)


@services.command(help=_("Switch a service off, after telling what that means; for administrators of the CRM."))
def disable(
    context: typer.Context,
    service: Service,
    plan: Annotated[bool, typer.Option("--plan", help=_("Only tell what it would mean; nothing is changed."))] = False,
    yes: Annotated[bool, typer.Option("--yes", help=_("Confirm without typing the service's name."))] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help=_("Erase its settings, secrets, links and documents in the hub too."))
    ] = False,
    as_json: Json = False,
) -> None:
    from tsunagi.app.connections import services
    from tsunagi.cli.consequences import consequence_facts, consequence_tables, not_confirmed
    from tsunagi.cli.terminal import typed

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        known = services.consequences(hub.context, service, actor=actor)
        if plan and as_json:
            print_json(consequence_facts(known, forget=forget))
        if not as_json:
            console = out() if plan else err()
            console.print(*consequence_tables(known, forget=forget), sep="\n")
        if plan:
            return
        carry_out = services.forget if forget else services.disable
        try:
            done = carry_out(hub.context, actor, service, confirmed=typed(service, yes=yes, talk=not as_json))
        except services.NotConfirmed as error:
            raise typer.Exit(not_confirmed(error, forget=forget, as_json=as_json)) from None
    if as_json:
        print_json({"state": "forgotten" if forget else "off", **consequence_facts(done, forget=forget)})
    elif forget:
        out().print(_("{service} is off, and forgotten.").format(service=say(done.label)))
    else:
        out().print(_("{service} is off.").format(service=say(done.label)))
        out().print(_("On again, with all it had: tsunagi services enable {service}").format(service=service))


@services.command(
    "disable-all", help=_("Switch every service off at once, after telling what that means; for administrators.")
)
def disable_all(
    context: typer.Context,
    plan: Annotated[bool, typer.Option("--plan", help=_("Only tell what it would mean; nothing is changed."))] = False,
    yes: Annotated[bool, typer.Option("--yes", help=_("Confirm without typing the word."))] = False,
    as_json: Json = False,
) -> None:
    from tsunagi.app.connections import services
    from tsunagi.cli.consequences import consequence_facts, consequence_tables, everything_not_confirmed
    from tsunagi.cli.terminal import typed

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        known = services.everything(hub.context, actor=actor)
        if not as_json:
            for each in known:
                (out() if plan else err()).print(*consequence_tables(each, forget=False), sep="\n")
        if not plan and known:
            confirmed = typed(services.EVERYTHING, yes=yes, talk=not as_json)
            try:
                services.disable_everything(hub.context, actor, confirmed=confirmed)
            except services.EverythingNotConfirmed as error:
                raise typer.Exit(everything_not_confirmed(error, as_json=as_json)) from None
    if as_json:
        state = {} if plan else {"state": "off"}
        print_json({**state, "services": [consequence_facts(each, forget=False) for each in known]})
    elif not known:
        out().print(_("No service is on."))
    elif not plan:
        out().print(_("Off: {services}").format(services=", ".join(each.service for each in known)))
        out().print(_("On again, one by one: tsunagi services enable SERVICE"))


@services.command(help=_("Switch a service on again, with all it had; for administrators of the CRM."))
def enable(context: typer.Context, service: Service, as_json: Json = False) -> None:
    from tsunagi.app.connections import services

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        services.enable(hub.context, invocation.actor(hub), service)
        facts = _facts(hub, service, hub.connectors.connection(service))
    if as_json:
        print_json(facts)
        return
    out().print(_("{service} is on again.").format(service=facts["label"]))
    say_aside(_("What happened meanwhile is read by the next sync: tsunagi sync"))


def _facts(hub: "Hub", name: str, connection: "Connection | None") -> dict[str, object]:
    kind = hub.registry.connectors.get(name)
    return {
        "service": name,
        "label": say(kind.label) if kind else name,
        "side": kind.side if kind else None,
        "state": _state(kind is not None, connection),
        "plugin": kind is not None,
        "organization": connection.organization if connection else None,
        "connected_by": connection.connected_by or None if connection else None,
        "can_create_organizations": bool(kind and kind.create),
    }


def _state(brought: bool, connection: "Connection | None") -> str:
    if connection is None:
        return "not_connected"
    if not connection.active:
        return "off"
    return "active" if brought else "plugin_missing"


def _states() -> dict[str, str]:
    return {
        "active": _("active"),
        "off": _("switched off"),
        "not_connected": _("not connected"),
        "plugin_missing": _("(plugin missing)"),
    }
