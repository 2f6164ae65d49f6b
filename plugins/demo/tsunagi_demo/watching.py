"""Waiting until the hub has taken in what happened in the CRM, and has done what follows."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tsunagi import RecordRef
from tsunagi.embedding import Hub, backlog, records, run_sync, start_sync
from tsunagi_demo.installation import CRM

# Seconds until it is looked again: twice as long each time that nothing has moved, up to the longest.
_SOON, _LATEST = 0.02, 0.25
# A callback that found nobody is repeated within five seconds; after that only asking the CRM helps.
_QUIET_SECONDS = 6.0
_ATTEMPTS = 3


@dataclass(slots=True)
class Watch:
    """Deals whose stage was changed in the CRM, until the hub's own record of each shows it.

    `missed` are those that the hub did not learn of, asked often enough.
    """

    hub: Hub
    waiting: dict[RecordRef, str] = field(default_factory=dict)
    missed: list[RecordRef] = field(default_factory=list)
    taken_in: int = 0
    _progress_at: float = field(default_factory=time.monotonic)
    _asked: int = 0

    def expect(self, stages: Mapping[str, str]) -> None:
        """{deal id: stage} of deals that were just changed."""
        self.waiting |= {RecordRef(CRM, "deal", id): stage for id, stage in stages.items()}

    def until(self, most: int, tell: Callable[[int], None]) -> None:
        """Return once at most so many deals are still to be taken in; `tell` is told how many are."""
        pause = _SOON
        while len(self.waiting) > most:
            if self._look():
                tell(self.taken_in)
                pause = _SOON
                continue
            time.sleep(pause)
            pause = min(pause * 2, _LATEST)
            self._ask_where_it_is_quiet()

    def until_done(self, tell: Callable[[int], None]) -> None:
        """Return once every deal is taken in and every write that follows is made."""
        self.until(0, tell)
        while backlog(self.hub):
            time.sleep(_SOON)

    def _look(self) -> bool:
        """Strike off what the hub has seen of the oldest handful; whether that was anything."""
        oldest = [ref for ref, _ in zip(self.waiting, range(100), strict=False)]
        known = records(self.hub, oldest)
        seen = [ref for ref in oldest if ref in known and known[ref].text("stage") == self.waiting[ref]]
        for ref in seen:
            del self.waiting[ref]
        self.taken_in += len(seen)
        if seen:
            self._progress_at, self._asked = time.monotonic(), 0
        return bool(seen)

    def _ask_where_it_is_quiet(self) -> None:
        if backlog(self.hub):
            self._progress_at = time.monotonic()
        if time.monotonic() - self._progress_at < _QUIET_SECONDS:
            return
        if self._asked == _ATTEMPTS:
            self.missed += self.waiting
            self.waiting.clear()
            return
        # The callbacks were lost: what they would have told, a sync finds.
        run_sync(self.hub, start_sync(self.hub))
        self._progress_at, self._asked = time.monotonic(), self._asked + 1
