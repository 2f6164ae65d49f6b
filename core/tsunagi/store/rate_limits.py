"""One allowance of calls for an organisation, spent by every process of the installation."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.connector import Limits
from tsunagi.store.columns import UtcDateTime
from tsunagi.store.database import Store, utc_now
from tsunagi.store.tables import Row, core, insert_new


class RateBucketRow(Row, table=True):
    """What is left of an organisation's allowance of calls, in millionths of a call."""

    __tablename__ = "rate_bucket"

    name: str = Field(primary_key=True)
    tokens: int = Field(sa_type=sa.BigInteger)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    blocked_until: datetime | None = Field(sa_type=UtcDateTime)


_BUCKET = core(RateBucketRow)
# One call, in the unit tokens are counted in: integers are not affected by rounding.
CALL = 1_000_000
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens (a CALL each) as they stood at `updated_at`; nobody calls before `blocked_until`."""

    tokens: int
    updated_at: datetime
    blocked_until: datetime | None = None


def capacity(per_minute: int) -> int:
    """Calls that may be made at once after a rest: a tenth of a minute's allowance."""
    return max(1, per_minute // 10)


def full(per_minute: int, now: datetime) -> Bucket:
    return Bucket(capacity(per_minute) * CALL, now)


def spend(bucket: Bucket, now: datetime, per_minute: int) -> tuple[Bucket, float]:
    """The bucket after one call, and 0; or the bucket without one, and the seconds until there is a token.

    However calls are timed, any 60 seconds see at most `per_minute` of them: what flows in during a minute is
    the allowance less what may have been saved up before it.
    """
    filled = _filled(bucket, now, per_minute)
    if bucket.blocked_until is not None and now < bucket.blocked_until:
        return filled, (bucket.blocked_until - now) / timedelta(seconds=1)
    missing = CALL - filled.tokens
    if missing <= 0:
        return replace(filled, tokens=filled.tokens - CALL, blocked_until=None), 0.0
    # Up to the next full microsecond, or the waiter would come a moment too early.
    microseconds = -(-missing * 60 // _inflow(per_minute))
    return filled, microseconds / 1_000_000


def _filled(bucket: Bucket, now: datetime, per_minute: int) -> Bucket:
    # A clock that was set back gives nothing, and must not stop the inflow until it has caught up.
    elapsed = max(0, (now - bucket.updated_at) // _MICROSECOND)
    tokens = bucket.tokens + elapsed * _inflow(per_minute) // 60
    return replace(bucket, tokens=min(tokens, capacity(per_minute) * CALL), updated_at=now)


def _inflow(per_minute: int) -> int:
    """Calls a minute; tokens are millionths of a call and time is in millionths of a second."""
    return per_minute - capacity(per_minute) if per_minute > 1 else 1


class RateBuckets:
    """Reads and writes buckets, each under the name of its allowance."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def acquire(self, name: str, per_minute: int, now: datetime) -> float:
        """Seconds to wait before asking again; 0 means: go, the call is paid for."""
        bucket, wait = spend(self._locked(name, full(per_minute, now)), now, per_minute)
        self._save(name, bucket)
        return wait

    def block(self, name: str, until: datetime, now: datetime) -> None:
        """Nobody calls before then; a longer block that is set already stays."""
        bucket = self._locked(name, Bucket(0, now))
        later = max(until, bucket.blocked_until or until)
        self._save(name, replace(bucket, blocked_until=later))

    def blocked(self, now: datetime) -> dict[str, datetime]:
        """The allowances nobody may call on now, and until when."""
        query = sa.select(_BUCKET.c.name, _BUCKET.c.blocked_until).where(_BUCKET.c.blocked_until > now)
        return {row.name: row.blocked_until for row in self._session.execute(query)}

    def _locked(self, name: str, new: Bucket) -> Bucket:
        # Where rows can be locked one by one, the second process waits here for the first to commit.
        query = sa.select(_BUCKET).where(_BUCKET.c.name == name).with_for_update()
        row = self._session.execute(query).one_or_none()
        if row is None:
            insert_new(self._session, _BUCKET, [{"name": name, **_values(new)}])
            row = self._session.execute(query).one()
        return Bucket(row.tokens, row.updated_at, row.blocked_until)

    def _save(self, name: str, bucket: Bucket) -> None:
        self._session.execute(sa.update(_BUCKET).where(_BUCKET.c.name == name).values(_values(bucket)))


def _values(bucket: Bucket) -> dict[str, object]:
    return {"tokens": bucket.tokens, "updated_at": bucket.updated_at, "blocked_until": bucket.blocked_until}


class SharedRateLimiter:
    """The limiter a connector is given: a bucket all processes share, and places for calls of this process.

    Without a limit a minute the database is never queried, and a refusal is remembered in this process only.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        limits: Limits,
        *,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._name = name
        self._per_minute = limits.per_minute
        self._places = threading.BoundedSemaphore(limits.concurrency) if limits.concurrency else nullcontext()
        self._now = now
        self._sleep = sleep
        self._blocked_until: datetime | None = None

    def acquire(self) -> None:
        while (wait := self._wait()) > 0:
            self._sleep(wait)

    def penalize(self, seconds: float) -> None:
        now = self._now()
        until = now + timedelta(seconds=seconds)
        if self._per_minute is None:
            self._blocked_until = max(until, self._blocked_until or until)
            return
        with self._store.write() as session:
            RateBuckets(session).block(self._name, until, now)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Acquire, and hold one of the places for concurrent calls of this process while the block runs."""
        with self._places:
            self.acquire()
            yield

    def _wait(self) -> float:
        if self._per_minute is not None:
            with self._store.write() as session:
                return RateBuckets(session).acquire(self._name, self._per_minute, self._now())
        until = self._blocked_until
        return 0.0 if until is None else max(0.0, (until - self._now()) / timedelta(seconds=1))
