import pytest
from typer.testing import CliRunner

from zoho_sandbox.application import open_sandbox
from zoho_sandbox.cli import main
from zoho_sandbox.settings import SandboxSettings


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """The demo company with and without orders in Books."""
    folder = tmp_path_factory.mktemp("company")
    sandboxes = {
        documents: open_sandbox(SandboxSettings(data=folder / f"{documents}.db", documents=documents))
        for documents in (False, True)
    }
    yield sandboxes
    for sandbox in sandboxes.values():
        sandbox.close()


BOOKS = "WHERE ledger LIKE '%/books'"


def values(sandbox, sql):
    return {row[0] for row in sandbox.db.query(sql)}


def test_expense_reports_stand_in_every_status_of_a_company_at_work(opened) -> None:
    found = values(opened[False], "SELECT status FROM expense_reports")
    assert found == {"draft", "submitted", "approved", "rejected", "reimbursed"}
    empty = "SELECT 1 FROM expense_reports WHERE total = 0"
    assert values(opened[False], empty) == set()
    assert values(opened[False], "SELECT customer_id <> '' FROM expense_expenses") == {1}


def test_subscriptions_stand_in_many_statuses_with_their_invoices(opened) -> None:
    found = values(opened[False], "SELECT status FROM billing_subscriptions")
    assert found == {"live", "trial", "future", "unpaid", "non_renewing", "cancelled"}
    assert opened[False].db.value("SELECT COUNT(*) FROM finance_documents WHERE balance = 0") > 5
    assert opened[False].db.value("SELECT COUNT(*) FROM finance_documents WHERE balance > 0") > 2
    earliest = opened[False].db.value("SELECT MIN(date) FROM finance_documents")
    assert earliest < opened[False].clock.now().date().isoformat()


def test_customers_are_named_as_accounts_of_the_crm(opened) -> None:
    accounts = values(opened[False], "SELECT data ->> 'Account_Name' FROM crm_record WHERE module = 'Accounts'")
    emails = values(opened[False], "SELECT data ->> 'Email' FROM crm_record WHERE module = 'Contacts'")
    for service in ("expense", "billing"):
        of_service = f"FROM finance_contacts WHERE ledger LIKE '%/{service}'"
        assert values(opened[False], f"SELECT contact_name {of_service}") <= accounts
        assert values(opened[False], f"SELECT email {of_service}") <= emails


def test_books_is_empty_unless_orders_are_asked_for(opened) -> None:
    assert values(opened[False], f"SELECT contact_name FROM finance_contacts {BOOKS}") == set()
    assert values(opened[False], f"SELECT kind FROM finance_documents {BOOKS}") == set()
    assert values(opened[True], f"SELECT kind FROM finance_documents {BOOKS}") == {
        "salesorder",
        "purchaseorder",
    }
    assert values(opened[True], f"SELECT contact_type FROM finance_contacts {BOOKS}") == {
        "customer",
        "vendor",
    }
    deals = values(opened[True], "SELECT id FROM crm_record WHERE module = 'Deals'")
    named = values(opened[True], "SELECT zcrm_potential_id FROM finance_documents WHERE kind = 'salesorder'")
    assert {int(deal) for deal in named} <= {int(deal) for deal in deals}


def test_the_crm_is_the_same_with_and_without_documents(opened) -> None:
    snapshots = [
        [tuple(row) for row in sandbox.db.query("SELECT id, module, data FROM crm_record ORDER BY id")]
        for sandbox in opened.values()
    ]
    assert snapshots[0] == snapshots[1]


def test_the_command_seeds_orders_on_request(tmp_path) -> None:
    data = tmp_path / "company.db"
    result = CliRunner().invoke(main, ["seed", "--data", str(data), "--documents"])
    assert result.exit_code == 0, result.output
    sandbox = open_sandbox(SandboxSettings(data=data))
    assert sandbox.db.value(f"SELECT COUNT(*) FROM finance_documents {BOOKS}") > 0
    sandbox.close()
