"""What a check of plans and currencies found, as a table for people and as facts for scripts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tsunagi.cli.printing import plain, table
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from rich.table import Table

    from tsunagi.domain.compatibility import Finding, SupportRequest


def findings_table(findings: Sequence["Finding"], *, title: str = "") -> "Table":
    """What was found, with what to do below it."""
    made = table((_("Weight"), "whole"), _("Found"), title=title)
    for finding in findings:
        advice = f"\n→ {say(finding.what_to_do)}" if finding.what_to_do else ""
        made.add_row(_weights()[finding.severity.value], plain(say(finding.message) + advice))
    return made


def weighty(findings: Sequence["Finding"]) -> Sequence["Finding"]:
    """Those that ask for more than a nod."""
    return [finding for finding in findings if finding.severity.value != "fine"]


def finding_facts(finding: "Finding") -> dict[str, object]:
    return {
        "kind": str(finding.kind),
        "severity": finding.severity.value,
        "side": finding.side,
        "currency": finding.currency,
        "message": finding.message,
        "what_to_do": finding.what_to_do,
    }


def request_facts(request: "SupportRequest") -> dict[str, object]:
    return {"subject": request.subject, "body": request.body}


def is_locked(findings: Sequence["Finding"]) -> bool:
    """Can only the vendor's support change the finance side's base currency?"""
    return any(finding.needs_support for finding in findings)


def _weights() -> dict[str, str]:
    return {
        "refuses": _("prevents it"),
        "acts": _("will be done"),
        "tells": _("to know"),
        "fine": _("fine"),
    }
