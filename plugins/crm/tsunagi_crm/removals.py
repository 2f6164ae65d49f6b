"""What was deleted in the CRM, from its own list of deleted records."""

from collections.abc import Sequence
from datetime import datetime

from tsunagi import Removal
from tsunagi_crm.entities import CrmModule
from tsunagi_zoho import ZohoClient, format_time, parse_time

_PAGE = 200


def read(client: ZohoClient, module: CrmModule, since: datetime | None) -> Sequence[Removal]:
    """Those deleted after `since`, the latest first. One past the recycle bin was merged, or is deleted for good."""
    headers = {"If-Modified-Since": format_time(since)} if since else {}
    found: list[Removal] = []
    page = 1
    while True:
        params = {"type": "all", "page": str(page), "per_page": str(_PAGE)}
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
