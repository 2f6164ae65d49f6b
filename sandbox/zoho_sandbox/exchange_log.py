"""A file of exchanges, one JSON object a line, for checks against the vendor's OpenAPI files."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from zoho_sandbox import wire


class ExchangeLog:
    """Appends `{service, method, path, route, query, request, status, faults, headers,
    response}` per exchange.

    `request` and `response` are the parsed bodies, null where there was none; `status` 0 is a dropped answer.
    A path that is a folder gets a new file, so that several sandboxes can share it.
    """

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            path = path / f"exchanges-{os.getpid()}-{uuid4().hex[:8]}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered: a line is whole even when the process is killed.
        self._file = path.open("ab", buffering=0)

    def add(
        self,
        *,
        service: str,
        method: str,
        path: str,
        route: str,
        query: Mapping[str, str],
        request: Mapping[str, Any],
        status: int,
        faults: Sequence[str],
        headers: Mapping[str, str],
        response: bytes,
    ) -> None:
        head = wire.encode(
            {
                "service": service,
                "method": method,
                "path": path,
                "route": route,
                "query": dict(query),
                "request": dict(request) or None,
                "status": status,
                "faults": list(faults),
                "headers": dict(headers),
            }
        )
        # The response is JSON already: no need to parse and print it again.
        self._file.write(head[:-1] + b',"response":' + (response or b"null") + b"}\n")

    def close(self) -> None:
        self._file.close()
