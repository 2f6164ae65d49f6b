"""How often each rule has been asked, and what it said."""

from collections.abc import Mapping

from tsunagi.app.context import Context
from tsunagi.store.rule_runs import RuleRuns


def rule_counts(context: Context) -> Mapping[str, Mapping[str, int]]:
    """{rule: {verdict: count}}; a rule that was never asked is absent."""
    with context.store.read() as session:
        return RuleRuns(session).count_verdicts()
