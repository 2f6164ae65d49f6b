"""What the hub gets from Subscriptions, over HTTP from the sandbox."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sandbox_fake import SandboxFake, serving

from tsunagi import Connector, Document, Mail, Mailing, Money, NewRecord, Plans, Printing, RecordRef, RecordRejected
from tsunagi.plugin_loading import load_plugins
from tsunagi.testing import Harness, make_harness
from tsunagi_subscriptions import SERVICE


class Billing(SandboxFake):
    base_path = "/billing/v1"
    organization_header = "X-com-zoho-subscriptions-organizationid"


@dataclass
class Shop:
    """A connected organisation that sells one plan."""

    connector: Connector
    harness: Harness
    double: Billing

    def customer(self, name: str = "Acme", **fields: Any) -> RecordRef:
        return self.connector.create("customer", NewRecord(name, {"name": name, **fields})).ref

    def subscribe(self, customer: RecordRef, **fields: Any) -> RecordRef:
        wanted = {"customer_id": customer.id, "plan": {"plan_code": "support", "price": Decimal(5000)}, **fields}
        made = self.double.call("POST", "/subscriptions", wanted)["subscription"]
        return RecordRef("subscriptions", "subscription", str(made["subscription_id"]))

    def invoice(self, customer: RecordRef, price: str = "5000") -> RecordRef:
        items = [{"name": "Hours", "price": Decimal(price), "quantity": 1}]
        made = self.double.call("POST", "/invoices", {"customer_id": customer.id, "invoice_items": items})["invoice"]
        return RecordRef("subscriptions", "invoice", str(made["invoice_id"]))

    def paths(self, since: int) -> list[str]:
        return [f"{call.method} {call.path.removeprefix('/billing/v1')}" for call in self.harness.calls[since:]]


@pytest.fixture
def shop(tmp_path: Any) -> Iterator[Shop]:
    with serving(Billing, tmp_path, service="billing") as double:
        product = double.call("POST", "/products", {"name": "Support"})["product"]["product_id"]
        terms = {"interval": 1, "interval_unit": "months", "recurring_price": 1000}
        double.call("POST", "/plans", {"plan_code": "support", "name": "Gold", "product_id": product, **terms})
        harness = make_harness(double.settings, organization_id=double.organization_id)
        connector = SERVICE.connector_type().build(harness.context)
        yield Shop(connector, harness, double)
        connector.close()


def test_it_loads_and_brings_everything() -> None:
    loaded = load_plugins()
    (report,) = (report for report in loaded.reports if report.name == "subscriptions")
    assert (report.state, report.problem) == ("active", None)
    registry = loaded.registry
    assert registry.pair("subscriptions.customers").left.entity == "account"
    for place in ("account", "contact", "deal"):
        panels = [panel.name for panel in registry.panels_on(place) if panel.service == "subscriptions"]
        assert panels == ["subscriptions", "invoices"]
    assert [feature.name for feature in registry.connector("subscriptions").features] == ["subscriptions", "invoices"]


def test_where_no_call_makes_an_organisation_a_person_is_told_what_to_do() -> None:
    by_hand = SERVICE.connector_type().create_by_hand
    assert SERVICE.connector_type().create is None
    assert by_hand is not None
    assert "New organization" in by_hand.en
    assert "新しい組織" in by_hand.ja


def test_an_account_is_equal_on_both_sides_afterwards(shop: Shop) -> None:
    pair = SERVICE.pairs()[0]
    account = {
        "name": " 株式会社つなぎ ",
        "phone": "03-1234-5678",
        "website": "https://tsunagi.example",
        "billing_street": "銀座1-2-3\r\n8階",
        "billing_code": "104-0061",
        "shipping_city": "Minato",
        "currency": "USD",
        "description": "Line one\n\nLine three ",
    }
    values = pair.mapping.canonical("left", account)
    customer = shop.connector.create("customer", NewRecord("k", pair.mapping.native("right", values)))
    assert pair.mapping.canonical("right", customer.fields) == values
    moved = shop.connector.update(customer.ref, {"billing_city": "Chuo"}, expected_version=customer.version)
    assert pair.mapping.canonical("right", moved.fields) == {**values, "billing_city": "Chuo"}


def test_a_customer_owes_what_the_service_sums_up(shop: Shop) -> None:
    customer = shop.customer()
    shop.connector.perform(shop.invoice(customer), "open", {})
    shop.connector.organization()
    fields = shop.connector.get(customer).fields
    assert fields["receivable"] == fields["receivable_base"] == Money(Decimal(5000), "JPY")


class TestSubscriptions:
    def test_one_is_a_document_with_its_term_and_its_next_bill(self, shop: Shop) -> None:
        customer = shop.customer()
        record = shop.connector.get(shop.subscribe(customer, reference_id="R-7"))
        document = Document.of(record)
        assert (document.number, document.status, document.reference) == ("SUB-00001", "live", "R-7")
        assert (document.total, document.balance) == (Money(Decimal(5000), "JPY"), Money.zero("JPY"))
        assert document.customer == customer
        assert document.date is not None
        assert document.due_date is not None
        assert dt.timedelta(28) <= document.due_date - document.date <= dt.timedelta(31)
        assert (record.fields["plan"], record.fields["term"]) == ("Gold", "1 months")

    def test_a_foreign_one_is_read_by_itself_for_its_rate(self, shop: Shop) -> None:
        ref = shop.subscribe(shop.customer(currency="USD"), plan={"plan_code": "support", "price": Decimal("10.50")})
        shop.connector.organization()
        before = len(shop.harness.calls)
        (listed,) = shop.connector.changes("subscription", None).records
        assert shop.paths(before) == ["GET /subscriptions", "GET /subscriptions/{id}"]
        assert listed.fields["total"] == Money(Decimal("10.50"), "USD")
        assert listed.fields["base_total"] == Money(Decimal(1588), "JPY")
        assert listed == shop.connector.get(ref)

    def test_one_of_our_own_currency_costs_no_call_of_its_own(self, shop: Shop) -> None:
        shop.subscribe(shop.customer())
        shop.connector.organization()
        before = len(shop.harness.calls)
        shop.connector.changes("subscription", None)
        assert shop.paths(before) == ["GET /subscriptions"]

    def test_what_becomes_of_one_is_told_by_the_next_look(self, shop: Shop) -> None:
        ref = shop.subscribe(shop.customer())
        cursor = shop.connector.changes("subscription", None).cursor
        shop.double.tick()
        shop.double.call("POST", f"/subscriptions/{ref.id}/cancel", cancel_at_end="true")
        (told,) = shop.connector.changes("subscription", cursor).records
        label = SERVICE.panels()[0].status(str(told.fields["status"]))
        assert (told.ref, told.fields["status"]) == (ref, "non_renewing")
        assert ((label.label.en, label.label.ja), label.tone) == (("Ends with its term", "更新なし"), "warning")

    def test_one_without_a_customer_is_refused_before_anything_is_sent(self, shop: Shop) -> None:
        with pytest.raises(RecordRejected, match="without customer"):
            shop.connector.create("subscription", NewRecord("k", {}))


class TestInvoices:
    def test_a_subscription_makes_its_own(self, shop: Shop) -> None:
        customer = shop.customer()
        shop.subscribe(customer, reference_id="R-7")
        (record,) = shop.connector.changes("invoice", None).records
        document = Document.of(record)
        assert (document.number, document.status, document.customer) == ("INV-000001", "sent", customer)
        assert (document.total, document.balance) == (Money(Decimal(5000), "JPY"), Money(Decimal(5000), "JPY"))
        assert document.reference == "R-7"

    def test_it_is_voided_and_opened_where_billing_does_that(self, shop: Shop) -> None:
        ref = shop.invoice(shop.customer())
        before = len(shop.harness.calls)
        assert shop.connector.perform(ref, "open", {}).fields["status"] == "sent"
        for _ in range(2):
            void = Document.of(shop.connector.perform(ref, "void", {}))
            assert (void.status, void.balance) == ("void", Money.zero("JPY")), "nothing is owed on it"
        posted = [path for path in shop.paths(before) if path.startswith("POST /invoices")]
        assert posted == ["POST /invoices/{id}/converttoopen", *["POST /invoices/{id}/void"] * 2]

    def test_it_is_printed_and_mailed_with_its_pdf(self, shop: Shop) -> None:
        assert isinstance(shop.connector, Printing)
        assert isinstance(shop.connector, Mailing)
        customer = shop.customer()
        shop.double.call("PUT", f"/customers/{customer.id}", {"display_name": "Acme", "email": "pay@acme.example"})
        ref = shop.invoice(customer)
        assert shop.connector.addresses(ref) == ("pay@acme.example",)
        printed = shop.connector.pdf(ref)
        assert (printed.name, printed.content[:5]) == ("INV-000001.pdf", b"%PDF-")
        shop.connector.email(ref, Mail(to=("pay@acme.example",), subject="Yours", body="Please pay."))
        assert shop.connector.get(ref).fields["status"] == "sent"

    def test_a_subscription_is_no_paper(self, shop: Shop) -> None:
        assert isinstance(shop.connector, Printing)
        with pytest.raises(RecordRejected, match="prints and mails only: invoice"):
            shop.connector.pdf(shop.subscribe(shop.customer()))


def test_its_plan_and_rates_are_told(shop: Shop) -> None:
    assert isinstance(shop.connector, Plans)
    (rate,) = shop.connector.rates()
    assert (rate.base, rate.foreign, rate.value) == ("JPY", "USD", Decimal("151.25"))
    assert shop.connector.plan().has_transactions is False
    shop.subscribe(shop.customer())
    assert shop.connector.plan().has_transactions is True


def test_the_organisation_is_named_in_a_header(shop: Shop) -> None:
    shop.customer()
    logged = shop.double.requests(service="billing")
    assert logged
    assert not [entry for entry in logged if "organization_id" in entry["query"]]
