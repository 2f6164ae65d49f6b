"""The cost of a sync: calls against the fewest the APIs allow, processor time and memory, at a real company's size.

Run it with `python bench/sync_calls.py [ACCOUNTS] [CONTACTS] [CHANGED]` (10,000, 15,000 and 250); `--profile` shows
where the first sync spends its time. The sandbox is a process of its own and answers in milliseconds, so seconds say
what the hub costs, not what Zoho would. The fewest calls: a call a page of every list, and one a write, a customer with
its contact persons being one write.
"""

import cProfile
import pstats
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from time import perf_counter, process_time

import httpx2
from billing import ROOT, credentials, crm_user, sandbox
from rich.console import Console
from rich.table import Table

from tsunagi.app.connections import connecting
from tsunagi.app.settings import load_settings
from tsunagi.app.sync import workflows
from tsunagi.hub import Hub
from tsunagi.logging import configure
from tsunagi.store.sync_runs import SyncRun

PAGE, TOGETHER = 200, 100
SERVICES = ("crm", "books")


@dataclass(frozen=True, slots=True)
class Cost:
    """One sync: its calls beside the fewest, seconds of processor and of wall, and the peak of memory so far."""

    name: str
    calls: int
    fewest: int
    cpu: float
    wall: float
    written: int
    megabytes: float

    @property
    def ratio(self) -> float:
        return self.calls / self.fewest


class Bench:
    """A hub on a company's CRM and empty books."""

    def __init__(self, hub: Hub, client: httpx2.Client) -> None:
        self.hub, self._client = hub, client
        # Contact persons have no list, items are read on demand.
        self.lists = {service: len(self._listed(service)) for service in SERVICES}

    def _listed(self, service: str) -> Sequence[str]:
        able = self.hub.connectors.get(service).capabilities
        return [entity for entity in self.hub.registry.connectors[service].entities if able[entity].listing == "all"]

    def sync(self, name: str, fewest: Callable[[SyncRun], int]) -> Cost:
        before, cpu, wall = self._calls(), process_time(), perf_counter()
        run = workflows.start_sync(self.hub.context, first=True)
        run = workflows.run_sync(self.hub.context, self.hub.jobs, run)
        assert run.state == "done", run.problem
        written = sum(each.get("done", 0) for each in run.counts.values() if isinstance(each, dict))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        spent, passed = process_time() - cpu, perf_counter() - wall
        return Cost(name, self._calls() - before, fewest(run), spent, passed, written, peak)

    def _calls(self) -> int:
        # Calls of the clients for deletions and metadata count too.
        return sum(sum(methods.values()) for methods in self.hub.meter.by_service().values())

    def pause(self) -> None:
        """What was written in the last seconds is read again, as services count whole ones."""
        self._client.post("/_sandbox/clock/advance", json={"seconds": 60}).raise_for_status()

    def add(self, accounts: int, contacts: int) -> list[str]:
        ids = self._post("Accounts", [_account(number) for number in range(accounts)])
        self._post("Contacts", [_contact(number, ids[number % accounts]) for number in range(contacts)])
        return ids

    def change(self, ids: Sequence[str]) -> None:
        rows = [{"id": id, "Phone": f"06-{n:08}", "Billing_City": "Kobe"} for n, id in enumerate(ids)]
        for some in _split(rows):
            self._client.put("/crm/v8/Accounts", json={"data": some}).raise_for_status()

    def _post(self, module: str, rows: Sequence[dict[str, object]]) -> list[str]:
        made: list[str] = []
        for some in _split(rows):
            answer = self._client.post(f"/crm/v8/{module}", json={"data": some})
            answer.raise_for_status()
            made += [item["details"]["id"] for item in answer.json()["data"]]
        return made


def _split(rows: Sequence[dict[str, object]]) -> Iterator[Sequence[dict[str, object]]]:
    return (rows[start : start + TOGETHER] for start in range(0, len(rows), TOGETHER))


def _account(number: int) -> dict[str, object]:
    place = {"Billing_Street": f"{number} Honmachi", "Billing_City": "Osaka", "Billing_Code": f"{number:07}"}
    return {"Account_Name": f"Company {number:06}", "Phone": f"03-{number:08}", "Website": "https://x.example", **place}


def _contact(number: int, account: str) -> dict[str, object]:
    name = {"First_Name": "Aki", "Last_Name": f"Person {number:06}", "Email": f"p{number}@x.example"}
    return {**name, "Mobile": f"090-{number:08}", "Account_Name": {"id": account}}


def measured(bench: Bench, accounts: int, contacts: int, changed: int, *, profile: bool) -> Iterator[Cost]:
    ids = bench.add(accounts, contacts)
    bench.pause()
    lists = sum(bench.lists.values())
    filled = ceil(accounts / PAGE) + ceil(contacts / PAGE)
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    first = bench.sync("first sync", lambda _: filled + lists - 2 + accounts)
    if profile:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
    yield first
    bench.pause()
    yield bench.sync("unchanged, the first time", lambda _: lists)
    bench.pause()
    yield bench.sync("unchanged, again", lambda _: lists)
    bench.change(ids[:changed])
    bench.pause()
    yield bench.sync(f"{changed} accounts changed", lambda _: lists - 1 + ceil(changed / PAGE) + changed)


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:] if each.isdigit()]
    accounts, contacts, changed = (*sizes, *(10_000, 15_000, 250)[len(sizes) :])
    configure("WARNING")
    table = Table("sync", "calls", "fewest", "ratio", "cpu s", "cpu ms a record written", "wall s", "peak MB")
    with tempfile.TemporaryDirectory() as folder, sandbox(Path(folder)) as url, crm_user(url) as client:
        settings = load_settings(home=Path(folder) / "hub", rules_dir=ROOT / "rules", allowed_hosts=["127.0.0.1"])
        with Hub(settings) as hub:
            for service in SERVICES:
                connecting.connect(hub.context, service, credentials(url))
            hub.jobs.start(hub.context)
            for cost in measured(Bench(hub, client), accounts, contacts, changed, profile="--profile" in sys.argv):
                each = f"{cost.cpu * 1000 / cost.written:.2f}" if cost.written else "-"
                figures = (f"{cost.cpu:.1f}", each, f"{cost.wall:.1f}", f"{cost.megabytes:.0f}")
                table.add_row(cost.name, str(cost.calls), str(cost.fewest), f"{cost.ratio:.3f}", *figures)
    Console().print(table)


if __name__ == "__main__":
    main()
