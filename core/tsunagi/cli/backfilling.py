"""`tsunagi rules backfill`: have the rules act on what was so before the hub knew it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.app.sync.backfilling import Foreseen
    from tsunagi.hub import Hub

_Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help=_("By the record's own date, such as a deal's closing date.")),
]


def backfill(
    context: typer.Context,
    event: Annotated[str, typer.Argument(help=_("What happened before, such as deal.won."))] = "deal.won",
    since: _Day = None,
    until: _Day = None,
    apply: Annotated[
        bool, typer.Option("--apply", help=_("Carry it out; left out, what would follow is shown."))
    ] = False,
    as_json: Json = False,
) -> None:
    from tsunagi.app.sync import backfilling
    from tsunagi.cli.following import carry_out_backfill

    period = backfilling.Period(since.date() if since else None, until.date() if until else None)
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        found = backfilling.foresee(hub.context, actor, event, period)
        if not apply:
            known = hub.context.rules.automations
            actions = [
                {"action": name, "count": tally.count, "money": dict(tally.money)}
                for name, tally in found.actions.items()
            ]
            facts = {"event": event, "records": found.records, "rules": found.rules, "actions": actions}
            shown = table(_("Rule"), (_("Records"), "right"))
            for rule, count in found.rules.items():
                shown.add_row(plain(f"{say(known[rule].title)} ({rule})"), str(count))
            _say(facts, _("Records it has not happened to here: {count}").format(count=found.records), as_json)
            if not as_json:
                out().print(shown)
                out().print(_actions(hub, found))
                say_aside(_("Nothing was written. Carry it out with --apply."))
            return
        run = carry_out_backfill(hub, actor, event, period)
    made = run and backfilling.made_by(run)
    words = _("Handed to the process that works.") if made is None else _("Writes made: {count}").format(count=made)
    _say({"event": event, "records": found.records, "made": made}, words, as_json)
    if run is not None and run.problem is not None:
        say_aside(say(run.problem), style="red")
        raise typer.Exit(ExitCode.FAILED)


def _actions(hub: "Hub", found: "Foreseen") -> Any:
    from tsunagi.app.views import explanations, formats
    from tsunagi.domain.money import Money

    shown = table(_("Action"), (_("Count"), "right"), (_("Amount"), "right"))
    for name, tally in found.actions.items():
        amounts = "\n".join(formats.money(Money(amount, currency)) for currency, amount in tally.money.items())
        shown.add_row(explanations.action_label(hub.context, name), formats.number(tally.count), amounts)
    return shown


def _say(facts: dict[str, object], words: str, as_json: bool) -> None:
    if as_json:
        print_json(facts)
    else:
        out().print(plain(words))
