"""A connector at work with its service double, and the few things every test does with them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from tsunagi import Connector, ConnectorType, Cursor, NewRecord, Record, RecordRef
from tsunagi.testing.bench import Bench, make_bench
from tsunagi.testing.cases import Case
from tsunagi.testing.double import ServiceDouble

# No number is given twice, so that tests can share a double.
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Look:
    """All pages of one listing: the records in the order they came, and the cursor for the next look."""

    records: Sequence[Record]
    cursor: Cursor

    @property
    def refs(self) -> list[RecordRef]:
        return [record.ref for record in self.records]

    def of(self, ref: RecordRef) -> Record:
        """The last reading of one record."""
        return [record for record in self.records if record.ref == ref][-1]


class Trial:
    """One connection under test."""

    def __init__(self, kind: ConnectorType, double: ServiceDouble, cases: Sequence[Case]) -> None:
        self.kind = kind
        self.double = double
        self.bench: Bench = make_bench(double.settings, organization_id=double.organization_id)
        self._cases = {case.entity: case for case in cases}
        self._opened: list[Connector] = []
        self.connector = self.opened(self.bench)

    @property
    def service(self) -> str:
        return self.kind.service

    def opened(self, bench: Bench) -> Connector:
        """A connector on a bench; closed with the trial."""
        self._opened.append(self.kind.build(bench.context))
        return self._opened[-1]

    def another(self) -> Connector:
        """The same connection in another process: it shares the secrets and nothing else."""
        double, shared = self.double, self.bench
        return self.opened(
            make_bench(
                double.settings, organization_id=double.organization_id, secrets=shared.secrets, clock=shared.clock
            )
        )

    def close(self) -> None:
        for connector in self._opened:
            connector.close()

    def number(self) -> int:
        return next(_numbers)

    def new(self, case: Case) -> NewRecord:
        """A record that does not exist yet, under a key of its own."""
        number = self.number()
        assert case.new is not None
        return NewRecord(f"contract-{case.entity}-{number}", case.new(self, number))

    def made(self, entity: str) -> Record:
        """A new record, made by the connector where it can, else in the service. Whole, as `get` reads it."""
        return self.connector.get(self.add(self._cases[entity]))

    def add(self, case: Case, number: int | None = None) -> RecordRef:
        number = self.number() if number is None else number
        if case.new is None:
            return RecordRef(self.service, case.entity, self.double.add(case.entity, number))
        key = f"contract-{case.entity}-{number}"
        return self.connector.create(case.entity, NewRecord(key, case.new(self, number))).ref

    def alter(self, case: Case, ref: RecordRef) -> None:
        """The record changes, as if somebody else had done it."""
        if case.change is None:
            self.double.alter(case.entity, ref.id, self.number())
            return
        self.connector.update(ref, case.change(self.number()), expected_version=None)

    def look(self, entity: str, cursor: Cursor | None = None) -> Look:
        """Page after page, each by another process, to the end."""
        records: list[Record] = []
        readers = (self.connector, self.another())
        for turn in count():
            page = readers[turn % 2].changes(entity, cursor)
            records += page.records
            cursor = page.cursor
            if not page.more:
                return Look(records, cursor)
        raise AssertionError("count() does not end")

    def fill(self, case: Case, least: int) -> Look:
        """See to it that there are at least so many records of a kind."""
        found = self.look(case.entity)
        for _ in range(least - len(found.records)):
            self.add(case)
        return self.look(case.entity)

    def unknown(self, ref: RecordRef) -> RecordRef:
        """A ref that looks like this one and leads nowhere."""
        id = re.sub("[a-z]", "f", re.sub("[0-9]", "9", ref.id.lower()))
        return RecordRef(ref.service, ref.entity, id if id != ref.id else id[::-1] + "9")

    def count(self, case: Case) -> int:
        """How many records of a kind a listing shows."""
        return len(set(self.look(case.entity).refs))
