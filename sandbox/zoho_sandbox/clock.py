"""The sandbox's clock: real time unless it was set or stopped."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from zoho_sandbox.database import Database

_STATE = "clock"


class Clock:
    """Tells the sandbox's time. An offset keeps it running; a frozen clock stands still. Both are stored."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._offset = timedelta()
        self._frozen: datetime | None = None
        self._restore()

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    def now(self) -> datetime:
        """The sandbox's present, aware, in UTC."""
        if self._frozen is not None:
            return self._frozen
        return datetime.now(UTC) + self._offset

    def set(self, moment: datetime, *, frozen: bool = False) -> None:
        """Move to `moment` (aware); frozen clocks stay there until set or advanced."""
        moment = moment.astimezone(UTC)
        self._offset = moment - datetime.now(UTC)
        self._frozen = moment if frozen else None
        self._save()

    def advance(self, by: timedelta) -> None:
        self._offset += by
        if self._frozen is not None:
            self._frozen += by
        self._save()

    def reset(self) -> None:
        """Back to real time."""
        self._offset, self._frozen = timedelta(), None
        self._save()

    @contextmanager
    def standing_at(self, moment: datetime) -> Iterator[None]:
        """Tell `moment` while the block runs, as something that happened then is written down afterwards."""
        kept = self._frozen
        self._frozen = moment.astimezone(UTC)
        try:
            yield
        finally:
            self._frozen = kept

    def _save(self) -> None:
        frozen = "" if self._frozen is None else self._frozen.isoformat()
        self._database.save_state(_STATE, f"{self._offset / timedelta(microseconds=1):.0f} {frozen}")

    def _restore(self) -> None:
        stored = self._database.load_state(_STATE)
        if stored is None:
            return
        offset, _, frozen = stored.partition(" ")
        self._offset = timedelta(microseconds=int(offset))
        self._frozen = datetime.fromisoformat(frozen) if frozen else None
