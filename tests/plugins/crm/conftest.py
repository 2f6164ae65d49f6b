from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tsunagi_crm.connector import CrmConnector

Open = Callable[..., CrmConnector]


@pytest.fixture
def connect() -> Iterator[Open]:
    """A connector on a bench; closed in the end."""
    opened: list[CrmConnector] = []

    def connector(bench: Any) -> CrmConnector:
        opened.append(CrmConnector(bench.context, retry_policy=bench.time.retry_policy()))
        return opened[-1]

    yield connector
    for each in opened:
        each.close()
