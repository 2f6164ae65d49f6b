"""A person's word to a run that is on its way: pause, go on, cancel."""

from collections.abc import Mapping
from uuid import uuid4

from tsunagi.app import jobs
from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import require
from tsunagi.app.context import Context
from tsunagi.app.jobs import Jobs
from tsunagi.app.open_items.writes import settle_batches
from tsunagi.domain.directory import Person
from tsunagi.domain.records import Fields
from tsunagi.errors import ConfigError
from tsunagi.store.intents import Intents
from tsunagi.store.sync_runs import SyncRun, SyncRuns
from tsunagi.text import Text

PAUSED, CANCELLED = "paused", "cancelled"
# A run of this kind has rules act on earlier records.
BACKFILL = "backfill"
# It has used up the calls of the day, and goes on by itself.
WAITING = "waiting"
# By what is asked, how the run ends.
_ENDINGS = {"pause": PAUSED, "cancel": CANCELLED}
# Pairs, whether everything is read, whether much may be deleted, and how many records at most: 0 for all.
Terms = tuple[list[str], bool, bool, int]
_CANCELLED = Text(en="The run was cancelled.", ja="同期が中止されました。")
_OVERTAKEN = Text(en="A later run does what was left.", ja="残りの処理は後の同期が引き継ぎました。")


class RunStopped(Exception):
    """Inside a workflow: a person has asked the run to stop between two steps."""


def is_asked_to_stop(context: Context, run: str) -> bool:
    with context.store.read() as session:
        return SyncRuns(session).asked(run) in _ENDINGS


@jobs.step("begun")
def note_begun(run: str, pairs: list[str], full: bool, allow_deletions: bool, most: int) -> dict[str, dict[str, int]]:
    """Keep what the run was begun with; returns what it had done by pair, where it was paused in between."""
    context = jobs.current_context()
    with context.store.write() as session:
        known = SyncRuns(session).get(run)
        terms: Fields = {"pairs": tuple(pairs), "full": full, "allow_deletions": allow_deletions, "most": most}
        SyncRuns(session).note_terms(run, terms)
        waiting = [each.id for each in SyncRuns(session).waiting() if _covers(terms, each.terms)]
        for each in waiting:
            SyncRuns(session).finish(each, CANCELLED, context.now(), problem=_OVERTAKEN)
    for each in waiting:
        give_up(context, each)
    counts = known.counts if known else {}
    done = {name: each.get("done") for name, each in counts.items() if isinstance(each, Mapping)}
    return {name: {"done": count} for name, count in done.items() if isinstance(count, int)}


def _covers(terms: Fields, waiting: Fields) -> bool:
    """Does a run of these terms do all that is left to one that waits?"""
    pairs, theirs = terms["pairs"], waiting.get("pairs")
    if terms["most"] or not isinstance(pairs, tuple) or not isinstance(theirs, tuple):
        return False
    wider = all(terms[each] or not waiting.get(each) for each in ("full", "allow_deletions"))
    return wider and (not pairs or (bool(theirs) and {*theirs} <= {*pairs}))


@jobs.step("stopped")
def note_stopped(run: str) -> str:
    """The state in which a run ends that a person has stopped; what a cancelled one planned is given up."""
    context = jobs.current_context()
    with context.store.read() as session:
        state = _ENDINGS.get(SyncRuns(session).asked(run), PAUSED)
    if state == CANCELLED:
        give_up(context, run)
    return state


def give_up(context: Context, run: str) -> None:
    """Nothing of what the run planned is made any more; the next sync plans it anew."""
    with context.store.write() as session:
        Intents(session).abandon_run(run, _CANCELLED, context.now())
        settle_batches(context, session)


def pause(context: Context, run: str, actor: Person | None = None) -> SyncRun:
    """The run ends after the step in hand and waits to be resumed. Raises PermissionDenied, ConfigError."""
    require(context, actor, "sync:run")
    _ask(context, run, "pause", actor)
    return known_run(context, run)


def cancel(context: Context, run: str, actor: Person | None = None) -> SyncRun:
    """The run, running, paused or waiting, ends after the step in hand; what is done stays. Raises as `pause`."""
    require(context, actor, "sync:run")
    with context.store.write() as session:
        ended = SyncRuns(session).end_paused(run, CANCELLED, context.now())
        if ended:
            note(context, session, actor, "sync:cancel", run)
    if ended:
        give_up(context, run)
    else:
        _ask(context, run, "cancel", actor)
    return known_run(context, run)


def resume(context: Context, work: Jobs, run: str, actor: Person | None = None) -> SyncRun:
    """A run that is paused, or waits for calls, goes on, by the process that works. Raises as `pause`."""
    require(context, actor, "sync:run")
    _submit(work, run, take_up(context, run, actor))
    return known_run(context, run)


def waiting_runs(context: Context) -> list[SyncRun]:
    """Runs that have used up the calls of the day and go on by themselves, the next one first."""
    with context.store.read() as session:
        return SyncRuns(session).waiting()


def resume_due(context: Context, work: Jobs) -> None:
    """Runs that waited for the next day's calls go on, where that day has come."""
    for run in waiting_runs(context):
        if run.resumes_at is not None and run.resumes_at <= context.now():
            _submit(work, run.id, take_up(context, run.id, None, by_itself=True))


def _submit(work: Jobs, run: str, terms: Terms) -> None:
    work.submit("sync", f"{run}~{uuid4().hex[:8]}", run, *terms)


def take_up(context: Context, run: str, actor: Person | None, *, by_itself: bool = False) -> Terms:
    """Mark a run that is paused or waits as running again; returns what its workflow is called with.

    `by_itself`: nobody asked for it, and the audit log has no act to tell of.
    """
    found = known_run(context, run)
    with context.store.write() as session:
        if not SyncRuns(session).go_on(run):
            raise _not_possible(found, "paused")
        if not by_itself:
            note(context, session, actor, "sync:resume", run)
    pairs = found.terms.get("pairs")
    return (
        [str(pair) for pair in pairs] if isinstance(pairs, tuple) else [],
        found.terms.get("full") is True,
        found.terms.get("allow_deletions") is True,
        int(str(found.terms.get("most") or 0)),
    )


def known_run(context: Context, run: str) -> SyncRun:
    """Raises ConfigError for one that is not known."""
    with context.store.read() as session:
        found = SyncRuns(session).get(run)
    if found is None:
        raise ConfigError(Text(en=f"There is no sync run '{run}'.", ja=f"同期「{run}」はありません。"))
    return found


def latest_in(context: Context, *states: str) -> str:
    """The latest run in one of these states; raises ConfigError where there is none."""
    with context.store.read() as session:
        latest = SyncRuns(session).latest(limit=100).items
    found = next((each.id for each in latest if each.state in states), None)
    if found is None:
        words = ", ".join(states)
        raise ConfigError(
            Text(
                en=f"There is no run to do this with: none is {words}.",
                ja=f"対象となる同期がありません(状態: {words})。",
            )
        )
    return found


def _ask(context: Context, run: str, what: str, actor: Person | None) -> None:
    found = known_run(context, run)
    if found.kind == BACKFILL:
        raise _runs_to_its_end(found)
    with context.store.write() as session:
        if not SyncRuns(session).ask(run, what):
            raise _not_possible(found, "running")
        note(context, session, actor, f"sync:{what}", run)


def _runs_to_its_end(run: SyncRun) -> ConfigError:
    """Each of its records has its event once: what it gave up would never be made."""
    return ConfigError(
        Text(
            en=f"{run.id} has rules act on earlier records; that runs to its end.",
            ja=f"{run.id} は過去のレコードへのルールの適用です。途中で止められません。",
        ),
        hint=Text(
            en="Void or correct afterwards what it made, at the service.",
            ja="作成されたものは、終了後にサービス側で無効化または修正してください。",
        ),
    )


def _not_possible(run: SyncRun, needed: str) -> ConfigError:
    return ConfigError(
        Text(
            en=f"The run {run.id} is {run.state}; this takes one that is {needed}.",
            ja=f"同期 {run.id} の状態は {run.state} です。この操作ができるのは {needed} の同期だけです。",
        ),
        hint=Text(en="See: tsunagi runs list", ja="確認: tsunagi runs list"),
    )
