from collections.abc import Callable
from typing import Any

import pytest

from tsunagi_zoho import ZohoClient, crm_error

Connect = Callable[..., ZohoClient]


@pytest.fixture
def crm() -> Connect:
    """A client for the sandbox's CRM on a bench."""

    def connect(bench: Any, **options: Any) -> ZohoClient:
        options = {"retry_policy": bench.time.retry_policy(), **options}
        return ZohoClient(bench.context, service="crm", base_path="/crm/v8", error_reader=crm_error, **options)

    return connect
