"""What Books and Invoice can do beyond keeping records, against the sandbox, over HTTP."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

import tsunagi_books
import tsunagi_invoice
from tsunagi import (
    AccessRefused,
    BrokenAnswer,
    Directory,
    Mail,
    Mailing,
    NewOrganization,
    NewRecord,
    OutcomeUnknown,
    Plans,
    Printing,
    Rate,
    RateDirection,
    RecordNotFound,
    RecordRef,
    RecordRejected,
)
from tsunagi_zoho.finance.organization import portal_name
from tsunagi_zoho.finance.service import FinanceService

SERVICES = (tsunagi_books.SERVICE, tsunagi_invoice.SERVICE)
KOBE = NewOrganization("神戸商会", "Japan", "JPY", "Asia/Tokyo", "ja")


@pytest.fixture(params=SERVICES, ids=lambda service: service.name)
def service(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def office(service: FinanceService, open_office: Callable[..., Any]) -> Any:
    return open_office(service)


def test_the_hub_finds_everything_it_can_do(office: Any) -> None:
    assert all(isinstance(office.connector, ability) for ability in (Directory, Plans, Printing, Mailing))


class TestPeople:
    def test_the_one_who_connected_administers_it(self, office: Any) -> None:
        me = office.connector.me()
        assert (me.service, me.profile) == (office.connector.service, "admin")
        assert (me.administrator, me.active) == (True, True)
        assert "@" in me.email
        assert me in office.connector.people()

    def test_roles_and_deactivated_people_are_told(self, office: Any) -> None:
        users = f"/_sandbox/organizations/{office.context.organization_id}/users"
        office.control("POST", users, json={"email": "staff@example.com", "name": "S", "role": "staff"})
        gone = {"email": "gone@example.com", "name": "G", "role": "admin", "status": "inactive"}
        office.control("POST", users, json=gone)
        found = {person.email: person for person in office.connector.people()}
        staff, left = found["staff@example.com"], found["gone@example.com"]
        assert (staff.administrator, staff.active, staff.profile) == (False, True, "staff")
        assert (left.administrator, left.active) == (True, False)


class TestPlans:
    def test_the_plan_and_the_currencies_in_use(self, office: Any) -> None:
        plan = office.connector.plan()
        assert (plan.edition, plan.base_currency, plan.multi_currency) == ("ultimate", "JPY", True)
        assert plan.currencies == ("JPY", "USD")
        assert not plan.has_transactions

    def test_one_document_keeps_the_base_currency_for_ever(self, office: Any) -> None:
        office.estimate(office.customer())
        assert office.connector.plan().has_transactions

    def test_rates_are_base_units_for_a_foreign_one_and_fresh(self, office: Any) -> None:
        rates = Rate("JPY", "USD", Decimal("151.25"), RateDirection.BASE_PER_FOREIGN)
        assert office.connector.rates() == (rates,)
        assert [len(office.calls_of(office.connector.rates)) for _ in range(2)] == [1, 1]


class TestPrinting:
    def test_a_document_is_a_pdf_named_by_its_number(self, office: Any) -> None:
        made = office.invoice(office.customer("株式会社つなぎ"))
        printed = office.connector.pdf(made.ref)
        assert printed.content.startswith(b"%PDF-")
        assert printed.name == f"{made.fields['number']}.pdf"

    def test_what_is_not_there_is_not_found(self, office: Any) -> None:
        with pytest.raises(RecordNotFound):
            office.connector.pdf(RecordRef(office.connector.service, "invoice", "1"))

    def test_what_is_no_document_is_not_printed(self, office: Any) -> None:
        with pytest.raises(RecordRejected, match=r"is no document; .* prints and mails only: estimate, invoice"):
            office.connector.pdf(office.customer())

    @pytest.mark.parametrize("body", [{"code": 0, "message": "success"}, {}])
    def test_an_object_is_no_file(self, office: Any, body: Any) -> None:
        made = office.invoice(office.customer())
        office.fault("status", method="GET", path="*/invoices/*", status=200, body=body)
        with pytest.raises(BrokenAnswer, match="a file of the type application/pdf was expected"):
            office.connector.pdf(made.ref)


class TestMailing:
    def letters(self, office: Any) -> list[dict[str, Any]]:
        found = office.control("GET", "/_sandbox/mail")["mail"]
        return [office.control("GET", f"/_sandbox/mail/{each['id']}") for each in found]

    @pytest.mark.parametrize("entity", ["estimate", "invoice"])
    def test_it_is_mailed_with_its_pdf_in_the_services_words(self, office: Any, entity: str) -> None:
        made = office.made(entity, office.customer())
        office.connector.email(made.ref, Mail(("aki@acme.example",)))
        (letter,) = self.letters(office)
        assert letter["to"] == ["aki@acme.example"]
        assert str(made.fields["number"]) in letter["subject"]
        assert [each["name"] for each in letter["attachments"]] == [f"{made.fields['number']}.pdf"]
        assert office.connector.get(made.ref).fields["status"] == "sent"

    def test_ones_own_words_arrive_as_they_were_written(self, office: Any) -> None:
        made = office.invoice(office.customer())
        mail = Mail(("a@acme.example",), "請求書 <1>", "Dear A & B,\n1 < 2", cc=("c@acme.example",))
        office.connector.email(made.ref, mail)
        (letter,) = self.letters(office)
        assert (letter["subject"], letter["cc"]) == ("請求書 <1>", ["c@acme.example"])
        assert "Dear A &amp; B,<br>1 &lt; 2" in letter["html"]

    def test_nobody_to_mail_to_costs_no_call(self, office: Any) -> None:
        made = office.invoice(office.customer())
        with pytest.raises(RecordRejected, match="needs somebody to be mailed to"):
            office.connector.email(made.ref, Mail(()))

    def test_a_lost_answer_is_never_repeated(self, office: Any) -> None:
        made = office.invoice(office.customer())
        office.fault("drop_after", method="POST", path="*/email")
        with pytest.raises(OutcomeUnknown):
            office.connector.email(made.ref, Mail(("aki@acme.example",)))
        assert len(self.letters(office)) == 1

    @pytest.mark.parametrize("entity", ["estimate", "invoice"])
    def test_the_service_says_whom_it_would_mail_it_to(self, office: Any, entity: str) -> None:
        customer = office.customer()
        assert office.connector.addresses(office.made(entity, customer, "1").ref) == ()
        person = {"last_name": "Abe", "email": "aki@acme.example", "customer": customer}
        office.connector.create("contact_person", NewRecord("p", person))
        assert office.connector.addresses(office.made(entity, customer, "2").ref) == ("aki@acme.example",)


class TestFounding:
    def test_a_new_organisation_can_be_connected(self, office: Any, service: FinanceService) -> None:
        made = service.create(office.again(organization_id="").context, KOBE)
        assert (made.name, made.base_currency, made.time_zone) == ("神戸商会", "JPY", "Asia/Tokyo")
        assert made in service.probe(office.context)
        assert office.again(organization_id=made.id).connector.organization() == made

    def test_one_of_another_service_joins_and_keeps_its_id(self, office: Any, service: FinanceService) -> None:
        given = {"name": "Elsewhere", "services": ["expense"]}
        elsewhere = office.control("POST", "/_sandbox/organizations", json=given)["organization"]["organization_id"]
        there = office.again(organization_id=elsewhere)
        with pytest.raises(AccessRefused):
            there.connector.organization()
        made = service.create(there.context, NewOrganization("Elsewhere", "Japan", "JPY", "Asia/Tokyo"))
        assert made.id == elsewhere
        assert there.connector.organization() == made

    def test_a_currency_there_is_none_of_is_refused(self, office: Any, service: FinanceService) -> None:
        with pytest.raises(RecordRejected, match="currency_code"):
            service.create(office.again(organization_id="").context, NewOrganization("X", "Japan", "QQQ", "Asia/Tokyo"))

    def test_a_portal_is_named_readably_and_by_nobody_else(self) -> None:
        names = [portal_name(NewOrganization(name, "Japan", "JPY", "Asia/Tokyo")) for name in ("Acme & Co.", "神戸")]
        assert names[0].startswith("acmeco")
        assert all(8 <= len(name) <= 30 and name.isalnum() and name.isascii() for name in names)
        assert portal_name(KOBE) != names[1]
