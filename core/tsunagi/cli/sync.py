"""`tsunagi sync`: a run carried out here, or by the process that works already."""

from typing import Annotated

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, print_json, say_aside
from tsunagi.translation import gettext as _


def sync(
    context: typer.Context,
    pairs: Annotated[
        list[str] | None,
        typer.Argument(metavar="PAIR", help=_("Which sync pairs, by name; default: all.")),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help=_("List every record again; also finds what was deleted."))
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help=_("Say what a sync would do; nothing is written to any service."))
    ] = False,
    start: Annotated[
        bool, typer.Option("--start", help=_("Start the first sync of services that were never synced."))
    ] = False,
    wait: Annotated[
        bool,
        typer.Option("--wait/--no-wait", help=_("Follow the run to its end, or leave it to the process that works.")),
    ] = True,
    ignore_open: Annotated[
        bool,
        typer.Option(
            "--ignore-open", help=_("Let the exit code tell of this run alone, not of what a person still has to do.")
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    from tsunagi.app.access.permissions import require
    from tsunagi.cli.first_sync import confirm_first_sync, make_plan, say_pending, show_plan
    from tsunagi.cli.following import carry_out, hand_over
    from tsunagi.cli.run_tables import run_facts, run_summary
    from tsunagi.cli.status import open_after, tell_open
    from tsunagi.errors import NotConnected

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        if not hub.connectors.active():
            raise NotConnected(hub.registry.crm_service())
        require(hub.context, invocation.actor(hub), "sync:run")
        if plan:
            show_plan(hub, make_plan(hub, pairs or ()), as_json=as_json)
            return
        first = start or (not as_json and confirm_first_sync(hub, pairs or ()))
        if not wait:
            run = hand_over(hub, pairs or (), full=full, first=first)
            if as_json:
                print_json(run_facts(hub, run))
            else:
                out().print(_("Handed over as {run}. Follow it: tsunagi runs show {run}").format(run=run.id))
            return
        run = carry_out(hub, pairs or (), full=full, first=first)
        failed = _failed(run.counts)
        still_open = open_after(hub, invocation.viewer(hub))
        if as_json:
            told = {"api_calls": hub.meter.by_service(), "open_items": still_open.facts()}
            print_json({**run_facts(hub, run), **told})
        else:
            out().print(*run_summary(hub, run), sep="\n")
            tell_open(still_open)
            say_pending(hub, pairs or ())
    if failed and not as_json:
        say_aside(
            _("{count} writes were not made. Why: tsunagi runs show {run}").format(count=failed, run=run.id),
            style="yellow",
        )
    if run.state != "done" or failed or (still_open.for_person and not ignore_open):
        raise typer.Exit(ExitCode.FAILED)


def _failed(counts: object) -> int:
    """Writes that were refused, or that wait for a service to come back."""
    if not isinstance(counts, dict):
        return 0
    return sum(int(each.get(name, 0)) for each in counts.values() for name in ("failed", "postponed"))
