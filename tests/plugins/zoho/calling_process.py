"""A process that makes three calls with secrets kept in a file: `calling_process.py BASE_URL FILE`."""

import fcntl
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from tsunagi import ConnectorContext, Limits
from tsunagi_zoho import ZohoClient, ZohoSettings, crm_error


class FileSecrets:
    """A secret box in one file, locked by another."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> Mapping[str, str]:
        return json.loads(self._file.read_text()) if self._file.exists() else {}

    def save(self, values: Mapping[str, str]) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(dict(values)))
        fresh.replace(self._file)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        with self._file.with_suffix(f".{name}").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Unlimited:
    def acquire(self) -> None:
        pass

    def penalize(self, seconds: float) -> None:
        raise AssertionError(f"the sandbox refused a call for {seconds} s")


def main(base_url: str, file: str) -> None:
    settings = ZohoSettings(
        base_url=base_url,
        client_id="1000.SANDBOX",
        client_secret=SecretStr("sandbox-secret"),
        refresh_token=SecretStr("1000.sandbox-refresh"),
    )

    def limiter(_limits: Limits) -> Unlimited:
        return Unlimited()

    context = ConnectorContext(
        connection="crm",
        organization_id="",
        settings=settings,
        secrets=FileSecrets(Path(file)),
        limiter=limiter,
        observe=lambda _call: None,
        now=lambda: datetime.now(UTC),
    )
    with ZohoClient(context, service="crm", base_path="/crm/v8", error_reader=crm_error) as client:
        statuses = [client.get("/org").status for _ in range(3)]
    print(json.dumps(statuses))


if __name__ == "__main__":
    main(*sys.argv[1:])
