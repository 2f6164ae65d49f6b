"""`tsunagi status` and `tsunagi retry`: what is not as it should be, and trying it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import moment, out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.domain.directory import Person
    from tsunagi.domain.records import RecordRef
    from tsunagi.hub import Hub
    from tsunagi.store.open_items import Filters, OpenItem

# How many a sync shows of what is open.
_FIRST = 5


def status(
    context: typer.Context,
    kind: Annotated[
        str | None,
        typer.Option(
            help=_("Only one kind: billing, write, automation, sync, parked, mail, notice, plugin or permission.")
        ),
    ] = None,
    service: Annotated[str | None, typer.Option(help=_("Only what concerns this service."))] = None,
    reason: Annotated[str | None, typer.Option(help=_("Only this reason, by its code."))] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many at most."))] = 50,
    settle: Annotated[
        str | None,
        typer.Option(metavar="KEY", help=_("Mark an e-mail or a plugin as resolved, by the key that --json shows.")),
    ] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.open_items import looking

    filters: Filters = {}
    if kind:
        filters["kind"] = kind
    if service:
        filters["service"] = service
    if reason:
        filters["reason"] = reason
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        if settle is not None:
            looking.settle(hub.context, invocation.actor(hub), settle)
        found = looking.open_items(hub.context, invocation.viewer(hub), limit=limit, **filters)
        names = _names(hub, found.items, invocation.viewer(hub))
        if not as_json:
            _say_waiting(hub)
        if as_json:
            print_json([_facts(item, names) for item in found.items])
            return
        if not found.items:
            order = _("Everything is as it should be.")
            say_aside(order if hub.connectors.active() else _("Nothing is connected yet. Next: tsunagi connect crm"))
            return
        out().print(_table(found.items, names))
    if found.next is not None:
        say_aside(_("There are more; show them with --limit, or fewer with --kind, --service and --reason."))


def _say_waiting(hub: "Hub") -> None:
    """Runs that have used up the calls of the day: nothing failed, and nobody need do anything."""
    from tsunagi.app.sync.run_control import waiting_runs

    for run in waiting_runs(hub.context):
        why = say(run.problem) if run.problem else ""
        say_aside(_("{run} goes on at {at}: {why}").format(run=run.id, at=moment(run.resumes_at), why=why))


def retry(
    context: typer.Context,
    which: Annotated[
        str,
        typer.Argument(metavar="[REASON|RECORD]", help=_("A reason's code or a record; everything when left out.")),
    ] = "",
    as_json: Json = False,
) -> None:
    from tsunagi.cli.following import try_again

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        count, here = try_again(hub, invocation.actor(hub), which)
        still_open = open_after(hub, invocation.viewer(hub))
    if as_json:
        print_json({"retried": count, "finished": here, "open_items": still_open.facts()})
        return
    if not count:
        say_aside(_("There is nothing to try again."))
        return
    if not here:
        out().print(_("Handed to the process that works, to be tried again: {count}.").format(count=count))
        return
    out().print(_("Tried again: {count}.").format(count=count))
    show_open(still_open)


@dataclass(frozen=True, slots=True)
class StillOpen:
    """What is open after a command: how many items a person has to act on, how many need only time, the first few."""

    for_person: int
    by_itself: int
    first: Sequence["OpenItem"]
    names: Mapping["RecordRef", str]

    def facts(self) -> dict[str, int]:
        return {"person": self.for_person, "itself": self.by_itself}


def open_after(hub: "Hub", viewer: "Person | None" = None) -> StillOpen:
    from tsunagi.app.open_items.looking import count_open, open_items

    counts = count_open(hub.context, viewer)
    first = open_items(hub.context, viewer, limit=_FIRST).items
    return StillOpen(counts.person, counts.itself, first, _names(hub, first, viewer))


def show_open(still_open: StillOpen) -> None:
    """The first of what is open, and where the rest is."""
    if not still_open.first:
        return
    out().print(_table(still_open.first, still_open.names))
    show_counts(still_open)


def show_counts(still_open: StillOpen) -> None:
    if not still_open.first:
        return
    message = _("Need somebody: {person}; tried again automatically: {itself}. All of them: tsunagi status")
    say_aside(message.format(person=still_open.for_person, itself=still_open.by_itself), style="yellow")


def kind_label(kind: str) -> str:
    known = {
        "billing": _("Not billed"),
        "write": _("Not written"),
        "automation": _("Rule blocked"),
        "sync": _("Not synced"),
        "mail": _("Not mailed"),
        "notice": _("Not read"),
        "permission": _("Permission unclear"),
        "parked": _("Left open"),
        "plugin": _("Plugin failed"),
    }
    return known.get(kind, kind)


def _names(hub: "Hub", items: Sequence["OpenItem"], viewer: "Person | None") -> Mapping["RecordRef", str]:
    from tsunagi.app.views.records import titles

    return titles(hub.context, [item.records[0] for item in items if item.records], viewer)


def _table(items: Sequence["OpenItem"], names: Mapping["RecordRef", str]) -> Any:
    shown = table((_("Since"), "whole"), _("What"), _("Reason"), _("What to do"), title=_("Open"))
    for item in items:
        shown.add_row(moment(item.since), plain(_what(item, names)), plain(say(item.text)), plain(_next(item)))
    return shown


def _what(item: "OpenItem", names: Mapping["RecordRef", str]) -> str:
    about = names.get(item.records[0], str(item.records[0])) if item.records else item.service
    return f"{kind_label(item.kind)}: {about}" if about else kind_label(item.kind)


# What does it at a terminal; pages have a button for it.
_COMMANDS = {
    "record_gone": "tsunagi sync --full",
    "rule_file_broken": "tsunagi rules lint",
    "parked_conflict": "tsunagi sync review list",
    "parked_match": "tsunagi sync review list",
    "parked_deletion": "tsunagi sync review list",
}


def _next(item: "OpenItem") -> str:
    parts = [say(item.remedy)] if item.remedy else []
    if item.reason in _COMMANDS:
        parts.append(_COMMANDS[item.reason])
    if item.next_try is not None:
        parts.append(_("Next try: {at}").format(at=moment(item.next_try)))
    elif not item.remedy:
        parts.append(_("Tried again by itself."))
    return "\n".join(parts)


def _facts(item: "OpenItem", names: Mapping["RecordRef", str]) -> dict[str, object]:
    return {
        "key": item.key,
        "kind": item.kind,
        "service": item.service,
        "records": [{"record": ref, "title": names.get(ref)} for ref in item.records],
        "reason": item.reason,
        "parameters": item.parameters,
        "text": item.text,
        "remedy": item.remedy,
        "resolver": item.resolver,
        "attempts": item.attempts,
        "since": item.since,
        "next_try": item.next_try,
    }
