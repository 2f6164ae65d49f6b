"""The plan of a sync, and the first one: shown before anything is written, begun at a person's word."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tsunagi.app.connections.first_sync import pending_services
from tsunagi.app.sync import runs
from tsunagi.app.sync.preview import planned_steps, workload
from tsunagi.app.views import formats
from tsunagi.cli.following import carry_out_plan
from tsunagi.cli.printing import err, out, print_json, say_aside, table
from tsunagi.cli.run_tables import outcome_tables, page_facts, run_summary
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.hub import Hub
    from tsunagi.store.sync_runs import SyncRun

# So many records of each outcome are shown as samples; all of them: tsunagi runs show.
_SAMPLES = 5


def make_plan(hub: "Hub", pairs: Sequence[str]) -> "SyncRun":
    return carry_out_plan(hub, pairs)


def show_plan(hub: "Hub", run: "SyncRun", *, as_json: bool) -> None:
    """What a sync would do: steps by pair, calls and time by service, samples of records."""
    page = runs.run_page(hub.context, run.id, limit=_SAMPLES)
    assert page is not None, "it has just ended"
    load = workload(hub.context, planned_steps(run.counts))
    if as_json:
        print_json({**page_facts(hub, page), "workload": load})
        return
    out().print(*run_summary(hub, run), sep="\n")
    if load:
        shown = table(_("Service"), (_("Writes"), "right"), (_("At least"), "right"))
        for service, each in load.items():
            minutes = formats.duration(each["minutes"] * 60) if each["minutes"] else "-"
            shown.add_row(_label(hub, service), formats.number(each["writes"]), minutes)
        out().print(shown)
    out().print(*outcome_tables(hub, page), sep="\n")


def confirm_first_sync(hub: "Hub", pairs: Sequence[str]) -> bool:
    """On a terminal: show the plan of services that were never synced, and ask. False: they are left out."""
    pending = pending_services(hub.context, pairs)
    if not pending or not (sys.stdin.isatty() and err().is_terminal):
        return False
    show_plan(hub, make_plan(hub, pairs), as_json=False)
    question = _("Start the first sync of {services}? [y/N] ").format(services=_labels(hub, pending))
    return err().input(question).strip().lower() in {"y", "yes"}


def say_pending(hub: "Hub", pairs: Sequence[str]) -> None:
    """Services that the run left out, since nobody has started their first sync."""
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
