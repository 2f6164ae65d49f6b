"""Times and dates as Zoho writes them, to and from aware UTC."""

from datetime import UTC, date, datetime


def parse_time(text: str) -> datetime:
    """`2026-05-14T11:36:09+03:00` (CRM) or `2026-06-09T13:15:19-0400` (finance) as aware UTC.

    Raises ValueError naming the text.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} is a time without an offset")
    return moment.astimezone(UTC)


def parse_date(text: str | None) -> date | None:
    """`2026-05-14`; None where it is empty, as the finance services write no date."""
    return date.fromisoformat(text) if text else None


def format_time(moment: datetime) -> str:
    """As the CRM takes it: `2026-05-14T08:36:09+00:00`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
