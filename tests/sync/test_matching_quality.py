"""The pairs labelled by hand, matched one by one: what bench/matching.py prints may not get worse."""

import runpy
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "matching.py"


def test_nobody_is_linked_with_a_stranger_and_few_are_missed() -> None:
    bench = runpy.run_path(str(BENCH))
    pairs = list(bench["labelled"]())
    assert len(pairs) >= 300
    found = bench["quality"](pairs)
    assert found.precision == 1
    assert found.recall >= 0.93
    assert found.recall_with_review >= 0.98
