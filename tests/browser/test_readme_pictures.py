"""The README's picture of an account, taken of a made-up company; docs/images has it as it was last looked at.

The picture of the rule editor is one of test_rule_editor.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from filled_hub import connect, decision_of, document, empty_hub, explain, link, one_rule, take_in
from pictures import keep
from playwright.sync_api import Browser, Page, expect
from signing_in import kept_by_browser

from tsunagi import Money, RecordRef
from tsunagi.domain.records import Fields
from tsunagi.http.server import running
from tsunagi.hub import Hub

ACCOUNT, CUSTOMER = RecordRef("crm", "account", "1001"), RecordRef("books", "customer", "7001")
DEALS = {"3001": ("Production line", 1_860_000), "3002": ("Annual support", 420_000), "3003": ("Training", 96_000)}
# Number, total, status, days it has been due, and the deal it bills.
INVOICES = (
    ("INV-000041", 1_860_000, "sent", -18, "3001"),
    ("INV-000038", 420_000, "sent", -3, "3002"),
    ("INV-000035", 128_000, "overdue", 12, None),
    ("INV-000029", 264_500, "overdue", 44, None),
    ("INV-000012", 31_200, "overdue", 120, None),
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    home = tmp_path_factory.mktemp("pictures")
    with empty_hub(home, rules_dir=one_rule(home / "rules")) as hub:
        connect(hub, "crm", "books")
        _fill(hub)
        yield hub


def _fill(hub: Hub) -> None:
    account = {
        "name": "Aoba Trading Co., Ltd.",
        "phone": "03-1234-5678",
        "website": "www.aoba.example",
        "industry": "Manufacturing",
        "billing_city": "Tokyo",
        "billing_country": "Japan",
        "owner": "Hanako Sato",
    }
    take_in(hub, "crm", "account", (ACCOUNT.id, account))
    person = {"first_name": "Keiko", "last_name": "Sakamoto", "full_name": "Keiko Sakamoto", "account": ACCOUNT}
    take_in(hub, "crm", "contact", ("4001", {**person, "email": "keiko@aoba.example", "title": "Purchasing"}))
    take_in(hub, "crm", "deal", *((id, _deal(name, total)) for id, (name, total) in DEALS.items()))
    link(hub, "books.customers", ACCOUNT, CUSTOMER)
    today = dt.datetime.now(dt.UTC).date()
    open_total = _yen(sum(total for _, total, *_ in INVOICES))
    overdue = _yen(sum(total for _, total, status, *_ in INVOICES if status == "overdue"))
    owed = {"receivable": open_total, "receivable_base": open_total, "overdue": overdue}
    take_in(hub, "books", "customer", (CUSTOMER.id, {"name": "Aoba Trading Co., Ltd.", "currency": "JPY", **owed}))
    for number, total, status, late, deal in INVOICES:
        due = today - dt.timedelta(days=late)
        fields = document(
            number,
            str(total),
            "JPY",
            status=status,
            customer=CUSTOMER,
            date=due - dt.timedelta(days=30),
            due_date=due,
            deal=RecordRef("crm", "deal", deal) if deal else None,
        )
        made = RecordRef("books", "invoice", number.removeprefix("INV-"))
        take_in(hub, "books", "invoice", (made.id, fields))
        if deal:
            explain(hub, decision_of(hub, RecordRef("crm", "deal", deal), _deal(*DEALS[deal])), made)


def _yen(amount: int) -> Money:
    return Money(Decimal(amount), "JPY")


def _deal(name: str, total: int) -> Fields:
    return {
        "name": name,
        "stage": "Closed Won",
        "outcome": "won",
        "amount": _yen(total),
        "closing_date": dt.datetime.now(dt.UTC).date(),
        "account": ACCOUNT,
        "contact": None,
    }


@pytest.fixture
def page(browser: Browser, company: Hub) -> Iterator[Page]:
    with running(company, work=False) as served:
        context = browser.new_context(
            base_url=served.base_url,
            storage_state=kept_by_browser(company, served.base_url),
            viewport={"width": 1280, "height": 900},
            locale="en-GB",
            color_scheme="light",
        )
        yield context.new_page()
        context.close()


def test_an_account_with_why_an_invoice_exists(page: Page) -> None:
    page.goto(f"/accounts/{ACCOUNT.id}")
    page.get_by_text("Why: Invoice a won deal").first.click()
    expect(page.get_by_text("Amount is more than 0").first).to_be_visible()
    expect(page.get_by_role("heading", name="Owed, by how long it has been due")).to_be_visible()
    keep(page, "account")
