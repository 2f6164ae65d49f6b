"""Rules at the command line: listed, checked and tested without a database."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

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
SALES = """version: 1
permissions: sales
title: Sales
policies:
  - {policy: sales_mail, effect: permit, who: {profiles: [Sales]}, actions: [email], on: [documents]}
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
    assert "Cases that pass: 7 of 8" in ended.err


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
    (result,) = [each for each in run["results"] if each["ruleId"] == "rule-file"]
    assert "Did you mean 'amount'?" in result["message"]["text"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("automations/discount.yaml")
    assert place["region"] == {"startLine": 6, "startColumn": 13}
    (rules / "discount.yaml").unlink()
    assert inside("rules", "lint", "--format", "sarif").json == inside("rules", "lint", "--sarif").json


OTHER = """version: 1
automation: {name}
title: {name}
trigger: {{event: {event}}}
conditions: {conditions}
actions:
  - action: {action}
"""
AGAIN = OTHER + "repeat: every_time\n"


def _object(required: str, more: dict[str, Any], optional: str = "") -> dict[str, Any]:
    """An object as the standard has it: these keys and no others."""
    text: dict[str, Any] = {"type": "string", "minLength": 1}
    keys = {**dict.fromkeys((*required.split(), *optional.split()), text), **more}
    return {"type": "object", "required": required.split(), "properties": keys, "additionalProperties": False}


def _list(of: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": least}


_MESSAGE = _object("text", {})
_COUNT = {"type": "integer", "minimum": 1}
_REGION = _object("startLine startColumn", {"startLine": _COUNT, "startColumn": _COUNT})
_ARTIFACT = _object("uri", {"uri": {"type": "string", "pattern": r"^[^\s\\\\]+$"}})
_PHYSICAL = _object("artifactLocation region", {"artifactLocation": _ARTIFACT, "region": _REGION})
_LOCATION = _object("physicalLocation", {"physicalLocation": _PHYSICAL, "message": _MESSAGE}, "message")
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_RESULT = _object(
    "ruleId level message locations",
    {
        "level": _LEVEL,
        "message": _MESSAGE,
        "locations": _list(_LOCATION, 1),
        "relatedLocations": _list(_LOCATION, 1),
        "properties": {"type": "object"},
    },
)
_DESCRIBED = _object(
    "id shortDescription defaultConfiguration",
    {"shortDescription": _MESSAGE, "defaultConfiguration": _object("level", {"level": _LEVEL})},
)
_DRIVER = _object("name version rules", {"rules": _list(_DESCRIBED)})
_RUN = _object(
    "tool columnKind results",
    {
        "tool": _object("driver", {"driver": _DRIVER}),
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": _list(_RESULT),
    },
)
SARIF = _object("$schema version runs", {"version": {"const": "2.1.0"}, "runs": _list(_RUN, 1)})


def test_findings_are_given_as_sarif_and_json_too(inside: Inside, rules: Path) -> None:
    """Each kind of finding, with the rule, the place and an example, in the structure of SARIF 2.1.0."""
    made = {
        "never": ("deal.won", "[{field: deal.outcome, equals: lost}]", "books.invoice.create"),
        "second": ("deal.won", "[{field: deal.amount, greater_than: 100}]", "books.invoice.create"),
        "undone": ("deal.won", "[{field: deal.amount, greater_than: 5}]", "books.invoice.void"),
    }
    for name, (event, conditions, action) in made.items():
        text = OTHER.format(name=name, event=event, conditions=conditions, action=action)
        (rules / f"{name}.yaml").write_text(text)
    (rules / "größe 2.yaml").write_text(
        AGAIN.format(name="endless", event="deal.updated", conditions="[]", action="crm.deal.update")
    )
    ended = inside("rules", "lint", "--format", "sarif")
    assert ended.code == 0
    Draft202012Validator(SARIF).validate(ended.json)
    (run,) = ended.json["runs"]
    described = {each["id"] for each in run["tool"]["driver"]["rules"]}
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for result in run["results"]:
        assert result["ruleId"] in described
        by_kind.setdefault(result["ruleId"], []).append(result)
    assert {kind: found[0]["level"] for kind, found in by_kind.items()} == {
        "never_holds": "warning",
        "overlap": "warning",
        "contradiction": "warning",
        "loop": "warning",
        "not_covered": "note",
    }
    (overlap,) = by_kind["overlap"]
    assert overlap["properties"]["rules"] == ["deal_won_invoice", "second"]
    assert "amount" in overlap["properties"]["example"]
    assert overlap["properties"]["example"] in overlap["message"]["text"]
    (other,) = overlap["relatedLocations"]
    assert other["physicalLocation"]["artifactLocation"]["uri"] == "rules/automations/second.yaml"
    (loop,) = by_kind["loop"]
    assert loop["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "rules/automations/gr%C3%B6%C3%9Fe%202.yaml"},
        "region": {"startLine": 2, "startColumn": 1},
    }
    facts = inside("rules", "lint", "--format", "json").json
    assert facts == inside("rules", "lint", "--json").json
    (never,) = [each for each in facts["findings"] if each["kind"] == "never_holds"]
    assert (never["file"], never["line"], never["level"]) == ("rules/automations/never.yaml", 2, "warning")
    # A build that asks for it fails.
    assert inside("rules", "lint", "--format", "sarif", "--strict").code == 1


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
    (act,) = inside("audit", "--json").json["entries"]
    assert (act["action"], act["details"]) == ("rules:edit", {"new": "renewal_estimate"})


def test_a_rule_file_is_saved_from_standard_input_switched_and_removed(
    inside: Inside, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))

    mine, name = rules / "deal_won_invoice.yaml", "automations/deal_won_invoice.yaml"
    shown = inside("rules", "show", name)
    assert shown.out == mine.read_text()
    saved = inside("rules", "show", name, "--json").json["saved"]
    typed(shown.out.replace("deal.amount", "deal.amuont"))
    wrong = inside("rules", "save", name)
    assert (wrong.code, mine.read_text()) == (1, shown.out)
    assert f"{name}:" in wrong.out.replace("\n", "")
    typed(shown.out.replace("repeat:", "# not small ones\nrepeat:"))
    assert inside("rules", "save", name, "--saved", saved).code == 0
    assert "# not small ones" in mine.read_text()
    typed(shown.out)
    # Another one was faster.
    assert inside("rules", "save", name, "--saved", saved).code == 2
    typed(shown.out)
    assert inside("rules", "save", name, "--new").code == 2
    assert inside("rules", "switch", "deal_won_invoice", "off", "--json").json["state"] == "off"
    assert "enabled: false" in mine.read_text()
    (tmp_path / "other.yaml").write_text(shown.out)
    twice = inside("rules", "save", "automations/another.yaml", "other.yaml", "--json")
    assert twice.code == 1
    assert "deal_won_invoice" in twice.json["errors"][0]["message"]

    assert inside("rules", "remove", "automations/nope.yaml").code == 2
    assert inside("rules", "remove", name).code == 0
    assert list(rules.iterdir()) == []
    assert inside("rules", "rollback").code == 0
    assert "# not small ones" in mine.read_text()


def test_permission_files_are_saved_shown_and_removed(inside: Inside, rules: Path, tmp_path: Path) -> None:
    (tmp_path / "sales.yaml").write_text(SALES)
    name = "permissions/sales.yaml"
    (tmp_path / "wrong.yaml").write_text(SALES.replace("email]", "mial]"))
    wrong = inside("permissions", "save", name, "wrong.yaml", "--json")
    assert (wrong.code, wrong.json["errors"][0]["line"]) == (1, 5)
    made = inside("permissions", "save", name, "sales.yaml", "--new", "--json").json
    assert {each["after"] for each in made["changes"]} == {"permitted"}
    assert inside("permissions", "show", name).out == SALES
    assert inside("permissions", "save", name, "sales.yaml", "--new").code == 2
    assert inside("permissions", "set", "Sales", "books.invoice:email", "forbid").code == 0
    assert "books.invoice" in inside("permissions", "show", "permissions/matrix.yaml").out
    assert inside("permissions", "set", "Sales", "books.invoice:eat", "permit").code == 2
    assert inside("permissions", "remove", "permissions/matrix.yaml").code == 0
    assert inside("permissions", "remove", name).code == 0
    (last,) = inside("permissions", "matrix", "--json").json["files"]
    assert inside("permissions", "remove", last).code == 2
