"""How far rules with a schedule have come."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.store.columns import UtcDateTime
from tsunagi.store.tables import Row, core, row, values
from tsunagi.store.upserts import upsert


class ScheduleState(Row, table=True):
    """One rule: `last` is the latest time it was gone through for, or when it was first seen.

    `due` is the time it is being gone through for, `after` the last record that was looked at; `unsettled` counts the
    records it could do nothing for, of which `example` says one. `words` are the schedule it was counted by.
    """

    __tablename__ = "schedule"

    rule: str = Field(primary_key=True)
    words: str
    last: datetime = Field(sa_type=UtcDateTime)
    due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    after: str | None = None
    unsettled: int = 0
    example: str = ""


_SCHEDULE = core(ScheduleState)


class Schedules:
    """Reads and writes one state a rule."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, rule: str) -> ScheduleState | None:
        return row(self._session, sa.select(ScheduleState).where(_SCHEDULE.c.rule == rule))

    def put(self, state: ScheduleState) -> None:
        upsert(self._session, _SCHEDULE, [values(state)])
