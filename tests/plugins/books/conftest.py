"""Books of the sandbox over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from tsunagi_books import SERVICE


@pytest.fixture
def office(open_office: Callable[..., Any]) -> Any:
    return open_office(SERVICE)
