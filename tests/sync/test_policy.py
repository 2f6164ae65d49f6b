from datetime import UTC, datetime

import pytest

from tsunagi.domain.conflicts import Conflict, ConflictPolicy, Resolution
from tsunagi.domain.mapping import Side
from tsunagi.sync.merge import Unresolved, pick

CONFLICT = Conflict("customers", "city", base="Osaka", left="Kyoto", right="Kobe")
NINE, TEN = (datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (9, 10))

LEFT, RIGHT, ASK, SKIP = "Kyoto", "Kobe", "somebody decides", "both stay"
P = ConflictPolicy

TABLE = [
    # policy, left's time, right's time, the side a one-way field comes from, what follows
    (P.SOURCE_WINS, NINE, TEN, None, LEFT),
    (P.SOURCE_WINS, None, None, None, LEFT),
    (P.SOURCE_WINS, NINE, TEN, "left", LEFT),
    (P.SOURCE_WINS, NINE, TEN, "right", RIGHT),
    (P.LEFT_WINS, NINE, TEN, None, LEFT),
    (P.LEFT_WINS, None, None, "right", LEFT),
    (P.RIGHT_WINS, TEN, NINE, None, RIGHT),
    (P.RIGHT_WINS, None, None, "left", RIGHT),
    (P.NEWEST_WINS, TEN, NINE, None, LEFT),
    (P.NEWEST_WINS, NINE, TEN, None, RIGHT),
    (P.NEWEST_WINS, NINE, NINE, None, ASK),
    (P.NEWEST_WINS, None, TEN, None, ASK),
    (P.NEWEST_WINS, NINE, None, None, ASK),
    (P.NEWEST_WINS, None, None, None, ASK),
    (P.SKIP, NINE, TEN, None, SKIP),
    (P.SKIP, None, None, "left", SKIP),
    (P.ASK, NINE, TEN, None, ASK),
    (P.ASK, None, None, "left", ASK),
]


@pytest.mark.parametrize(("policy", "left_at", "right_at", "source", "follows"), TABLE)
def test_every_policy_means_something(
    policy: ConflictPolicy, left_at: datetime | None, right_at: datetime | None, source: Side | None, follows: str
) -> None:
    decision = pick(CONFLICT, policy, left_at, right_at, source=source)
    if follows in (LEFT, RIGHT):
        side: Side = "left" if follows == LEFT else "right"
        assert decision == Resolution(follows, by=f"policy {policy.value}", side=side)
    else:
        assert isinstance(decision, Unresolved)
        assert decision.ask == (follows == ASK)


def test_the_table_leaves_no_policy_out() -> None:
    assert {row[0] for row in TABLE} == set(ConflictPolicy)


def test_what_cannot_be_decided_names_the_field_and_both_values_in_both_languages() -> None:
    decision = pick(CONFLICT, ConflictPolicy.ASK, None, None)
    assert isinstance(decision, Unresolved)
    for text in (decision.reason.en, decision.reason.ja):
        assert all(word in text for word in ("city", "Kyoto", "Kobe"))
