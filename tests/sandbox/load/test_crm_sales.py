"""The real data set: 8,800 deals of a hardware seller, as dirty as exports are."""

import csv
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from zoho_sandbox.application import open_sandbox
from zoho_sandbox.crm.fields import catalog
from zoho_sandbox.crm.organization import organization
from zoho_sandbox.crm.records import find_by_field, get_record
from zoho_sandbox.finance.organizations import default_organization
from zoho_sandbox.load import Consequence, LoadReport, load_folder, replay_plan
from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.settings import SandboxSettings


@pytest.fixture(scope="module")
def loaded(
    crm_sales: Path, crm_sales_mapping: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Sandbox, LoadReport]]:
    folder = tmp_path_factory.mktemp("crm-sales")
    sandbox = open_sandbox(SandboxSettings(data=folder / "sandbox.db", seed_data="empty"))
    yield sandbox, load_folder(sandbox, crm_sales, crm_sales_mapping, report=folder / "problems.csv")
    sandbox.close()


def test_every_row_is_loaded(loaded):
    _sandbox, report = loaded
    assert report.loaded == {"Users": 35, "Products": 7, "Accounts": 85, "Deals": 8800}
    assert set(report.skipped.values()) == {0}


def test_what_will_be_won_and_lost(loaded):
    _sandbox, report = loaded
    assert report.deals == {"open": 2089, "won": 4238, "lost": 2473}
    assert report.won_total == {"USD": Decimal(10_005_534)}


def test_the_replay_plan_is_exact_and_in_the_order_of_closing(loaded):
    sandbox, _report = loaded
    plan = list(replay_plan(sandbox))
    won = [deal for deal in plan if deal.stage == "Closed Won"]
    assert len(won) == 4238
    assert sum(deal.amount for deal in won) == Decimal(10_005_534)
    assert sum(deal.stage == "Closed Lost" for deal in plan) == 2473
    assert {deal.currency for deal in plan} == {"USD"}
    dates = [deal.closing_date for deal in plan]
    assert dates == sorted(dates)
    assert len({deal.deal_id for deal in plan}) == len(plan)


def test_a_deal_stands_as_it_did_before_it_closed(loaded):
    sandbox, _report = loaded
    (deal_id,) = find_by_field(sandbox, "Deals", "Opportunity_Id", "Z063OYW0")
    deal = get_record(sandbox, "Deals", deal_id)
    assert deal is not None
    assert deal["Deal_Name"] == "Z063OYW0 GTX Pro"
    assert deal["Stage"] == "Negotiation/Review"
    assert deal["Account_Name"]["name"] == "Isdom"
    assert deal["Product"]["name"] == "GTX Pro"
    assert deal["Owner"]["name"] == "Darcel Schlecht"
    assert deal["Engaged_On"] == "2016-10-25"
    assert deal.get("Amount") is None
    assert deal.get("Closing_Date") is None
    ending = next(step for step in replay_plan(sandbox) if step.deal_id == deal_id)
    assert (ending.stage, ending.amount, str(ending.closing_date)) == ("Closed Won", Decimal(4514), "2017-03-11")


def test_accounts_are_repaired_and_related(loaded):
    sandbox, _report = loaded
    (account_id,) = find_by_field(sandbox, "Accounts", "Account_Name", "Bioholding")
    account = get_record(sandbox, "Accounts", account_id)
    assert account is not None
    assert account["Billing_Country"] == "Philippines"
    assert account["Annual_Revenue"] == Decimal(587340000)
    assert account["Industry"] == "Medical"
    children = [
        get_record(sandbox, "Accounts", account_id)
        for (parent,) in [find_by_field(sandbox, "Accounts", "Account_Name", "Acme Corporation")]
        for account_id in find_by_field(sandbox, "Accounts", "Parent_Account", parent)
    ]
    assert len(children) == 4


def test_what_could_not_be_used_is_told_and_counted(loaded):
    _sandbox, report = loaded
    told = {(tally.column, tally.consequence): tally.count for tally in report.problems}
    assert told == {
        ("sector", Consequence.VALUE_CORRECTED): 12,
        ("office_location", Consequence.VALUE_CORRECTED): 1,
        ("product", Consequence.VALUE_CORRECTED): 1480,
        ("account", Consequence.LEFT_EMPTY): 1425,
        ("close_date", Consequence.LEFT_EMPTY): 2089,
    }
    with report.problem_file.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert Counter((row["column"], row["consequence"]) for row in rows) == {
        (column, consequence.value): count for (column, consequence), count in told.items()
    }
    first = next(row for row in rows if row["column"] == "product")
    assert first == {
        "file": "sales_pipeline.csv",
        "row": "3",
        "column": "product",
        "value": "GTXPro",
        "reason": "written for 'GTX Pro'",
        "consequence": "value corrected",
    }


def test_the_organisation_is_the_one_of_the_mapping(loaded):
    sandbox, report = loaded
    assert report.base_currency == "USD"
    assert organization(sandbox).currency_code == "USD"
    assert organization(sandbox).multi_currency is False
    assert default_organization(sandbox.db).currency_code == "USD"
    assert catalog(sandbox)["Deals"].fields["Product"].lookup_module == "Products"
