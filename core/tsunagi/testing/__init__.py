"""For authors of plugins: the contract as tests, and what a connector needs around it in a test.

Needs pytest, which the hub itself does not.
"""

import pytest

# Before they are imported: a failing assertion of the contract shows what it compared.
pytest.register_assert_rewrite(
    *(f"tsunagi.testing.{name}" for name in ("abilities", "declaring", "failing", "reading", "final", "writing"))
)

from tsunagi.testing.cases import Case, amount  # noqa: E402
from tsunagi.testing.clock import Clock  # noqa: E402
from tsunagi.testing.contract import ConnectorContract  # noqa: E402
from tsunagi.testing.fake import Calls, Fault, ServiceFake  # noqa: E402
from tsunagi.testing.fake_service import FakeAnswer, FakeRequest, FakeService  # noqa: E402
from tsunagi.testing.harness import Harness, make_harness  # noqa: E402
from tsunagi.testing.limiter import MemoryLimiter  # noqa: E402
from tsunagi.testing.secrets import MemorySecrets  # noqa: E402
from tsunagi.testing.subject import Look, Subject  # noqa: E402

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
