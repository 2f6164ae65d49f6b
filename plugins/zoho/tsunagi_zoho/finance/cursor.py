"""How far a listing has come, and what to ask for next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import simplejson

from tsunagi import BrokenAnswer, Cursor, Record, Text
from tsunagi_zoho.answers import format_time, parse_time
from tsunagi_zoho.finance.kinds import Listing
from tsunagi_zoho.finance.wire import Row

# The services write full seconds: records changed later in the second of the last one seen must be read again.
OVERLAP = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ListingCursor:
    """Between listings: everything changed before `since` is known. Within one: the next `page` to read.

    `newest` is the latest change on the first page: whatever changes while the later pages are read is
    not older, so the next listing starts there. In an unsorted list it is the latest change on any page, and `started`,
    the service's time at the first page, bounds it. `base` avoids reading the base currency again.
    """

    since: datetime | None = None
    newest: datetime | None = None
    page: int = 1
    base: str = ""
    started: datetime | None = None

    @property
    def known_before(self) -> datetime | None:
        """What changed before this moment need not be read."""
        return None if self.since is None else self.since - OVERLAP

    def query(self, listing: Listing, page_size: int) -> dict[str, str]:
        """What to ask for the next page."""
        query = {**listing.query, "page": str(self.page), "per_page": str(page_size)}
        if listing.filtered and self.known_before is not None:
            query["last_modified_time"] = format_time(self.known_before)
        return query

    def unknown(self, listing: Listing, rows: Sequence[Row]) -> Sequence[Row]:
        """Without the rows that were read before. In a list of the latest changes first, none after them is new.

        The order is seen, not believed: in another one everything is read again.
        """
        before = self.known_before
        times = [moment for row in rows if (moment := row.time("last_modified_time")) is not None]
        ordered = len(times) == len(rows) and times == sorted(times, reverse=True)
        if before is None or not (listing.unsorted or (listing.newest_first and ordered)):
            return rows
        return [row for row in rows if (moment := row.time("last_modified_time")) is None or moment >= before]

    def after_page(self, newest: datetime | None, *, more: bool) -> "ListingCursor":
        """Where to go on after a page whose latest change was at `newest`."""
        first = newest if self.page == 1 else self.newest
        if more:
            return replace(self, newest=first, page=self.page + 1)
        known = [moment for moment in (self.since, first) if moment is not None]
        return ListingCursor(since=max(known, default=None), base=self.base)

    def after_unsorted_page(self, newest: datetime | None, *, more: bool, at: datetime) -> "ListingCursor":
        """The same where changes may be on any page; `at` is the service's time."""
        started = self.started or at
        latest = max((moment for moment in (self.newest, newest) if moment is not None), default=None)
        if more:
            return replace(self, newest=latest, page=self.page + 1, started=started)
        # What changed since the first page was read may be on a page that was read before.
        until = None if latest is None else min(latest, started)
        known = [moment for moment in (self.since, until) if moment is not None]
        return ListingCursor(since=max(known, default=None), base=self.base)

    def write(self) -> Cursor:
        moments = {"since": self.since, "newest": self.newest, "started": self.started}
        written = {name: format_time(moment) for name, moment in moments.items() if moment is not None}
        return simplejson.dumps({**written, "page": self.page, "base": self.base}, sort_keys=True)

    @classmethod
    def read(cls, cursor: Cursor | None, service: str) -> "ListingCursor":
        """Raises BrokenAnswer for a cursor this connector did not write."""
        if not cursor:
            return cls()
        try:
            data = simplejson.loads(cursor)
            moments = {name: _moment(data, name) for name in ("since", "newest", "started")}
            return cls(**moments, page=int(data["page"]), base=str(data["base"]))
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


def latest_change(records: Sequence[Record]) -> datetime | None:
    return max((record.modified_at for record in records if record.modified_at), default=None)
