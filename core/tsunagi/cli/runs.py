"""`tsunagi runs`: what syncs did, what became of each record; runs as tables for people and as facts for scripts."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import facts, moment, out, plain, print_json, say_aside, table
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.app.sync.runs import RunPage
    from tsunagi.domain.directory import Person
    from tsunagi.domain.records import RecordRef
    from tsunagi.hub import Hub
    from tsunagi.store.intents import Intent
    from tsunagi.store.sync_runs import SyncOutcome, SyncRun


# What reading a listing counts; a sync pair counts steps.
_LISTING = frozenset({"read", "changed"})
# Where each record has a reason of its own, the list of reasons is no shorter than that of the records.
_REASONS = 20

runs = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@runs.command("list", help=_("List the latest runs."))
def list_runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many at most."))] = 20,
    as_json: Json = False,
) -> None:
    from tsunagi.app.sync import runs
    from tsunagi.app.views import formats

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        viewer = invocation.viewer(hub)
        found = runs.runs(hub.context, limit=limit, actor=viewer).items
        if as_json:
            print_json([run_facts(hub, run, viewer) for run in found])
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
    state: Annotated[str, typer.Option(help=_("Only records that ended so, such as failed."))] = "",
    reason: Annotated[str, typer.Option(help=_("Only for this reason: its key or its words."))] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help=_("How many records of each outcome at most."))] = 20,
    as_json: Json = False,
) -> None:
    from tsunagi.app.sync import runs
    from tsunagi.app.sync.run_outcomes import Chosen

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        viewer = invocation.viewer(hub)
        latest = run or next((each.id for each in runs.runs(hub.context, limit=1).items), "")
        page = runs.run_page(hub.context, latest, chosen=Chosen(state, reason), limit=limit, actor=viewer)
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


def run_facts(hub: "Hub", run: "SyncRun", viewer: "Person | None" = None) -> dict[str, object]:
    return {
        "run": run.id,
        "kind": run.kind,
        "state": run.state,
        "undoes": run.undoes,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "resumes_at": run.resumes_at,
        "counts": run.counts,
        "actions": _actions(hub, run, viewer),
        "progress": run.progress,
        "problem": run.problem,
    }


def run_summary(hub: "Hub", run: "SyncRun", viewer: "Person | None" = None) -> Iterator[Any]:
    """What a run did, to be printed one below the other."""
    from tsunagi.app.sync.workflows import RETRIES
    from tsunagi.app.views import explanations, formats

    yield facts(_head(run))
    listings, pairs = _split(run.counts)
    if listings:
        shown = table(_("Read from"), _("Records"), (_("read"), "right"), (_("changed"), "right"))
        for name, counts in listings.items():
            kind = hub.registry.entities.get(name)
            service = hub.registry.connectors.get(name.partition(".")[0])
            shown.add_row(
                say(service.label) if service else name.partition(".")[0],
                say(kind.plural) if kind else name,
                formats.number(counts.get("read", 0)),
                formats.number(counts.get("changed", 0)),
            )
        yield shown
    if pairs:
        shown = table(_("Kept in step"), _("Outcome"))
        for name, counts in pairs.items():
            pair = hub.registry.pairs.get(name)
            label = {RETRIES: _("Written again"), "undo": _("Undo")}.get(name, name)
            shown.add_row(say(pair.label) if pair else label, counted(counts))
        yield shown
    if actions := _actions(hub, run, viewer):
        shown = table(_("Requested by rules"), _("Outcome"))
        for name, counts in actions.items():
            shown.add_row(explanations.action_label(hub.context, name), counted(counts))
        yield shown


def outcome_tables(hub: "Hub", page: "RunPage", viewer: "Person | None" = None) -> Iterator[Any]:
    """What became of single records, and why."""
    from tsunagi.app.sync import runs
    from tsunagi.app.views import formats, records

    names = records.titles(hub.context, runs.records_named(page), viewer)
    if page.reasons:
        shown = table(_("State"), _("Reason"), (_("Records"), "right"), _("To try again"))
        for each in page.reasons[:_REASONS]:
            again = f"tsunagi retry {each.code}" if each.code else ""
            shown.add_row(step_label(each.state), plain(say(each.text)), formats.number(each.count), again)
        yield shown
    for group in page.groups:
        title = f"{step_label(group.outcome)}: {formats.number(group.count)}"
        shown = table(_("Record"), _("Reason"), title=title)
        for item in group.outcomes:
            shown.add_row(plain(_ends(item, names)), plain(say(item.reason)))
        if group.count > len(group.outcomes):
            shown.add_row("...", _("and {count} more").format(count=group.count - len(group.outcomes)))
        yield shown
    if page.unmade:
        shown = table(_("Write"), _("State"), _("Reason"), title=_("Writes that were not made"))
        for intent in page.unmade:
            reason = say(intent.problem) if intent.problem else ""
            shown.add_row(plain(_write(intent, names)), step_label(intent.state), plain(reason))
        yield shown


def page_facts(hub: "Hub", page: "RunPage", viewer: "Person | None" = None) -> dict[str, object]:
    from tsunagi.app.sync import runs

    return {
        **run_facts(hub, page.run, viewer),
        "outcomes": [
            {
                "outcome": group.outcome,
                "count": group.count,
                "records": [each.model_dump(exclude={"id", "run"}) for each in group.outcomes],
            }
            for group in page.groups
        ],
        "reasons": [
            {"state": each.state, "key": each.key, "text": each.text, "count": each.count, "code": each.code or None}
            for each in page.reasons
        ],
        "unmade": [
            {
                "key": intent.key,
                "operation": intent.write.operation,
                "service": intent.write.service,
                "entity": intent.write.entity,
                "record": runs.source_of(intent),
                "state": intent.state,
                "reason": intent.problem,
            }
            for intent in page.unmade
        ],
    }


def counted(counts: Mapping[str, Any]) -> str:
    """ "create 3, done 3" in the reader's words; a word for nothing at all."""
    from tsunagi.app.views import formats

    parts = [f"{step_label(step)} {formats.number(count)}" for step, count in counts.items() if count]
    return ", ".join(parts) or _("nothing to do")


def run_kind(kind: str) -> str:
    known = {
        "first": _("First sync"),
        "full": _("full"),
        "incremental": _("changes only"),
        "instant": _("after a notification"),
        "documents": _("documents only"),
        "plan": _("Plan: nothing written"),
        "apply": _("apply of a saved plan"),
        "backfill": _("rules on earlier records"),
        "undo": _("undo of a run"),
        "undo_plan": _("plan of an undo: nothing written"),
    }
    return known.get(kind, kind)


def run_state(state: str) -> str:
    known = {
        "running": _("running"),
        "done": _("done"),
        "failed": _("failed"),
        "refused": _("refused"),
        "paused": _("paused"),
        "cancelled": _("cancelled"),
        "waiting": _("goes on when there are more calls"),
    }
    return known.get(state, state)


def step_label(step: str) -> str:
    known = {
        "create": _("to create"),
        "update": _("to update"),
        "delete": _("to delete"),
        "deactivate": _("to put out of use"),
        "into_crm": _("of these into the CRM"),
        "adopt": _("matched"),
        "agree": _("equal already"),
        "unlink": _("unlinked"),
        "park": _("left to a person"),
        "note": _("noted"),
        "done": _("done"),
        "failed": _("failed"),
        "abandoned": _("given up"),
        "postponed": _("postponed"),
        "planned": _("still to be made"),
        "conflict": _("conflicts"),
        "match": _("matches to decide"),
        "deletion": _("deletions to decide"),
        "waits": _("waiting for another record"),
        "incomplete": _("incomplete"),
        "unread": _("not read completely"),
        "invalid": _("unusable values"),
        "one_way": _("not written back"),
        "skipped": _("left as they are"),
        "undone": _("undone"),
        "undo_refused": _("changed since"),
        "not_undoable": _("cannot be undone"),
    }
    return known.get(step, step)


def _actions(hub: "Hub", run: "SyncRun", viewer: "Person | None") -> dict[str, dict[str, int]]:
    from tsunagi.app.sync.runs import may_count
    from tsunagi.store.intents import Intents

    with hub.store.read() as session:
        found = Intents(session).count_actions(run.id)
    return {name: counts for name, counts in found.items() if may_count(hub.context, name, viewer)}


def _head(run: "SyncRun") -> Iterator[tuple[str, str]]:
    from tsunagi.app.views import formats

    yield _("Run"), run.id
    yield _("Kind"), run_kind(run.kind)
    if run.undoes:
        yield _("Undoes"), run.undoes
    yield _("State"), run_state(run.state)
    yield _("Started"), moment(run.started_at)
    if run.finished_at is not None:
        yield _("Took"), formats.duration((run.finished_at - run.started_at).total_seconds())
    if run.resumes_at is not None:
        yield _("Goes on"), moment(run.resumes_at)
    if run.problem is not None:
        yield _("Problem"), say(run.problem)


def _split(counts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    listings = {name: each for name, each in counts.items() if each and set(each) <= _LISTING}
    return listings, {name: each for name, each in counts.items() if name not in listings}


def _ends(item: "SyncOutcome", names: Mapping["RecordRef", str]) -> str:
    return " ↔ ".join(_named(end, names) for end in (item.left, item.right) if end is not None)


def _named(ref: "RecordRef", names: Mapping["RecordRef", str]) -> str:
    return f"{names[ref]} ({ref})" if ref in names else str(ref)


def _write(intent: "Intent", names: Mapping["RecordRef", str]) -> str:
    from tsunagi.app.sync import runs

    source = runs.source_of(intent)
    what = f"{intent.write.service}.{intent.write.entity}.{intent.write.verb or intent.write.operation}"
    return f"{what}: {_named(source, names)}" if source else what
