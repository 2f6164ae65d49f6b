"""What a sync asks the CRM beside its records: who its users are, once an hour."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from tsunagi.app.access.tokens import create_token, person_with_token
from tsunagi.app.connections import connecting
from tsunagi.app.connections.metadata import LOOKED_AT, OWN_DOCUMENTS, own_documents
from tsunagi.app.settings import load_settings
from tsunagi.app.sync import workflows
from tsunagi.errors import PermissionDenied
from tsunagi.hub import Hub
from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

sys.path.insert(0, str(Path(__file__).parent.parent / "company"))
from filled_hub import one_rule

CLERK = "ichiro.suzuki@example.com"


@dataclass
class Morning:
    """A hub with its CRM, and the time."""

    hub: Hub
    zoho: httpx2.Client
    now: datetime

    def sync(self) -> int:
        """Returns how many calls asked for users."""
        self.zoho.delete("/_sandbox/requests")
        assert (
            workflows.run_sync(
                self.hub.context, self.hub.jobs, workflows.start_sync(self.hub.context, first=True)
            ).state
            == "done"
        )
        asked = self.zoho.get("/_sandbox/requests", params={"path": "/crm/v8/users"}).json()["requests"]
        return len(asked)


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Morning]:
    settings = SandboxSettings(data=tmp_path / "sandbox.db", seed_data="empty")
    rules = one_rule(tmp_path / "rules")
    with sandbox_running(settings) as sandbox, httpx2.Client(base_url=sandbox.base_url) as zoho:
        here = Morning(None, zoho, datetime.now(UTC))  # type: ignore[arg-type] # the hub asks it for the time
        with Hub(load_settings(home=tmp_path / "hub", rules_dir=rules), now=lambda: here.now) as hub:
            here.hub = hub
            credentials = {"client_id": "1000.SANDBOX", "client_secret": "sandbox-secret"}
            entered = {"base_url": sandbox.base_url, "refresh_token": "1000.sandbox-refresh", **credentials}
            connecting.connect(hub.context, "crm", {**entered, "requests_per_minute": 0})
            hub.jobs.start(hub.context)
            yield here


def deactivate(zoho: httpx2.Client, email: str) -> None:
    people = zoho.get("/_sandbox/people").json()["people"]
    id = next(person["user_id"] for person in people if person["email"] == email)
    assert zoho.put(f"/_sandbox/people/{id}", json={"crm_active": False}).status_code == 200


def test_users_are_read_by_the_first_sync_and_then_once_an_hour(morning: Morning) -> None:
    assert morning.sync() == 1
    assert morning.sync() == 0
    morning.now += timedelta(hours=1)
    assert morning.sync() == 1


def test_somebody_deactivated_in_the_crm_is_let_in_no_more(morning: Morning) -> None:
    text = create_token(morning.hub.context, None, CLERK).text
    morning.sync()
    deactivate(morning.zoho, CLERK)
    assert person_with_token(morning.hub.context, text).email == CLERK
    morning.now += timedelta(hours=1)
    morning.sync()
    with pytest.raises(PermissionDenied, match="no active user"):
        person_with_token(morning.hub.context, text)


def test_what_was_seen_is_remembered_beside_what_was_chosen(morning: Morning) -> None:
    assert own_documents(morning.hub.context) == ()
    morning.sync()
    remembered = morning.hub.connectors.connection("crm").remembered
    assert remembered[LOOKED_AT] == morning.now.isoformat()
    assert own_documents(morning.hub.context) == tuple(remembered[OWN_DOCUMENTS])


def test_a_crm_that_does_not_tell_its_users_does_not_stop_a_sync(morning: Morning) -> None:
    fault = {"kind": "status", "status": 400, "path": "/crm/v8/users", "method": "GET", "count": 5}
    morning.zoho.post("/_sandbox/faults", json=fault)
    morning.sync()
    assert LOOKED_AT not in morning.hub.connectors.connection("crm").remembered
