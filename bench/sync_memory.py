"""Peak memory of a sync by the number of records, which should not grow with them.

Run it with `python bench/sync_memory.py [RECORDS ...]` (10,000, 100,000 and 1,000,000; the last takes an hour or two).
The hub is a real one: store, planner, intents, receipts and worker. Its two services are in this process: a CRM that
makes up its accounts page by page, and a ledger that takes customers at once and remembers a few bytes of each. Every
size is a process of its own; `--plan` stops before anything is written, `--profile` prints what holds memory at the end
of each part.
"""

import json
import resource
import subprocess
import sys
import tempfile
import tracemalloc
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter, process_time

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from tsunagi import (
    CONTRACT,
    Capabilities,
    ConnectorType,
    Cursor,
    Direction,
    EntityType,
    FieldMap,
    Fields,
    FieldSpec,
    NewRecord,
    Organization,
    Page,
    PairEnd,
    Record,
    RecordRef,
    Subscription,
    SyncPair,
    Text,
    hookimpl,
)
from tsunagi import Mapping as FieldMapping
from tsunagi.app.connections.connecting import connect
from tsunagi.app.settings import load_settings
from tsunagi.app.sync import workflows
from tsunagi.domain.abilities import RecordChange
from tsunagi.hub import Hub
from tsunagi.logging import configure
from tsunagi.store.sync_runs import SyncRun

SIZES = (10_000, 100_000, 1_000_000)
PAGE, TOGETHER, EVERY = 200, 100, 100
NAMES = ("name", "phone", "website", "street", "city", "code", "country", "notes")
OTHERS = ("books", "crm", "demo", "expense", "invoice", "subscriptions")


def values(number: int, edits: int) -> dict[str, str]:
    return {**{name: f"{name} of company {number:07}" for name in NAMES}, "phone": f"03-{number:07}-{edits}"}


class Side:
    """A service whose records are numbers: `log` has that of each change, `edits` how often each was edited."""

    def __init__(self, service: str, entity: str) -> None:
        self.service, self.entity = service, entity
        self.log, self.edits = array("I"), bytearray()

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        many = {"page_size": PAGE, "batch_create": TOGETHER, "batch_update": TOGETHER}
        return {self.entity: Capabilities(create=True, update=True, **many)}

    def organization(self) -> Organization:
        return Organization("1", "Bench", "JPY", "Asia/Tokyo")

    def grow(self, count: int) -> None:
        self.edits.extend(bytes(count - len(self.edits)))

    def record(self, number: int) -> Record:
        edits = self.edits[number]
        return Record(RecordRef(self.service, self.entity, f"{number:07}"), values(number, edits), f"v{edits}")

    def changes(self, entity: str, cursor: Cursor | None) -> Page:
        start = int(cursor or "0")
        numbers = self.log[start : start + PAGE]
        reached = start + len(numbers)
        return Page(tuple(map(self.record, numbers)), str(reached), more=reached < len(self.log))

    def get(self, ref: RecordRef) -> Record:
        return self.record(int(ref.id))

    def get_many(self, entity: str, ids: Sequence[str]) -> tuple[Record, ...]:
        return tuple(self.record(int(id)) for id in ids)

    def related(self, ref: RecordRef, relation: str) -> tuple[Record, ...]:
        return ()

    def create(self, entity: str, new: NewRecord) -> Record:
        number = int(str(new.fields["name"]).rpartition(" ")[2])
        self.grow(number + 1)
        self.log.append(number)
        return self.record(number)

    def create_many(self, entity: str, new: Sequence[NewRecord]) -> Sequence[Record]:
        return [self.create(entity, each) for each in new]

    def find(self, entity: str, new: NewRecord) -> Record | None:
        return None

    def update(self, ref: RecordRef, changes: Fields, *, expected_version: str | None) -> Record:
        number = int(ref.id)
        self.edits[number] += 1
        self.log.append(number)
        return self.record(number)

    def update_many(self, entity: str, changes: Sequence[RecordChange]) -> Sequence[Record]:
        return [self.update(each.ref, each.fields, expected_version=None) for each in changes]

    def delete(self, ref: RecordRef) -> None:
        raise NotImplementedError

    def perform(self, ref: RecordRef, verb: str, parameters: Fields) -> Record:
        raise NotImplementedError

    def subscribe(self, subscription: Subscription) -> Subscription | None:
        return None

    def close(self) -> None:
        """Nothing is held."""


class Settings(BaseModel):
    """Nothing to enter."""


class Company:
    """The plugin."""

    tsunagi_contract = CONTRACT

    def __init__(self) -> None:
        self.crm, self.ledger = Side("crm", "account"), Side("ledger", "customer")

    def _kind(self, side: Side, role: str) -> ConnectorType:
        label, organization = Text.same(side.service), side.organization()
        return ConnectorType(
            side.service, label, role, Settings, lambda _: side, lambda _: (organization,), (side.entity,)
        )

    @hookimpl
    def register_connectors(self) -> list[ConnectorType]:
        return [self._kind(self.crm, "crm"), self._kind(self.ledger, "finance")]

    @hookimpl
    def register_entity_types(self) -> list[EntityType]:
        fields = tuple(FieldSpec(name, "text", Text.same(name)) for name in NAMES)
        sides = (self.crm, self.ledger)
        return [EntityType(s.service, s.entity, Text.same(s.entity), Text.same(s.entity), fields) for s in sides]

    @hookimpl
    def register_sync_pairs(self) -> list[SyncPair]:
        ends = PairEnd("crm", "account"), PairEnd("ledger", "customer")
        mapping = FieldMapping(tuple(FieldMap(name, name, name) for name in NAMES))
        return [SyncPair("ledger.customers", Text.same("customers"), *ends, mapping, Direction.BOTH)]


def parts(hub: Hub, company: Company, records: int, *, plan: bool) -> Iterator[tuple[str, Callable[[], SyncRun]]]:
    def synced() -> SyncRun:
        return workflows.run_sync(hub.context, hub.jobs, workflows.start_sync(hub.context, first=True))

    def planned() -> SyncRun:
        return workflows.run_plan(hub.context, hub.jobs, workflows.start_plan(hub.context))

    company.crm.grow(records)
    company.crm.log.extend(range(records))
    yield "plan before the first sync", planned
    if plan:
        return
    yield "first sync", synced
    yield "unchanged", synced
    for number in range(0, records, EVERY):
        company.crm.update(RecordRef("crm", "account", str(number)), {}, expected_version=None)
    yield "1 % changed", synced


def measure(records: int, *, plan: bool, profile: bool) -> None:
    """In a process of its own: a line of JSON for each part."""
    company = Company()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(home=Path(folder), rules_dir=Path(folder) / "rules", disabled_plugins=list(OTHERS))
        with Hub(settings, extra_plugins={"company": company}) as hub:
            for service in ("crm", "ledger"):
                connect(hub.context, service, {})
            hub.jobs.start(hub.context)
            for name, run in parts(hub, company, records, plan=plan):
                if profile:
                    tracemalloc.start(12)
                began, cpu = perf_counter(), process_time()
                ended = run()
                assert ended.state == "done", ended.problem
                spent, passed = process_time() - cpu, perf_counter() - began
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(json.dumps([records, name, peak, passed, spent * 1000 / records]), flush=True)
                if profile:
                    _tell_memory()


def _tell_memory() -> None:
    held, peak = tracemalloc.get_traced_memory()
    print(f"# held {held / 1e6:.0f} MB, peak {peak / 1e6:.0f} MB", flush=True)
    for each in tracemalloc.take_snapshot().statistics("lineno")[:12]:
        print(f"# {each}", flush=True)
    tracemalloc.stop()


def main() -> None:
    words = sys.argv[1:]
    sizes = [int(word) for word in words if word.isdigit()] or SIZES
    options = [word for word in words if word.startswith("--")]
    configure("WARNING")
    if "--alone" in options:
        measure(sizes[0], plan="--plan" in options, profile="--profile" in options)
        return
    table = Table("records", "", "peak MB so far", "wall s", "cpu ms a record")
    for records in sizes:
        command = [sys.executable, __file__, str(records), "--alone", *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("["):
                    size, name, peak, wall, cpu = json.loads(line)
                    table.add_row(f"{size:,}", name, f"{peak:.0f}", f"{wall:.1f}", f"{cpu:.2f}")
                Console().print(line.rstrip(), markup=False)
        table.add_section()
    Console().print(table)


if __name__ == "__main__":
    main()
