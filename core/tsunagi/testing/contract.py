"""The contract every connector keeps, as tests a plugin's own test inherits; those of what some can do besides."""

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
from tsunagi.testing.declaring import Declaring
from tsunagi.testing.failing import Failing
from tsunagi.testing.final import Final
from tsunagi.testing.reading import Reading
from tsunagi.testing.subject import Case, Subject
from tsunagi.testing.writing import Writing


class Abilities(Final):
    """People, plans, compatibility, printing and mailing; a connector without one of them has nothing to show here."""

    def test_people_are_known_by_id_and_mail(self, subject: Subject) -> None:
        if not isinstance(subject.connector, Directory):
            pytest.skip(f"{subject.service} knows no people (no Directory)")
        me, people = subject.connector.me(), subject.connector.people()
        assert me in people
        assert me.active
        assert {person.service for person in people} == {subject.service}
        assert len({person.id for person in people}) == len(people)
        assert all(person.email and person.name and person.profile for person in people)

    def test_the_plan_agrees_with_the_organisation(self, subject: Subject) -> None:
        if not isinstance(subject.connector, Plans):
            pytest.skip(f"{subject.service} tells nothing of its plan (no Plans)")
        plan, rates = subject.connector.plan(), subject.connector.rates()
        assert plan.base_currency == subject.connector.organization().base_currency
        assert plan.base_currency in plan.currencies or not plan.currencies
        assert plan.multi_currency or not rates
        assert {rate.base for rate in rates} <= {plan.base_currency}
        assert len({rate.foreign for rate in rates}) == len(rates)

    def test_compatibility_is_decided_from_the_facts_alone(self, subject: Subject) -> None:
        rules = self.connector_type.compatibility
        if rules is None or not isinstance(subject.connector, Plans):
            pytest.skip(f"{subject.service} has no rules of joining it with finance organisations (no Compatibility)")
        plan = subject.connector.plan()
        for finance in (plan, replace(plan, base_currency="XTS", currencies=("XTS",), has_transactions=True)):
            side = FinanceSide("ledger", Text.same("Ledger"), "1", "Acme", finance)
            found = rules.check(plan, side)
            assert tuple(rules.check(plan, side)) == tuple(found), "the same facts, the same answer"
            weights = {finding.severity for finding in found}
            assert not {Severity.REFUSES, Severity.ACTS} <= weights, "while anything refuses, nothing is changed"
            for finding in (*found, *rules.after_disabling(plan, ())):
                self._check_finding(finding)

    def test_what_can_be_printed_is_a_pdf(self, subject: Subject, any_case: Case) -> None:
        if not isinstance(subject.connector, Printing):
            pytest.skip(f"{subject.service} prints nothing (no Printing)")
        ref = subject.add(any_case)
        if not self._is_mailed(any_case):
            with pytest.raises(RecordRejected):
                subject.connector.pdf(ref)
            return
        printed = subject.connector.pdf(ref)
        assert printed.content.startswith(b"%PDF-")
        assert printed.name.endswith(".pdf")
        assert "/" not in printed.name
        with pytest.raises(RecordNotFound):
            subject.connector.pdf(subject.unknown(ref))

    def test_who_would_be_written_to_is_known(self, subject: Subject, any_case: Case) -> None:
        if not isinstance(subject.connector, Mailing):
            pytest.skip(f"{subject.service} mails nothing itself (no Mailing)")
        if not self._is_mailed(any_case):
            with pytest.raises(RecordRejected):
                subject.connector.addresses(subject.add(any_case))
            return
        assert all("@" in address for address in subject.connector.addresses(subject.add(any_case)))

    def _check_finding(self, finding: Finding) -> None:
        assert finding.kind
        assert finding.message.en
        assert finding.message.ja
        assert bool(finding.effect) == (finding.severity is Severity.ACTS)
        advised = finding.severity in (Severity.REFUSES, Severity.TELLS)
        assert (finding.what_to_do is not None) == advised, "whoever is told something, or refused, is told what to do"

    def _is_mailed(self, case: Case) -> bool:
        """What may be mailed, by the entity type's verbs, can be printed too."""
        return any(entity.name == case.entity and "email" in entity.verbs for entity in self.entity_types)


class ConnectorContract(Declaring, Reading, Writing, Failing, Abilities):
    """Subclass it, declare what to test, and provide a fixture `fake` that plays the service:

        @pytest.fixture(scope="module")
        def fake() -> Iterator[FakePayroll]:
            with FakePayroll() as fake:
                yield fake

        class TestPayroll(ConnectorContract):
            connector_type = PAYROLL
            entity_types = ENTITY_TYPES
            cases = (Case("payslip", amount="total"),)

    A test that cannot hold for a service is excused by its name, with the reason: it is shown as expected to fail,
    and must fail. `excused = {"test_pages_bring_every_record_once[item]": "the service cannot list items"}`.
    Tests can be excused, never overridden.
    """
