"""How far a listing has come, and what to ask for next."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import simplejson

from tsunagi import BrokenAnswer, Cursor, Text
from tsunagi_zoho.times import format_time, parse_time

# The services write whole seconds: records changed later in the second of the last one seen must be read again.
OVERLAP = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Position:
    """Between listings: everything changed before `since` is known. Within one: the next `page` to read.

    `newest` is the latest change on the first page: whatever changes while the later pages are read is
    not older, so the next listing starts there. `base` spares asking for the base currency again.
    """

    since: datetime | None = None
    newest: datetime | None = None
    page: int = 1
    base: str = ""

    @property
    def known_before(self) -> datetime | None:
        """What changed before this moment need not be read."""
        return None if self.since is None else self.since - OVERLAP

    def after_page(self, newest: datetime | None, *, more: bool) -> "Position":
        """Where to go on after a page whose latest change was at `newest`."""
        first = newest if self.page == 1 else self.newest
        if more:
            return replace(self, newest=first, page=self.page + 1)
        known = [moment for moment in (self.since, first) if moment is not None]
        return Position(since=max(known, default=None), base=self.base)

    def write(self) -> Cursor:
        moments = {"since": self.since, "newest": self.newest}
        written = {name: format_time(moment) for name, moment in moments.items() if moment is not None}
        return simplejson.dumps({**written, "page": self.page, "base": self.base}, sort_keys=True)

    @classmethod
    def read(cls, cursor: Cursor | None, service: str) -> "Position":
        """Raises BrokenAnswer for a cursor this connector did not write."""
        if not cursor:
            return cls()
        try:
            data = simplejson.loads(cursor)
            return cls(_moment(data, "since"), _moment(data, "newest"), int(data["page"]), str(data["base"]))
        except (ValueError, TypeError, KeyError) as problem:
            raise BrokenAnswer(
                Text(
                    en=f"{service}: this is no cursor of its listings: {cursor!r}",
                    ja=f"{service}: 一覧の続きを示す値ではありません: {cursor!r}",
                ),
                service=service,
            ) from problem


def _moment(data: dict[str, str], name: str) -> datetime | None:
    return parse_time(data[name]) if name in data else None
