"""`tsunagi sync pause|resume|cancel`: a word to a run that is on its way."""

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
