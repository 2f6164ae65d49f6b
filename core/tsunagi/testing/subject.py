"""What is put to the test: each kind of record as a case, and a connector at work with its service fake."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from weakref import WeakKeyDictionary

from tsunagi import Connector, ConnectorType, Cursor, Fields, NewRecord, Record, RecordRef
from tsunagi.testing.fake import ServiceFake
from tsunagi.testing.harness import Harness, make_harness

# Amounts that show a float on their way: the first has no exact one, the others have many digits.
_AMOUNTS = (Decimal("0.10"), Decimal("1234567.89"), Decimal("8372094.17"), Decimal("90071992.41"))


def amount(number: int) -> Decimal:
    """What the record `number` costs, in a currency with two digits after the point."""
    return _AMOUNTS[number % len(_AMOUNTS)]


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of record.

    `new`       the fields of the record `number`, created by the connector; None where it cannot create any. No two
                records have one number, so that names made of it are free. `subject.other("customer")` refers to a
                record of another kind.
    `change`    what an update writes, another value for each number; None where the connector cannot update.
    `verb`      one of the kind's verbs, for a record that was just made.
    `amount`    the money field in which a record says that it costs `amount(number)`.
    `unlisted`  why the service has no list of all records of this kind, though a sync needs one; the tests of
                listings are skipped with this reason.
    """

    entity: str
    new: Callable[["Subject", int], Fields] | None = None
    change: Callable[[int], Fields] | None = None
    verb: str = ""
    amount: str = ""
    unlisted: str = ""


# More than any test makes records for.
_MOST_PAGES = 200
# No number is given twice, so that tests can share a fake.
_numbers = count(1)
_known: WeakKeyDictionary[ServiceFake, dict[str, list[RecordRef]]] = WeakKeyDictionary()


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


class Subject:
    """One connection under test."""

    def __init__(self, kind: ConnectorType, fake: ServiceFake, cases: Sequence[Case]) -> None:
        self.kind = kind
        self.fake = fake
        self.harness: Harness = make_harness(fake.settings, organization_id=fake.organization_id)
        self._cases = {case.entity: case for case in cases}
        self._opened: list[Connector] = []
        self._twin: Connector | None = None
        self._others: dict[str, RecordRef] = {}
        self.connector = self.opened(self.harness)

    @property
    def service(self) -> str:
        return self.kind.service

    def opened(self, harness: Harness) -> Connector:
        """A connector on a harness; closed with the subject."""
        self._opened.append(self.kind.build(harness.context))
        return self._opened[-1]

    def another(self) -> Connector:
        """The same connection in another process: it shares the secrets and nothing else."""
        if self._twin is None:
            id, shared = self.fake.organization_id, self.harness
            harness = make_harness(self.fake.settings, organization_id=id, secrets=shared.secrets, clock=shared.clock)
            self._twin = self.opened(harness)
        return self._twin

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

    def made(self, case: Case) -> Record:
        """A new record, made by the connector where it can, else in the service. Complete, as `get` reads it."""
        return self.connector.get(self.add(case))

    def other(self, entity: str) -> RecordRef:
        """A record of another kind to refer to: always the same one."""
        if entity not in self._others:
            self._others[entity] = self.add(self._cases[entity])
        return self._others[entity]

    def add(self, case: Case, number: int | None = None) -> RecordRef:
        ref = self._added(case, self.number() if number is None else number)
        self.known(case).append(ref)
        return ref

    def _added(self, case: Case, number: int) -> RecordRef:
        if case.new is None:
            return RecordRef(self.service, case.entity, self.fake.add(case.entity, number))
        new = NewRecord(f"contract-{case.entity}-{number}", case.new(self, number))
        return self.connector.create(case.entity, new).ref

    def known(self, case: Case) -> list[RecordRef]:
        """The records that were added, by any test that shares the fake, and not deleted since."""
        return _known.setdefault(self.fake, {}).setdefault(case.entity, [])

    def delete(self, case: Case, ref: RecordRef) -> None:
        self.known(case).remove(ref)
        self.connector.delete(ref)

    def alter(self, case: Case, ref: RecordRef) -> None:
        """The record changes, as if somebody else had done it."""
        if case.change is None:
            self.fake.alter(case.entity, ref.id, self.number())
            return
        self.connector.update(ref, case.change(self.number()), expected_version=None)

    def look(self, entity: str, cursor: Cursor | None = None) -> Look:
        """Page after page, each by another process, to the end."""
        records: list[Record] = []
        readers = (self.connector, self.another())
        for turn in range(_MOST_PAGES):
            page = readers[turn % 2].changes(entity, cursor)
            records += page.records
            cursor = page.cursor
            if not page.more:
                return Look(records, cursor)
        raise AssertionError(f"after {_MOST_PAGES} pages of {entity} there is still more: {cursor!r}")

    def fill(self, case: Case, least: int) -> list[RecordRef]:
        """See to it that at least so many records of a kind are known; returns them."""
        for _ in range(least - len(self.known(case))):
            self.add(case)
        return list(self.known(case))

    def unknown(self, ref: RecordRef) -> RecordRef:
        """A ref that looks like this one and leads nowhere."""
        id = re.sub("[a-z]", "f", re.sub("[0-9]", "9", ref.id.lower()))
        return RecordRef(ref.service, ref.entity, id if id != ref.id else id[::-1] + "9")

    def count(self, case: Case) -> int:
        """How many records of a kind a listing shows; 0 where there is none."""
        if case.unlisted or case.entity not in self.kind.listable:
            return 0
        return len(set(self.look(case.entity).refs))
