"""`tsunagi operations`, `audit` and `plugins`: how the hub fares, who did what, and what each plugin brings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.main import get_command

from tsunagi.cli.groups import Group, named
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import facts, moment, out, plain, print_json, say_aside, table
from tsunagi.errors import ConfigError
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.app.views.operations import Operations
    from tsunagi.plugin_loading import PluginCommands, PluginReport


plugins = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


def operations(context: typer.Context, as_json: Json = False) -> None:
    """Show whether somebody works, what runs, waits and failed, and how services are called."""
    from tsunagi.app.views.operations import operations as read

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        found = read(hub.context, invocation.viewer(hub), hub.jobs, hub.meter, hub.plugins)
    if as_json:
        print_json(found)
        return
    out().print(facts(_lines(found)))
    if found.causes:
        shown = table(_("Service"), _("Cause"), (_("Items"), "right"))
        for cause in found.causes:
            shown.add_row(cause.service, plain(say(cause.example)), str(cause.count))
        out().print(shown)
    shown = table(_("Plugin"), _("Version"), _("State"))
    for report in found.plugins:
        shown.add_row(report.name, plain(report.version), report.state)
    out().print(shown)


def limits(context: typer.Context, as_json: Json = False) -> None:
    """Show how many calls each service takes, how many are left today, and when syncs go on."""
    from tsunagi.app.views import formats
    from tsunagi.app.views.operations import service_calls

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        found = service_calls(hub.context, invocation.viewer(hub), hub.meter)
        labels = {each.service: say(hub.registry.connectors[each.service].label) for each in found}
    if as_json:
        print_json(found)
        return
    right = (_("Left today"), _("Of"), _("Kept for people"))
    shown = table(_("Service"), *((name, "right") for name in right), (_("More at"), "whole"), _("Syncs"))
    for each in found:
        day = each.day
        numbers = (day.left, day.limit, each.reserved) if day else ()
        syncs = _("wait until then") if each.waits_until else _("may call")
        told = [formats.number(number) for number in numbers] or ["-"] * 3
        shown.add_row(labels[each.service], *told, moment(day.resets_at) if day and day.resets_at else "-", syncs)
    out().print(shown)


def audit(
    context: typer.Context,
    person: Annotated[str, typer.Option(metavar="EMAIL", help=_("What this person did."))] = "",
    action: Annotated[str, typer.Option(help=_("Only this, such as tokens:create."))] = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many at most."))] = 50,
    after: Annotated[str | None, typer.Option(help=_("Go on from the 'next' of the page before."))] = None,
    as_json: Json = False,
) -> None:
    """List who did what to settings, keys, tokens, services, rules and permissions, and who mailed what."""
    from tsunagi.app.access.auditing import ACTIONS, audit_log

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        viewer = invocation.viewer(hub)
        found = audit_log(hub.context, viewer, person=person, action=action, after=after, limit=limit).entries
    if as_json:
        entries = [each.model_dump() for each in found.items]
        print_json({"entries": entries, "next": found.next})
        return
    if not found.items:
        say_aside(_("Nothing was done yet."))
        return
    shown = table((_("At"), "whole"), _("Person"), _("What"), _("On"))
    for each in found.items:
        label = say(ACTIONS[each.action]) if each.action in ACTIONS else each.action
        shown.add_row(moment(each.at), plain(each.person), label, plain(each.subject))
    out().print(shown)
    if found.next:
        say_aside(_("The next page: --after {place}").format(place=found.next))


def _lines(found: "Operations") -> list[tuple[str, str]]:
    workers = {
        "here": _("Works in this process"),
        "elsewhere": _("Works in another process"),
        "none": _("Nobody works"),
    }
    lines = [
        (_("Worker"), workers[found.worker]),
        (_("Syncs under way"), str(len(found.running))),
        (_("Changed records to be read"), str(found.notices)),
        (_("Batches of writes to be made"), str(found.batches)),
    ]
    blocked = [
        (each.service, _("not called before {at}").format(at=moment(each.blocked_until)))
        for each in found.services
        if each.blocked_until is not None
    ]
    return [*lines, *blocked, (_("Plugin contract"), str(found.contract))]


@plugins.command("list", help=_("List every plugin: version, state, what it brings, and what is wrong with it."))
def list_plugins(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.plugin_loading import load_plugins

    settings = Invocation.of(context).settings()
    reports = load_plugins(disabled=settings.disabled_plugins, seconds=settings.plugin_seconds).reports
    if as_json:
        print_json(reports)
        return
    shown = table(_("Plugin"), _("Version"), _("State"), _("Brings"))
    for report in reports:
        shown.add_row(report.name, plain(report.version), _states()[report.state], _brings(report))
    out().print(shown)
    for report in reports:
        if report.problem is not None:
            out().print(plain(f"{report.name}: {say(report.problem)}"), style="red")


def _states() -> dict[str, str]:
    return {"active": _("active"), "disabled": _("switched off"), "failed": _("failed")}


def _brings(report: "PluginReport") -> str:
    """One line a kind: the names themselves, so that one sees which plugin contributes what."""
    kinds = {
        "connectors": _("services"),
        "entities": _("records"),
        "pairs": _("syncs"),
        "actions": _("actions"),
        "panels": _("panels"),
    }
    brings = report.brings or {}
    return plain("\n".join(f"{label}: {', '.join(brings[kind])}" for kind, label in kinds.items() if brings.get(kind)))


Warn = Callable[[str, str], None]


def plugin_commands(context: typer.Context, *, taken: Sequence[str]) -> Mapping[str, Any]:
    """The commands of all plugins by name, in order of plugin."""
    # While a shell completes a command, nothing else may be printed.
    from tsunagi.plugin_loading import commands_of_plugins

    warn = _ignore if context.resilient_parsing else _warn
    found: dict[str, Any] = {}
    for brought in commands_of_plugins(disabled=_disabled(context, warn)):
        for name, command in _commands(brought, warn):
            if name in found or name in taken:
                warn(brought.plugin, _("there is a command '{name}' already").format(name=name))
            else:
                found[name] = command
    return found


def _disabled(context: typer.Context, warn: Warn) -> Sequence[str]:
    from tsunagi.logging import configure

    given = Invocation.of_parameters(context.params)
    if not given.mentions("disabled_plugins"):
        # Nearly always: help must come at once, and reading all settings takes longer than the rest of it.
        return ()
    try:
        return given.settings().disabled_plugins
    except ConfigError as error:
        # Help and completion work where the settings do not; the commands themselves report it and exit.
        configure("WARNING")
        warn("", say(error.message))
        return ()


def _commands(brought: "PluginCommands", warn: Warn) -> Iterator[tuple[str, Any]]:
    if brought.problem is not None:
        warn(brought.plugin, say(brought.problem))
    for app in brought.apps:
        name = app.info.name if isinstance(app, typer.Typer) else None
        if not isinstance(name, str) or not name:
            warn(brought.plugin, _("a command group must be a typer app with a name"))
            continue
        try:
            yield name, named(get_command(app), name)
        except Exception as error:  # noqa: BLE001 - typer refuses what a plugin declared with whatever it likes
            warn(brought.plugin, f"{type(error).__name__}: {error}")


def _warn(plugin: str, reason: str) -> None:
    message = _("The commands of the plugin '{plugin}' are left out: {reason}") if plugin else "{reason}"
    say_aside(message.format(plugin=plugin, reason=reason), style="yellow")


def _ignore(plugin: str, reason: str) -> None:
    pass
