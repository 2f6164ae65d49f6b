"""What other parts of the sandbox do with Books without HTTP, and what a reopened file still holds."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from zoho_sandbox.application import open_sandbox
from zoho_sandbox.finance import contacts, currencies, items, organizations
from zoho_sandbox.finance.errors import FinanceError
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings

Serve = Callable[[], Any]


@pytest.fixture
def settings(tmp_path: Path) -> SandboxSettings:
    return SandboxSettings(data=tmp_path / "sandbox.db", seed_data="empty")


@pytest.fixture
def sandbox(settings: SandboxSettings) -> Iterator[Sandbox]:
    opened = open_sandbox(settings)
    yield opened
    opened.close()


def test_there_is_one_organisation_from_the_start(sandbox: Sandbox) -> None:
    organization = organizations.default_organization(sandbox.db)
    assert (organization.currency_code, organization.price_precision) == ("JPY", 0)
    assert organization.is_default


def test_an_empty_organisation_can_be_set_up_anew(sandbox: Sandbox) -> None:
    before = organizations.default_organization(sandbox.db)
    organizations.change_organization(
        sandbox, before.organization_id, name="Acme", currency_code="USD", time_zone="America/New_York"
    )
    after = organizations.default_organization(sandbox.db)
    assert (after.organization_id, after.name) == (before.organization_id, "Acme")
    assert (after.currency_code, after.time_zone) == ("USD", "America/New_York")
    known = currencies.all_of(sandbox.db, after.organization_id, with_base=True)
    assert [(currency.currency_code, currency.is_base) for currency in known] == [("USD", True)]


def test_currencies_are_added_with_their_rate(sandbox: Sandbox) -> None:
    organization = organizations.default_organization(sandbox.db)
    first = currencies.add_currency(sandbox, organization.organization_id, "USD", Decimal("150.25"))
    again = currencies.add_currency(sandbox, organization.organization_id, "USD", Decimal("151.5"))
    assert first == again
    dollar = currencies.find(sandbox.db, organization.organization_id, first)
    rate = currencies.rate_on(sandbox.db, dollar, organization.today(sandbox).isoformat())
    assert rate is not None
    assert str(rate.rate) == "151.50"
    for code, value in (("JPY", "1"), ("XYZ", "1"), ("EUR", "0")):
        with pytest.raises(FinanceError):
            currencies.add_currency(sandbox, organization.organization_id, code, Decimal(value))
    left = currencies.all_of(sandbox.db, organization.organization_id, with_base=True)
    assert [currency.currency_code for currency in left] == ["JPY", "USD"]


def test_a_second_organisation_of_the_administrator(sandbox: Sandbox) -> None:
    made = organizations.create_organization(
        sandbox, name="Second", currency_code="BHD", time_zone="Asia/Bahrain", plan_name="FREE"
    )
    organization = organizations.find(sandbox.db, made)
    assert (organization.price_precision, organization.plan_name, organization.is_default) == (3, "FREE", False)
    for wrong in ({"currency_code": "XYZ"}, {"time_zone": "Mars"}, {"plan_name": "GOLD"}):
        given = {"name": "X", "currency_code": "USD", "time_zone": "UTC"} | wrong
        with pytest.raises(FinanceError):
            organizations.create_organization(sandbox, **given)


def test_the_file_keeps_everything(settings: SandboxSettings, make_client: Callable[[httpx2.Client], Any]) -> None:
    with running(settings) as served, httpx2.Client(base_url=served.base_url) as http:
        books = make_client(http)
        customer = books.customer()
        invoice = books.invoice(customer)
        item = books.made("/items", {"name": "Drive", "rate": 1})
    reopened = open_sandbox(settings)
    with pytest.raises(FinanceError):
        organizations.change_organization(
            reopened, books.organization_id, name="X", currency_code="USD", time_zone="UTC"
        )
    contacts.link_to_crm(reopened.db, customer["contact_id"], account_id="4711")
    items.link_to_crm(reopened.db, item["item_id"], "4712")
    reopened.close()
    with running(settings) as served, httpx2.Client(base_url=served.base_url) as http:
        books = make_client(http)
        assert books.get(f"/invoices/{invoice['invoice_id']}").body["invoice"] == invoice
        assert books.invoice(customer)["invoice_number"] == "INV-000002"
        for query in ({"zcrm_account_id": "4711"}, {"filter_by": "Status.Crm"}):
            (found,) = books.get("/contacts", **query).body["contacts"]
            assert found["is_linked_with_zohocrm"] is True
        linked = books.get(f"/contacts/{customer['contact_id']}").body["contact"]
        assert linked["zcrm_account_id"] == "4711"
        books.put(f"/items/{item['item_id']}", {"zcrm_product_id": "1", "unit": "pcs"})
        (row,) = books.get("/items").body["items"]
        assert (row["zcrm_product_id"], row["is_linked_with_zohocrm"], row["unit"]) == ("4712", True, "pcs")
        # No request can write what Zoho's own integration fills.
        books.put(f"/contacts/{customer['contact_id']}", {"zcrm_account_id": "1", "notes": "x"})
        assert books.get("/contacts", zcrm_account_id="4711").body["contacts"] != []


def test_an_answer_lost_after_the_write_can_be_looked_up(
    settings: SandboxSettings, make_client: Callable[[httpx2.Client], Any]
) -> None:
    with running(settings) as served, httpx2.Client(base_url=served.base_url) as http:
        books = make_client(http)
        customer = books.customer()
        http.post("/_sandbox/faults", json={"kind": "drop_after", "method": "POST", "path": "/books/v3/invoices"})
        with pytest.raises(httpx2.TransportError):
            books.invoice(customer, reference_number="key-1")
        (found,) = books.get("/invoices", reference_number="key-1").body["invoices"]
        assert found["invoice_number"] == "INV-000001"
