"""Items, currencies with their rates, and taxes."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any


def test_items(books: Any) -> None:
    item = books.made("/items", {"name": "Drive", "rate": Decimal("120.5"), "sku": "D-1", "product_type": "goods"})
    path = f"/items/{item['item_id']}"
    assert item == books.get(path).body["item"]
    assert (item["status"], item["zcrm_product_id"], str(item["rate"])) == ("active", "", "120.5")
    assert books.post("/items", {"name": "drive", "rate": 1}).message == 'Item "drive" already exists.'
    assert books.post("/items", {"name": "Other", "rate": 1, "sku": "D-1"}).code == 1001
    assert books.post("/items", {"name": "Other"}).message == "Invalid value passed for rate"
    assert books.post("/items", {"rate": 1}).message == "Invalid value passed for name"
    assert books.post("/items", {"name": "x" * 101, "rate": 1}).code == 15
    assert books.put(path, {"rate": 99}).body["item"]["rate"] == 99
    assert books.put(path, {"sku": ""}).body["item"]["sku"] == ""
    assert books.post(f"{path}/inactive").message == "The item has been marked as inactive."
    assert books.get("/items", filter_by="Status.Active").body["items"] == []
    assert books.get("/items").body["items"][0]["status"] == "inactive"
    books.post(f"{path}/active")
    invoice = books.invoice(books.customer(), line_items=[{"item_id": item["item_id"]}])
    assert books.delete(path).status == 400
    books.delete(f"/invoices/{invoice['invoice_id']}")
    assert books.delete(path).message == "The item has been deleted."
    assert books.get(path).message == "Item does not exist."


def test_the_list_finds_items(books: Any) -> None:
    for name, rate in (("Alpha", 10), ("Beta", 20), ("Alphabet", 30)):
        books.made("/items", {"name": name, "rate": rate, "description": f"{name}'s text"})
    expected = {
        ("name", "ALPHA"): ["Alpha"],
        ("name_startswith", "alpha"): ["Alpha", "Alphabet"],
        ("name_contains", "et"): ["Alphabet", "Beta"],
        ("description_contains", "beta's"): ["Beta"],
        ("rate", "20.00"): ["Beta"],
        ("rate_greater_equals", "20"): ["Alphabet", "Beta"],
        ("search_text", "bet"): ["Alphabet", "Beta"],
        ("sort_column", "rate"): ["Alpha", "Beta", "Alphabet"],
        ("per_page", "1"): ["Alpha"],
    }
    for (name, value), found in expected.items():
        assert [item["name"] for item in books.get("/items", **{name: value}).body["items"]] == found, name


def test_an_item_in_a_foreign_document_costs_what_it_is_worth_there(books: Any) -> None:
    item = books.made("/items", {"name": "Drive", "rate": 100})
    euro = books.currency("EUR", Decimal("1.25"))
    customer = books.customer(currency_id=euro["currency_id"])
    invoice = books.invoice(customer, line_items=[{"item_id": item["item_id"]}])
    assert (str(invoice["total"]), str(invoice["bcy_total"])) == ("80.00", "100.00")
    assert str(invoice["line_items"][0]["rate"]) == "80.00"


def test_currencies(books: Any) -> None:
    (base,) = books.get("/settings/currencies").body["currencies"]
    assert (base["currency_code"], base["is_base_currency"], base["exchange_rate"]) == ("USD", True, 0)
    assert base["effective_date"] == ""
    yen = books.currency("JPY")
    path = f"/settings/currencies/{yen['currency_id']}"
    assert (yen["price_precision"], yen["exchange_rate"], yen["effective_date"]) == (0, 0, "")
    assert books.get(path).body["currency"] == yen
    twice = books.post("/settings/currencies", {"currency_code": "JPY", "currency_format": "1"})
    assert (twice.status, twice.code) == (400, 1001)
    unknown = books.post("/settings/currencies", {"currency_code": "ABC", "currency_format": "1"})
    assert unknown.message == "Invalid value passed for currency_code"
    assert books.put(path, {"currency_symbol": "円"}).body["currency"]["currency_symbol"] == "円"
    without = books.get("/settings/currencies", filter_by="Currencies.ExcludeBaseCurrency")
    assert [currency["currency_code"] for currency in without.body["currencies"]] == ["JPY"]
    customer = books.customer(currency_id=yen["currency_id"])
    assert books.delete(path).status == 400
    books.delete(f"/contacts/{customer['contact_id']}")
    assert books.delete(path).message == "The currency has been deleted."
    assert books.delete(f"/settings/currencies/{base['currency_id']}").status == 400


def test_exchange_rates(books: Any, set_clock: Callable[[str], None]) -> None:
    set_clock("2026-06-09T12:00:00+00:00")
    euro = books.currency("EUR")
    path = f"/settings/currencies/{euro['currency_id']}/exchangerates"
    for day, rate in (("2026-06-01", "1.1"), ("2026-06-05", "1.123456789"), ("2026-07-01", "1.3")):
        made = books.made(path, {"effective_date": day, "rate": Decimal(rate)})
        assert (made["effective_date"], made["rate"]) == (day, Decimal(rate))
    shown = books.get(f"/settings/currencies/{euro['currency_id']}").body["currency"]
    assert (shown["exchange_rate"], shown["effective_date"]) == (Decimal("1.123456789"), "2026-06-05")

    def days(**query: Any) -> list[str]:
        return [rate["effective_date"] for rate in books.get(path, **query).body["exchange_rates"]]

    assert days() == ["2026-07-01", "2026-06-05", "2026-06-01"]
    assert days(from_date="2026-06-06") == ["2026-07-01", "2026-06-05"]
    assert days(is_current_date="true") == []
    today = books.made(path, {"rate": Decimal("1.2")})
    assert days(is_current_date="true") == ["2026-06-09"]
    one = f"{path}/{today['exchange_rate_id']}"
    assert books.put(one, {"rate": Decimal("1.21")}).message == "The exchange rate has been updated."
    assert books.get(one).body["exchange_rate"]["rate"] == Decimal("1.21")
    assert books.delete(one).message == "Exchange rate successfully deleted"
    assert books.get(one).status == 404
    for wrong in (0, -1, "x", None):
        assert books.post(path, {"rate": wrong}).message == "Invalid value passed for rate"


def test_taxes(books: Any) -> None:
    tax = books.made("/settings/taxes", {"tax_name": "VAT", "tax_percentage": Decimal("7.7")})
    path = f"/settings/taxes/{tax['tax_id']}"
    assert books.get(path).body["tax"] == tax
    assert books.post("/settings/taxes", {"tax_name": "VAT", "tax_percentage": 1}).code == 1001
    assert books.post("/settings/taxes", {"tax_name": "X", "tax_percentage": 101}).code == 2
    invoice = books.invoice(books.customer(), line_items=[{"name": "W", "rate": 100, "tax_id": tax["tax_id"]}])
    assert str(invoice["tax_total"]) == "7.70"
    assert books.put(path, {"tax_percentage": 8}).body["tax"]["tax_percentage"] == 8
    again = books.get(f"/invoices/{invoice['invoice_id']}").body["invoice"]
    assert str(again["tax_total"]) == "7.70"
    assert [each["tax_name"] for each in books.get("/settings/taxes").body["taxes"]] == ["VAT"]
    assert books.delete(path).status == 400
    books.delete(f"/invoices/{invoice['invoice_id']}")
    assert books.delete(path).message == "The record has been deleted."
    assert books.get(path).message == "Tax does not exist."
