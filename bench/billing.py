"""The cost of the hub compared with the bare calls: a plain loop and the hub create the same invoices, in one run.

The plain loop posts each invoice with nothing around it: no rules, no durability, no checks. Run it with
`python bench/billing.py [DEALS]`; seconds are wall time, the sandbox is a process of its own.
"""

import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from tsunagi.app.connections import connecting
from tsunagi.app.settings import load_settings
from tsunagi.app.sync import inbox, workflows
from tsunagi.domain.events import Notification
from tsunagi.hub import Hub
from tsunagi.logging import configure
from tsunagi.store.notifications import Inbox

ROOT = Path(__file__).parents[1]
HUNDRED = 100


@contextmanager
def sandbox(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "zoho_sandbox", "serve", "--port", "0", "--data", str(folder / "zoho.sqlite3")]
    options = ["--seed-data", "empty", "--limits", "off", "--shutdown-with-parent"]
    with subprocess.Popen([*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://[\w.]+:\d+", process.stdout.readline())
        assert found is not None
        yield found.group(0)
        assert process.stdin is not None
        process.stdin.close()


def credentials(base_url: str) -> dict[str, Any]:
    return {
        "base_url": base_url,
        "client_id": "1000.SANDBOX",
        "client_secret": "sandbox-secret",
        "refresh_token": "1000.sandbox-refresh",
        "requests_per_minute": 0,
    }


def crm_user(base_url: str) -> httpx2.Client:
    form = {"grant_type": "refresh_token", **credentials(base_url)}
    token = httpx2.post(f"{base_url}/oauth/v2/token", data=form).json()["access_token"]
    return httpx2.Client(base_url=base_url, headers={"Authorization": f"Zoho-oauthtoken {token}"}, timeout=30)


def make_deals(client: httpx2.Client, deals: int) -> list[str]:
    body = {"data": [{"Account_Name": "Bench"}]}
    account = client.post("/crm/v8/Accounts", json=body).json()["data"][0]["details"]["id"]
    ids: list[str] = []
    for start in range(0, deals, HUNDRED):
        rows = [
            {
                "Deal_Name": f"Deal {start + number}",
                "Stage": "Negotiation/Review",
                "Amount": 1000 + number,
                "Account_Name": {"id": account},
                "Closing_Date": "2026-11-20",
            }
            for number in range(HUNDRED)
        ]
        ids += [item["details"]["id"] for item in client.post("/crm/v8/Deals", json={"data": rows}).json()["data"]]
    return ids


def plain_loop(client: httpx2.Client, invoices: int) -> tuple[float, float]:
    organization = client.get("/books/v3/organizations").json()["organizations"][0]["organization_id"]
    params = {"organization_id": organization}
    customer = client.get("/books/v3/contacts", params=params).json()["contacts"][0]["contact_id"]
    began, cpu = perf_counter(), process_time()
    for number in range(invoices):
        line = {"name": f"Plain {number}", "rate": 1000, "quantity": 1}
        body = {"customer_id": customer, "reference_number": f"P{number}", "line_items": [line]}
        assert client.post("/books/v3/invoices", json=body, params=params).status_code == 201
    return perf_counter() - began, process_time() - cpu


def through_the_hub(hub: Hub, ids: list[str]) -> tuple[float, float, float]:
    with hub.store.write() as session:
        for start in range(0, len(ids), HUNDRED):
            some = tuple(ids[start : start + HUNDRED])
            Inbox(session).add(Notification("crm", "deal", "updated", some, "", ""), hub.context.now())
    waited, began, cpu = hub.meter.seconds, perf_counter(), process_time()
    for number in range(-(-len(ids) // HUNDRED)):
        hub.jobs.run(inbox.read_notifications, f"bench-{number}", f"bench-{number}")
    return perf_counter() - began, process_time() - cpu, hub.meter.seconds - waited


def main() -> None:
    deals = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    configure("ERROR")
    with tempfile.TemporaryDirectory() as name, sandbox(Path(name)) as base_url, crm_user(base_url) as client:
        ids = make_deals(client, deals)
        with Hub(load_settings(home=Path(name) / "hub", rules_dir=ROOT / "rules", allowed_hosts=["127.0.0.1"])) as hub:
            for service in ("crm", "books"):
                connecting.connect(hub.context, service, credentials(base_url))
            hub.jobs.start(hub.context)
            workflows.run_sync(hub.context, hub.jobs, workflows.start_sync(hub.context, first=True))
            for start in range(0, deals, HUNDRED):
                rows = [{"id": id, "Stage": "Closed Won"} for id in ids[start : start + HUNDRED]]
                client.put("/crm/v8/Deals", json={"data": rows})
            plain, plain_cpu = plain_loop(client, deals)
            wall, cpu, waited = through_the_hub(hub, ids)
    table = Table("", "wall ms", "own CPU ms", "waiting ms", title=f"{deals} invoices, each")
    table.add_row("plain loop", *(f"{value / deals * 1000:.2f}" for value in (plain, plain_cpu)), "")
    table.add_row("hub", *(f"{value / deals * 1000:.2f}" for value in (wall, cpu, waited)))
    table.caption = f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
    Console().print(table)


if __name__ == "__main__":
    main()
