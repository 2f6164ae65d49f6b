"""Record panels: accounts, contacts and deals show what every service that is on keeps of them."""

from decimal import Decimal
from typing import Any

import pytest

from tsunagi.app.connections.services import disable, set_feature
from tsunagi.app.documents.refreshing import refresh_here
from tsunagi.app.views import records
from tsunagi.domain.money import Money
from tsunagi.errors import NotConnected, ServiceOff

NAME = "青葉商事"
SALES = ("estimates", "invoices", "salesorders")
NUMBERS = {"estimates": "estimate", "invoices": "invoice", "salesorders": "salesorder"}


def _line(amount: int) -> list[dict[str, Any]]:
    return [{"name": "保守", "rate": Decimal(amount), "quantity": 1}]


class Company:
    """One account with its contact and deal in the CRM, and papers about it in all four services."""

    def __init__(self, office: Any, zoho: Any) -> None:
        self.office, self.zoho = office, zoho
        self.account, self.deal = zoho.account_and_deal(name=NAME)
        self.contact = zoho.add("Contacts", Last_Name="森", Email="mori@example.com", Account_Name={"id": self.account})
        office.sync()

    def customer(self, service: str) -> str:
        path = "/customers" if service == "subscriptions" else "/contacts"
        listed = self.zoho.finance(service, "GET", path)
        rows = listed.get("customers") or listed.get("contacts")
        row = next(each for each in rows if NAME in (each.get("contact_name"), each.get("display_name")))
        return str(row.get("contact_id") or row.get("customer_id"))

    def sell(self, service: str, path: str, amount: int) -> str:
        body = {"customer_id": self.customer(service), "line_items": _line(amount)}
        made = self.zoho.finance(service, "POST", f"/{path}", body)
        return str(made[NUMBERS[path]][f"{NUMBERS[path]}_number"])

    def order(self, amount: int) -> str:
        """From a supplier, for the deal."""
        vendor = self.zoho.finance("books", "POST", "/contacts", {"contact_name": "部品工業", "contact_type": "vendor"})
        body = {
            "vendor_id": vendor["contact"]["contact_id"],
            # The vendor has no other place for it.
            "reference_number": self.deal,
            "line_items": _line(amount),
        }
        return str(self.zoho.finance("books", "POST", "/purchaseorders", body)["purchaseorder"]["purchaseorder_number"])

    def spend(self, amount: int) -> None:
        category = self.zoho.finance("expense", "GET", "/expensecategories")["expense_accounts"][0]["category_id"]
        spent = {"amount": Decimal(amount), "category_id": category, "customer_id": self.customer("expense")}
        made = self.zoho.finance("expense", "POST", "/expenses", spent)["expense"]["expense_id"]
        wanted = {
            "report_name": "現地調査",
            "customer_id": self.customer("expense"),
            "expenses": [{"expense_id": made}],
        }
        self.zoho.finance("expense", "POST", "/expensereports", wanted)

    def subscribe(self) -> None:
        product = self.zoho.finance("subscriptions", "POST", "/products", {"name": "保守"})["product"]["product_id"]
        terms = {"interval": 1, "interval_unit": "months", "recurring_price": 1000}
        plan = {"plan_code": "gold", "name": "Gold", "product_id": product, **terms}
        self.zoho.finance("subscriptions", "POST", "/plans", plan)
        wanted = {"customer_id": self.customer("subscriptions"), "plan": {"plan_code": "gold"}}
        self.zoho.finance("subscriptions", "POST", "/subscriptions", wanted)

    def panels(self, kind: Any, id: str) -> dict[str, int]:
        """How many rows each panel with any has."""
        page = records.record_page(self.office.hub.context, kind, id)
        assert page is not None
        return {f"{view.panel.service}.{view.panel.name}": view.count for view in page.panels if view.count}


@pytest.fixture
def everything(open_office: Any, zoho: Any) -> Company:
    zoho.use("books", "invoice", "expense", "subscriptions")
    office = open_office(listening=False, services=("crm", "books", "invoice", "expense", "subscriptions"))
    return Company(office, zoho)


def test_every_service_that_is_on_shows_what_it_keeps(everything: Company, zoho: Any) -> None:
    everything.sell("books", "estimates", 100)
    number = everything.sell("books", "invoices", 200)
    everything.sell("books", "salesorders", 300)
    everything.sell("invoice", "invoices", 400)
    ordered = everything.order(50)
    everything.spend(1200)
    everything.subscribe()
    assert everything.office.sync().state == "done"

    on_account = everything.panels("account", everything.account)
    assert on_account == {
        "books.estimates": 1,
        "books.invoices": 1,
        "books.sales_orders": 1,
        "books.purchase_orders": 1,
        "expense.expenses": 1,
        "expense.expense_reports": 1,
        "invoice.invoices": 1,
        "subscriptions.subscriptions": 1,
        "subscriptions.invoices": 1,
    }
    # A contact's page has the papers of its account; a deal's those that name it.
    on_contact = everything.panels("contact", everything.contact)
    assert {
        name: count for name, count in on_account.items() if name != "books.purchase_orders"
    }.items() <= on_contact.items()
    assert everything.panels("deal", everything.deal)["books.purchase_orders"] == 1

    shown = everything.office.page(f"/accounts/{everything.account}")
    for text in (number, ordered, "Zoho Invoice", "Zoho Expense", "Zoho Subscriptions"):
        assert text in shown
    tab = everything.office.page(f"/accounts/{everything.account}?service=subscriptions", "ja")
    assert "サブスクリプション" in tab

    # From the store: nobody is asked while somebody waits for a page.
    services = ("/crm", "/books", "/invoice", "/expense", "/billing")
    asked = [zoho.calls_to(service) for service in services]
    everything.office.page(f"/accounts/{everything.account}")
    assert [zoho.calls_to(service) for service in services] == asked

    # One service off, the others stay.
    disable(everything.office.hub.context, everything.office.person(), "expense", confirmed="expense")
    left = everything.panels("account", everything.account)
    assert left == {name: count for name, count in on_account.items() if not name.startswith("expense.")}


def test_it_is_fresh_on_demand_and_from_where_it_was_left(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    company = Company(office, zoho)
    number = company.sell("books", "invoices", 200)
    assert number not in office.page(f"/accounts/{company.account}")
    listed, written = zoho.calls_to("/books/v3/contacts"), len(zoho.writes())

    run = refresh_here(office.hub.context, office.hub.jobs, office.person("ichiro.suzuki@example.com"))

    assert run.state == "done"
    assert number in office.page(f"/accounts/{company.account}")
    # Documents only: no customer is read and nothing is written.
    assert (zoho.calls_to("/books/v3/contacts"), len(zoho.writes())) == (listed, written)

    # A further look costs one call a kind of document, and what is off is left alone.
    set_feature(office.hub.context, office.person(), "books", "estimates", on=False)
    before = {path: zoho.calls_to(f"/books/v3/{path}") for path in SALES}
    assert refresh_here(office.hub.context, office.hub.jobs, None, "books").state == "done"
    assert {path: zoho.calls_to(f"/books/v3/{path}") - before[path] for path in SALES} == {
        "estimates": 0,
        "invoices": 1,
        "salesorders": 1,
    }

    with pytest.raises(NotConnected):
        refresh_here(office.hub.context, office.hub.jobs, None, "invoice")
    disable(office.hub.context, office.person(), "books", confirmed="books")
    with pytest.raises(ServiceOff):
        refresh_here(office.hub.context, office.hub.jobs, None, "books")


def test_receivables_are_summed_up_as_the_service_says_them(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    company = Company(office, zoho)
    company.sell("books", "invoices", 200)
    id = zoho.invoices()[0]["invoice_id"]
    zoho.finance("books", "POST", f"/invoices/{id}/status/sent")
    office.sync(full=True)

    page = records.record_page(office.hub.context, "account", company.account)
    assert page is not None
    (balance,) = page.balances
    assert balance.customer.service == "books"
    assert balance.receivable == balance.receivable_base == Money(Decimal(200), "JPY")
    assert page.balances == records.record_page(office.hub.context, "deal", company.deal).balances  # type: ignore[union-attr]


def test_the_crms_own_quotes_and_invoices_are_told_apart(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    company = Company(office, zoho)
    page = records.record_page(office.hub.context, "account", company.account)

    assert page is not None
    there = {module["api_name"] for module in zoho.call("GET", "/crm/v8/settings/modules")["modules"]}
    assert set(page.own_documents) == there & {"Quotes", "Sales_Orders", "Purchase_Orders", "Invoices"}


def test_a_service_that_is_away_leaves_the_others_fresh(everything: Company, zoho: Any) -> None:
    everything.sell("books", "invoices", 200)
    everything.sell("invoice", "invoices", 400)
    zoho.fault("status", path="/invoice/v3/*", count=None, status=401, body={"code": 57, "message": "not authorized"})

    run = refresh_here(everything.office.hub.context, everything.office.hub.jobs, None)

    assert run.state == "failed"
    assert run.problem is not None
    assert everything.panels("account", everything.account) == {"books.invoices": 1}


def test_there_is_no_page_for_what_is_not_there(office: Any) -> None:
    assert records.record_page(office.hub.context, "contact", "99") is None
    answer = office.client.get(f"{office.page_url}/accounts/99")
    assert answer.status_code == 404
