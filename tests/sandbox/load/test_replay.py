import csv
from decimal import Decimal
from pathlib import Path

import pytest

from zoho_sandbox.crm.records import get_record, set_fields
from zoho_sandbox.load import Answers, FolderError, export_replay_plan, load_folder, replay_plan

STAGES = ("Closed Won", "Closed Lost", "Qualification")


def write_deals(folder: Path, count: int) -> Path:
    with (folder / "Deals.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Deal Name", "Stage", "Amount", "Closing Date"))
        for place in range(count):
            day = "" if place % 7 == 0 else f"2025-{place % 12 + 1:02d}-{place % 28 + 1:02d}"
            writer.writerow((f"deal {place}", STAGES[place % 3], f"{place}.50", day))
    return folder


@pytest.fixture
def loaded(sandbox, tmp_path):
    load_folder(sandbox, write_deals(tmp_path, 1500), answers=Answers(base_currency="JPY"))
    return sandbox


def test_by_closing_date_then_row_and_without_a_date_last(loaded):
    plan = list(replay_plan(loaded))
    assert len(plan) == 1000
    rows = [int(get_record(loaded, "Deals", deal.deal_id)["Deal_Name"].split()[1]) for deal in plan]
    keys = [(deal.closing_date is None, str(deal.closing_date), row) for deal, row in zip(plan, rows, strict=True)]
    assert keys == sorted(keys)


def test_deals_can_be_written_while_the_plan_is_read(loaded):
    for step in replay_plan(loaded):
        set_fields(loaded, "Deals", [(step.deal_id, {"Stage": step.stage})])
    counted = loaded.db.query("SELECT json_extract(data, '$.Stage'), count(*) FROM crm_record GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in counted] == [("Closed Lost", 500), ("Closed Won", 500), ("Qualification", 500)]


def test_the_plan_can_be_read_from_the_data_file(loaded):
    assert list(replay_plan(loaded.settings.data)) == list(replay_plan(loaded))


def test_the_plan_as_a_file(loaded, tmp_path):
    assert export_replay_plan(loaded, tmp_path / "plan.csv") == 1000
    with (tmp_path / "plan.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["deal_id", "stage", "amount", "currency", "closing_date"]
    first = next(replay_plan(loaded))
    assert rows[0] == {
        "deal_id": first.deal_id,
        "stage": first.stage,
        "amount": str(first.amount),
        "currency": "JPY",
        "closing_date": str(first.closing_date),
    }
    assert rows[-1]["closing_date"] == ""
    assert sum(Decimal(row["amount"]) for row in rows) == sum(step.amount for step in replay_plan(loaded))


def test_no_data_file(tmp_path):
    with pytest.raises(FolderError, match="received no file"):
        next(replay_plan(tmp_path / "none.db"))
