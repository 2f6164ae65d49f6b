"""Planning a sync of linked records, compared with vdirsyncer's own sync of the same records in memory, in one run.

Run it with `python bench/sync_plan.py [PAIRS]`; `pip install vdirsyncer` first, or its column says absent. Both sides
hold PAIRS (100,000) records and have agreed on all of them; then a share of the left ones is edited. Each figure is
the median of some rounds, in seconds, of finding what changed, deciding, and carrying it out in memory.
"""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from time import perf_counter

from rich.console import Console
from rich.table import Table

from tsunagi.domain.mapping import EMAIL, FieldMap, Mapping, PairEnd, SyncPair
from tsunagi.domain.records import Record, RecordRef
from tsunagi.sync.pair_state import AgreedLink, PairState, SyncOptions
from tsunagi.sync.plan import plan_pair
from tsunagi.sync.steps import SyncPlan, Update
from tsunagi.text import Text

ROUNDS = 3
FIELDS = ("name", "phone", "website", "street", "city", "state", "code", "country", "currency", "notes")
PAIR = SyncPair(
    "customers",
    Text.same("customers"),
    PairEnd("crm", "account"),
    PairEnd("books", "customer"),
    Mapping((*(FieldMap(name, name, name) for name in FIELDS), FieldMap("email", "email", "email", EMAIL, EMAIL))),
)


def values(number: int, city: str) -> dict[str, str]:
    plain = {name: f"{name} {number}" for name in FIELDS}
    return {**plain, "email": f"a{number}@x.example", "city": city}


class Ours:
    """Both sides and the links between them, in memory."""

    def __init__(self, pairs: int) -> None:
        self.lefts = {ref: self._record(ref, "Osaka") for ref in (self._ref("left", n) for n in range(pairs))}
        self.rights = {ref: self._record(ref, "Osaka") for ref in (self._ref("right", n) for n in range(pairs))}
        agreed = [PAIR.mapping.canonical("left", record.fields) for record in self.lefts.values()]
        self.links = {
            left: AgreedLink(left, right, base, left_version="1", right_version="1")
            for left, right, base in zip(self.lefts, self.rights, agreed, strict=True)
        }

    @staticmethod
    def _ref(side: str, number: int) -> RecordRef:
        return (
            RecordRef("crm", "account", str(number)) if side == "left" else RecordRef("books", "customer", str(number))
        )

    @staticmethod
    def _record(ref: RecordRef, city: str, version: str = "1") -> Record:
        return Record(ref, values(int(ref.id), city), version)

    def edit(self, every: int, round_: int) -> None:
        for ref in list(self.lefts)[::every]:
            self.lefts[ref] = self._record(ref, f"City {round_}", f"edited {round_}")

    def sync(self) -> int:
        options, lefts, rights = SyncOptions(), self.lefts, self.rights
        plans: list[SyncPlan] = []
        for link in self.links.values():
            left, right = lefts[link.left], rights[link.right]
            if not link.unmoved(left, right):
                plans.append(plan_pair(PAIR, PairState(left, right, link), options))
        for step in SyncPlan.joined(PAIR.name, plans).steps:
            if isinstance(step, Update):
                self._write(step)
        return len(plans)

    def _write(self, step: Update) -> None:
        left, right = self.lefts[step.left], self.rights[step.right]
        right = replace(right, fields={**right.fields, **step.fields}, version=f"{left.version}!")
        self.rights[step.right] = right
        self.links[step.left] = AgreedLink(
            step.left, step.right, step.baseline, left_version=left.version, right_version=right.version
        )


class Peer:
    """The same records in vdirsyncer's storages in memory."""

    def __init__(self, pairs: int) -> None:
        from vdirsyncer.storage.memory import MemoryStorage  # noqa: PLC0415  # a peer that need not be there
        from vdirsyncer.sync.status import SqliteStatus  # noqa: PLC0415

        self.left, self.right = MemoryStorage(fileext=".vcf"), MemoryStorage(fileext=".vcf")
        self.status = SqliteStatus(":memory:")
        for number in range(pairs):
            self._put(number, "Osaka", "1")
        self.sync()

    def _put(self, number: int, city: str, etag: str) -> None:
        from vdirsyncer.vobject import Item  # noqa: PLC0415

        lines = "\n".join(f"{name.upper()}:{value}" for name, value in values(number, city).items())
        self.left.items[f"{number}.vcf"] = (etag, Item(f"BEGIN:VCARD\nUID:{number}\n{lines}\nEND:VCARD"))

    def edit(self, every: int, round_: int) -> None:
        for number in range(0, len(self.left.items), every):
            self._put(number, f"City {round_}", f"edited {round_}")

    def sync(self) -> None:
        from vdirsyncer.sync import sync  # noqa: PLC0415

        asyncio.run(sync(self.left, self.right, self.status))


def timed(edit: Callable[[int, int], None], sync: Callable[[], object], every: int) -> float:
    rounds: list[float] = []
    for round_ in range(ROUNDS):
        edit(every, every * 10 + round_)
        began = perf_counter()
        sync()
        rounds.append(perf_counter() - began)
    return median(rounds)


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    table = Table("changed", "tsunagi", "vdirsyncer", "times faster", title=f"{pairs:,} linked records, seconds")
    ours = Ours(pairs)
    try:
        peer: Peer | None = Peer(pairs)
    except ImportError:
        peer = None
    for share, every in (("1 %", 100), ("all", 1)):
        own = timed(ours.edit, ours.sync, every)
        other = timed(peer.edit, peer.sync, every) if peer else None
        columns = [f"{other:.2f}", f"{other / own:.1f}"] if other else ["absent", "-"]
        table.add_row(share, f"{own:.3f}", *columns)
    Console().print(table)


if __name__ == "__main__":
    main()
