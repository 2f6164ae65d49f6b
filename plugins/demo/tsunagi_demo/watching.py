"""Waiting until the hub has taken in what happened in the CRM, and has done what follows."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tsunagi import RecordRef, Text, TsunagiError
from tsunagi.embedding import Backlog, Hub, backlog, records, run_sync, start_sync
from tsunagi_demo.installation import CRM

# Seconds until it is looked again: twice as long each time that nothing has moved, up to the longest.
_SOON, _LATEST = 0.02, 0.25
# A callback that found nobody is repeated within five seconds; after that only asking the CRM helps.
_QUIET_SECONDS = 6.0
_ATTEMPTS = 3
# The sandbox answers in milliseconds: work that makes no progress for so long is stuck.
_STANDSTILL_SECONDS = 60.0
_BATCH = 100


@dataclass(slots=True)
class Watch:
    """Deals whose stage was changed in the CRM, until the hub's own record of each shows it.

    `missed` are those that the hub did not learn of, even after polling; `quiet` (seconds) is how long nothing must
    have moved before it is asked.
    """

    hub: Hub
    quiet: float = _QUIET_SECONDS
    waiting: dict[RecordRef, str] = field(default_factory=dict)
    missed: list[RecordRef] = field(default_factory=list)
    taken_in: int = 0
    _asked: int = 0
    _left: Backlog | None = None
    _moved_at: float = field(default_factory=time.monotonic)

    def expect(self, stages: Mapping[str, str]) -> None:
        """{deal id: stage} of deals that were just changed."""
        self.waiting |= {RecordRef(CRM, "deal", id): stage for id, stage in stages.items()}
        self._moved_at = time.monotonic()

    def until(self, most: int, report: Callable[[int], None]) -> None:
        """Return once at most so many deals are still to be taken in; `report` gets how many are.

        Raises TsunagiError where the hub's work has come to a standstill.
        """
        pause = _SOON
        while len(self.waiting) > most:
            if self._look():
                report(self.taken_in)
                pause = _SOON
                continue
            pause = self._pause(pause)
            if not self._left and time.monotonic() - self._moved_at > self.quiet:
                self._ask()

    def until_done(self, report: Callable[[int], None]) -> None:
        """Return once every deal is taken in and every write that follows is made. Raises as `until`."""
        self.until(0, report)
        pause = _SOON
        while backlog(self.hub.context):
            pause = self._pause(pause)

    def _look(self) -> bool:
        """Strike off what the hub has seen of the oldest handful; whether that was anything."""
        oldest = [ref for ref, _ in zip(self.waiting, range(_BATCH), strict=False)]
        known = records(self.hub.context, oldest)
        seen = [ref for ref in oldest if ref in known and known[ref].text("stage") == self.waiting[ref]]
        for ref in seen:
            del self.waiting[ref]
        self.taken_in += len(seen)
        if seen:
            self._moved_at, self._asked = time.monotonic(), 0
        return bool(seen)

    def _pause(self, seconds: float) -> float:
        """Wait, and see whether the hub has got further; returns how long to wait the next time."""
        time.sleep(seconds)
        left = backlog(self.hub.context)
        if left != self._left:
            self._left, self._moved_at = left, time.monotonic()
        elif left and time.monotonic() - self._moved_at > _STANDSTILL_SECONDS:
            raise _standstill(left)
        return min(seconds * 2, _LATEST)

    def _ask(self) -> None:
        """The callbacks were lost: a sync finds what they would have reported."""
        if self._asked == _ATTEMPTS:
            self.missed += self.waiting
            self.waiting.clear()
            return
        run_sync(self.hub.context, self.hub.jobs, start_sync(self.hub.context))
        self._moved_at, self._asked = time.monotonic(), self._asked + 1


def _standstill(left: Backlog) -> TsunagiError:
    return TsunagiError(
        Text(
            en=f"The hub makes no progress: {left.notices} records to read, {left.batches} batches to make.",
            ja=f"ハブの処理が止まっています: 未読のレコード {left.notices} 件、未処理のまとまり {left.batches} 件",
        ),
        hint=Text(
            en="Run the same command again to continue; --log-level INFO shows more.",
            ja="同じコマンドをもう一度実行すると続きから再開します。--log-level INFO で詳細が表示されます。",
        ),
    )
