"""A SecretBox that lives as long as its test."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class MemorySecrets:
    """Keeps secrets in memory; share one among connectors to play several processes of an installation."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})
        self._locks: dict[str, threading.Lock] = {}

    def load(self) -> Mapping[str, str]:
        return dict(self._values)

    def save(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        with self._locks.setdefault(name, threading.Lock()):
            yield
