"""One answer of a Zoho API: the reading of its body, its times, and the pages of the finance services' lists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import simplejson

from tsunagi import BrokenAnswer, ConnectorError, Text


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


# Numbers are int or Decimal, never float.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is empty where there was none (204, 304); header names are lower case.

    `request` names the call for people, such as `GET /crm/v8/Deals`, without its query. `content` is the file that
    was requested, empty otherwise.
    """

    service: str
    request: str
    status: int
    body: Json
    headers: Mapping[str, str]
    content: bytes = b""

    def seconds_of(self, header: str) -> float | None:
        """A header that counts seconds, None where it is absent or no number."""
        text = self.headers.get(header, "").strip()
        return float(text) if text.isdecimal() else None


# The error of an answer, None where it is a success.
ErrorReader = Callable[[Answer], ConnectorError | None]


def encode_body(body: Mapping[str, Any]) -> bytes:
    return simplejson.dumps(body, use_decimal=True, allow_nan=False).encode()


def decode_body(content: bytes) -> Json | None:
    """The JSON object, empty for an empty body, None where the content is not a JSON object."""
    if not content.strip():
        return {}
    try:
        body = simplejson.loads(content, use_decimal=True)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


@dataclass(frozen=True, slots=True)
class FinancePage:
    """The rows of one list call; `page` counts from 1."""

    rows: tuple[Json, ...]
    page: int
    more: bool


def finance_page(answer: Answer, key: str) -> FinancePage:
    """Read the list under `key` ("contacts") with its page_context. Raises BrokenAnswer."""
    rows, context = answer.body.get(key), answer.body.get("page_context")
    if not isinstance(rows, list) or not isinstance(context, dict):
        received = ", ".join(sorted(answer.body)) or "-"
        raise BrokenAnswer(
            Text(
                en=f"{answer.request}: a list '{key}' with its page_context was expected, got: {received}.",
                ja=f"{answer.request}: 一覧「{key}」と page_context が必要ですが、受け取った項目: {received}",
            ),
            service=answer.service,
        )
    return FinancePage(tuple(rows), int(context.get("page", 1)), bool(context.get("has_more_page")))
