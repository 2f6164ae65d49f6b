"""For authors of plugins: the contract as tests, and what a connector needs around it in a test.

Needs pytest, which the hub itself does not.
"""

import pytest

# Before they are imported: a failing assertion of the contract shows what it compared.
pytest.register_assert_rewrite(
    *(f"tsunagi.testing.{name}" for name in ("contract", "declaring", "failing", "final", "reading", "writing"))
)

from tsunagi.testing.contract import ConnectorContract  # noqa: E402
from tsunagi.testing.fake import Calls, FakeAnswer, FakeRequest, FakeService, Fault, ServiceFake  # noqa: E402  # noqa: E402
from tsunagi.testing.harness import (  # noqa: E402
    Clock,
    Harness,
    MemoryLimiter,
    MemorySecrets,
    make_harness,
)
from tsunagi.testing.subject import Case, Look, Subject, amount  # noqa: E402  # noqa: E402

__all__ = [
    "Calls",
    "Case",
    "Clock",
    "ConnectorContract",
    "FakeAnswer",
    "FakeRequest",
    "FakeService",
    "Fault",
    "Harness",
    "Look",
    "MemoryLimiter",
    "MemorySecrets",
    "ServiceFake",
    "Subject",
    "amount",
    "make_harness",
]
