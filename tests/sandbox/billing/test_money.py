"""Whatever is paid, taken back, voided and opened again: no money is made or lost."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoho_sandbox.application import open_sandbox
from zoho_sandbox.billing import customers, invoices
from zoho_sandbox.billing.invoices import Item, Order
from zoho_sandbox.demo_data.staff_user import staff_user
from zoho_sandbox.finance import payments
from zoho_sandbox.finance.currencies import add_currency
from zoho_sandbox.finance.errors import FinanceError
from zoho_sandbox.finance.organizations import default_organization, join
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.payments import RECEIVED
from zoho_sandbox.finance.services import BILLING
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.settings import SandboxSettings

PRICES = st.lists(st.decimals(Decimal("0.01"), Decimal(10**6), places=2), min_size=1, max_size=3)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("pay", "take back", "void", "open")),
        st.integers(0, 2),
        st.decimals(Decimal("0.01"), Decimal(10**6), places=2),
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    opened = open_sandbox(SandboxSettings(data=tmp_path_factory.mktemp("money") / "sandbox.db", seed_data="empty"))
    organization_id = default_organization(opened.db).organization_id
    join(opened, organization_id, "billing")
    add_currency(opened, organization_id, "USD", Decimal(150))
    yield opened
    opened.close()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(prices=PRICES, steps=STEPS)
def test_money_is_conserved(sandbox: Sandbox, prices: list[Decimal], steps: list[tuple[str, int, Decimal]]) -> None:
    books, moment = staff_user(sandbox, BILLING), staff_user(sandbox, BILLING).present
    customer = customers.create(books, Fields({"display_name": sandbox.new_id(), "currency_code": "USD"}))
    made = [
        invoices.create(
            books,
            Order(
                customer=customer,
                currency=customers.currency_of(books, customer),
                exchange_rate=Decimal(150),
                items=[Item("Work", price)],
                day=moment.day,
                due=moment.day,
            ),
            moment,
        ).document_id
        for price in prices
    ]
    received: list[tuple[str, Decimal]] = []
    for step, place, amount in steps:
        invoice = invoices.find(books, made[place % len(made)])
        if step == "pay":
            share = {"invoice_id": invoice.document_id, "amount_applied": min(amount, invoice.balance)}
            body = {"customer_id": customer.contact_id, "amount": amount, "invoices": [share]}
            try:
                received.append((payments.create(books, RECEIVED, Fields(body)), amount))
            except FinanceError:
                assert invoice.stage == "void" or not invoice.balance
        elif step == "take back" and received:
            payment_id, _ = received.pop(place % len(received))
            payments.remove(books, RECEIVED, payment_id)
        elif step == "void":
            invoices.void(books, invoice, moment)
        else:
            invoices.open_up(books, invoice, moment)
    found = [invoices.find(books, invoice_id) for invoice_id in made]
    paid = sum(invoice.content["payment_made"] for invoice in found)
    shown = customers.detail(books, customer)
    assert all(invoice.balance + invoice.content["payment_made"] == invoice.total for invoice in found)
    assert all(0 <= invoice.balance <= invoice.total for invoice in found)
    assert paid + shown["unused_credits"] == sum(amount for _, amount in received)
    assert shown["outstanding"] == sum(invoice.balance for invoice in found if invoice.stage == "sent")
