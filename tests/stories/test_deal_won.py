"""A deal is won in the CRM, and its invoice stands on the account's page: the whole walk, nothing patched."""

from decimal import Decimal
from typing import Any

import pytest


def test_the_invoice_of_a_won_deal_is_on_the_accounts_page(office: Any, zoho: Any) -> None:
    account, deal = zoho.account_and_deal(name="青葉商事株式会社", amount=120_000)
    assert office.sync().state == "done"
    assert zoho.invoices() == []

    zoho.win(deal)
    office.wait_until(lambda: len(zoho.invoices()) == 1 and office.quiet())

    invoice = zoho.invoices()[0]
    assert invoice["customer_name"] == "青葉商事株式会社"
    assert Decimal(invoice["total"]) == 120_000
    page = office.page(f"/accounts/{account}")
    assert invoice["invoice_number"] in page
    assert "120,000" in page
    assert "deal_won_invoice" in page
    # Every condition is shown with the value it saw.
    assert "Amount is more than 0" in page
    japanese = office.page(f"/accounts/{account}", "ja")
    assert invoice["invoice_number"] in japanese
    assert "請求書" in japanese


def test_a_deal_won_while_nobody_listened_is_billed_by_the_next_sync(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    _, deal = zoho.account_and_deal()
    office.sync()

    zoho.win(deal)
    office.sync()

    assert len(zoho.invoices()) == 1


def test_notification_and_poll_of_one_change_make_one_invoice(office: Any, zoho: Any) -> None:
    _, deal = zoho.account_and_deal()
    office.sync()

    zoho.win(deal)
    office.sync()
    office.wait_until(lambda: len(zoho.invoices()) >= 1 and office.quiet())
    office.sync()

    assert len(zoho.invoices()) == 1


def test_deals_won_before_the_connection_are_no_news(office: Any, zoho: Any) -> None:
    _, deal = zoho.account_and_deal(Stage="Closed Won")
    office.sync()
    zoho.change("Deals", deal, Description="paid long ago")
    office.sync()

    assert zoho.invoices() == []


def test_a_deal_that_arrives_won_is_billed(office: Any, zoho: Any) -> None:
    account, _ = zoho.account_and_deal()
    office.sync()

    zoho.add(
        "Deals",
        Deal_Name="その場で受注",
        Stage="Closed Won",
        Amount=5000,
        Account_Name={"id": account},
        Closing_Date="2026-11-24",
    )
    office.wait_until(lambda: len(zoho.invoices()) == 1)


def test_won_lost_and_won_again_is_billed_once(office: Any, zoho: Any) -> None:
    _, deal = zoho.account_and_deal()
    office.sync()
    for stage in ("Closed Won", "Closed Lost", "Closed Won"):
        zoho.change("Deals", deal, Stage=stage)
        office.sync()

    assert len(zoho.invoices()) == 1


def test_lost_and_open_deals_are_not_billed(office: Any, zoho: Any) -> None:
    _, lost = zoho.account_and_deal()
    office.sync()
    zoho.change("Deals", lost, Stage="Closed Lost")
    office.sync()

    assert zoho.invoices() == []


def test_a_won_deal_of_an_account_nobody_synced_is_explained(office: Any, zoho: Any) -> None:
    """The account comes with the deal, after the sync that would have made its customer."""
    office.sync()
    account, deal = zoho.account_and_deal(name="あとから商会")
    zoho.win(deal)
    office.wait_until(office.quiet)
    office.sync()
    office.wait_until(office.quiet)

    # Whatever came first, the customer is there in the end, and the deal is billed once or said why not.
    assert [customer["contact_name"] for customer in zoho.customers()] == ["あとから商会"]
    assert len(zoho.invoices()) == 1, office.page(f"/accounts/{account}")


def test_products_of_the_deal_are_its_lines(office: Any, zoho: Any) -> None:
    _, deal = zoho.account_and_deal(amount=3_300)
    products = [
        zoho.add("Products", Product_Name="測定器 A", Unit_Price=1_100),
        zoho.add("Products", Product_Name="校正サービス", Unit_Price=2_200),
    ]
    zoho.call("PUT", f"/crm/v8/Deals/{deal}/Products", {"data": [{"id": id} for id in products]})
    office.sync()

    zoho.win(deal)
    office.wait_until(lambda: len(zoho.invoices()) == 1)

    invoice = zoho.books(f"/invoices/{zoho.invoices()[0]['invoice_id']}")["invoice"]
    assert sorted(line["name"] for line in invoice["line_items"]) == ["校正サービス", "測定器 A"]
    assert Decimal(invoice["total"]) == 3_300


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_a_deal_in_a_foreign_currency_is_billed_in_it(open_office: Any, zoho: Any, currency: str) -> None:
    zoho.call(
        "POST",
        "/crm/v8/org/currencies/actions/enable",
        {"base_currency": _currency("JPY", "1.000000000", "¥")},
    )
    zoho.call("POST", "/crm/v8/org/currencies", {"currencies": [_currency(currency, "0.006400000", "$")]})
    _books_currency(zoho, currency, Decimal("156.25"))
    office = open_office()
    account, deal = zoho.account_and_deal(name="Blue Leaf Ltd", amount=1054, Currency=currency)
    office.sync()

    zoho.win(deal)
    office.wait_until(lambda: len(zoho.invoices()) == 1 and office.quiet())

    invoice = zoho.invoices()[0]
    assert invoice["currency_code"] == currency
    assert Decimal(invoice["total"]) == 1054
    page = office.page(f"/accounts/{account}")
    assert "1,054.00" in page
    assert "164,688" in page  # 1054 x 156.25 = 164,687.5 yen, and yen have no half


def _currency(code: str, rate: str, symbol: str) -> dict[str, Any]:
    shape = {"decimal_separator": "Period", "thousand_separator": "Comma", "decimal_places": "2"}
    names = {"JPY": "Japanese Yen", "USD": "US Dollar", "EUR": "Euro"}
    return {
        "iso_code": code,
        "name": f"{names[code]} - {code}",
        "symbol": symbol,
        "exchange_rate": rate,
        "format": shape,
    }


def _books_currency(zoho: Any, code: str, rate: Decimal) -> None:
    organization = zoho.call("GET", "/books/v3/organizations")["organizations"][0]["organization_id"]
    known = zoho.call("GET", "/books/v3/settings/currencies", organization_id=organization)["currencies"]
    found = [entry["currency_id"] for entry in known if entry["currency_code"] == code]
    if not found:
        body = {"currency_code": code, "currency_symbol": "$", "currency_format": "1,234,567.89"}
        made = zoho.call("POST", "/books/v3/settings/currencies", body, organization_id=organization)
        found = [made["currency"]["currency_id"]]
    zoho.call(
        "POST",
        f"/books/v3/settings/currencies/{found[0]}/exchangerates",
        {"effective_date": "2026-01-01", "rate": rate},
        organization_id=organization,
    )


def test_what_the_customer_owes_is_read_again_with_the_invoice(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False)
    _, deal = zoho.account_and_deal()
    office.sync()
    (customer,) = zoho.customers()
    read = f"/books/v3/contacts/{customer['contact_id']}"
    before = zoho.calls_to(read)

    zoho.win(deal)
    office.sync()
    assert zoho.calls_to(read) == before + 1
    office.sync()
    assert zoho.calls_to(read) == before + 1
