"""Rules at the command line: listed, checked and tested without a database."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Inside = Callable[..., Any]

BROKEN = """version: 1
automation: discount
title: Discount
trigger: {event: deal.won}
conditions:
  - {field: deal.amuont, greater_than: 0}
actions:
  - action: books.invoice.create
"""


@pytest.fixture
def rules(inside: Inside, tmp_path: Path) -> Path:
    """A rules folder with one rule and its table: how many the starter rules are is not the question here."""
    assert inside("init").code == 0
    folder = tmp_path / "rules" / "automations"
    for file in folder.iterdir():
        if not file.name.startswith("deal_won_invoice"):
            file.unlink()
    return folder


def test_init_never_overwrites(inside: Inside, rules: Path, tmp_path: Path) -> None:
    mine = rules / "deal_won_invoice.yaml"
    mine.write_text("# mine\n")
    again = inside("init", "--json")
    assert str(mine.relative_to(tmp_path)) in again.json["kept"]
    assert mine.read_text() == "# mine\n"
    settings = (tmp_path / ".tsunagi" / "tsunagi.toml").read_text()
    assert '#matcher = "auto"' in settings
    assert inside("settings", "show").code == 0


def test_what_init_lays_down_is_read(inside: Inside, rules: Path, tmp_path: Path) -> None:
    file = tmp_path / ".tsunagi" / "tsunagi.toml"
    file.write_text(file.read_text().replace('#matcher = "auto"', 'matcher = "native"'))
    shown = inside("settings", "show", "--json").json
    assert shown["matcher"] == {"value": "native", "source": "file"}


def test_the_starter_rules_are_without_a_mistake(inside: Inside, tmp_path: Path) -> None:
    checked, tested = inside("rules", "lint", "--json"), inside("rules", "test", "--json")
    assert (checked.code, checked.json["errors"]) == (0, [])
    assert (tested.code, tested.json["passed"]) == (0, True)
    # Rules are read without a database.
    assert not (tmp_path / ".tsunagi").exists()


def test_a_mistake_is_told_with_file_line_and_what_was_meant(inside: Inside, rules: Path) -> None:
    (rules / "discount.yaml").write_text(BROKEN)
    ended = inside("rules", "lint")
    assert ended.code == 1
    assert ended.out.startswith("rules/automations/discount.yaml:6:")
    assert "amount" in ended.out
    (error,) = inside("--language", "ja", "rules", "lint", "--json").json["errors"]
    assert (error["file"], error["line"]) == ("rules/automations/discount.yaml", 6)
    listed = inside("rules", "list", "--json").json
    assert {each["rule"]: each["state"] for each in listed} == {"deal_won_invoice": "on", "discount": "broken"}


def test_a_mistake_in_a_table_is_told_too(inside: Inside, rules: Path) -> None:
    table = rules / "deal_won_invoice_test.yaml"
    table.write_text(table.read_text().replace("event: deal.lost", "event: deal.lots"))
    ended = inside("rules", "lint")
    assert ended.code == 1
    assert "deal_won_invoice_test.yaml:" in ended.out


def test_a_case_that_fails_says_what_was_expected(inside: Inside, rules: Path) -> None:
    table = rules / "deal_won_invoice_test.yaml"
    table.write_text(table.read_text().replace("status: draft", "status: sent", 1))
    ended = inside("rules", "test")
    assert ended.code == 1
    assert "✗ a won deal is invoiced" in ended.out
    assert "7 of 8 cases pass" in ended.err


def test_no_cases_at_all_do_not_pass(inside: Inside, rules: Path) -> None:
    (rules / "deal_won_invoice_test.yaml").unlink()
    ended = inside("rules", "test")
    assert ended.code == 1
    assert "There are no cases" in ended.out


def test_nothing_known_of_a_record_is_said(inside: Inside, rules: Path) -> None:
    ended = inside("rules", "explain", "crm:deal:404")
    assert ended.code == 2
    assert "crm:deal:404" in ended.err


def test_mistakes_are_given_as_sarif(inside: Inside, rules: Path) -> None:
    (rules / "discount.yaml").write_text(BROKEN)
    ended = inside("rules", "lint", "--sarif")
    assert ended.code == 1
    (run,) = ended.json["runs"]
    (result,) = run["results"]
    assert "Did you mean 'amount'?" in result["message"]["text"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("automations/discount.yaml")
    assert place["region"] == {"startLine": 6, "startColumn": 13}
    (rules / "discount.yaml").unlink()
    assert inside("rules", "lint", "--sarif").json["runs"][0]["results"] == []


def test_a_broken_rule_file_does_not_disturb_other_commands(inside: Inside, rules: Path) -> None:
    (rules / "discount.yaml").write_text(BROKEN)
    ended = inside("accounts", "list", "--json")
    assert "rule_left_out" not in ended.out + ended.err
    assert "discount.yaml" not in ended.err


def test_versions_are_listed_and_put_back(inside: Inside, rules: Path) -> None:
    (version,) = inside("rules", "history", "--json").json
    assert version["in_force"]
    file = rules / "deal_won_invoice.yaml"
    before = file.read_text()
    file.write_text(before.replace("greater_than: 0", "greater_than: 7"))
    shown = inside("rules", "history")
    assert "~automations/deal_won_invoice.yaml" in shown.out.replace("\n", "").replace(" ", "")
    latest = inside("rules", "history", "--json").json[0]["version"]
    assert "greater_than: 7" in inside("rules", "history", latest[:8]).out
    done = inside("--language", "ja", "rules", "rollback")
    assert "ルールをバージョン" in done.out
    assert file.read_text() == before
    assert inside("rules", "rollback", "nope").code == 2


def test_a_new_rule_loads_and_its_table_passes(inside: Inside, rules: Path, tmp_path: Path) -> None:
    made = inside("rules", "new", "renewal_estimate", "--event", "deal.lost", "--action", "books.estimate.create")
    assert made.code == 0
    text = (rules / "renewal_estimate.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../.schemas/automation.json\n")
    assert "deal.amount" in text
    assert "lines: auto   # products, amount, auto" in text
    assert inside("rules", "lint").code == 0
    tested = inside("rules", "test", "--json").json
    assert tested["passed"]
    assert "renewal_estimate" not in tested["untested"]
    assert inside("rules", "new", "renewal_estimate").code == 2
    assert inside("rules", "new", "Renewal").code == 2
    assert "deal.lost" in inside("rules", "new", "other", "--event", "deal.lots").err
    # Nothing that was there is touched, and what has not changed is not written.
    assert inside("rules", "schema", "--json").json == []
