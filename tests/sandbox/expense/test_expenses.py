from datetime import date, timedelta
from decimal import Decimal

import pytest

from zoho_sandbox.expense.expense_routes import period
from zoho_sandbox.finance.errors import FinanceError


def dollars(expense) -> str:
    """The id of a foreign currency with the rate 150."""
    base = {"organization_id": expense.organization_id}
    made = expense.http.post(
        "/books/v3/settings/currencies", params=base, json={"currency_code": "USD", "currency_format": "1,234.56"}
    ).json()["currency"]["currency_id"]
    rates = f"/books/v3/settings/currencies/{made}/exchangerates"
    expense.http.post(rates, params=base, json={"effective_date": "2020-01-01", "rate": 150})
    return str(made)


def test_an_expense_is_recorded_for_a_customer(expense) -> None:
    customer = expense.made("/contacts", {"contact_name": "Acme"})
    made = expense.expense(4800, customer_id=customer["contact_id"], is_billable=True, merchant_name="Hotel")
    assert made["customer_name"] == "Acme"
    assert made["total"] == made["bcy_total"] == 4800
    assert made["status"] == "unreported"
    assert made["category_name"] == "Lodging"
    assert expense.get(f"/expenses/{made['expense_id']}").body["expense"] == made
    (row,) = expense.get("/expenses", customer_id=customer["contact_id"]).body["expenses"]
    assert {name: made[name] for name in row} == row


def test_an_expense_in_another_currency_shows_its_base_amount(expense) -> None:
    made = expense.expense(Decimal("12.34"), currency_id=dollars(expense))
    assert (made["total"], made["bcy_total"]) == (Decimal("12.34"), 1851)
    own_rate = expense.expense(Decimal("10.00"), currency_id=made["currency_id"], exchange_rate=Decimal("149.5"))
    assert own_rate["bcy_total"] == 1495


def test_line_items_add_up(expense) -> None:
    lines = [{"category_id": expense.category(), "amount": 700}, {"category_id": expense.category(), "amount": 55}]
    made = expense.made("/expenses", {"line_items": lines})
    assert made["total"] == 755
    assert made["is_itemized_expense"]
    changed = expense.put(f"/expenses/{made['expense_id']}", {"description": "two nights"}).body["expense"]
    assert changed["total"] == 755
    assert changed["line_items"] == made["line_items"]


@pytest.mark.parametrize(
    ("body", "code"),
    [({"amount": 0}, 5015), ({"amount": "x"}, 2), ({"category_id": "", "amount": 5}, 2), ({"is_billable": True}, 2)],
)
def test_a_wrong_expense_is_refused(expense, body, code) -> None:
    reply = expense.post("/expenses", {"category_id": expense.category(), "amount": 10, **body})
    assert (reply.status, reply.body["code"]) == (400, code)


def test_the_list_shows_this_month_unless_told_otherwise(expense) -> None:
    expense.http.put("/_sandbox/clock", json={"now": "2026-05-20T12:00:00+09:00", "frozen": True})
    expense.sign_in()
    now, before = (expense.expense(date=day)["expense_id"] for day in ("2026-05-01", "2026-04-30"))

    def listed(**query):
        body = expense.get("/expenses", **query).body
        return {row["expense_id"] for row in body["expenses"]}, body["page_context"]["applied_filter"]

    assert listed() == ({now}, "ExpenseDate.ThisMonth")
    assert listed(filter_by="ExpenseDate.PreviousMonth") == ({before}, "ExpenseDate.PreviousMonth")
    assert listed(filter_by="ExpenseDate.All")[0] == {now, before}
    assert listed(filter_by="Status.All")[0] == {now, before}
    assert listed(date_start="2026-04-30", date_end="2026-04-30")[0] == {before}
    assert expense.get("/expenses", filter_by="ExpenseDate.Ever").body["code"] == 2


def test_lists_are_filtered_and_polled_by_last_change(expense) -> None:
    expense.http.put("/_sandbox/clock", json={"now": "2026-05-20T12:00:00+09:00", "frozen": True})
    expense.sign_in()
    customer = expense.made("/contacts", {"contact_name": "Acme"})
    first = expense.expense(customer_id=customer["contact_id"], is_billable=True)
    expense.http.post("/_sandbox/clock/advance", json={"seconds": 60})
    second = expense.expense()
    expense.http.post("/_sandbox/clock/advance", json={"seconds": 60})
    expense.put(f"/expenses/{first['expense_id']}", {"description": "changed"})

    def ids(**query):
        return [row["expense_id"] for row in expense.get("/expenses", **query).body["expenses"]]

    assert ids(sort_column="last_modified_time", sort_order="D") == [first["expense_id"], second["expense_id"]]
    assert ids(last_modified_time="2026-05-20T12:01:30+0900") == [first["expense_id"]]
    assert ids(filter_by="Status.Billable") == [first["expense_id"]]
    assert ids(status="unreported", customer_id=customer["contact_id"]) == [first["expense_id"]]
    assert ids(status="submitted") == []
    page = expense.get("/expenses", per_page=1).body
    assert page["page_context"]["has_more_page"]
    assert len(page["expenses"]) == 1


def test_an_expense_is_changed_and_deleted(expense) -> None:
    made = expense.expense(500, description="taxi")
    changed = expense.put(f"/expenses/{made['expense_id']}", {"amount": 650}).body["expense"]
    assert (changed["total"], changed["description"], changed["created_time"]) == (650, "taxi", made["created_time"])
    assert expense.delete(f"/expenses/{made['expense_id']}").status == 200
    assert expense.get(f"/expenses/{made['expense_id']}").body["code"] == 1002


def test_customers_have_two_names_for_their_list(expense) -> None:
    made = expense.made("/contacts", {"contact_name": "株式会社あさひ", "email": "info@asahi.example"})
    assert expense.get(f"/customers/{made['contact_id']}").body["customer"] == made
    assert [row["contact_name"] for row in expense.get("/customers").body["customers"]] == ["株式会社あさひ"]
    assert expense.post("/customers", {"customer_name": "株式会社あさひ"}).body["code"] == 3062
    changed = expense.put(f"/contacts/{made['contact_id']}", {"phone": "03"}).body["contact"]
    assert (changed["phone"], changed["email"]) == ("03", "info@asahi.example")
    expense.post(f"/contacts/{made['contact_id']}/inactive")
    assert expense.get("/contacts", filter_by="Status.Active").body["contacts"] == []
    expense.expense(customer_id=made["contact_id"])
    assert expense.delete(f"/contacts/{made['contact_id']}").status == 400


def test_projects_and_categories(expense) -> None:
    customer = expense.made("/contacts", {"contact_name": "Acme"})
    project = expense.made("/projects", {"project_name": "Line 3", "customer_id": customer["contact_id"]})
    made = expense.expense(project_id=project["project_id"])
    assert (made["customer_id"], made["project_name"]) == (customer["contact_id"], "Line 3")
    assert expense.get("/projects", customer_id=customer["contact_id"]).body["projects"] == [project]
    renamed = expense.put(f"/projects/{project['project_id']}", {"project_name": "Line 4"}).body["project"]
    assert renamed["project_name"] == "Line 4"
    assert expense.delete(f"/projects/{project['project_id']}").status == 400
    category = expense.made("/expensecategories", {"category_name": "Parking"})
    assert expense.post("/expensecategories", {"category_name": "parking"}).body["code"] == 1001
    path = f"/expensecategories/{category['category_id']}"
    assert expense.put(path, {"gl_code": "P1"}).body["expense_category"]["gl_code"] == "P1"
    assert expense.get(path).body["expense_category"]["category_name"] == "Parking"
    assert expense.delete(path).status == 200
    assert expense.delete(f"/expensecategories/{expense.category()}").status == 400


def test_named_periods_are_whole_and_adjoin() -> None:
    for offset in range(0, 800, 3):
        today = date(2024, 1, 1) + timedelta(days=offset)
        for unit in ("Week", "Month", "Quarter", "Year"):
            this = period(f"ExpenseDate.This{unit}", today)
            before = period(f"ExpenseDate.Previous{unit}", today)
            assert this[0] <= today <= this[1]
            assert before[1] + timedelta(days=1) == this[0]
    assert period("ExpenseDate.Today", date(2026, 2, 3)) == (date(2026, 2, 3), date(2026, 2, 3))
    with pytest.raises(FinanceError):
        period("ExpenseDate.ThisDecade", date(2026, 2, 3))
