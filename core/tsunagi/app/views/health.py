"""How the hub is: what an operator's watch asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from tsunagi.store.inbox import Inbox
from tsunagi.store.intents import Intents
from tsunagi.store.sync_runs import SyncRuns

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub


@dataclass(frozen=True, slots=True)
class Health:
    """`works` is whether this process makes writes and reads notifications; `writes` counts them by state.

    `database` is False where the store does not answer; the counts are empty then.
    """

    database: bool
    works: bool
    notices_waiting: int
    writes: Mapping[str, int]
    plugin_problems: int
    broken_rules: int
    last_sync: datetime | None


def check_health(hub: "Hub") -> Health:
    """Never raises for the database's sake."""
    problems = sum(report.problem is not None for report in hub.plugins)
    broken = len(hub.rules.broken)
    try:
        with hub.store.read() as session:
            waiting, writes = Inbox(session).waiting(), Intents(session).count_states()
            latest = next(iter(SyncRuns(session).latest(limit=1).items), None)
    except SQLAlchemyError:
        return Health(False, hub.jobs.running, 0, {}, problems, broken, None)
    return Health(True, hub.jobs.running, waiting, writes, problems, broken, latest.started_at if latest else None)
