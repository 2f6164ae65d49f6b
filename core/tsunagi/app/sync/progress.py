"""How far the writes of a pair are, kept where every process can read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from tsunagi.app.context import Context
from tsunagi.app.sync.listing import report_progress, report_waiting
from tsunagi.app.sync.writing import BatchOutcome
from tsunagi.domain.records import Fields


@dataclass(frozen=True, slots=True)
class Pace:
    """How many writes a minute takes, and the seconds the rest takes at that."""

    a_minute: int
    seconds_left: int


def lanes_of(progress: Fields) -> dict[str, Fields]:
    """What a run is at in each of its lanes, in order of their names."""
    lanes = progress.get("lanes")
    if not isinstance(lanes, Mapping):
        return {"": progress}
    return {name: lane for name, lane in sorted(lanes.items()) if isinstance(lane, Mapping)} or {"": {}}


def awaited_service(context: Context, name: str) -> str:
    """The service a lane waits for that is at this listing or pair."""
    pair = context.registry.pairs.get(name)
    return pair.right.service if pair else name.partition(".")[0]


def pace(progress: Fields) -> Pace | None:
    """Of a lane's stored progress; None while it cannot be told."""
    done, of, seconds = (int(str(progress.get(name) or 0)) for name in ("done", "of", "seconds"))
    if not (done and seconds and of > done):
        return None
    return Pace(round(done * 60 / seconds), round((of - done) * seconds / done))


class WriteProgress:
    """Keeps the run's progress where every process can read it."""

    def __init__(self, run: str, lane: str, pair: str, expected: int, counts: dict[str, dict[str, int]]) -> None:
        self._run, self._lane, self._pair, self._expected, self._counts = run, lane, pair, expected, counts
        self._begun = monotonic()
        self._before = {name: dict(known) for name, known in counts.items()}
        report_progress(run, lane, {"phase": "write", "name": pair, "done": 0, "of": expected}, counts)

    def __call__(self, made: BatchOutcome) -> None:
        done = made["done"] + made["failed"] + made["abandoned"]
        self.count(made)
        progress: Fields = {
            "phase": "write",
            "name": self._pair,
            "done": done,
            "of": self._expected,
            "seconds": round(monotonic() - self._begun),
        }
        report_progress(self._run, self._lane, progress, self._counts)

    def waits(self, seconds: float, reason: Mapping[str, str]) -> None:
        """The service does not take the next write yet."""
        report_waiting(self._run, self._lane, self._pair, seconds, reason, self._counts)

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
