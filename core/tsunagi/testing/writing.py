"""Contract tests: a write is made once, never over somebody else's, and to the last digit."""

import pytest

from tsunagi import (
    Money,
    NewRecord,
    OutcomeUnknown,
    Record,
    RecordNotFound,
    ServiceUnavailable,
    StaleRecord,
)
from tsunagi.testing.declaring import check_exact
from tsunagi.testing.fake import Fault
from tsunagi.testing.final import Final
from tsunagi.testing.subject import Case, Subject, amount


class Writing(Final):
    """Create, find, update, delete and perform."""

    def test_a_new_record_is_read_back_as_it_was_answered(self, subject: Subject, created_case: Case) -> None:
        made = subject.connector.create(created_case.entity, subject.new(created_case))
        read = subject.connector.get(made.ref)
        assert read.version == made.version, "our own write, read back, is no news"
        for name, value in made.fields.items():
            check_exact(value, name)
            assert read.fields[name] == value

    def test_a_write_is_found_by_its_key(self, subject: Subject, created_case: Case) -> None:
        new, other = subject.new(created_case), subject.new(created_case)
        assert subject.connector.find(created_case.entity, new) is None
        made = subject.connector.create(created_case.entity, new)
        # The process that made it may have ended.
        found = subject.another().find(created_case.entity, new)
        assert found is not None
        assert found.ref == made.ref
        assert subject.connector.find(created_case.entity, other) is None

    def test_a_write_whose_answer_was_lost_is_found(self, subject: Subject, created_case: Case) -> None:
        new, before = subject.new(created_case), subject.count(created_case)
        subject.fake.strike(Fault.LOST_ANSWER, on="writes")
        with pytest.raises(OutcomeUnknown) as caught:
            subject.connector.create(created_case.entity, new)
        assert caught.value.service == subject.service
        found = subject.connector.find(created_case.entity, new)
        assert found is not None
        assert subject.connector.get(found.ref).ref == found.ref
        assert subject.count(created_case) == before + self._one(created_case)

    def test_a_write_that_was_lost_made_nothing(self, subject: Subject, created_case: Case) -> None:
        new, before = subject.new(created_case), subject.count(created_case)
        subject.fake.strike(Fault.LOST_REQUEST, on="writes")
        made = self._as_the_hub_would(subject, created_case, new)
        found = subject.connector.find(created_case.entity, new)
        assert found is not None
        assert found.ref == made.ref
        assert subject.count(created_case) == before + self._one(created_case)

    @pytest.mark.parametrize("fault", [Fault.NOT_JSON, Fault.NOTHING_IN_IT], ids=lambda fault: fault.value)
    def test_a_write_answered_with_nonsense_is_looked_up(
        self, subject: Subject, created_case: Case, fault: Fault
    ) -> None:
        new = subject.new(created_case)
        subject.fake.strike(fault, on="writes")
        with pytest.raises(OutcomeUnknown):
            subject.connector.create(created_case.entity, new)
        assert subject.connector.find(created_case.entity, new) is None

    def test_a_write_that_is_slowed_down_is_made_once(self, subject: Subject, created_case: Case) -> None:
        new, before = subject.new(created_case), subject.count(created_case)
        subject.fake.strike(Fault.SLOW_DOWN, on="writes")
        subject.connector.create(created_case.entity, new)
        assert subject.count(created_case) == before + self._one(created_case)

    def test_an_update_changes_what_it_says(self, subject: Subject, updated_case: Case) -> None:
        assert updated_case.change is not None
        before = subject.made(updated_case)
        subject.fake.tick()
        change = updated_case.change(subject.number())
        answered = subject.connector.update(before.ref, change, expected_version=before.version)
        after = subject.connector.get(before.ref)
        assert {name: after.fields.get(name) for name in change} == dict(change)
        assert after.version == answered.version != before.version
        kept = {name for name in before.fields if before.fields[name] != after.fields.get(name)}
        assert kept & set(change), "something changed"

    def test_a_stale_update_changes_nothing(self, subject: Subject, updated_case: Case) -> None:
        assert updated_case.change is not None
        before = subject.made(updated_case)
        subject.fake.tick()
        subject.alter(updated_case, before.ref)
        moved_on = subject.connector.get(before.ref)
        change = updated_case.change(subject.number())
        with pytest.raises(StaleRecord) as caught:
            subject.connector.update(before.ref, change, expected_version=before.version)
        assert (caught.value.service, caught.value.ref) == (subject.service, str(before.ref))
        assert subject.connector.get(before.ref) == moved_on

    def test_an_update_of_nothing_is_not_found(self, subject: Subject, updated_case: Case) -> None:
        assert updated_case.change is not None
        unknown = subject.unknown(subject.add(updated_case))
        with pytest.raises(RecordNotFound) as caught:
            subject.connector.update(unknown, updated_case.change(subject.number()), expected_version=None)
        assert caught.value.ref == str(unknown)

    def test_deleting_is_safe_to_repeat(self, subject: Subject, created_case: Case) -> None:
        if not subject.connector.capabilities[created_case.entity].delete:
            return  # that it is refused is shown where capabilities are
        ref = subject.add(created_case)
        subject.delete(created_case, ref)
        subject.connector.delete(ref)
        subject.connector.delete(subject.unknown(ref))
        with pytest.raises(RecordNotFound):
            subject.connector.get(ref)
        assert subject.connector.get_many(created_case.entity, [ref.id]) == ()

    def test_a_verb_is_safe_to_repeat(self, subject: Subject, verbed_case: Case) -> None:
        ref = subject.add(verbed_case)
        once = subject.connector.perform(ref, verbed_case.verb, {})
        again = subject.connector.perform(ref, verbed_case.verb, {})
        assert (once.ref, once.fields) == (again.ref, again.fields)
        assert subject.connector.get(ref).fields == again.fields

    @pytest.mark.parametrize("turn", range(4))
    def test_amounts_are_exact(self, subject: Subject, priced_case: Case, turn: int) -> None:
        number = next(number for number in iter(subject.number, 0) if number % 4 == turn)
        ref = subject.add(priced_case, number)
        self._check_amount(subject.connector.get(ref), priced_case, number)
        if self._one(priced_case):
            self._check_amount(subject.look(priced_case.entity).of(ref), priced_case, number)

    def _check_amount(self, record: Record, case: Case, number: int) -> None:
        found = record.fields[case.amount]
        assert isinstance(found, Money)
        assert found.amount == amount(number)

    def _as_the_hub_would(self, subject: Subject, case: Case, new: NewRecord) -> Record:
        """Make it; after an uncertain outcome look for it, and make it only where it is not there."""
        try:
            return subject.connector.create(case.entity, new)
        except (OutcomeUnknown, ServiceUnavailable):
            assert subject.connector.find(case.entity, new) is None
            return subject.connector.create(case.entity, new)

    def _one(self, case: Case) -> int:
        listed = case.entity in self.connector_type.listable and not case.unlisted
        return 1 if listed else 0
