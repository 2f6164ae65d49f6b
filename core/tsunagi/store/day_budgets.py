"""What is left of the calls an organisation may make in a day, known to every process of the installation."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.connector import Allowance
from tsunagi.store.columns import UtcDateTime
from tsunagi.store.tables import Row, core, insert_into


class DayBudgetRow(Row, table=True):
    """What a service last said of an organisation's calls of the day; `counted`: it says nothing, the hub counts."""

    __tablename__ = "day_budget"

    name: str = Field(primary_key=True)
    most: int
    remaining: int
    told_at: datetime = Field(sa_type=UtcDateTime)
    resets_at: datetime | None = Field(sa_type=UtcDateTime)
    counted: bool


class CallsMadeRow(Row, table=True):
    """Calls the hub made in an hour, where the service does not say how many are left."""

    __tablename__ = "calls_made"

    name: str = Field(primary_key=True)
    hour: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    calls: int


_BUDGET, _MADE = core(DayBudgetRow), core(CallsMadeRow)
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DayBudget:
    """Calls in a day, in all and left (fewer than none where the service let more through), as of `at`.

    At `resets_at` there are more again; None where all are there.
    """

    limit: int
    left: int
    at: datetime
    resets_at: datetime | None = None

    def reserved(self, percent: int) -> int:
        """Calls that are kept for what people wait for."""
        return -(-self.limit * percent // 100)

    def waits_until(self, percent: int, now: datetime) -> datetime | None:
        """When mass work may go on; None where it may now."""
        return None if self.resets_at is None or self.left > self.reserved(percent) else max(self.resets_at, now)

    def days_for(self, calls: int, percent: int) -> int:
        """On how many days so much mass work is done, today included; 0 where a day's calls are unknown."""
        a_day = self.limit - self.reserved(percent)
        today = max(0, self.left - self.reserved(percent))
        return 0 if a_day <= 0 else 1 + max(0, -(-(calls - today) // a_day))

    def as_of(self, now: datetime) -> "DayBudget":
        """With all calls again once the day has turned."""
        turned = self.resets_at is not None and self.resets_at <= now
        return replace(self, left=self.limit, resets_at=None) if turned else self


class DayBudgets:
    """Reads and writes budgets, each under the name of its organisation's allowance of calls."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, name: str, allowance: Allowance) -> None:
        """What the service said with an answer; what it said later stays."""
        row = {
            "name": name,
            "most": allowance.limit,
            "remaining": allowance.left,
            "told_at": allowance.at,
            # Where nobody says when, it is tried again after an hour.
            "resets_at": allowance.resets_at or allowance.at + _HOUR,
            "counted": False,
        }
        insert = insert_into(self._session, _BUDGET).values(row)
        said = insert.excluded
        changed = {column: said[column] for column in row if column != "name"}
        self._session.execute(
            insert.on_conflict_do_update(
                index_elements=[_BUDGET.c.name], set_=changed, where=_BUDGET.c.told_at <= said.told_at
            )
        )

    def spent(self, name: str, calls: int, limit: int, now: datetime) -> None:
        """The hub made so many calls, of `limit` in any 24 hours."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        insert = insert_into(self._session, _MADE).values(name=name, hour=hour, calls=calls)
        self._session.execute(
            insert.on_conflict_do_update(
                index_elements=[_MADE.c.name, _MADE.c.hour], set_={"calls": _MADE.c.calls + calls}
            )
        )
        self._session.execute(sa.delete(_MADE).where(_MADE.c.name == name, _MADE.c.hour <= now - _DAY - _HOUR))
        self.keep(name, Allowance(limit, limit, now))
        self._session.execute(sa.update(_BUDGET).where(_BUDGET.c.name == name).values(counted=True))

    def ran_out(self, name: str, resets_at: datetime | None, now: datetime) -> None:
        """The service refused a call since none is left for the day."""
        before = self.of(name, now)
        self.keep(name, Allowance(before.limit if before else 0, min(0, before.left if before else 0), now, resets_at))

    def of(self, name: str, now: datetime) -> DayBudget | None:
        """None where nothing is known of its day."""
        return self.all(now, name).get(name)

    def all(self, now: datetime, *names: str) -> dict[str, DayBudget]:
        """By name, those asked for or all."""
        query = sa.select(_BUDGET)
        found = self._session.execute(query.where(_BUDGET.c.name.in_(names)) if names else query)
        return {row.name: self._budget(row, now) for row in found}

    def _budget(self, row: "sa.Row[tuple[object, ...]]", now: datetime) -> DayBudget:
        if not row.counted:
            return DayBudget(row.most, row.remaining, row.told_at, row.resets_at).as_of(now)
        query = sa.select(_MADE.c.hour, _MADE.c.calls).where(
            _MADE.c.name == row.name, _MADE.c.hour > now - _DAY - _HOUR
        )
        hours = {each.hour: each.calls for each in self._session.execute(query)}
        # The last minute of an hour is a day old an hour after its first one.
        frees = min(hours) + _DAY + _HOUR if hours else None
        return DayBudget(row.most, row.most - sum(hours.values()), row.told_at, frees)
