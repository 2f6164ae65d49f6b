"""How often each rule has been asked, and what it said."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tsunagi.store.rule_runs import RuleRuns

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub


def rule_counts(hub: "Hub") -> Mapping[str, Mapping[str, int]]:
    """{rule: {verdict: count}}; a rule that was never asked is absent."""
    with hub.store.read() as session:
        return RuleRuns(session).count_verdicts()
