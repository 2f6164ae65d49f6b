"""Whatever is spent in whatever currency, a report's totals are exactly those of its expenses."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoho_sandbox.application import open_sandbox
from zoho_sandbox.demo_data.staff_user import staff_user
from zoho_sandbox.expense import categories, expenses, report_routes, reports
from zoho_sandbox.finance.currencies import add_currency
from zoho_sandbox.finance.organizations import default_organization, join
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.services import EXPENSE
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.settings import SandboxSettings

AMOUNTS = st.decimals(Decimal("0.01"), Decimal(10**9), places=2)
RATES = st.decimals(Decimal("0.000001"), Decimal(1000), places=6)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    opened = open_sandbox(SandboxSettings(data=tmp_path_factory.mktemp("totals") / "sandbox.db", seed_data="empty"))
    organization_id = default_organization(opened.db).organization_id
    join(opened, organization_id, "expense")
    categories.add_standard(opened, organization_id)
    add_currency(opened, organization_id, "USD", Decimal(150))
    yield opened
    opened.close()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(spent=st.lists(st.tuples(AMOUNTS, RATES, st.booleans()), max_size=5))
def test_a_report_is_the_exact_sum_of_its_expenses(
    sandbox: Sandbox, spent: list[tuple[Decimal, Decimal, bool]]
) -> None:
    books = staff_user(sandbox, EXPENSE)
    dollars = sandbox.db.value("SELECT currency_id FROM finance_currencies WHERE currency_code = 'USD'")
    lodging = categories.of_name(sandbox, books.organization_id, "Lodging")
    report = report_routes.create(books, Fields({"report_name": "R"}))
    for amount, rate, reimbursable in spent:
        body = {
            "category_id": lodging,
            "amount": amount,
            "currency_id": dollars,
            "exchange_rate": rate,
            "is_reimbursable": reimbursable,
            "report_id": report.report_id,
        }
        expenses.create(books, Fields(body))
    yen = [(amount * rate).quantize(Decimal(1), ROUND_HALF_UP) for amount, rate, _ in spent]
    shown = reports.find(books, report.report_id).shown()
    assert shown["total"] == sum(yen)
    assert shown["reimbursable_total"] + shown["non_reimbursable_total"] == shown["total"]
    assert [each.content["bcy_total"] for each in expenses.of_report(books, report.report_id)] == yen
