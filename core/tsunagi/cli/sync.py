"""`tsunagi sync` and `tsunagi serve`: a run and its plan, and the process that works for all others."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli import sync_control, sync_pairs
from tsunagi.cli.failures import ExitCode
from tsunagi.cli.groups import GroupWithDefault
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import err, out, print_json, say_aside, table
from tsunagi.cli.sync_review import review
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.hub import Hub
    from tsunagi.store.sync_runs import SyncRun

commands = typer.Typer(cls=GroupWithDefault, rich_markup_mode=None)


@commands.command("run", help=_("Bring both sides into step."))
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
        bool, typer.Option("--plan", help=_("Show what a sync would do; nothing is written to any service."))
    ] = False,
    start: Annotated[
        bool, typer.Option("--start", help=_("Start the first sync of services that were never synced."))
    ] = False,
    wait: Annotated[
        bool,
        typer.Option("--wait/--no-wait", help=_("Follow the run to its end, or leave it to the process that works.")),
    ] = True,
    allow_deletions: Annotated[
        bool,
        typer.Option(
            "--allow-deletions", help=_("Let this one run delete, deactivate or let go as much as it plans to.")
        ),
    ] = False,
    most: Annotated[
        int, typer.Option("--first", metavar="N", min=0, help=_("Bring only the first N records of each pair in step."))
    ] = 0,
    ignore_open: Annotated[
        bool,
        typer.Option(
            "--ignore-open", help=_("Let the exit code reflect this run alone, not what a person still has to do.")
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    from tsunagi.app.access.permissions import require
    from tsunagi.app.sync.run_control import WAITING
    from tsunagi.cli.following import carry_out, hand_over
    from tsunagi.cli.runs import run_facts, run_summary
    from tsunagi.cli.status import open_after, show_open
    from tsunagi.errors import NotConnected

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        if not hub.connectors.active():
            raise NotConnected(hub.registry.crm_service())
        actor = invocation.actor(hub)
        require(hub.context, actor, "sync:run")
        if plan:
            show_plan(hub, make_plan(hub, pairs or ()), as_json=as_json)
            return
        first = start or (not as_json and confirm_first_sync(hub, pairs or ()))
        if not wait:
            run = hand_over(hub, actor, pairs or (), full=full, first=first, allow_deletions=allow_deletions, most=most)
            if as_json:
                print_json(run_facts(hub, run))
            else:
                out().print(_("Handed over as {run}. Follow it: tsunagi runs show {run}").format(run=run.id))
            return
        run = carry_out(hub, actor, pairs or (), full=full, first=first, allow_deletions=allow_deletions, most=most)
        failed = _failed(run)
        still_open = open_after(hub, invocation.viewer(hub))
        if as_json:
            more = {"api_calls": hub.meter.by_service(), "open_items": still_open.facts()}
            print_json({**run_facts(hub, run), **more})
        else:
            out().print(*run_summary(hub, run), sep="\n")
            show_open(still_open)
            say_pending(hub, pairs or ())
    if failed and not as_json:
        say_aside(
            _("Writes that were not made: {count}. Why: tsunagi runs show {run}").format(count=failed, run=run.id),
            style="yellow",
        )
    if run.state not in ("done", WAITING) or failed or (still_open.for_person and not ignore_open):
        raise typer.Exit(ExitCode.FAILED)


commands.command("pairs", help=_("List the pairs, whether they are in force, and their files."))(sync_pairs.pairs)
commands.command("settings", help=_("Show the settings of a pair."))(sync_pairs.settings)
commands.command("set", help=_("Change settings of a pair in its file; for administrators of the CRM."))(
    sync_pairs.set_values
)
commands.command("check", help=_("Check every settings file against the fields there are now."))(sync_pairs.check)
commands.command("undo", help=_("Take back what a run wrote, where nobody has changed it since."))(sync_control.undo)
commands.add_typer(review, name="review", help=_("Answer what a sync was not sure of."))
commands.command("pause", help=_("Pause the run that is on its way."))(sync_control.pause)
commands.command("resume", help=_("Let a paused run go on."))(sync_control.resume)
commands.command("cancel", help=_("End a run for good; what it has done stays."))(sync_control.cancel)
commands.command("try", help=_("Map one real record and show it; nothing is written."))(sync_pairs.try_record)


def _failed(run: "SyncRun") -> int:
    """Writes that were refused, or that wait for a service to come back; not those the run itself goes on with."""
    from tsunagi.app.sync.run_control import WAITING

    wanted = ("failed",) if run.state == WAITING else ("failed", "postponed")
    counts = [each for each in run.counts.values() if isinstance(each, Mapping)]
    return sum(int(str(each.get(name, 0))) for each in counts for name in wanted)


# So many records of each outcome are shown as samples; all of them: tsunagi runs show.
_SAMPLES = 5


def make_plan(hub: "Hub", pairs: Sequence[str]) -> "SyncRun":
    from tsunagi.cli.following import carry_out_plan

    return carry_out_plan(hub, pairs)


def show_plan(hub: "Hub", run: "SyncRun", *, as_json: bool) -> None:
    """What a sync would do: steps by pair, calls and time by service, samples of records."""
    from tsunagi.app.sync import runs
    from tsunagi.app.sync.preview import missed_events, workload
    from tsunagi.app.views import formats
    from tsunagi.cli.runs import outcome_tables, page_facts, run_summary

    page = runs.run_page(hub.context, run.id, limit=_SAMPLES)
    assert page is not None, "it has just ended"
    load = workload(hub.context, run)
    earlier = missed_events(hub.context, run)
    if as_json:
        counts = {event: count for event, (_label, count) in earlier.items()}
        print_json({**page_facts(hub, page), "workload": load, "missed": counts})
        return
    out().print(*run_summary(hub, run), sep="\n")
    for event, (label, count) in earlier.items():
        words = _(
            "{label}, before the first sync: {count}. No rule acts on them; to have that done: "
            "tsunagi rules backfill {event}"
        )
        out().print(words.format(label=say(label), count=count, event=event), soft_wrap=True)
    if load:
        shown = table(_("Service"), *((name, "right") for name in (_("Writes"), _("Calls"), _("At least"), _("Days"))))
        for service, each in load.items():
            minutes = formats.duration(each["minutes"] * 60) if each["minutes"] else "-"
            days = formats.number(each["days"]) if each["days"] else "-"
            writes, calls = formats.number(each["writes"]), formats.number(each["calls"])
            shown.add_row(_label(hub, service), writes, calls, minutes, days)
        out().print(shown)
    out().print(*outcome_tables(hub, page), sep="\n")


def confirm_first_sync(hub: "Hub", pairs: Sequence[str]) -> bool:
    """On a terminal: show the plan of services that were never synced, and ask. False: they are left out."""
    from tsunagi.app.connections.fit import pending_services

    pending = pending_services(hub.context, pairs)
    if not pending or not (sys.stdin.isatty() and err().is_terminal):
        return False
    show_plan(hub, make_plan(hub, pairs), as_json=False)
    question = _("Start the first sync of {services}? [y/N] ").format(services=_labels(hub, pending))
    return err().input(question).strip().lower() in {"y", "yes"}


def say_pending(hub: "Hub", pairs: Sequence[str]) -> None:
    """Services that the run left out, since nobody has started their first sync."""
    from tsunagi.app.connections.fit import pending_services

    if pending := pending_services(hub.context, pairs):
        say_aside(
            _("Not written to before its first sync is started: {services}. See: tsunagi sync --plan").format(
                services=_labels(hub, pending)
            ),
            style="yellow",
        )


def _labels(hub: "Hub", services: Sequence[str]) -> str:
    return ", ".join(_label(hub, service) for service in services)


def _label(hub: "Hub", service: str) -> str:
    kind = hub.registry.connectors.get(service)
    return say(kind.label) if kind else service


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
    from tsunagi.app.connections.set_up import is_new, set_up_code
    from tsunagi.cli.status import open_after, show_counts
    from tsunagi.http.server import serve as run_server

    # Ctrl-C is how a server ends, and no failure.
    with Invocation.of(context).hub() as hub, suppress(KeyboardInterrupt):
        still_open = open_after(hub)

        def ready(url: str) -> None:
            if as_json:
                print_json({"url": url, "open_items": still_open.facts()})
                return
            out().print(_("Serving on {url}; Ctrl-C ends it.").format(url=url), soft_wrap=True)
            if is_new(hub.context):
                link = f"{url}/set-up?code={set_up_code(hub.settings)}"
                out().print(_("Set it up by page: {link}").format(link=link), soft_wrap=True)
            show_counts(still_open)

        run_server(hub, host, port, public_url=public_url, on_ready=ready)
    say_aside(_("Stopped. What was under way goes on at the next start."))
