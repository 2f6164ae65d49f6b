"""Outside writes: each made once, however often the hub is cut short.

An intent is stored before its write is made. From its second attempt on the write may have been made already,
so it is looked up by its key first.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol, TypedDict

from tsunagi.app import jobs
from tsunagi.app.open_items.reasons import OUTCOME_UNKNOWN
from tsunagi.app.open_items.writes import report_failed
from tsunagi.app.sync.making import WriteOutcome, make
from tsunagi.app.sync.pair_plan import CARRIED_BY
from tsunagi.app.sync.run_control import RunStopped, is_asked_to_stop
from tsunagi.errors import (
    OutcomeUnknown,
)
from tsunagi.store.intents import Intents
from tsunagi.text import Text

# How many keys a workflow fetches at a time, and how often it waits for a service that is away.
_PREFETCH = 200
_PATIENCE = 8
# Seconds: so long it waits at most each time; who asks for more, as at the end of the day's calls, is left for then.
_LONGEST_WAIT, _TOO_LONG = 60.0, 600.0
# How batches begin that a person waits for, and how long one is left to whoever makes it for them.
BY_PEOPLE, BEING_MADE = "by-people:", timedelta(minutes=5)
# So many at most are made in one step, see tsunagi.app.sync.making.
_TOGETHER = 100


class BatchOutcome(TypedDict):
    """How many writes of a batch ended in each way; `postponed` ones are made by a later run.

    `beside` counts the same, by pair, of what goes in the calls of another one. `later` says why the rest is made
    another day, and when; empty where none is.
    """

    done: int
    failed: int
    abandoned: int
    postponed: int
    beside: dict[str, dict[str, int]]
    later: dict[str, str]


class Follower(Protocol):
    """Is told at each step how far a batch is, and when it waits for its service, for how long (seconds) and why."""

    def __call__(self, made: BatchOutcome) -> None: ...

    def waits(self, seconds: float, reason: Mapping[str, str]) -> None: ...


def make_batch(batch: str, progress: Follower | None = None, *, sparing: bool = False) -> BatchOutcome:
    """Make every planned write of a batch, in order; called inside a workflow. `progress` follows it. `sparing` leaves
    the last calls of a day to what people wait for.

    Raises RunStopped where a person has asked the batch's run to stop.
    """
    total = nothing_made()
    _begin(batch)
    after: str | None = None
    left_behind = False
    while True:
        keys, after = _planned(batch, after)
        made = _make_patiently(batch, keys, total, progress, sparing)
        left_behind = left_behind or made["left_behind"]
        if made["left"]:
            total["postponed"] += made["left"]
            total["later"] = made["later"]
            return total
        if after is None and not left_behind:
            return total
        # From the front again: what was not created in the call it was meant for is made by itself.
        left_behind = left_behind and after is not None


def nothing_made() -> BatchOutcome:
    return {"done": 0, "failed": 0, "abandoned": 0, "postponed": 0, "beside": {}, "later": {}}


class _Made(TypedDict):
    """How many writes are `left` because their service stays away, and whether something was `left_behind`."""

    left: int
    left_behind: bool
    later: dict[str, str]


def _make_patiently(
    batch: str, keys: list[str], total: BatchOutcome, progress: Follower | None, sparing: bool
) -> _Made:
    waits, aside, left_behind = 0, False, False
    while keys:
        outcomes = _write(keys[:_TOGETHER], batch.partition(":")[0], sparing)
        if not outcomes:
            _put_off(batch)
            raise RunStopped
        for outcome in outcomes:
            _count(total, outcome)
            left_behind = left_behind or outcome["left_behind"]
        waiting = [(key, each) for key, each in zip(keys, outcomes, strict=False) if each["state"] == "waiting"]
        if len(waiting) < len(outcomes):
            waits, aside = 0, False
        keys = [key for key, _ in waiting] + keys[len(outcomes) :]
        if progress is not None:
            progress(total)
        if waiting:
            outcome = waiting[0][1]
            waits += 1
            if "until" in outcome["reason"]:
                _put_off(batch)
                return {"left": _left(batch), "left_behind": left_behind, "later": outcome["reason"]}
            if outcome["wait"] > _TOO_LONG:
                return {"left": len(keys), "left_behind": left_behind, "later": {}}
            if waits < _PATIENCE:
                seconds = min(outcome["wait"], _LONGEST_WAIT)
                if progress is not None:
                    progress.waits(seconds, outcome["reason"])
                jobs.sleep(seconds)
            elif aside or outcome["reason"].get("code") != OUTCOME_UNKNOWN.code:
                return {"left": len(keys), "left_behind": left_behind, "later": {}}
            else:
                # The service may fail on this record only: the next one will show.
                _set_aside(keys[0])
                total["failed"] += 1
                keys, waits, aside = keys[1:], 0, True
    return {"left": 0, "left_behind": left_behind, "later": {}}


def _count(total: BatchOutcome, outcome: WriteOutcome) -> None:
    for pair, done in outcome["carried"].items():
        counts = total["beside"].setdefault(pair, {})
        counts["done"] = counts.get("done", 0) + done
    state = outcome["state"]
    if state == "waiting":
        return
    if outcome["beside"]:
        counts = total["beside"].setdefault(outcome["beside"], {})
        counts[state] = counts.get(state, 0) + 1
    else:
        total[state] += 1


def _begin(batch: str) -> None:
    # Not a step: a workflow that resumes must count as another attempt.
    context = jobs.current_context()
    with context.store.write() as session:
        Intents(session).begin(batch)


@jobs.step("planned_writes")
def _planned(batch: str, after: str | None) -> tuple[list[str], str | None]:
    """Kept as a step's result, so that a resumed workflow goes through the same writes in the same order."""
    with jobs.current_context().store.read() as session:
        found = Intents(session).pending(batch, after=after, limit=_PREFETCH)
        carriers = [str(intent.plan[CARRIED_BY]) for intent in found.items if CARRIED_BY in intent.plan]
        to_come = {key for key, intent in Intents(session).get_many(carriers).items() if intent.state == "planned"}
    # What goes in another one's call has no turn of its own.
    return [intent.key for intent in found.items if intent.plan.get(CARRIED_BY) not in to_come], found.next


@jobs.step("put_off")
def _put_off(batch: str) -> None:
    """The batch stops between two writes: what was not begun need not be looked up when it goes on."""
    with jobs.current_context().store.write() as session:
        Intents(session).put_off(batch)


@jobs.step("left")
def _left(batch: str) -> int:
    with jobs.current_context().store.read() as session:
        return Intents(session).count_states(batch).get("planned", 0)


@jobs.step("write")
def _write(keys: list[str], run: str = "", sparing: bool = False) -> list[WriteOutcome]:
    """Nothing where a person has asked the run to stop."""
    context = jobs.current_context()
    return [] if run and is_asked_to_stop(context, run) else make(context, keys, sparing=sparing)


@jobs.step("set_aside")
def _set_aside(key: str) -> None:
    """The write may have been made; when it is tried again, it is looked up first."""
    context = jobs.current_context()
    with context.store.write() as session:
        intent = Intents(session).get(key)
        if intent is None or intent.state != "planned":
            return
        error = OutcomeUnknown(intent.problem or Text.same(""), service=intent.write.service)
        Intents(session).failure(key, error.message, context.now(), certain=False)
        report_failed(context, session, intent, error)
