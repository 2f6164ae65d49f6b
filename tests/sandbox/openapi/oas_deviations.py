"""Where the sandbox knowingly differs from the OpenAPI files, each with the reason."""

import re
from ast import literal_eval
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol


class Described(Protocol):
    """What a deviation is matched against."""

    @property
    def service(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def where(self) -> str: ...
    @property
    def keyword(self) -> str: ...
    @property
    def detail(self) -> str: ...


@dataclass(frozen=True)
class Deviation:
    """A tolerated difference; texts are patterns with `*`, matched whole."""

    service: str
    reason: str
    operation: str = "*"
    where: str = "*"
    keyword: str = "*"
    detail: str = "*"

    def covers(self, violation: Described) -> bool:
        return self.service == violation.service and all(
            fnmatchcase(getattr(violation, name), getattr(self, name).replace("[]", "[[]]"))
            for name in ("operation", "where", "keyword", "detail")
        )


_CRM_ERROR = {
    "type": "object",
    "required": ["code", "details", "message", "status"],
    "properties": {
        "code": {"type": "string"},
        "details": {"type": "object"},
        "message": {"type": "string"},
        "status": {"type": "string", "enum": ["error"]},
    },
}
_BOOKS_ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
}
# What stands before an operation (sign-in, permissions, limits, failures) answers the same everywhere; the
# documents leave it out of the operations.
ERROR_SCHEMAS: dict[str, dict[str, Any]] = {"crm": _CRM_ERROR, "books": _BOOKS_ERROR}
GATEWAY_STATUSES: dict[str, frozenset[int]] = {
    "crm": frozenset({401, 403, 404, 405, 429, 500, 502, 503, 504}),
    "books": frozenset({400, 401, 403, 404, 405, 429, 500, 502, 503, 504}),
}

DEVIATIONS: tuple[Deviation, ...] = ()


def recorded_deviations(folder: Path) -> frozenset[tuple[str, ...]]:
    """Where recorded answers of the real Books violate the files: there reality is followed."""
    text = (folder / "books-v3-known-deviations.txt").read_text(encoding="utf-8")
    found = re.findall(r"^\d+ (\(.+\))$", text, re.MULTILINE)
    return frozenset(tuple(literal_eval(entry)) for entry in found)
