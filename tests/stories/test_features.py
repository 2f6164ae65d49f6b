"""Choosing features: each on or off, and what is off is neither fetched nor shown."""

from decimal import Decimal
from typing import Any

import pytest

from tsunagi.app.connections.services import FeatureState, features, set_feature
from tsunagi.app.views import records
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError, NotConnected

LISTINGS = {
    "estimates": "/books/v3/estimates",
    "invoices": "/books/v3/invoices",
    "sales_orders": "/books/v3/salesorders",
    "purchase_orders": "/books/v3/purchaseorders",
}


def panels_of(office: Any, account: str) -> list[str]:
    page = records.account_page(office.hub.context, account)
    assert page is not None
    return [f"{view.panel.service}.{view.panel.name}" for view in page.panels]


@pytest.fixture
def four(open_desk: Any, zoho: Any) -> Any:
    """All four services, connected and not yet chosen from."""
    zoho.use("books", "invoice", "expense", "subscriptions")
    return open_desk("crm", "books", "invoice", "expense", "subscriptions")


def test_what_there_is_to_choose_from(four: Any) -> None:
    offered: dict[str, list[str]] = {}
    for state in features(four.hub.context):
        assert state.on
        assert state.feature.label.en != state.feature.label.ja
        offered.setdefault(state.service, []).append(state.feature.name)

    assert offered == {
        "books": ["estimates", "invoices", "sales_orders", "purchase_orders"],
        "invoice": ["estimates", "invoices"],
        "expense": ["expenses", "expense_reports"],
        "subscriptions": ["subscriptions", "invoices"],
    }


def test_each_is_switched_by_itself_and_remembered(four: Any, open_desk: Any) -> None:
    hanako = four.person()
    assert set_feature(four.hub.context, hanako, "invoice", "estimates", on=False).on is False

    assert [_name(state) for state in features(open_desk().hub) if not state.on] == ["invoice.estimates"]
    assert set_feature(four.hub.context, hanako, "invoice", "estimates", on=True).on is True
    assert all(state.on for state in features(four.hub.context))


def _name(state: FeatureState) -> str:
    return f"{state.service}.{state.feature.name}"


def test_a_feature_or_service_that_is_not_there_is_named_with_those_that_are(four: Any) -> None:
    with pytest.raises(ConfigError) as unknown:
        set_feature(four.hub.context, four.person(), "books", "quotes", on=False)
    assert "'quotes'" in unknown.value.message.en
    assert "estimates, invoices, sales_orders, purchase_orders" in unknown.value.message.en

    with pytest.raises(NotConnected):
        set_feature(four.hub.context, four.person(), "payroll", "payslips", on=False)


def test_what_is_off_is_neither_fetched_nor_shown(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    account, _ = zoho.account_and_deal(name="青葉商事")
    office.sync()
    customer = zoho.customers()[0]["contact_id"]
    zoho.finance("books", "POST", "/estimates", _sale(customer, 100))
    zoho.finance("books", "POST", "/invoices", _sale(customer, 200))
    set_feature(office.hub.context, office.person(), "books", "estimates", on=False)
    set_feature(office.hub.context, office.person(), "books", "purchase_orders", on=False)
    before = {name: zoho.calls_to(path) for name, path in LISTINGS.items()}
    assert office.sync().state == "done"

    asked = {name: zoho.calls_to(path) - before[name] for name, path in LISTINGS.items()}
    assert asked == {"estimates": 0, "invoices": 1, "sales_orders": 1, "purchase_orders": 0}
    assert panels_of(office, account) == ["books.invoices", "books.sales_orders"]
    ref = RecordRef("crm", "account", account)
    assert records.panel_page(office.hub.context, ref, "books", "estimates", after=None) is None
    shown = office.page(f"/accounts/{account}")
    assert "INV-" in shown
    assert "QT-" not in shown

    # Switched on again, it is as if it had never been off: nothing that came meanwhile is missing.
    set_feature(office.hub.context, office.person(), "books", "estimates", on=True)
    office.sync()
    assert "QT-" in office.page(f"/accounts/{account}")


def test_a_feature_that_was_off_from_the_start_brings_no_news_later(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    set_feature(office.hub.context, office.person(), "books", "invoices", on=False)
    _, deal = zoho.account_and_deal()
    office.sync()
    zoho.win(deal)
    office.sync()
    billed = len(zoho.invoices())
    set_feature(office.hub.context, office.person(), "books", "invoices", on=True)
    office.sync()
    office.sync()

    assert len(zoho.invoices()) == billed == 1


def _sale(customer: str, amount: int) -> dict[str, Any]:
    return {"customer_id": customer, "line_items": [{"name": "保守", "rate": Decimal(amount), "quantity": 1}]}
