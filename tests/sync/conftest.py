"""A company's accounts and contacts in the CRM, its customers and contact persons in finance."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tsunagi.domain.mapping import AS_IS, EMAIL, Direction, FieldMap, Mapping, PairEnd, SyncPair
from tsunagi.domain.records import Record, RecordRef, Value
from tsunagi.sync.pair_state import AgreedLink
from tsunagi.text import Text

MakePair = Callable[..., SyncPair]
MakeRecord = Callable[..., Record]


def _pair(direction: Direction = Direction.BOTH, balance: Direction | None = None) -> SyncPair:
    fields = [
        FieldMap("name", "account_name", "contact_name"),
        FieldMap("email", "mail", "email", EMAIL, EMAIL),
        FieldMap("phone", "phone", "telephone"),
        FieldMap("city", "city", "town"),
    ]
    if balance:
        fields.append(FieldMap("balance", "owes", "outstanding", AS_IS, AS_IS, balance))
    return SyncPair(
        "customers",
        Text.same("customers"),
        PairEnd("crm", "account"),
        PairEnd("fin", "customer"),
        Mapping(tuple(fields)),
        direction,
        required=("name",),
    )


@pytest.fixture(scope="session")
def customers() -> MakePair:
    """The pair of accounts and customers, both ways unless told otherwise."""
    return _pair


@pytest.fixture(scope="session")
def persons() -> SyncPair:
    """Contacts and contact persons, each of a customer."""
    return SyncPair(
        "persons",
        Text.same("persons"),
        PairEnd("crm", "contact"),
        PairEnd("fin", "person"),
        Mapping(
            (
                FieldMap("name", "full_name", "full_name"),
                FieldMap("customer", "account", "customer", AS_IS, AS_IS, reference="customers"),
                FieldMap("email", "email", "email", EMAIL, EMAIL),
            )
        ),
        match_on=("customer", "name"),
        after=("customers",),
        required=("name", "customer"),
    )


def _record(service: str, entity: str) -> MakeRecord:
    def make(id_: str, at: int | None = None, **fields: Value) -> Record:
        modified = None if at is None else datetime(2026, 11, 24, at, tzinfo=UTC)
        return Record(RecordRef(service, entity, id_), fields, version=f"{id_}@{at}", modified_at=modified)

    return make


@pytest.fixture(scope="session")
def account() -> MakeRecord:
    return _record("crm", "account")


@pytest.fixture(scope="session")
def customer() -> MakeRecord:
    return _record("fin", "customer")


@pytest.fixture(scope="session")
def contact() -> MakeRecord:
    return _record("crm", "contact")


@pytest.fixture(scope="session")
def person() -> MakeRecord:
    return _record("fin", "person")


@pytest.fixture(scope="session")
def linked() -> Callable[..., AgreedLink]:
    """A link of account 1 and customer 9 that last agreed on these values."""

    def make(*, orphaned: bool = False, **baseline: Value) -> AgreedLink:
        return AgreedLink(RecordRef("crm", "account", "1"), RecordRef("fin", "customer", "9"), baseline, orphaned)

    return make
