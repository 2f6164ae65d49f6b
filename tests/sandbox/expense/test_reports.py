import pytest

from zoho_sandbox.accounts.tokens import add_person
from zoho_sandbox.finance import users
from zoho_sandbox.finance.organizations import default_organization


def test_a_report_sums_its_expenses_up(expense) -> None:
    first = expense.expense(3000)
    second = expense.expense(800, is_reimbursable=False)
    report = expense.report("大阪出張", expenses=[{"expense_id": first["expense_id"]}])
    assert report["report_number"] == "ER-00001"
    assert (report["status"], report["total"]) == ("draft", 3000)
    expense.put(f"/expenses/{second['expense_id']}", {"report_id": report["report_id"]})
    shown = expense.shown(report)
    assert (shown["total"], shown["reimbursable_total"], shown["non_reimbursable_total"]) == (3800, 3000, 800)
    assert [row["expense_id"] for row in shown["expenses"]] == [first["expense_id"], second["expense_id"]]
    expense.delete(f"/expenses/{first['expense_id']}")
    assert expense.shown(report)["total"] == 800
    (row,) = expense.get("/expensereports").body["expense_reports"]
    assert (row["total"], row["expense_count"], row["currency_code"]) == (800, 1, "JPY")


def test_numbers_go_on_and_reports_are_polled_by_last_change(expense) -> None:
    expense.http.put("/_sandbox/clock", json={"now": "2026-05-20T12:00:00+09:00", "frozen": True})
    expense.sign_in()
    first, second = expense.report("One"), expense.report("Two")
    assert second["report_number"] == "ER-00002"
    expense.http.post("/_sandbox/clock/advance", json={"seconds": 90})
    expense.expense(report_id=first["report_id"])

    def names(**query):
        return [row["report_name"] for row in expense.get("/expensereports", **query).body["expense_reports"]]

    assert names(sort_column="last_modified_time", sort_order="D") == ["One", "Two"]
    assert names(last_modified_time="2026-05-20T12:01:00+0900") == ["One"]
    assert names(report_number="ER-00002") == ["Two"]


def test_reports_of_a_customer_are_its_own_and_those_with_its_expenses(expense) -> None:
    acme, other = (expense.made("/contacts", {"contact_name": name})["contact_id"] for name in ("Acme", "Other"))
    own = expense.report("own", customer_id=acme)
    inside = expense.report("inside")
    expense.expense(customer_id=acme, report_id=inside["report_id"])
    expense.report("other", customer_id=other)
    found = expense.get("/expensereports", customer_id=acme).body["expense_reports"]
    assert {row["report_id"] for row in found} == {own["report_id"], inside["report_id"]}
    assert {row["customer_name"] for row in found} == {"Acme", ""}


def test_a_report_goes_from_draft_to_reimbursed(expense) -> None:
    report = expense.submitted()
    path = f"/expensereports/{report['report_id']}"
    for name, status in (("approve", "approved"), ("reimburse", "reimbursed")):
        assert expense.post(f"{path}/{name}", {"comments": "fine"}).status == 200
        assert expense.shown(report)["status"] == status
    assert expense.shown(report)["expenses"][0]["status"] == "reimbursed"
    history = expense.get(f"{path}/approvalhistory").body["approval_history"]
    assert [entry["status"] for entry in history] == ["submitted", "approved", "reimbursed"]
    assert history[1]["comments"] == "fine"
    assert history[1]["approver_name"]


def test_a_rejected_or_recalled_report_is_corrected_and_submitted_again(expense) -> None:
    report = expense.submitted()
    path = f"/expensereports/{report['report_id']}"
    for name, status in (("reject", "rejected"), ("submit", "submitted"), ("recall", "recalled")):
        assert expense.post(f"{path}/{name}").status == 200
        assert expense.shown(report)["status"] == status
    changed = expense.put(path, {"description": "with receipts"})
    assert changed.body["expense_report"]["description"] == "with receipts"
    assert expense.post(f"{path}/submit").status == 200


@pytest.mark.parametrize("name", ["approve", "reject", "reimburse", "recall"])
def test_a_draft_can_only_be_submitted(expense, name) -> None:
    report = expense.report()
    reply = expense.post(f"/expensereports/{report['report_id']}/{name}")
    assert reply.status == 400
    assert "draft" in reply.body["message"]


def test_what_is_submitted_is_closed(expense) -> None:
    report = expense.submitted()
    inside = expense.shown(report)["expenses"][0]
    path = f"/expensereports/{report['report_id']}"
    for reply in (
        expense.put(path, {"report_name": "Other"}),
        expense.delete(path),
        expense.put(f"/expenses/{inside['expense_id']}", {"amount": 1}),
        expense.delete(f"/expenses/{inside['expense_id']}"),
        expense.post("/expenses", {"category_id": expense.category(), "amount": 5, "report_id": report["report_id"]}),
    ):
        assert reply.status == 400
        assert "submitted" in reply.body["message"]
    assert expense.shown(report)["total"] == 1000


def test_an_empty_report_cannot_be_submitted(expense) -> None:
    report = expense.report()
    assert expense.post(f"/expensereports/{report['report_id']}/submit").status == 400


def test_deleting_a_draft_frees_its_expenses(expense) -> None:
    made = expense.expense()
    report = expense.report(expenses=[{"expense_id": made["expense_id"]}])
    assert expense.delete(f"/expensereports/{report['report_id']}").status == 200
    assert expense.get(f"/expenses/{made['expense_id']}").body["expense"]["status"] == "unreported"
    assert expense.get(f"/expensereports/{report['report_id']}").status == 404


def test_an_expense_belongs_to_one_report(expense) -> None:
    made = expense.expense()
    chosen = [{"expense_id": made["expense_id"]}]
    first = expense.report("first", expenses=chosen)
    assert expense.post("/expensereports", {"report_name": "second", "expenses": chosen}).status == 400
    emptied = expense.put(f"/expensereports/{first['report_id']}", {"expenses": []}).body["expense_report"]
    assert (emptied["total"], emptied["expenses"]) == (0, [])


def test_reports_are_listed_by_status(expense) -> None:
    submitted, draft = expense.submitted(), expense.report("draft")
    for query, expected in (
        ({"filter_by": "Status.Submitted"}, [submitted["report_id"]]),
        ({"status": "draft"}, [draft["report_id"]]),
        ({}, [draft["report_id"], submitted["report_id"]]),
    ):
        rows = expense.get("/expensereports", **query).body["expense_reports"]
        assert [row["report_id"] for row in rows] == expected
    assert expense.get("/expensereports", status="lost").body["code"] == 2


def test_only_administrators_approve(serve, connect) -> None:
    def prepared(sandbox) -> None:
        from zoho_sandbox.finance.organizations import join

        organization_id = default_organization(sandbox.db).organization_id
        join(sandbox, organization_id, "expense")
        add_person(sandbox, "9999", "staff@minato.example", "Staff")
        users.add_user(sandbox, organization_id, users.person(sandbox, "9999"), role="staff")

    server = serve(before=prepared)
    client = connect(server)
    code = client.post("/_sandbox/self-client", json={"scope": "ZohoExpense.fullaccess.all", "user_id": "9999"})
    given = {
        "grant_type": "authorization_code",
        "code": code.json()["code"],
        "client_id": "1000.SANDBOX",
        "client_secret": "sandbox-secret",
    }
    token = client.post("/oauth/v2/token", data=given).json()["access_token"]
    client.headers["Authorization"] = f"Zoho-oauthtoken {token}"
    (organization,) = client.get("/expense/v1/organizations").json()["organizations"]
    assert organization["user_role"] == "staff"
    client.headers["X-com-zoho-expense-organizationid"] = organization["organization_id"]
    category = client.get("/expense/v1/expensecategories").json()["expense_accounts"][0]["category_id"]
    made = client.post("/expense/v1/expenses", json={"category_id": category, "amount": 100}).json()["expense"]
    body = {"report_name": "Mine", "expenses": [{"expense_id": made["expense_id"]}]}
    report = client.post("/expense/v1/expensereports", json=body).json()["expense_report"]
    path = f"/expense/v1/expensereports/{report['report_id']}"
    assert client.post(f"{path}/submit").status_code == 200
    assert client.post(f"{path}/approve").json()["code"] == 57
