"""A fifth service, as an author outside this repository would add it: nothing in the core changes for it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sandbox_fake import CREDENTIALS
from signing_in import sign_in

from tsunagi.app.access.tokens import create_token
from tsunagi.embedding import Hub, account_page, accounts, connect, load_settings, run_sync, running, start_sync
from tsunagi.plugin_loading import load_plugins
from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).parent / "tsunagi"
FOLDER = ROOT / "tests" / "fixtures" / "acme_payroll"


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder on the path is all that an installation would do."""
    monkeypatch.syspath_prepend(str(FOLDER))


@pytest.fixture
def payroll() -> Iterator[Any]:
    from fake_payroll import FakePayroll

    with FakePayroll() as fake:
        yield fake


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Adds an account to a CRM that keeps dollars, as payroll does; returns its id."""
    settings = SandboxSettings(data=tmp_path / "crm.db", seed_data="empty", limits="off")
    with sandbox_running(settings) as served, httpx2.Client(base_url=served.base_url, trust_env=False) as http:
        http.put("/_sandbox/crm/org", json={"currency_code": "USD"}).raise_for_status()
        form = {"grant_type": "refresh_token", **CREDENTIALS}
        token = http.post("/oauth/v2/token", data=form).json()["access_token"]

        def add(name: str) -> str:
            body, headers = {"data": [{"Account_Name": name}]}, {"Authorization": f"Zoho-oauthtoken {token}"}
            return str(http.post("/crm/v8/Accounts", json=body, headers=headers).json()["data"][0]["details"]["id"])

        add.base_url = served.base_url  # type: ignore[attr-defined]  # the address the hub connects to
        yield add


@pytest.fixture
def hub(tmp_path: Path, crm: Any, payroll: Any) -> Iterator[Hub]:
    with Hub(load_settings(home=tmp_path / "hub", rules_dir=tmp_path / "no-rules")) as hub:
        hub.jobs.start(hub.context)
        connect(hub.context, "crm", {**CREDENTIALS, "base_url": crm.base_url, "requests_per_minute": 0})
        connect(hub.context, "payroll", {"base_url": payroll.base_url, "api_key": "acme-key-41c7d0"})
        yield hub


def sync(hub: Hub) -> None:
    run = run_sync(hub.context, hub.jobs, start_sync(hub.context, first=True))
    assert run.state == "done", run


def test_its_entry_point_is_found() -> None:
    (report,) = (report for report in load_plugins().reports if report.name == "payroll")
    assert (report.state, report.problem) == ("active", None)
    assert (report.distribution, report.version) == ("acme-payroll", "0.1")
    assert report.brings is not None
    assert (report.brings["connectors"], report.brings["panels"]) == (("payroll",), ("payslips",))


def test_it_is_not_there_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != str(FOLDER)])
    assert "payroll" not in {report.name for report in load_plugins().reports}


def test_core_does_not_know_it() -> None:
    naming = [path for path in (ROOT / "core").rglob("*.py") if "payslip" in path.read_text("utf-8").lower()]
    assert [path.name for path in naming if "testing" not in path.parts] == []


def test_accounts_become_employers_and_their_pages_show_the_payslips(hub: Hub, crm: Any, payroll: Any) -> None:
    account = crm("Aoba Trading")
    sync(hub)
    (employer,) = payroll.rows["employers"].values()
    assert employer["name"] == "Aoba Trading"
    payroll.pay(employer["id"], 1)
    sync(hub)
    page = account_page(hub.context, account)
    assert page is not None
    (panel,) = page.panels
    (row,) = panel.rows
    assert (panel.panel.label.en, panel.panel.label.ja) == ("Payslips", "給与明細")
    assert (row.document.number, row.document.status, str(row.document.total)) == (
        "P-00001",
        "approved",
        "1234567.89 USD",
    )
    assert panel.panel.status(row.document.status).label.ja == "承認済み"


def test_a_second_sync_makes_nothing_twice(hub: Hub, crm: Any, payroll: Any) -> None:
    crm("Aoba Trading")
    sync(hub)
    sync(hub)
    assert len(payroll.rows["employers"]) == 1
    (row,) = accounts(hub.context).items
    assert row.linked == ("payroll",)


def test_the_pages_and_the_api_show_it(hub: Hub, crm: Any, payroll: Any) -> None:
    account = crm("Aoba Trading")
    sync(hub)
    (employer,) = payroll.rows["employers"]
    payroll.pay(employer, 1)
    sync(hub)
    token = create_token(hub.context, None, "hanako.sato@example.com").text
    with running(hub) as served, httpx2.Client(base_url=served.base_url, trust_env=False) as http:
        sign_in(http, token)
        page = http.get(f"/accounts/{account}", headers={"Accept-Language": "en"}).text
        assert "Payslips" in page
        assert "P-00001" in page
        answer = http.get(f"/api/accounts/{account}", headers={"Authorization": f"Bearer {token}"}).json()
        (panel,) = answer["panels"]
        assert (panel["service"], panel["name"]) == ("payroll", "payslips")


def test_the_command_line_connects_and_shows_it(tmp_path: Path, crm: Any, payroll: Any) -> None:
    entered = {f"TSUNAGI_CRM_{name.upper()}": value for name, value in CREDENTIALS.items()}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TSUNAGI_")},
        "TSUNAGI_ALLOWED_HOSTS": os.environ["TSUNAGI_ALLOWED_HOSTS"],
        **entered,
        "TSUNAGI_CRM_BASE_URL": crm.base_url,
        "TSUNAGI_PAYROLL_BASE_URL": payroll.base_url,
        "TSUNAGI_PAYROLL_API_KEY": "acme-key-41c7d0",
        "PYTHONPATH": str(FOLDER),
    }

    def tsunagi(*arguments: str) -> Any:
        command = [str(COMMAND), "--language", "en", *arguments, "--json"]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads(ran.stdout)

    payroll.add("payslip", 1)
    account = crm("Employer of 1")
    assert "payroll" in {plugin["name"] for plugin in tsunagi("plugins", "list")}
    assert [tsunagi("connect", service)["service"] for service in ("crm", "payroll")] == ["crm", "payroll"]
    assert tsunagi("sync", "--start")["state"] == "done"
    (panel,) = [panel for panel in tsunagi("accounts", "show", account)["panels"] if panel["service"] == "payroll"]
    (slip,) = panel["rows"]
    assert (slip["number"], slip["total"]) == ("P-00001", {"amount": "1234567.89", "currency": "USD"})
