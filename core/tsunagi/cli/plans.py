"""`tsunagi plan` and `tsunagi apply`: what would be done is saved and shown, then applied as it was shown."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.plan_printing import (
    SAMPLES,
    entry_facts,
    plan_facts,
    say_applied,
    show_applied,
    show_made,
    show_plan,
    write_csv,
)
from tsunagi.cli.printing import moment, out, print_json, say_aside, table
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from datetime import date

    from tsunagi.store.saved_plans import SavedPlan

plan = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

_ExitCode = Annotated[
    bool, typer.Option("--exit-code", help=_("Exit code 2 where the plan would change something, 0 where nothing."))
]
_Threshold = Annotated[int | None, typer.Option(min=0, help=_("Exit code 1 where more than this many would change."))]
_Path = Annotated[Path, typer.Argument(metavar="FILE", help=_("A changed file, or a rules folder in place of all."))]


@plan.command(help=_("Plan a sync: what it would do with each record; nothing is written to any service."))
def sync(
    context: typer.Context,
    pairs: Annotated[
        list[str] | None, typer.Argument(metavar="PAIR", help=_("Which sync pairs, by name; default: all."))
    ] = None,
    exit_code: _ExitCode = False,
    threshold: _Threshold = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.plans import syncing
    from tsunagi.cli.following import carry_out_saved

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        made: list[SavedPlan] = []

        def begin() -> str:
            made.append(syncing.begin_sync_plan(hub.context, actor, pairs or ()))
            return made[0].made_run

        carry_out_saved(
            hub,
            begin,
            here=lambda: syncing.make_here(hub.context, hub.jobs, made[0]),
            elsewhere=lambda: syncing.hand_over(hub.context, hub.jobs, made[0]),
        )
        show_made(hub, actor, made[0], exit_code, threshold, as_json=as_json)


@plan.command(help=_("Plan changed rules: which come, go and change, and what they would have done so far."))
def rules(
    context: typer.Context,
    path: _Path,
    since: Annotated[
        str, typer.Option(metavar="DATE", help=_("The first day that is replayed; default: the last 90 days."))
    ] = "",
    exit_code: _ExitCode = False,
    threshold: _Threshold = None,
    as_json: Json = False,
) -> None:
    from tsunagi.cli.rule_trials import day_named

    day = day_named(since) if since else None
    _propose(context, "rules", path, exit_code, threshold, since=day, as_json=as_json)


@plan.command(help=_("Plan changed permissions: who would gain or lose what."))
def permissions(
    context: typer.Context,
    path: _Path,
    exit_code: _ExitCode = False,
    threshold: _Threshold = None,
    as_json: Json = False,
) -> None:
    _propose(context, "permissions", path, exit_code, threshold, as_json=as_json)


@plan.command("sync-settings", help=_("Plan changed settings of a pair, and what the next sync would do under them."))
def sync_settings(
    context: typer.Context,
    path: _Path,
    exit_code: _ExitCode = False,
    threshold: _Threshold = None,
    as_json: Json = False,
) -> None:
    _propose(context, "sync_settings", path, exit_code, threshold, as_json=as_json)


@plan.command(help=_("Plan the switching of services and features on and off, with what that means."))
def services(
    context: typer.Context,
    enable: Annotated[list[str] | None, typer.Option(metavar="SERVICE", help=_("Switch it on; repeatable."))] = None,
    disable: Annotated[list[str] | None, typer.Option(metavar="SERVICE", help=_("Switch it off; repeatable."))] = None,
    feature_on: Annotated[
        list[str] | None, typer.Option(metavar="SERVICE.FEATURE", help=_("Switch it on; repeatable."))
    ] = None,
    feature_off: Annotated[
        list[str] | None, typer.Option(metavar="SERVICE.FEATURE", help=_("Switch it off; repeatable."))
    ] = None,
    exit_code: _ExitCode = False,
    threshold: _Threshold = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.plans.proposing import propose
    from tsunagi.app.plans.switching import Switches

    switches = Switches(enable or (), disable or (), feature_on or (), feature_off or ())
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        made = propose(hub.context, actor, "services", switches=switches)
        show_made(hub, actor, made, exit_code, threshold, as_json=as_json)


@plan.command("list", help=_("List the saved plans, the latest first."))
def list_plans(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many at most."))] = 20,
    as_json: Json = False,
) -> None:
    from tsunagi.app.plans import saved
    from tsunagi.app.plans.wording import KINDS, STATES

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        found = saved.plans(hub.context, invocation.viewer(hub), limit=limit).items
        if as_json:
            print_json([plan_facts(page) for page in found])
            return
    if not found:
        say_aside(_("There is no plan yet. Make one: tsunagi plan sync"))
        return
    listed = table((_("Plan"), "whole"), _("Kind"), _("State"), (_("Made"), "whole"), (_("Changes"), "right"))
    for page in found:
        each = page.plan
        listed.add_row(each.id, say(KINDS[each.kind]), say(STATES[page.state]), moment(each.made_at), str(page.changes))
    out().print(listed)


@plan.command(help=_("Show what a saved plan would do, or has done."))
def show(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help=_("Its ID, see: tsunagi plan list"))],
    action: Annotated[str, typer.Option(help=_("Only what is done in this way, such as create."))] = "",
    pair: Annotated[str, typer.Option(help=_("Only of this sync pair."))] = "",
    state: Annotated[str, typer.Option(help=_("Only what is planned, taken or left_out."))] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help=_("How many of each at most."))] = SAMPLES,
    as_csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help=_("Write every field that changes to this file."))
    ] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.plans import saved

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        viewer = invocation.viewer(hub)
        page = saved.plan_page(hub.context, viewer, id)
        chosen = {"action": action, "pair": pair, "state": state}
        if as_csv is not None:
            write_csv(hub, viewer, as_csv, saved.entry_pages(hub.context, viewer, id, **chosen))
        show_plan(hub, viewer, page, chosen, limit, as_json=as_json)


def apply(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help=_("The plan's ID, see: tsunagi plan list"))],
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help=_("Write nothing where a single record has moved."))
    ] = False,
    start: Annotated[
        bool, typer.Option("--start", help=_("Start the first sync of services that were never synced."))
    ] = False,
    allow_deletions: Annotated[
        bool, typer.Option("--allow-deletions", help=_("Let it delete, deactivate or let go as much as it plans to."))
    ] = False,
    as_json: Json = False,
) -> None:
    from tsunagi.app.plans import applying, saved, syncing
    from tsunagi.cli.following import carry_out_saved

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        was = saved.plan_page(hub.context, actor, id)
        if was.state == "applied":
            say_applied(was, as_json=as_json)
            return
        if was.plan.kind == "sync" and was.changes:
            terms: dict[str, Any] = {"allow_deletions": allow_deletions, "actor": actor}
            begun: list[str] = []

            def begin() -> str:
                begun.append(applying.begin(hub.context, actor, id, whole=all_or_nothing, first=start)[1])
                return begun[0]

            carry_out_saved(
                hub,
                begin,
                here=lambda: syncing.apply_here(hub.context, hub.jobs, was.plan, begun[0], **terms),
                elsewhere=lambda: syncing.hand_over_apply(hub.context, hub.jobs, was.plan, begun[0], **terms),
            )
        else:
            applying.begin(hub.context, actor, id)
        page = saved.plan_page(hub.context, actor, id)
        left = saved.entries(hub.context, actor, id, state="left_out", limit=50).items
        if as_json:
            print_json({**plan_facts(page), "left_out": [entry_facts(entry) for entry in left]})
        else:
            show_applied(hub, actor, page, left)
    run = page.applied
    if left or (run is not None and (run.state != "done" or _failed(run.counts))):
        raise typer.Exit(ExitCode.FAILED)


def _propose(
    context: typer.Context,
    kind: str,
    path: Path,
    exit_code: bool,
    threshold: int | None,
    *,
    since: "date | None" = None,
    as_json: bool,
) -> None:
    from tsunagi.app.plans.proposing import propose_path

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        made = propose_path(hub.context, actor, kind, path, since=since)
        show_made(hub, actor, made, exit_code, threshold, as_json=as_json)


def _failed(counts: object) -> int:
    each = counts.values() if isinstance(counts, dict) else ()
    return sum(int(one.get(name, 0)) for one in each for name in ("failed", "postponed"))
