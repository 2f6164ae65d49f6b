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
from tsunagi.testing.cases import Case, amount
from tsunagi.testing.declaring import check_exact
from tsunagi.testing.double import Fault
from tsunagi.testing.sealed import Sealed
from tsunagi.testing.trial import Trial


class Writing(Sealed):
    """Create, find, update, delete and perform."""

    def test_a_new_record_is_read_back_as_it_was_answered(self, trial: Trial, created_case: Case) -> None:
        made = trial.connector.create(created_case.entity, trial.new(created_case))
        read = trial.connector.get(made.ref)
        assert read.version == made.version, "our own write, read back, is no news"
        for name, value in made.fields.items():
            check_exact(value, name)
            assert read.fields[name] == value

    def test_a_write_is_found_by_its_key(self, trial: Trial, created_case: Case) -> None:
        new, other = trial.new(created_case), trial.new(created_case)
        assert trial.connector.find(created_case.entity, new) is None
        made = trial.connector.create(created_case.entity, new)
        # The process that made it may be gone when somebody looks.
        found = trial.another().find(created_case.entity, new)
        assert found is not None
        assert found.ref == made.ref
        assert trial.connector.find(created_case.entity, other) is None

    def test_a_write_whose_answer_was_lost_is_found(self, trial: Trial, created_case: Case) -> None:
        new, before = trial.new(created_case), trial.count(created_case)
        trial.double.strike(Fault.LOST_ANSWER, on="writes")
        with pytest.raises(OutcomeUnknown) as caught:
            trial.connector.create(created_case.entity, new)
        assert caught.value.service == trial.service
        found = trial.connector.find(created_case.entity, new)
        assert found is not None
        assert trial.connector.get(found.ref).ref == found.ref
        assert trial.count(created_case) == before + self._one(created_case)

    def test_a_write_that_was_lost_made_nothing(self, trial: Trial, created_case: Case) -> None:
        new, before = trial.new(created_case), trial.count(created_case)
        trial.double.strike(Fault.LOST_REQUEST, on="writes")
        made = self._as_the_hub_would(trial, created_case, new)
        found = trial.connector.find(created_case.entity, new)
        assert found is not None
        assert found.ref == made.ref
        assert trial.count(created_case) == before + self._one(created_case)

    @pytest.mark.parametrize("fault", [Fault.NOT_JSON, Fault.NOTHING_IN_IT], ids=lambda fault: fault.value)
    def test_a_write_answered_with_nonsense_is_looked_up(self, trial: Trial, created_case: Case, fault: Fault) -> None:
        new = trial.new(created_case)
        trial.double.strike(fault, on="writes")
        with pytest.raises(OutcomeUnknown):
            trial.connector.create(created_case.entity, new)
        assert trial.connector.find(created_case.entity, new) is None

    def test_a_write_that_is_slowed_down_is_made_once(self, trial: Trial, created_case: Case) -> None:
        new, before = trial.new(created_case), trial.count(created_case)
        trial.double.strike(Fault.SLOW_DOWN, on="writes")
        trial.connector.create(created_case.entity, new)
        assert trial.count(created_case) == before + self._one(created_case)

    def test_an_update_changes_what_it_says(self, trial: Trial, updated_case: Case) -> None:
        assert updated_case.change is not None
        before = trial.made(updated_case)
        trial.double.tick()
        change = updated_case.change(trial.number())
        answered = trial.connector.update(before.ref, change, expected_version=before.version)
        after = trial.connector.get(before.ref)
        assert {name: after.fields.get(name) for name in change} == dict(change)
        assert after.version == answered.version != before.version
        kept = {name for name in before.fields if before.fields[name] != after.fields.get(name)}
        assert kept & set(change), "something changed"

    def test_a_stale_update_changes_nothing(self, trial: Trial, updated_case: Case) -> None:
        assert updated_case.change is not None
        before = trial.made(updated_case)
        trial.double.tick()
        trial.alter(updated_case, before.ref)
        moved_on = trial.connector.get(before.ref)
        change = updated_case.change(trial.number())
        with pytest.raises(StaleRecord) as caught:
            trial.connector.update(before.ref, change, expected_version=before.version)
        assert caught.value.service == trial.service
        assert trial.connector.get(before.ref) == moved_on

    def test_an_update_of_nothing_is_not_found(self, trial: Trial, updated_case: Case) -> None:
        assert updated_case.change is not None
        unknown = trial.unknown(trial.add(updated_case))
        with pytest.raises(RecordNotFound):
            trial.connector.update(unknown, updated_case.change(trial.number()), expected_version=None)

    def test_deleting_is_safe_to_repeat(self, trial: Trial, created_case: Case) -> None:
        if not trial.connector.capabilities[created_case.entity].delete:
            return  # that it is refused is shown where capabilities are
        ref = trial.add(created_case)
        trial.delete(created_case, ref)
        trial.connector.delete(ref)
        trial.connector.delete(trial.unknown(ref))
        with pytest.raises(RecordNotFound):
            trial.connector.get(ref)
        assert trial.connector.get_many(created_case.entity, [ref.id]) == ()

    def test_a_verb_is_safe_to_repeat(self, trial: Trial, verbed_case: Case) -> None:
        ref = trial.add(verbed_case)
        once = trial.connector.perform(ref, verbed_case.verb, {})
        again = trial.connector.perform(ref, verbed_case.verb, {})
        assert (once.ref, once.fields) == (again.ref, again.fields)
        assert trial.connector.get(ref).fields == again.fields

    @pytest.mark.parametrize("turn", range(4))
    def test_amounts_are_exact(self, trial: Trial, priced_case: Case, turn: int) -> None:
        number = next(number for number in iter(trial.number, 0) if number % 4 == turn)
        ref = trial.add(priced_case, number)
        self._check_amount(trial.connector.get(ref), priced_case, number)
        if self._one(priced_case):
            self._check_amount(trial.look(priced_case.entity).of(ref), priced_case, number)

    def _check_amount(self, record: Record, case: Case, number: int) -> None:
        found = record.fields[case.amount]
        assert isinstance(found, Money)
        assert found.amount == amount(number)

    def _as_the_hub_would(self, trial: Trial, case: Case, new: NewRecord) -> Record:
        """Make it; after an uncertain outcome look for it, and make it only where it is not there."""
        try:
            return trial.connector.create(case.entity, new)
        except (OutcomeUnknown, ServiceUnavailable):
            assert trial.connector.find(case.entity, new) is None
            return trial.connector.create(case.entity, new)

    def _one(self, case: Case) -> int:
        listed = case.entity in self.connector_type.entities and not case.unlisted
        return 1 if listed else 0
