"""What the hub gets from Expense, over HTTP from the sandbox."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sandbox_fake import SandboxFake, serving

from tsunagi import BrokenAnswer, Connector, Document, Fields, Money, NewRecord, Record, RecordRef
from tsunagi.plugin_loading import load_plugins
from tsunagi.testing import Harness, make_harness
from tsunagi_expense import SERVICE


class Expense(SandboxFake):
    base_path = "/expense/v1"


@dataclass
class ActionContext:
    """A connected organisation, and the people who spend its money."""

    connector: Connector
    harness: Harness
    double: Expense

    def customer(self, name: str) -> RecordRef:
        return self.connector.create("customer", NewRecord(name, {"name": name})).ref

    def spend(self, amount: str, customer: RecordRef | None = None, currency: str = "JPY", **fields: Any) -> str:
        ids = {
            c["currency_code"]: c["currency_id"] for c in self.double.call("GET", "/settings/currencies")["currencies"]
        }
        category = self.double.call("GET", "/expensecategories")["expense_accounts"][0]["category_id"]
        spent = {"amount": Decimal(amount), "currency_id": ids[currency], "category_id": category, **fields}
        if customer is not None:
            spent["customer_id"] = customer.id
        return str(self.double.call("POST", "/expenses", spent)["expense"]["expense_id"])

    def report(self, *expenses: str, **fields: Any) -> RecordRef:
        wanted = {"report_name": "Trip", "expenses": [{"expense_id": each} for each in expenses], **fields}
        made = self.double.call("POST", "/expensereports", wanted)["expense_report"]
        return RecordRef("expense", "expense_report", str(made["report_id"]))

    def move(self, report: RecordRef, *moves: str) -> Record:
        for move in moves:
            self.double.call("POST", f"/expensereports/{report.id}/{move}")
        return self.connector.get(report)

    def expense(self, id: str) -> Record:
        return self.connector.get(RecordRef("expense", "expense", id))

    def listed(self, entity: str) -> Fields:
        (record,) = self.connector.changes(entity, None).records
        return record.fields


@pytest.fixture
def desk(tmp_path: Any) -> Iterator[ActionContext]:
    with serving(Expense, tmp_path, service="expense") as double:
        harness = make_harness(double.settings, organization_id=double.organization_id)
        connector = SERVICE.connector_type().build(harness.context)
        yield ActionContext(connector, harness, double)
        connector.close()


def test_it_loads_and_brings_everything() -> None:
    loaded = load_plugins()
    (report,) = (report for report in loaded.reports if report.name == "expense")
    assert (report.state, report.problem) == ("active", None)
    registry = loaded.registry
    assert registry.pair("expense.customers").left.entity == "account"
    for place in ("account", "contact", "deal"):
        panels = [panel.name for panel in registry.panels_on(place) if panel.service == "expense"]
        assert panels == ["expenses", "expense_reports"]
    features = registry.connector("expense").features
    assert {feature.name: feature.entities for feature in features} == {
        "expenses": ("expense",),
        "expense_reports": ("expense_report",),
    }


def test_where_no_call_makes_an_organisation_a_person_is_told_what_to_do() -> None:
    by_hand = SERVICE.connector_type().create_by_hand
    assert SERVICE.connector_type().create is None
    assert by_hand is not None
    assert "New organization" in by_hand.en
    assert "新しい組織" in by_hand.ja


def test_mappings_name_fields_that_both_sides_have() -> None:
    registry = load_plugins().registry
    for pair in SERVICE.pairs():
        left, right = (registry.entity(end.service, end.entity) for end in (pair.left, pair.right))
        assert [name for fm in pair.mapping.fields for name in fm.names("left") if left.field(name) is None] == []
        assert [name for fm in pair.mapping.fields for name in fm.names("right") if right.field(name) is None] == []


def test_an_account_is_equal_on_both_sides_afterwards(desk: ActionContext) -> None:
    pair = SERVICE.pairs()[0]
    account = {
        "name": " 株式会社つなぎ ",
        "phone": "03-1234-5678",
        "billing_street": "銀座1-2-3\r\n8階",
        "currency": "USD",
        "description": "Line one\n\nLine three ",
    }
    values = pair.mapping.canonical("left", account)
    customer = desk.connector.create("customer", NewRecord("k", pair.mapping.native("right", values)))
    assert pair.mapping.canonical("right", customer.fields) == values
    assert pair.mapping.canonical("right", desk.connector.get(customer.ref).fields) == values


class TestExpenses:
    def test_one_says_what_was_spent_where_for_whom(self, desk: ActionContext) -> None:
        acme = desk.customer("Acme")
        id = desk.spend("1234", acme, merchant_name="Shinkansen", reference_number="R-7", date="2026-01-31")
        document = Document.of(desk.expense(id))
        assert (document.number, document.reference, document.status) == ("R-7", "R-7", "unreported")
        assert (document.date, document.customer) == (dt.date(2026, 1, 31), acme)
        assert document.total == document.base_total == document.balance == Money(Decimal(1234), "JPY")
        fields = desk.expense(id).fields
        assert (fields["merchant"], fields["spent_by"]) == ("Shinkansen", "Hanako Sato")

    def test_one_without_a_reference_goes_by_its_id(self, desk: ActionContext) -> None:
        id = desk.spend("100")
        assert desk.expense(id).fields["number"] == id[-8:]
        assert desk.expense(id).fields["customer"] is None

    def test_a_foreign_one_has_the_services_figure_in_the_base_currency(self, desk: ActionContext) -> None:
        record = desk.expense(desk.spend("10.50", currency="USD"))
        assert record.fields["total"] == Money(Decimal("10.50"), "USD")
        assert record.fields["base_total"] == Money(Decimal(1588), "JPY")

    def test_those_of_other_months_are_listed_too(self, desk: ActionContext) -> None:
        desk.spend("100", date="2020-02-29")
        assert desk.listed("expense")["date"] == dt.date(2020, 2, 29)

    def test_one_that_nobody_pays_back_is_owed_to_nobody(self, desk: ActionContext) -> None:
        assert desk.expense(desk.spend("100", is_reimbursable=False)).fields["balance"] == Money.zero("JPY")

    def test_one_is_as_far_as_its_report(self, desk: ActionContext) -> None:
        id = desk.spend("100")
        report = desk.report(id)
        assert desk.expense(id).fields["status"] == "draft"
        number = desk.connector.get(report).fields["number"]
        desk.move(report, "submit", "approve", "reimburse")
        fields = desk.expense(id).fields
        assert (fields["status"], fields["balance"], fields["report"]) == ("reimbursed", Money.zero("JPY"), number)


class TestReports:
    def test_one_says_its_period_and_what_is_to_be_paid_back(self, desk: ActionContext) -> None:
        expenses = desk.spend("1000"), desk.spend("500", is_reimbursable=False)
        ref = desk.report(*expenses, start_date="2026-01-01", end_date="2026-01-31")
        document = Document.of(desk.connector.get(ref))
        assert (document.number, document.status) == ("ER-00001", "draft")
        assert (document.date, document.due_date) == (dt.date(2026, 1, 1), dt.date(2026, 1, 31))
        assert (document.total, document.balance) == (Money(Decimal(1500), "JPY"), Money(Decimal(1000), "JPY"))

    def test_it_concerns_the_customer_most_was_spent_for(self, desk: ActionContext) -> None:
        acme, globex = desk.customer("Acme"), desk.customer("Globex")
        # Ten dollars are more than a thousand yen.
        expenses = [desk.spend("1000", acme), desk.spend("10", globex, "USD"), desk.spend("5000")]
        ref = desk.report(*expenses)
        assert desk.connector.get(ref).fields["customer"] == globex
        assert desk.listed("expense_report")["customer"] == globex

    def test_of_equals_it_is_always_the_same_one(self, desk: ActionContext) -> None:
        customers = [desk.customer(name) for name in ("Globex", "Acme")]
        ref = desk.report(*(desk.spend("100", each) for each in customers))
        assert desk.connector.get(ref).fields["customer"] == min(customers)

    def test_one_for_nobody_concerns_nobody(self, desk: ActionContext) -> None:
        desk.report(desk.spend("100"))
        assert desk.listed("expense_report")["customer"] is None

    def test_one_that_names_its_customer_costs_no_call_of_its_own(self, desk: ActionContext) -> None:
        acme, globex = desk.customer("Acme"), desk.customer("Globex")
        desk.report(desk.spend("100", globex), customer_id=acme.id)
        desk.connector.organization()
        before = len(desk.harness.calls)
        assert desk.listed("expense_report")["customer"] == acme
        assert [call.path for call in desk.harness.calls[before:]] == ["/expense/v1/expensereports"]

    @pytest.mark.parametrize(
        ("moves", "status", "said", "tone"),
        [
            ((), "draft", ("Draft", "下書き"), "secondary"),
            (("submit",), "submitted", ("Awaiting approval", "承認待ち"), "warning"),
            (("submit", "recall"), "recalled", ("Recalled", "取り下げ"), "secondary"),
            (("submit", "reject"), "rejected", ("Rejected", "却下"), "danger"),
            (("submit", "approve"), "approved", ("Approved", "承認済み"), "info"),
            (("submit", "approve", "reimburse"), "reimbursed", ("Reimbursed", "精算済み"), "success"),
        ],
    )
    def test_every_status_reads_in_both_languages(
        self, desk: ActionContext, moves: tuple[str, ...], status: str, said: tuple[str, str], tone: str
    ) -> None:
        record = desk.move(desk.report(desk.spend("100")), *moves)
        assert record.fields["status"] == status
        for panel in SERVICE.panels():
            label = panel.status(status)
            assert ((label.label.en, label.label.ja), label.tone) == (said, tone)

    def test_once_reimbursed_nothing_is_owed(self, desk: ActionContext) -> None:
        record = desk.move(desk.report(desk.spend("100")), "submit", "approve", "reimburse")
        assert record.fields["balance"] == record.fields["base_balance"] == Money.zero("JPY")
        assert record.fields["total"] == Money(Decimal(100), "JPY")

    def test_expenses_that_make_no_sense_are_named(self, desk: ActionContext) -> None:
        ref = desk.report(desk.spend("100"))
        report = desk.double.call("GET", f"/expensereports/{ref.id}")
        report["expense_report"]["expenses"] = ["cheap"]
        desk.double.answer_with(report)
        with pytest.raises(BrokenAnswer, match="'expenses' is"):
            desk.connector.get(ref)


def test_the_probe_lists_only_organisations_that_use_expense(tmp_path: Any) -> None:
    with serving(Expense, tmp_path, service="expense") as double:
        (found,) = SERVICE.connector_type().probe(make_harness(double.settings).context)
    assert (found.name, found.base_currency) == ("Sandbox Company", "JPY")
