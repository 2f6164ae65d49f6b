from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from zoho_sandbox.demo_data.company import build_company
from zoho_sandbox.demo_data.deals import STAGES, in_currency

TODAY = date(2026, 4, 1)


@pytest.fixture(scope="module", params=[1, 2, 97])
def company(request):
    return build_company(request.param, TODAY)


def test_it_is_large_enough(company):
    assert len(company.accounts) >= 200
    assert len(company.contacts) >= 400
    assert len(company.vendors) >= 50
    assert len(company.products) >= 80
    assert len(company.deals) >= 300


def test_the_same_seed_makes_the_same_company_and_another_seed_another():
    assert build_company(7, TODAY) == build_company(7, TODAY)
    assert build_company(7, TODAY) != build_company(8, TODAY)


def test_names_and_addresses_are_unique(company):
    for entries, name in (
        (company.accounts, "Account_Name"),
        (company.vendors, "Vendor_Name"),
        (company.products, "Product_Name"),
        (company.products, "Product_Code"),
        (company.deals, "Deal_Name"),
    ):
        assert Counter(entry.fields[name] for entry in entries).most_common(1)[0][1] == 1
    emails = [entry.fields["Email"] for entry in (*company.contacts, *company.vendors)]
    assert len(set(emails)) == len(emails)
    assert all(email.isascii() and email.endswith(".example") for email in emails)


def test_companies_are_japanese_and_foreign(company):
    names = " ".join(account.fields["Account_Name"] for account in company.accounts)
    for form in ("株式会社", "合同会社", "GmbH", "Ltd"):
        assert form in names
    countries = {account.fields["Billing_Country"] for account in company.accounts}
    assert {"Japan", "Germany", "United States"} <= countries


def test_people_in_japan_have_a_reading(company):
    for contact in company.contacts:
        japanese = contact.fields["Mailing_Country"] == "Japan"
        assert ("Name_Reading" in contact.fields) is japanese


def test_deals_come_in_every_stage_and_three_currencies(company):
    assert {deal.fields["Stage"] for deal in company.deals} == {stage.name for stage in STAGES}
    assert {deal.fields["Currency"] for deal in company.deals} == {"JPY", "USD", "EUR"}
    assert {bool(deal.products) for deal in company.deals} == {True, False}


def test_amounts_have_the_digits_of_their_currency(company):
    for deal in company.deals:
        amount = deal.fields["Amount"]
        digits = 0 if deal.fields["Currency"] == "JPY" else 2
        assert amount > 0
        assert amount == round(amount, digits)
        assert -amount.as_tuple().exponent <= digits


def test_a_deal_with_products_is_worth_their_prices(company):
    for deal in company.deals:
        if deal.products:
            yen = sum((company.products[place].fields["Unit_Price"] for place in deal.products), Decimal(0))
            assert deal.fields["Amount"] == in_currency(yen, deal.fields["Currency"])


def test_closed_deals_lie_in_the_past_and_open_ones_ahead(company):
    for deal in company.deals:
        closing = date.fromisoformat(deal.fields["Closing_Date"])
        assert (closing < TODAY) is deal.fields["Stage"].startswith("Closed")
        assert deal.created < min(closing, TODAY)


def test_subsidiaries_stand_after_their_parents(company):
    places = [(place, entry.links["Parent_Account"]) for place, entry in enumerate(company.accounts) if entry.links]
    assert places
    assert all(parent < place and not company.accounts[parent].links for place, parent in places)


def test_a_deal_belongs_to_the_company_of_its_contact(company):
    for deal in company.deals:
        contact = company.contacts[deal.links["Contact_Name"]]
        assert contact.links["Account_Name"] == deal.links["Account_Name"]
