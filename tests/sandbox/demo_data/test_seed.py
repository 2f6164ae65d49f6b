from time import perf_counter

import pytest

from zoho_sandbox.application import open_sandbox
from zoho_sandbox.crm.currencies import rates
from zoho_sandbox.crm.organization import organization
from zoho_sandbox.crm.records import find_by_field, get_record
from zoho_sandbox.crm.users import references
from zoho_sandbox.demo_data import seed_company
from zoho_sandbox.finance.organizations import default_organization
from zoho_sandbox.settings import SandboxSettings


@pytest.fixture
def sandbox(tmp_path):
    opened = open_sandbox(SandboxSettings(data=tmp_path / "sandbox.db", seed_data="empty"))
    yield opened
    opened.close()


def counted(sandbox):
    rows = sandbox.db.query("SELECT module, count(*) FROM crm_record GROUP BY module")
    return {row[0]: row[1] for row in rows}


def test_the_company_is_written_quickly_and_whole(sandbox):
    started = perf_counter()
    seed_company(sandbox, 1)
    assert perf_counter() - started < 5  # well under a second on an idle machine
    counts = counted(sandbox)
    assert counts["Accounts"] >= 200
    assert counts["Contacts"] >= 400
    assert counts["Vendors"] >= 50
    assert counts["Products"] >= 80
    assert counts["Deals"] >= 300


def test_both_sides_have_the_same_currencies(sandbox):
    seed_company(sandbox, 1)
    assert organization(sandbox).currency_code == "JPY"
    assert rates(sandbox) == {"JPY": "1.000000000", "USD": "0.006400000", "EUR": "0.005500000"}
    assert default_organization(sandbox.db).currency_code == "JPY"
    assert default_organization(sandbox.db).name == organization(sandbox).company_name


def test_records_point_to_each_other(sandbox):
    seed_company(sandbox, 1)
    deal_id = str(sandbox.db.value("SELECT max(id) FROM crm_record WHERE module = 'Deals'"))
    deal = get_record(sandbox, "Deals", deal_id)
    contact = get_record(sandbox, "Contacts", deal["Contact_Name"]["id"])
    assert contact["Account_Name"]["id"] == deal["Account_Name"]["id"]
    assert deal["Owner"]["email"].endswith("@minato.example")
    assert find_by_field(sandbox, "Contacts", "Email", contact["Email"]) == [contact["id"]]


def test_there_are_users_profiles_and_views(sandbox):
    seed_company(sandbox, 1)
    profiles = {row["name"] for row in sandbox.db.query("SELECT name FROM crm_profile")}
    assert {"Administrator", "Standard", "Sales", "Finance", "Read Only"} <= profiles
    assert len(references(sandbox)) >= 8
    views = {row["name"] for row in sandbox.db.query("SELECT name FROM crm_custom_view")}
    assert {"国内の取引先", "Manufacturing Customers"} <= views


def test_the_same_seed_writes_the_same_records(tmp_path):
    snapshots = []
    for name in ("a.db", "b.db"):
        sandbox = open_sandbox(SandboxSettings(data=tmp_path / name, seed_data="demo", seed=5))
        snapshots.append([tuple(row) for row in sandbox.db.query("SELECT id, module, data FROM crm_record")])
        sandbox.close()
    assert snapshots[0] == snapshots[1]
