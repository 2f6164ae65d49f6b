"""Saved plans as tables for people, as facts for scripts and as files for spreadsheets."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.printing import facts, moment, out, plain, print_json, say_aside, shown, table
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.app.plans.saved import PlanPage
    from tsunagi.domain.directory import Person
    from tsunagi.hub import Hub
    from tsunagi.store.saved_plans import PlanEntry, SavedPlan

# Documented: scripts tell a plan with changes from one without.
CHANGES = 2
# So many entries of each action are shown as samples.
SAMPLES = 10


def plan_facts(page: "PlanPage") -> dict[str, object]:
    return {
        "plan": page.plan.id,
        "kind": page.plan.kind,
        "state": page.state,
        "made_by": page.plan.made_by,
        "made_at": page.plan.made_at,
        "expires_at": page.plan.expires_at,
        "applied_by": page.plan.applied_by or None,
        "changes": page.changes,
        "counts": page.counts,
        "records": page.states,
        "shown": page.plan.shown,
        "run": page.plan.run or None,
        "problem": page.problem,
    }


def entry_facts(entry: "PlanEntry") -> dict[str, object]:
    return {
        "action": entry.action,
        "pair": entry.pair,
        "subject": entry.subject,
        "crm": entry.left,
        "finance": entry.right,
        "service": entry.service,
        "changes": entry.changes,
        "reason": entry.reason,
        "state": entry.state,
        "left_out": entry.left_out or None,
    }


def show_made(
    hub: "Hub", actor: "Person | None", made: "SavedPlan", exit_code: bool, threshold: int | None, *, as_json: bool
) -> None:
    """The plan as it was saved, and the exit code it ends with."""
    from tsunagi.app.plans import saved

    page = saved.plan_page(hub.context, actor, made.id)
    show_plan(hub, actor, page, {}, SAMPLES, as_json=as_json)
    if page.state == "failed" or (threshold is not None and page.changes > threshold):
        raise typer.Exit(ExitCode.FAILED)
    if exit_code and page.changes:
        raise typer.Exit(CHANGES)


def show_plan(
    hub: "Hub", viewer: "Person | None", page: "PlanPage", chosen: dict[str, str], limit: int, *, as_json: bool
) -> None:
    from tsunagi.app.plans import saved
    from tsunagi.app.plans.wording import in_order, records_of
    from tsunagi.app.views.records import titles

    wanted = [chosen["action"]] if chosen.get("action") else in_order(page.counts)
    rest = {name: value for name, value in chosen.items() if name != "action" and value}
    found = [
        entry
        for action in wanted
        for entry in saved.entries(hub.context, viewer, page.plan.id, action=action, limit=limit, **rest).items
    ]
    if as_json:
        print_json({**plan_facts(page), "entries": [entry_facts(entry) for entry in found]})
        return
    names = titles(hub.context, records_of(found), viewer)
    out().print(*_summary(hub, page), sep="\n")
    for action in wanted:
        some = [entry for entry in found if entry.action == action]
        if some:
            out().print(_entries_table(action, some, names))
    if page.state in {"ready", "partly_applied"} and page.changes:
        say_aside(_("Apply it: tsunagi apply {plan}").format(plan=page.plan.id))
    elif page.state in {"ready", "applied"} and not page.changes:
        say_aside(_("There is nothing to do."))


def _summary(hub: "Hub", page: "PlanPage") -> Iterator[Any]:
    from tsunagi.app.plans.wording import ENTRY_STATES, KINDS, STATES, action_text, in_order

    each = page.plan
    told = [
        (_("Plan"), each.id),
        (_("Kind"), say(KINDS[each.kind])),
        (_("State"), say(STATES[page.state])),
        (_("Made by"), each.made_by),
        (_("Can be applied until"), moment(each.expires_at)),
    ]
    told += [(_("Applied by"), each.applied_by)] if each.applied_by else []
    told += [(_("Records"), _states(page, ENTRY_STATES))] if each.kind == "sync" and page.plan.run else []
    yield facts(told)
    if page.problem is not None:
        yield plain(say(page.problem))
    if page.counts:
        counted = table(_("What"), _("Of"), (_("Count"), "right"))
        for action in in_order(page.counts):
            for pair, count in sorted(page.counts[action].items()):
                label = say(hub.registry.pairs[pair].label) if pair in hub.registry.pairs else pair
                counted.add_row(action_text(action), plain(label), str(count))
        yield counted
    backtest = each.shown.get("backtest")
    if backtest:
        yield plain(
            _("Records that differ: {records} of {all}; events replayed: {events}.").format(
                records=backtest["differ"], all=backtest["records"], events=backtest["events"]
            )
        )
        for row in backtest["actions"]:
            amounts = ", ".join(f"{amount} {currency}" for currency, amount in row["money"].items())
            yield plain(f"  {row['action']}  {action_text(row['difference'])}  {row['count']}  {amounts}")


def _states(page: "PlanPage", words: Any) -> str:
    return ", ".join(f"{say(words[state])}: {count}" for state, count in sorted(page.states.items()))


def _entries_table(action: str, entries: "Sequence[PlanEntry]", names: Any) -> Any:
    from tsunagi.app.plans.wording import action_text, changes_of, reason_of

    made = table(_("Record"), _("Field"), _("Now"), _("Then"), _("Why"), title=action_text(action))
    for entry in entries:
        label = entry_name(entry, names)
        lines = list(changes_of(entry)) or [("", None, None)]
        for number, (field, old, new) in enumerate(lines):
            first = number == 0
            why = reason_of(entry) if first else ""
            cells = (label if first else "", field, _short(old), _short(new), why)
            made.add_row(*map(plain, cells))
    return made


def entry_name(entry: "PlanEntry", names: Any) -> str:
    """What an entry is about, as people call it."""
    ends = [names.get(ref) or str(ref) for ref in (entry.left, entry.right) if ref is not None]
    return " ↔ ".join(dict.fromkeys([*([entry.subject] if entry.subject else []), *ends]))


def _short(value: object) -> str:
    text = shown(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def say_applied(page: "PlanPage", *, as_json: bool) -> None:
    if as_json:
        print_json({**plan_facts(page), "left_out": []})
    elif not page.changes:
        out().print(_("There is nothing to do."))
    else:
        out().print(
            _("{plan} was applied before, by {who}: nothing to do.").format(
                plan=page.plan.id, who=page.plan.applied_by or "hub"
            )
        )


def show_applied(hub: "Hub", viewer: "Person | None", page: "PlanPage", left: "Sequence[PlanEntry]") -> None:
    from tsunagi.app.plans.wording import records_of
    from tsunagi.app.views.records import titles

    out().print(*_summary(hub, page), sep="\n")
    if left:
        out().print(_entries_table("left_out", left, titles(hub.context, records_of(left), viewer)))
        say_aside(_("What moved was left out. Plan again: tsunagi plan sync"), style="yellow")
    if page.plan.run:
        say_aside(_("What became of each write: tsunagi runs show {run}").format(run=page.plan.run))


def write_csv(hub: "Hub", viewer: "Person | None", path: Path, pages: "Iterator[Sequence[PlanEntry]]") -> None:
    from tsunagi.app.plans.wording import COLUMNS, file_rows, records_of
    from tsunagi.app.views.records import titles

    try:
        # With a mark that spreadsheets know UTF-8 by.
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for some in pages:
                writer.writerows(file_rows(some, titles(hub.context, records_of(some), viewer), shown))
    except OSError as error:
        raise ConfigError(
            Text(
                en=f"'{path}' cannot be written: {error.strerror}.",
                ja=f"「{path}」に書き込めません: {error.strerror}。",
            )
        ) from error
