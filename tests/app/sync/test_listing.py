"""Reading what services list."""

import inspect
from typing import Any

import pytest


def test_a_connector_is_called_after_a_few_hops(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions between a run and its first look at a service, without those that make them durable."""
    ways: list[list[str]] = []
    for service in ("crm", "ledger"):
        connector = house.hub.connectors.get(service)
        changes = type(connector).changes

        def seen(self: Any, *given: Any, changes: Any = changes) -> Any:
            frames = [(frame.frame.f_globals["__name__"], frame.function) for frame in inspect.stack()[1:]]
            ways.append([name for module, name in frames if module.startswith("tsunagi.") and "jobs" not in module])
            return changes(self, *given)

        monkeypatch.setattr(type(connector), "changes", seen)

    assert house.sync().state == "done"

    assert ways[0] == ["read_page", "read_listing", "read_listings", "sync_workflow"]
    assert max(map(len, ways)) == 4
