"""Times as the CRM writes them: ISO 8601 with the organisation's offset, whole seconds."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from zoho_sandbox.crm.organization import organization
from zoho_sandbox.sandbox import Sandbox


def now(sandbox: Sandbox) -> int:
    """The present as whole epoch seconds."""
    return int(sandbox.clock.now().timestamp())


def written(sandbox: Sandbox, epoch: float) -> str:
    """An instant in the organisation's time zone."""
    return datetime.fromtimestamp(int(epoch), _zone(sandbox)).isoformat()


def parsed(text: str) -> float | None:
    """Epoch seconds of an ISO or an HTTP date; None when it is neither, or an ISO time lacks its offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
    return None if moment.tzinfo is None else moment.astimezone(UTC).timestamp()


def _zone(sandbox: Sandbox) -> ZoneInfo:
    zone: ZoneInfo | None = sandbox.memory.get("crm.zone")
    if zone is None:
        zone = sandbox.memory["crm.zone"] = ZoneInfo(organization(sandbox).time_zone)
    return zone
