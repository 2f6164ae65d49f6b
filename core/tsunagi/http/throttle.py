"""Whoever tries one wrong token after another has to wait: a token must not be found by trying."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

from tsunagi.http.errors import TooManyTries
from tsunagi.text import Text

TRIES = 10
WINDOW = timedelta(minutes=1)
# Addresses remembered at most, so that trying from many of them fills no memory.
_ADDRESSES = 10_000


class WrongTokens:
    """Wrong tokens by the address they came from, kept by this process alone."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Raises TooManyTries, before a token is even looked up: right or wrong, the answer tells nothing."""
        with self._lock:
            tries = self._recent(address)
            if len(tries) < TRIES:
                return
            wait = (tries[0] + WINDOW - self._now()).total_seconds()
        raise TooManyTries(
            Text(en="Too many wrong tokens came from this address.", ja="このアドレスから誤ったトークンが続きました。"),
            hint=Text(
                en=f"Wait {wait:.0f} seconds, then try again.", ja=f"{wait:.0f} 秒待ってから再試行してください。"
            ),
            retry_after=wait,
        )

    def add(self, address: str) -> None:
        with self._lock:
            tries = self._recent(address)
            tries.append(self._now())
            self._tries[address] = tries
            self._tries.move_to_end(address)
            while len(self._tries) > _ADDRESSES:
                self._tries.popitem(last=False)

    def _recent(self, address: str) -> deque[datetime]:
        tries = self._tries.get(address, deque())
        while tries and tries[0] + WINDOW <= self._now():
            tries.popleft()
        return tries
