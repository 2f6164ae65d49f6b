"""Time for tests: real, but waiting costs none of it."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the real time, moved on by every wait."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=sum(self.slept))

    def sleep(self, seconds: float) -> None:
        """Be `seconds` later at once."""
        self.slept.append(seconds)
