"""The contract kit: every broken connector is caught by the test that is there for it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from time import perf_counter
from typing import Any, ClassVar

import pytest
from acme_payroll.calling import PayrollClient
from acme_payroll.connector import PAYROLL, PayrollConnector
from acme_payroll.declarations import ENTITY_TYPES
from fake_payroll import FakePayroll

from tsunagi import (
    BrokenAnswer,
    Capabilities,
    ConnectorContext,
    ConnectorError,
    Cursor,
    Fields,
    Money,
    NewRecord,
    OutcomeUnknown,
    Page,
    RateLimited,
    Record,
    RecordNotFound,
    RecordRef,
    RecordRejected,
    ServiceUnavailable,
)
from tsunagi.testing import Case, ConnectorContract, Subject

EMPLOYER = Case("employer", new=lambda _, n: {"name": f"Employer {n}"}, change=lambda n: {"phone": f"03-{n}"})
PAYSLIP = Case("payslip", amount="total")


class LosesOne(PayrollConnector):
    def changes(self, entity: str, cursor: Cursor | None) -> Page:
        page = super().changes(entity, cursor)
        return replace(page, records=page.records[:-1]) if page.more else page


class NeverEnds(PayrollConnector):
    def changes(self, entity: str, cursor: Cursor | None) -> Page:
        return replace(super().changes(entity, None), more=True)


class TellsAll(PayrollConnector):
    def changes(self, entity: str, cursor: Cursor | None) -> Page:
        page = super().changes(entity, cursor)
        return page if page.more else replace(page, cursor="0")


class TellsOnce(PayrollConnector):
    def changes(self, entity: str, cursor: Cursor | None) -> Page:
        page = super().changes(entity, cursor)
        told = _TOLD.setdefault(entity, set())
        new = tuple(record for record in page.records if cursor is None or record.ref not in told)
        told |= {record.ref for record in new}
        return replace(page, records=new)


_TOLD: dict[str, set[RecordRef]] = {}


class FindsNothing(PayrollConnector):
    def find(self, entity: str, new: NewRecord) -> Record | None:
        return None


class FindsAnything(PayrollConnector):
    def find(self, entity: str, new: NewRecord) -> Record | None:
        return self.changes(entity, None).records[0]


class WritesAgain(PayrollConnector):
    def create(self, entity: str, new: NewRecord) -> Record:
        try:
            return super().create(entity, new)
        except OutcomeUnknown:
            return super().create(entity, new)


class CallsNonsenseARefusal(PayrollConnector):
    def create(self, entity: str, new: NewRecord) -> Record:
        try:
            return super().create(entity, new)
        except OutcomeUnknown as error:
            raise RecordRejected(error.message, service="payroll") from error


class WritesOver(PayrollConnector):
    def update(self, ref: RecordRef, changes: Fields, *, expected_version: str | None) -> Record:
        return super().update(ref, changes, expected_version=None)


class DeletesOnce(PayrollConnector):
    def delete(self, ref: RecordRef) -> None:
        self._client.call("DELETE", f"/v1/{ref.entity}s/{ref.id}")


class StopsAtTheUnknown(PayrollConnector):
    def get_many(self, entity: str, ids: Sequence[str]) -> tuple[Record, ...]:
        return tuple(self.get(RecordRef("payroll", entity, id)) for id in ids)


class Rounds(PayrollConnector):
    def get(self, ref: RecordRef) -> Record:
        return _with(super().get(ref), "total", lambda money: Money(Decimal(float(money.amount)), money.currency))


class HoldsAFloat(PayrollConnector):
    def get(self, ref: RecordRef) -> Record:
        return _with(super().get(ref), "employee", lambda _: 1.5)


class SaysMore(PayrollConnector):
    def get(self, ref: RecordRef) -> Record:
        return _with(super().get(ref), "salary", lambda _: "secret")


class SeesNothing(PayrollConnector):
    def changes(self, entity: str, cursor: Cursor | None) -> Page:
        try:
            return super().changes(entity, cursor)
        except BrokenAnswer:
            return Page((), cursor or "0", more=False)


class TakesNonsenseForGone(PayrollConnector):
    def get(self, ref: RecordRef) -> Record:
        try:
            return super().get(ref)
        except BrokenAnswer as error:
            raise RecordNotFound(error.message, service="payroll", ref=str(ref)) from error


class ShowsItsKey(PayrollConnector):
    def __init__(self, context: ConnectorContext) -> None:
        super().__init__(context)
        self._key = context.settings.api_key.get_secret_value()  # type: ignore[attr-defined]  # the plugin's own model

    def __repr__(self) -> str:
        return f"<PayrollConnector {self._key}>"


class BlamesTheKey(PayrollConnector):
    def organization(self) -> Any:
        try:
            return super().organization()
        except ConnectorError as error:
            error.code = self._client._http.headers["X-Api-Key"]
            raise


class Promises(PayrollConnector):
    capabilities: ClassVar[dict[str, Capabilities]] = {
        "employer": Capabilities(create=True, update=True, delete=True),
        "payslip": Capabilities(create=True),
    }


class Impatient(PayrollConnector):
    def changes(self, entity: str, cursor: Cursor | None) -> Page:
        self._client._sleep = lambda _: _give_up()
        return super().changes(entity, cursor)


class Patient(PayrollClient):
    def call(self, *arguments: Any, **params: Any) -> Any:
        while True:
            try:
                return super().call(*arguments, **params)
            except RateLimited as error:
                self._sleep(error.retry_after or 1.0)


class WaitsForHours(PayrollConnector):
    def __init__(self, context: ConnectorContext) -> None:
        self._client = Patient(context)


class Silent(PayrollConnector):
    def __init__(self, context: ConnectorContext) -> None:
        super().__init__(replace(context, observe=lambda _: None))


class Stutters(PayrollConnector):
    def create(self, entity: str, new: NewRecord) -> Record:
        super().create(entity, new)
        return super().create(entity, new)


def _with(record: Record, field: str, change: Callable[[Any], Any]) -> Record:
    return replace(record, fields={**record.fields, field: change(record.fields.get(field))})


def _give_up() -> None:
    raise ServiceUnavailable(_WORDS, service="payroll")


_WORDS = PAYROLL.label

BROKEN: list[tuple[type[PayrollConnector], str, dict[str, Any]]] = [
    (LosesOne, "test_pages_bring_every_record_once", {"listed_case": EMPLOYER}),
    (NeverEnds, "test_pages_bring_every_record_once", {"listed_case": PAYSLIP}),
    (TellsAll, "test_a_second_look_brings_only_what_changed", {"listed_case": EMPLOYER}),
    (TellsAll, "test_a_quiet_service_has_nothing_more_to_tell", {"listed_case": PAYSLIP}),
    (TellsOnce, "test_nothing_is_lost_that_changes_between_pages", {"listed_case": PAYSLIP}),
    (FindsNothing, "test_a_write_is_found_by_its_key", {"created_case": EMPLOYER}),
    (FindsNothing, "test_a_write_whose_answer_was_lost_is_found", {"created_case": EMPLOYER}),
    (FindsAnything, "test_a_write_is_found_by_its_key", {"created_case": EMPLOYER}),
    (WritesAgain, "test_a_write_whose_answer_was_lost_is_found", {"created_case": EMPLOYER}),
    (Stutters, "test_a_write_that_was_lost_made_nothing", {"created_case": EMPLOYER}),
    (Stutters, "test_a_write_that_is_slowed_down_is_made_once", {"created_case": EMPLOYER}),
    (CallsNonsenseARefusal, "test_a_write_answered_with_nonsense_is_looked_up", {"created_case": EMPLOYER}),
    (WritesOver, "test_a_stale_update_changes_nothing", {"updated_case": EMPLOYER}),
    (DeletesOnce, "test_deleting_is_safe_to_repeat", {"created_case": EMPLOYER}),
    (StopsAtTheUnknown, "test_many_are_read_by_id_without_the_unknown", {"any_case": PAYSLIP}),
    (Rounds, "test_amounts_are_exact", {"priced_case": PAYSLIP, "turn": 0}),
    (HoldsAFloat, "test_records_hold_what_their_type_declares", {"any_case": PAYSLIP}),
    (SaysMore, "test_records_hold_what_their_type_declares", {"any_case": PAYSLIP}),
    (SeesNothing, "test_a_listing_that_makes_no_sense_is_broken", {"listed_case": PAYSLIP}),
    (TakesNonsenseForGone, "test_a_record_that_makes_no_sense_is_broken", {"any_case": PAYSLIP}),
    (BlamesTheKey, "test_wrong_credentials_are_refused", {}),
    (Promises, "test_capabilities_are_honest", {"any_case": PAYSLIP}),
    (Impatient, "test_a_short_pause_is_waited_for", {"listed_case": PAYSLIP}),
    (WaitsForHours, "test_a_long_pause_is_told", {"listed_case": PAYSLIP}),
    (Silent, "test_every_call_is_told_and_asked_for", {}),
]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakePayroll]:
    with FakePayroll() as fake:
        yield fake


class Kept(ConnectorContract):
    """Not collected by its name: its tests are called one by one."""

    connector_type = PAYROLL
    entity_types = ENTITY_TYPES
    cases = (EMPLOYER, PAYSLIP)


def _tried(fake: FakePayroll, broken: type[PayrollConnector], test: str, arguments: dict[str, Any]) -> None:
    from tsunagi.testing import Fault

    kind = replace(PAYROLL, build=broken)
    subject = Subject(kind, fake, Kept.cases)
    needed = {"fault": Fault.NOTHING_IN_IT} if "nonsense" in test or "no_sense" in test else {}
    try:
        getattr(type("Tried", (Kept,), {"connector_type": kind})(), test)(subject, **arguments, **needed)
    finally:
        fake.calm()
        subject.close()


@pytest.mark.parametrize(
    ("broken", "test", "arguments"), BROKEN, ids=[f"{broken.__name__}-{test}" for broken, test, _ in BROKEN]
)
def test_what_is_broken_is_caught(
    fake: FakePayroll, broken: type[PayrollConnector], test: str, arguments: dict[str, Any]
) -> None:
    _tried(fake, PayrollConnector, test, arguments)
    with pytest.raises((AssertionError, pytest.fail.Exception, ConnectorError)):
        _tried(fake, broken, test, arguments)


def test_a_secret_that_shows_is_caught(
    fake: FakePayroll, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    _tried(fake, PayrollConnector, "test_no_secret_is_ever_shown", {"capsys": capsys, "caplog": caplog})
    with pytest.raises(AssertionError, match="api_key"):
        _tried(fake, ShowsItsKey, "test_no_secret_is_ever_shown", {"capsys": capsys, "caplog": caplog})


def test_waiting_takes_no_time(fake: FakePayroll) -> None:
    started = perf_counter()
    _tried(fake, PayrollConnector, "test_a_short_pause_is_waited_for", {"listed_case": EMPLOYER})
    assert perf_counter() - started < 1.0
