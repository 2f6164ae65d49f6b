"""The rules of a folder, read when first needed and again once its files have changed.

Every process of an installation has one of these, so a change counts everywhere within a second, without a restart.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from tsunagi.logging import Log

if TYPE_CHECKING:
    from tsunagi.rules.book import RuleBook

log = Log(__name__)

# Seconds between looks at the files: a look costs some microseconds a file.
_LOOK_EVERY = 1.0

_Signature = tuple[tuple[str, int, int], ...]


class RuleSource:
    """Call it for the rules in force. Safe from any thread.

    A change is applied completely or not at all: never while files are still being written, and not where a file has a
    mistake that it had not before. Then the rules that were in force stay so, and the file is listed as broken. They
    stay, too, while their folder is away, as when it is being replaced by another.
    """

    def __init__(
        self,
        read: "Callable[[], RuleBook]",
        folder: Callable[[], Path],
        people: "Callable[[RuleBook], object]" = lambda _: None,
    ) -> None:
        """`people` are whom the rules act for: they are read again where these are not what they were."""
        self._read, self._folder, self._people = read, folder, people
        self._known_people: object = None
        self._book: RuleBook | None = None
        self._signature: _Signature = ()
        self._look_at = 0.0
        self._lock = Lock()

    def __call__(self) -> "RuleBook":
        known = self._book
        if known is not None and monotonic() < self._look_at:
            return known
        return self.look_again()

    def look_again(self) -> "RuleBook":
        """The rules as the files are now, whenever they were last looked at."""
        # While another thread reads, callers continue with the present rules.
        if not self._lock.acquire(blocking=self._book is None):
            assert self._book is not None
            return self._book
        try:
            return self._looked()
        finally:
            self._look_at = monotonic() + _LOOK_EVERY
            self._lock.release()

    def _looked(self) -> "RuleBook":
        folder, known = self._folder(), self._book
        if known is not None and not folder.is_dir():
            log.warning("rules_folder_away", folder=str(folder))
            return known
        before = _signature(folder)
        if known is not None and before == self._signature:
            if self._people(known) != self._known_people:
                # A person got or lost a permission: not a mistake in a file, and effective at once.
                self._take(self._read(), before)
            return self._book or known
        book = self._read()
        if known is None:
            self._take(book, before)
        elif _signature(self._folder()) == before:
            self._take(_taken(known, book), before)
        return self._book or book

    def _take(self, book: "RuleBook", signature: _Signature) -> None:
        self._book, self._signature = book, signature
        self._known_people = self._people(book)


def _taken(known: "RuleBook", new: "RuleBook") -> "RuleBook":
    had = {problem.path for problem in known.problems}
    mistaken = [broken for broken in new.broken if broken.file not in had]
    if not mistaken:
        log.info("rules_taken", version=new.version)
        return new
    for broken in mistaken:
        log.warning("rules_not_taken", file=broken.file, reason=str(broken.errors[0]))
    return replace(known, broken=(*known.broken, *mistaken))


def _signature(folder: Path) -> _Signature:
    """Name, size and time of change of every file rules are read from."""
    found: list[tuple[str, int, int]] = []
    for path in sorted((folder / "automations").rglob("*.y*ml")):
        try:
            status = path.stat()
        except OSError:  # it went away in between
            continue
        found.append((str(path), status.st_size, status.st_mtime_ns))
    return tuple(found)
