"""`tsunagi runs`: what syncs did, and what became of each record."""

from typing import Annotated

import typer

from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import moment, out, print_json, say_aside, table
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _

runs = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@runs.command("list", help=_("List the latest runs."))
def list_runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many at most."))] = 20,
    as_json: Json = False,
) -> None:
    from tsunagi.app.sync import runs
    from tsunagi.app.views import formats
    from tsunagi.cli.run_tables import run_facts, run_kind, run_state

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        found = runs.runs(hub.context, limit=limit, actor=invocation.viewer(hub)).items
        if as_json:
            print_json([run_facts(hub, run, invocation.viewer(hub)) for run in found])
            return
    if not found:
        say_aside(_("There was no sync yet. Start one: tsunagi sync"))
        return
    shown = table((_("Run"), "whole"), _("Kind"), _("State"), (_("Started"), "whole"), (_("Took"), "right"))
    for run in found:
        took = formats.duration((run.finished_at - run.started_at).total_seconds()) if run.finished_at else ""
        shown.add_row(run.id, run_kind(run.kind), run_state(run.state), moment(run.started_at), took)
    out().print(shown)


@runs.command(help=_("Show what a run did with each record, and why."))
def show(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(help=_("Its ID; default: the latest run."))] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help=_("How many records of each outcome at most."))] = 20,
    as_json: Json = False,
) -> None:
    from tsunagi.app.sync import runs
    from tsunagi.cli.run_tables import outcome_tables, page_facts, run_summary

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        viewer = invocation.viewer(hub)
        latest = run or next((each.id for each in runs.runs(hub.context, limit=1).items), "")
        page = runs.run_page(hub.context, latest, limit=limit, actor=viewer)
        if page is None:
            raise _unknown(run)
        if as_json:
            print_json(page_facts(hub, page, viewer))
            return
        out().print(*run_summary(hub, page.run, viewer), *outcome_tables(hub, page, viewer), sep="\n")


def _unknown(run: str | None) -> ConfigError:
    if run is None:
        return ConfigError(
            Text(en="There was no sync yet.", ja="同期はまだ実行されていません。"),
            hint=Text(en="Start one: tsunagi sync", ja="開始: tsunagi sync"),
        )
    return ConfigError(
        Text(en=f"There is no sync run '{run}'.", ja=f"同期「{run}」はありません。"),
        hint=Text(en="See: tsunagi runs list", ja="確認: tsunagi runs list"),
    )
