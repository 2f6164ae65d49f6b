"""Recipes at the command line: the files of the starter rules are switched, and nothing else in them changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Inside = Callable[..., Any]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return tmp_path / "rules" / "automations"


def on(inside: Inside) -> set[str]:
    return {each["rule"] for each in inside("rules", "list", "--json").json if each["state"] == "on"}


def test_a_recipe_switches_its_rules_on_and_the_others_off(inside: Inside, rules: Path) -> None:
    assert inside("rules", "use").out.startswith("No recipe is complete; enabled rules: deal_won_invoice")
    ended = inside("rules", "use", "estimates")
    assert (ended.code, on(inside)) == (
        0,
        {"deal_created_estimate", "deal_won_accept_estimate", "deal_lost_decline_estimate"},
    )
    assert inside("rules", "use", "--json").json["recipe"] == "estimates"
    assert inside("rules", "use", "invoices").code == 0
    assert on(inside) == {"deal_won_invoice", "deal_lost_void_invoice"}
    assert inside("rules", "use", "none").code == 0
    assert on(inside) == set()
    assert inside("--language", "ja", "rules", "use").out == "レシピ「none」を適用しています。\n"
    assert inside("rules", "test").code == 0


def test_comments_and_what_people_wrote_stay(inside: Inside, rules: Path) -> None:
    inside("init")
    file = rules / "deal_won_invoice.yaml"
    mine = (
        file.read_text()
        .replace("greater_than: 0}", "greater_than:   1000 }  # not worth it below")
        .replace("trigger:", "enabled: true   # on since spring\ntrigger:")
    )
    file.write_text(mine)
    own = rules / "own.yaml"
    own.write_text(mine.replace("automation: deal_won_invoice", "automation: own"))
    ended = inside("rules", "use", "none")
    assert file.read_text() == mine.replace("enabled: true ", "enabled: false ")
    assert own.read_text() == mine.replace("automation: deal_won_invoice", "automation: own")
    assert "In no recipe, and on as before: own" in ended.err
    assert inside("rules", "use", "none", "--json").json["written"] == []


def test_the_documents_are_made_in_the_service_that_is_named(inside: Inside, rules: Path) -> None:
    assert inside("rules", "use", "invoices", "--service", "invoice").code == 0
    assert "action: invoice.invoice.create" in (rules / "deal_won_invoice.yaml").read_text()
    assert inside("rules", "test").code == 0
    before = {file: file.read_bytes() for file in rules.iterdir()}
    ended = inside("rules", "use", "estimates", "--service", "expense")
    assert ended.code == 2
    assert "expense.estimate.create" in ended.err
    # All files, or none.
    assert {file: file.read_bytes() for file in rules.iterdir()} == before


def test_a_rule_of_a_recipe_that_is_broken_is_said_and_nothing_changes(inside: Inside, rules: Path) -> None:
    inside("init")
    file = rules / "deal_lost_void_invoice.yaml"
    file.write_text(file.read_text().replace("deal.outcome", "deal.outcom"))
    before = {each: each.read_bytes() for each in rules.iterdir()}
    ended = inside("rules", "use", "invoices")
    assert ended.code == 2
    assert "deal_lost_void_invoice.yaml:15" in ended.err
    assert {each: each.read_bytes() for each in rules.iterdir()} == before
    unknown = inside("rules", "use", "invoice")
    assert unknown.code == 2
    assert "Did you mean 'invoices'?" in unknown.err
