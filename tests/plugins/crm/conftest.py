from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tsunagi_crm.connector import CrmConnector

Open = Callable[..., CrmConnector]


@pytest.fixture
def connect() -> Iterator[Open]:
    """A connector on a harness; closed in the end."""
    opened: list[CrmConnector] = []

    def connector(harness: Any) -> CrmConnector:
        opened.append(CrmConnector(harness.context, retry_policy=harness.time.retry_policy()))
        return opened[-1]

    yield connector
    for each in opened:
        each.close()
