"""Mistakes in rule files as SARIF 2.1.0, which code hosts and editors show beside the line."""

from collections.abc import Sequence
from pathlib import Path

from tsunagi.errors import RuleFileError
from tsunagi.translation import say

_RULE = "rule-file"


def sarif(folder: Path, errors: Sequence[RuleFileError], version: str) -> dict[str, object]:
    """One run with a result for each mistake; addresses are relative to the working folder where they can be."""
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "tsunagi", "version": version, "rules": [{"id": _RULE}]}},
                # Columns are counted in characters, as editors do.
                "columnKind": "unicodeCodePoints",
                "results": [_result(folder, error) for error in errors],
            }
        ],
    }


def _result(folder: Path, error: RuleFileError) -> dict[str, object]:
    field = f"{error.field}: " if error.field else ""
    region = {"startLine": error.line or 1, "startColumn": error.column or 1}
    return {
        "ruleId": _RULE,
        "level": "error",
        "message": {"text": field + say(error.reason)},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": _address(folder / error.path)}, "region": region}}
        ],
    }


def _address(file: Path) -> str:
    here, file = Path.cwd(), file.absolute()
    return file.relative_to(here).as_posix() if file.is_relative_to(here) else file.as_uri()
