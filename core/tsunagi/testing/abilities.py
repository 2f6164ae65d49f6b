"""Contract tests: what a connector offers beyond the common, where it offers it."""

from dataclasses import replace

import pytest

from tsunagi import (
    Directory,
    FinanceSide,
    Finding,
    Mailing,
    Plans,
    Printing,
    RecordNotFound,
    RecordRejected,
    Severity,
    Text,
)
from tsunagi.testing.cases import Case
from tsunagi.testing.sealed import Sealed
from tsunagi.testing.trial import Trial


class Abilities(Sealed):
    """People, plans, compatibility, printing and mailing; a connector without one of them has nothing to show here."""

    def test_people_are_known_by_id_and_mail(self, trial: Trial) -> None:
        if not isinstance(trial.connector, Directory):
            pytest.skip(f"{trial.service} knows no people (no Directory)")
        me, people = trial.connector.me(), trial.connector.people()
        assert me in people
        assert me.active
        assert {person.service for person in people} == {trial.service}
        assert len({person.id for person in people}) == len(people)
        assert all(person.email and person.name and person.profile for person in people)

    def test_the_plan_agrees_with_the_organisation(self, trial: Trial) -> None:
        if not isinstance(trial.connector, Plans):
            pytest.skip(f"{trial.service} tells nothing of its plan (no Plans)")
        plan, rates = trial.connector.plan(), trial.connector.rates()
        assert plan.base_currency == trial.connector.organization().base_currency
        assert plan.base_currency in plan.currencies or not plan.currencies
        assert plan.multi_currency or not rates
        assert {rate.base for rate in rates} <= {plan.base_currency}
        assert len({rate.foreign for rate in rates}) == len(rates)

    def test_compatibility_is_decided_from_the_facts_alone(self, trial: Trial) -> None:
        rules = self.connector_type.compatibility
        if rules is None or not isinstance(trial.connector, Plans):
            pytest.skip(f"{trial.service} has no rules of joining it with finance organisations (no Compatibility)")
        plan = trial.connector.plan()
        for finance in (plan, replace(plan, base_currency="XTS", currencies=("XTS",), has_transactions=True)):
            side = FinanceSide("ledger", Text.same("Ledger"), "1", "Acme", finance)
            found = rules.check(plan, side)
            assert tuple(rules.check(plan, side)) == tuple(found), "the same facts, the same answer"
            weights = {finding.severity for finding in found}
            assert not {Severity.REFUSES, Severity.ACTS} <= weights, "while anything refuses, nothing is changed"
            for finding in (*found, *rules.after_disabling(plan, ())):
                self._check_finding(finding)

    def test_what_can_be_printed_is_a_pdf(self, trial: Trial, any_case: Case) -> None:
        if not isinstance(trial.connector, Printing):
            pytest.skip(f"{trial.service} prints nothing (no Printing)")
        ref = trial.add(any_case)
        if not self._is_mailed(any_case):
            with pytest.raises(RecordRejected):
                trial.connector.pdf(ref)
            return
        printed = trial.connector.pdf(ref)
        assert printed.content.startswith(b"%PDF-")
        assert printed.name.endswith(".pdf")
        assert "/" not in printed.name
        with pytest.raises(RecordNotFound):
            trial.connector.pdf(trial.unknown(ref))

    def test_who_would_be_written_to_is_known(self, trial: Trial, any_case: Case) -> None:
        if not isinstance(trial.connector, Mailing):
            pytest.skip(f"{trial.service} mails nothing itself (no Mailing)")
        if not self._is_mailed(any_case):
            with pytest.raises(RecordRejected):
                trial.connector.addresses(trial.add(any_case))
            return
        assert all("@" in address for address in trial.connector.addresses(trial.add(any_case)))

    def _check_finding(self, finding: Finding) -> None:
        assert finding.kind
        assert finding.message.en
        assert finding.message.ja
        assert bool(finding.effect) == (finding.severity is Severity.ACTS)
        told = finding.severity in (Severity.REFUSES, Severity.TELLS)
        assert (finding.what_to_do is not None) == told, "whoever is told something, or refused, is told what to do"

    def _is_mailed(self, case: Case) -> bool:
        """What may be mailed, by the entity type's verbs, can be printed too."""
        return any(entity.name == case.entity and "email" in entity.verbs for entity in self.entity_types)
