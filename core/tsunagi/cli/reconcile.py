"""`tsunagi reconcile`: where both sides differ, why, and the command that fixes each difference."""

from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.app.sync.reconciling import Difference


def reconcile(
    context: typer.Context,
    pair: Annotated[list[str] | None, typer.Option(help=_("Of this pair only; may be given several times."))] = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help=_("Read what changed on both sides first, and ask for exchange rates."))
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help=_("How many of each cause at most."))] = 20,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help=_("End with exit code 1 where there are differences."))
    ] = False,
    as_json: Json = False,
) -> None:
    from tsunagi.app.sync import reconciliation
    from tsunagi.app.views import formats, records
    from tsunagi.cli.following import carry_out_plan

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        if fetch:
            carry_out_plan(hub, pair or ())
        viewer = invocation.viewer(hub)
        found = reconciliation.reconcile(hub.context, viewer, pairs=pair or (), limit=limit, ask=fetch)
        names = records.titles(hub.context, found.refs(), viewer)
    if as_json:
        facts = [difference_facts(each) for each in found.differences]
        print_json({"counts": found.counts, "differences": facts, "not_compared": found.problems})
    else:
        for cause, label in reconciliation.cause_labels().items():
            if cause not in found.counts:
                continue
            shown = table(_("Record"), _("Reason"), _("How to fix it"), title=f"{label}: {found.counts[cause]}")
            for each in found.of(cause):
                ends = " ↔ ".join(names.get(ref, str(ref)) for ref in (each.left, each.right) if ref)
                shown.add_row(plain(ends or each.field), plain(say(each.reason)), each.command)
            if found.counts[cause] > limit:
                more = formats.number(found.counts[cause] - limit)
                shown.add_row("...", _("and {count} more").format(count=more), "")
            out().print(shown)
        for name, problem in found.problems.items():
            say_aside(f"{name}: {say(problem)}", style="yellow")
        if not found.counts:
            say_aside(_("Both sides agree."))
    if exit_code and (found.counts or found.problems):
        raise typer.Exit(ExitCode.FAILED)


def difference_facts(each: "Difference") -> dict[str, object]:
    return {
        "cause": each.cause,
        "pair": each.pair,
        "crm": each.left,
        "finance": each.right,
        "field": each.field,
        "values": {"crm": each.crm, "finance": each.finance},
        "reason": each.reason,
        "command": each.command,
    }
