"""How far a listing of changes has come, which second it may go on from, and what was deleted."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from tsunagi import Cursor, Removal
from tsunagi_crm.entities import CrmModule
from tsunagi_zoho import ZohoClient, format_time, parse_time

_VERSION = 1
_PAGE_OF_REMOVALS = 200
_SECOND = timedelta(seconds=1)
# A change is stored a little after the second it is dated: seconds this young are read again.
_SETTLING = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a listing sorted by Modified_Time, oldest first.

    `since` bounds the listing (None: from the beginning), `latest` is the youngest Modified_Time seen (both
    ISO, UTC). `token` or `page` lead to the next page. `extras` are the fields requested beyond the declared
    fields, kept here so that a sync without changes need not ask how the organisation is set up.
    """

    extras: tuple[str, ...]
    since: str | None = None
    latest: str | None = None
    page: int = 1
    token: str | None = None

    @classmethod
    def of(cls, cursor: Cursor | None) -> "Place | None":
        """The place a cursor encodes; None for no cursor, and for one of another version of this plugin."""
        if cursor is None:
            return None
        data = json.loads(cursor)
        if data.pop("v", None) != _VERSION:
            return None
        return cls(**{**data, "extras": tuple(data["extras"])})

    def cursor(self) -> Cursor:
        known = {name: value for name, value in asdict(self).items() if value is not None}
        return json.dumps({"v": _VERSION, **known}, separators=(",", ":"))

    def seen(self, moment: datetime | None) -> "Place":
        """With the Modified_Time of the last row of a page."""
        if moment is None or (self.latest is not None and moment <= datetime.fromisoformat(self.latest)):
            return self
        return replace(self, latest=format_time(moment))

    def onward(self, token: str | None) -> "Place":
        """To the next page of the same listing."""
        return replace(self, page=self.page + 1, token=token)

    def restarted(self) -> "Place":
        """Where to go on when the page token is no longer taken: a new listing from the last second seen."""
        since = self.since if self.latest is None else format_time(datetime.fromisoformat(self.latest) - _SECOND)
        return Place(self.extras, since=since)

    def finished(self, service_time: datetime) -> "Place":
        """The listing is through; the next one starts behind the last second that can no longer change.

        Behind that second, so that it makes no difference whether the service's bound is inclusive.
        """
        if self.latest is None:
            return Place(self.extras, since=self.since)
        latest = datetime.fromisoformat(self.latest)
        since = min(latest + _SECOND, service_time.astimezone(UTC) - _SETTLING)
        if self.since is not None:
            since = max(since, datetime.fromisoformat(self.since))
        return Place(self.extras, since=format_time(since))


def read_removals(client: ZohoClient, module: CrmModule, since: datetime | None) -> Sequence[Removal]:
    """What was deleted after `since`, the latest first. One past the recycle bin was merged, or is deleted for good."""
    headers = {"If-Modified-Since": format_time(since)} if since else {}
    found: list[Removal] = []
    page = 1
    while True:
        params = {"type": "all", "page": str(page), "per_page": str(_PAGE_OF_REMOVALS)}
        answer = client.get(f"/{module.module}/deleted", params=params, headers=headers)
        rows = answer.body.get("data") if answer.status == 200 else None
        found += [
            Removal(str(row["id"]), parse_time(row["deleted_time"]), for_good=row.get("type") == "permanent")
            for row in rows or ()
        ]
        info = answer.body.get("info") if rows else None
        if not (isinstance(info, dict) and info.get("more_records")):
            return found
        page += 1
