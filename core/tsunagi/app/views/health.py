"""How the hub is: what an operator's watch asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from tsunagi.app.context import Context
from tsunagi.app.jobs import Jobs
from tsunagi.app.open_items.looking import OpenCounts, count_in
from tsunagi.app.open_items.plugins import PLUGIN
from tsunagi.plugin_loading import PluginReport
from tsunagi.store.inbox import Inbox
from tsunagi.store.intents import Intents
from tsunagi.store.open_items import OpenItems
from tsunagi.store.sync_runs import SyncRuns


@dataclass(frozen=True, slots=True)
class Health:
    """`works` is whether this process makes writes and reads notifications; `writes` counts them by state.

    `open_items` says how much is not as it should be. `plugin_problems` counts plugins that could not be loaded and
    hooks that failed while the hub runs. `database` is False where the store does not answer; the
    counts are empty then.
    """

    database: bool
    works: bool
    notices_waiting: int
    writes: Mapping[str, int]
    open_items: OpenCounts
    plugin_problems: int
    broken_rules: int
    last_sync: datetime | None


def check_health(context: Context, jobs: Jobs, plugins: Sequence[PluginReport]) -> Health:
    """Never raises for the database's sake."""
    failed = sum(report.problem is not None for report in plugins)
    broken = len(context.rules.broken)
    try:
        with context.store.read() as session:
            waiting, writes = Inbox(session).waiting(), Intents(session).count_states()
            still_open = count_in(session)
            problems = failed + OpenItems(session).count(kind=PLUGIN)
            latest = next(iter(SyncRuns(session).latest(limit=1).items), None)
    except SQLAlchemyError:
        return Health(False, jobs.running, 0, {}, OpenCounts(0, 0), failed, broken, None)
    last = latest.started_at if latest else None
    return Health(True, jobs.running, waiting, writes, still_open, problems, broken, last)
