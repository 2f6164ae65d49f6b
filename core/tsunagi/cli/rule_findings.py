"""Mistakes and findings of `tsunagi rules lint`, for people and as data: JSON, and SARIF 2.1.0 for code hosts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tsunagi.cli.printing import plain
from tsunagi.errors import RuleFileError
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.rules.analysis import Finding
    from tsunagi.yaml_marks import Place

# What each result is an instance of, with how grave it is.
_MISTAKE = "rule-file"
_LEVELS = {
    _MISTAKE: "error",
    "never_holds": "warning",
    "overlap": "warning",
    "contradiction": "warning",
    "loop": "warning",
    "not_covered": "note",
}


def located(folder: Path, error: RuleFileError) -> str:
    """file:line:column, so that editors find the place."""
    return plain(f"{folder / error.path}:{error.line}:{error.column}: {_worded(error)}")


def found(folder: Path, finding: "Finding") -> str:
    """Where, what, and a record it happens to."""
    where = f"{folder / finding.place.file}:{finding.place.line}:{finding.place.column}: " if finding.place else ""
    return plain(f"{where}{finding.kind}: {_sentence(finding)}")


def error_facts(folder: Path, error: RuleFileError) -> dict[str, object]:
    return {
        "file": folder / error.path,
        "line": error.line,
        "column": error.column,
        "field": error.field,
        "message": error.reason,
    }


def finding_facts(folder: Path, finding: "Finding") -> dict[str, object]:
    place = finding.place
    return {
        "kind": finding.kind,
        "level": _LEVELS[finding.kind],
        "message": finding.message,
        "rules": finding.rules,
        "file": folder / place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "example": finding.example,
    }


def sarif(
    folder: Path,
    errors: Sequence[RuleFileError],
    findings: Sequence["Finding"],
    places: Mapping[str, "Place"],
    version: str,
) -> dict[str, object]:
    """One run with a result for each mistake and finding; `places` are where rules stand, by id.

    Addresses are relative to the working folder where they can be.
    """
    described = [
        {"id": id, "shortDescription": {"text": text}, "defaultConfiguration": {"level": _LEVELS[id]}}
        for id, text in _descriptions().items()
    ]
    results = [*(_mistake(folder, each) for each in errors), *(_result(folder, each, places) for each in findings)]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "tsunagi", "version": version, "rules": described}},
                # Columns are counted in characters, as editors do.
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _descriptions() -> dict[str, str]:
    return {
        _MISTAKE: _("A mistake in a rule file or a table of cases"),
        "never_holds": _("A rule that can never hold"),
        "overlap": _("Two rules that may ask for the same action"),
        "contradiction": _("Two rules of which one undoes what the other does"),
        "loop": _("Rules that may start each other endlessly"),
        "not_covered": _("An event at which no rule acts"),
    }


def _mistake(folder: Path, error: RuleFileError) -> dict[str, object]:
    return {
        "ruleId": _MISTAKE,
        "level": _LEVELS[_MISTAKE],
        "message": {"text": _worded(error)},
        "locations": [_location(folder / error.path, error.line, error.column)],
    }


def _result(folder: Path, finding: "Finding", places: Mapping[str, "Place"]) -> dict[str, object]:
    others = [(rule, places[rule]) for rule in finding.rules[1:] if rule in places]
    result: dict[str, object] = {
        "ruleId": finding.kind,
        "level": _LEVELS[finding.kind],
        "message": {"text": _sentence(finding)},
        "locations": [_location(folder / each.file, each.line, each.column) for each in (finding.place,) if each],
        "properties": {
            "rules": list(finding.rules),
            **({"example": say(finding.example)} if finding.example else {}),
        },
    }
    if others:
        result["relatedLocations"] = [
            {**_location(folder / each.file, each.line, each.column), "message": {"text": rule}}
            for rule, each in others
        ]
    return result


def _location(file: Path, line: int, column: int) -> dict[str, object]:
    region = {"startLine": line or 1, "startColumn": column or 1}
    return {"physicalLocation": {"artifactLocation": {"uri": _address(file)}, "region": region}}


def _address(file: Path) -> str:
    here, file = Path.cwd(), file.absolute()
    if not file.is_relative_to(here):
        return file.as_uri()
    # Relative addresses are escaped like any other.
    return file.as_uri().removeprefix(here.as_uri().rstrip("/") + "/")


def _worded(error: RuleFileError) -> str:
    return (f"{error.field}: " if error.field else "") + say(error.reason)


def _sentence(finding: "Finding") -> str:
    example = " " + _("For example: {record}").format(record=say(finding.example)) if finding.example else ""
    return f"{say(finding.message)}{example}"
