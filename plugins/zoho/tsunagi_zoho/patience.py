"""How long to wait before a call is made again, and when to give up."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from tsunagi import ConnectorError, RateLimited


@dataclass(frozen=True, slots=True)
class Patience:
    """Attempts in all for a call the service throttles or cannot take; waits double from one second.

    A service that asks for more than `longest` seconds is not waited for: the caller is told how long it takes.
    """

    throttled: int = 7
    unavailable: int = 4
    longest: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random

    def wait_after(self, attempt: int, error: ConnectorError) -> float | None:
        """Seconds to wait after this attempt (the first is 1) failed; None to give up."""
        most = self.throttled if isinstance(error, RateLimited) else self.unavailable
        if not error.retryable or attempt >= most:
            return None
        if error.retry_after is not None:
            return self._asked_for(error.retry_after)
        return min(2.0 ** (attempt - 1), self.longest) * (0.5 + self.random() / 2)

    def _asked_for(self, seconds: float) -> float | None:
        # Everybody was told the same moment: the spread keeps them from coming back as one.
        return None if seconds > self.longest else seconds + self.random() * min(1.0, seconds / 10)
