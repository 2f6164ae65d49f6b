"""How far the writes of a pair are, kept where every process can read it."""

from collections.abc import Mapping

from tsunagi.app.sync.listing import report_progress
from tsunagi.app.sync.writing import BatchOutcome
from tsunagi.domain.records import Fields


class WriteProgress:
    """Keeps the run's progress where every process can read it."""

    def __init__(self, run: str, pair: str, expected: int, counts: dict[str, dict[str, int]]) -> None:
        self._run, self._pair, self._expected, self._counts = run, pair, expected, counts
        self._before = {name: dict(known) for name, known in counts.items()}
        report_progress(run, {"phase": "write", "name": pair, "done": 0, "of": expected}, counts)

    def __call__(self, made: BatchOutcome) -> None:
        done = made["done"] + made["failed"] + made["abandoned"]
        self.count(made)
        progress: Fields = {"phase": "write", "name": self._pair, "done": done, "of": self._expected}
        report_progress(self._run, progress, self._counts)

    def count(self, made: BatchOutcome) -> None:
        """`made` has the totals of the batch, what went in the calls of this pair's writes included."""
        for name, counts in {self._pair: _states(made), **made["beside"]}.items():
            self._counts[name] = dict(self._before.get(name, {}))
            add_counts(self._counts[name], counts)


def _states(made: BatchOutcome) -> dict[str, int]:
    return {state: count for state, count in made.items() if isinstance(count, int) and count}


def add_counts(counts: dict[str, int], more: Mapping[str, int]) -> None:
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count


def count_made(counts: dict[str, int], made: BatchOutcome) -> None:
    counts.update(_states(made))
