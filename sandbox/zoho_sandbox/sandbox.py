"""The sandbox every handler gets: its settings, data, clock, faults and request log."""

import asyncio
from collections import Counter
from typing import Any

from zoho_sandbox.clock import Clock
from zoho_sandbox.database import Database
from zoho_sandbox.faults import Faults
from zoho_sandbox.request_log import RequestLog
from zoho_sandbox.settings import SandboxSettings

# Ids look like the vendor's: 18 digits, numeric strings, rising.
_FIRST_ID = 460_000_000_000_100_000


class Sandbox:
    """Opened by `zoho_sandbox.application.open_sandbox`, which also creates tables and the organisation."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.db = Database(settings.data)
        self.clock = Clock(self.db)
        self.faults = Faults()
        self.log = RequestLog()
        self.in_flight: Counter[str] = Counter()
        # What a product keeps at hand between calls, by its own key; rebuilt from the database when absent.
        self.memory: dict[str, Any] = {}
        # Set by a write that queued a callback; the delivering task waits for it.
        self.callbacks_due = asyncio.Event()

    @property
    def limits_apply(self) -> bool:
        return self.settings.limits == "real"

    def new_id(self) -> str:
        """The next id: numeric, 18 digits, unique and reproducible within this database."""
        return str(self.db.count_up("id", _FIRST_ID))

    def new_ids(self, count: int) -> list[str]:
        """`count` consecutive ids."""
        last = self.db.count_up("id", _FIRST_ID, by=count)
        return [str(number) for number in range(last - count + 1, last + 1)]

    def close(self) -> None:
        self.db.close()
