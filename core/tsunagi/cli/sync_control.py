"""`tsunagi sync pause|resume|cancel|undo`: a word to a run that is on its way, or to one that has ended."""

from enum import StrEnum
from typing import Annotated

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, print_json
from tsunagi.translation import gettext as _

Run = Annotated[str | None, typer.Argument(help=_("Its ID; default: the latest it can be done with."))]


def pause(context: typer.Context, run: Run = None, as_json: Json = False) -> None:
    from tsunagi.app.sync import run_control
    from tsunagi.cli.runs import run_facts

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        chosen = run or run_control.latest_in(hub.context, "running")
        found = run_control.pause(hub.context, chosen, invocation.actor(hub))
        if as_json:
            print_json(run_facts(hub, found))
            return
    out().print(_("{run} pauses after the step in hand. Go on: tsunagi sync resume {run}").format(run=chosen))


def cancel(context: typer.Context, run: Run = None, as_json: Json = False) -> None:
    from tsunagi.app.sync import run_control
    from tsunagi.cli.runs import run_facts

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        chosen = run or run_control.latest_in(hub.context, "running", "paused", "waiting")
        found = run_control.cancel(hub.context, chosen, invocation.actor(hub))
        if as_json:
            print_json(run_facts(hub, found))
            return
    out().print(_("{run} ends after the step in hand. What is done stays done.").format(run=chosen))


def resume(context: typer.Context, run: Run = None, as_json: Json = False) -> None:
    from tsunagi.app.sync import run_control
    from tsunagi.cli.following import go_on
    from tsunagi.cli.runs import run_facts, run_summary

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        chosen = run or run_control.latest_in(hub.context, "paused", "waiting")
        ended = go_on(hub, invocation.actor(hub), chosen)
        if as_json:
            print_json(run_facts(hub, ended))
        else:
            out().print(*run_summary(hub, ended), sep="\n")
    if ended.state not in ("done", "waiting"):
        raise typer.Exit(ExitCode.FAILED)


class Created(StrEnum):
    KEEP = "keep"
    DEACTIVATE = "deactivate"
    DELETE = "delete"


def undo(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help=_("The run, as 'tsunagi runs list' names it."))],
    plan: Annotated[
        bool, typer.Option("--plan", help=_("Say what an undo would do; nothing is written to any service."))
    ] = False,
    created: Annotated[
        Created,
        typer.Option(help=_("What becomes of records the run created, where nobody has changed them since.")),
    ] = Created.KEEP,
    as_json: Json = False,
) -> None:
    from tsunagi.app.access.permissions import require
    from tsunagi.app.sync import runs
    from tsunagi.cli.following import carry_out_undo
    from tsunagi.cli.runs import outcome_tables, page_facts, run_summary

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        require(hub.context, actor, "sync:run")
        made = carry_out_undo(hub, run, plan=plan, created=created.value, actor=actor)
        viewer = invocation.viewer(hub)
        page = runs.run_page(hub.context, made.id, actor=viewer)
        assert page is not None, "it has just ended"
        if as_json:
            print_json(page_facts(hub, page, viewer))
        else:
            out().print(*run_summary(hub, made, viewer), *outcome_tables(hub, page, viewer), sep="\n")
    if made.state != "done" or page.unmade:
        raise typer.Exit(ExitCode.FAILED)
