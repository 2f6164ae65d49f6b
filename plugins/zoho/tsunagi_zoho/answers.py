"""One answer of a Zoho API, and the reading of its body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import simplejson

from tsunagi import ConnectorError

# Numbers are int or Decimal, never float.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is empty where there was none (204, 304); header names are lower case.

    `request` names the call for people, such as `GET /crm/v8/Deals`, without its query. `content` is the file that
    was asked for, empty otherwise.
    """

    service: str
    request: str
    status: int
    body: Json
    headers: Mapping[str, str]
    content: bytes = b""

    def seconds_of(self, header: str) -> float | None:
        """A header that counts seconds, None where it is absent or says something else."""
        text = self.headers.get(header, "").strip()
        return float(text) if text.isdecimal() else None


# The error an answer stands for, None where it is a success.
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
