import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zoho_sandbox.cli import main
from zoho_sandbox.load import replay_plan

DATA = Path(__file__).parent / "data" / "english"


@pytest.fixture
def run(tmp_path):
    def invoke(*arguments: object):
        return CliRunner().invoke(main, ["load", *map(str, arguments)])

    return invoke


def test_a_folder_becomes_a_data_file_a_report_and_a_plan(run, tmp_path):
    data, report, plan = tmp_path / "s.db", tmp_path / "report.csv", tmp_path / "plan.csv"
    result = run(DATA, "--data", data, "--report", report, "--replay-plan", plan, "--json")
    assert result.exit_code == 0, result.output
    outcome = json.loads(result.stdout)
    assert outcome["loaded"] == {"Accounts": 5, "Contacts": 2, "Deals": 5}
    assert outcome["won_total"] == {"JPY": "1250000", "USD": "4321.50"}
    assert outcome["base_currency"] == "JPY"
    assert [path.name for path in tmp_path.glob("s.db*")] == ["s.db"]
    with plan.open(encoding="utf-8", newline="") as file:
        assert [row["deal_id"] for row in csv.DictReader(file)] == [step.deal_id for step in replay_plan(data)]
    with report.open(encoding="utf-8-sig", newline="") as file:
        assert sum(1 for _row in csv.DictReader(file)) == sum(told["count"] for told in outcome["problems"])


def test_the_summary_for_people(run, tmp_path):
    result = run(DATA, "--data", tmp_path / "s.db")
    assert "Deals: 5 loaded, 2 skipped" in result.stdout
    assert "2 will be won (1,250,000 JPY, 4,321.50 USD), 1 lost" in result.stdout
    assert "Accounts.csv Employees: 1 × not a number: value dropped (row 4: many)" in result.stdout


def test_an_existing_file_is_left_alone(run, tmp_path):
    data = tmp_path / "s.db"
    data.write_bytes(b"mine")
    result = run(DATA, "--data", data)
    assert result.exit_code == 2
    assert "which exists; valid: the name of a new file" in result.stderr
    assert data.read_bytes() == b"mine"


def test_a_wrong_mapping_leaves_no_file_behind(run, tmp_path):
    mapping = tmp_path / "map.yaml"
    mapping.write_text(
        "modules:\n  Accounts:\n    file: nothing.csv\n    fields: {Account_Name: a}\n", encoding="utf-8"
    )
    result = run(DATA, "--data", tmp_path / "s.db", "--mapping", mapping)
    assert result.exit_code == 2
    assert "map.yaml:3: modules.Accounts.file: received 'nothing.csv'; valid: Accounts.csv" in result.stderr
    assert list(tmp_path.glob("s.db*")) == []


def test_an_open_question_is_answered_by_the_option_it_names(run, tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "Deals_2026_05_28.csv").write_text("Deal Name,Stage,Amount\nA,Closed Won,5\n", encoding="utf-8")
    asked = run(folder, "--data", tmp_path / "s.db")
    assert asked.exit_code == 2
    assert "--base-currency" in asked.stderr
    answered = run(folder, "--data", tmp_path / "s.db", "--base-currency", "kwd", "--json")
    assert json.loads(answered.stdout)["won_total"] == {"KWD": "5"}


def test_where_nothing_is_usable_the_exit_code_says_so_and_no_file_is_made(run, tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "Accounts.csv").write_text("Account Name,Phone\n,1\n", encoding="utf-8")
    result = run(folder, "--data", tmp_path / "s.db")
    assert result.exit_code == 1
    assert "nothing could be loaded" in result.stderr
    assert list(tmp_path.glob("s.db*")) == []
