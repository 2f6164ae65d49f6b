"""`tsunagi history`: what happened to a record, who or what did it, and the previous values of its fields."""

from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import moment, out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.app.views.history import HistoryLine


def history(
    context: typer.Context,
    record: Annotated[
        str,
        typer.Argument(metavar="RECORD", help=_("As service:kind:id, or the ID of an account, contact or deal.")),
    ],
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many at most."))] = 50,
    as_json: Json = False,
) -> None:
    from tsunagi.app.views import history as views

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        ref = views.resolve(hub.context, record)
        found = views.history(hub.context, invocation.actor(hub), ref, limit=limit)
    if as_json:
        print_json([entry_facts(line) for line in found.items])
        return
    if not found.items:
        say_aside(_("Nothing has happened to this record since the hub knows it."))
        return
    shown = table(_("Time"), _("Who"), _("Change"), _("Before"), _("After"), (_("Run"), "whole"))
    for line in found.items:
        head = (moment(line.entry.at), plain(line.who))
        if not line.fields:
            shown.add_row(*head, line.what, "", "", line.run)
        for number, each in enumerate(line.fields):
            when, who = head if number == 0 else ("", "")
            run = line.run if number == 0 else ""
            shown.add_row(when, who, plain(each.label), plain(each.before) or "-", plain(each.after) or "-", run)
    out().print(shown)
    if found.next:
        say_aside(_("There are more."))


def entry_facts(line: "HistoryLine") -> dict[str, object]:
    entry = line.entry
    return {
        "record": entry.ref,
        "at": entry.at,
        "what": entry.what,
        "cause": entry.cause,
        "by": entry.by,
        "run": entry.run,
        "changes": {name: {"before": before, "after": after} for name, (before, after) in entry.changes.items()},
    }
