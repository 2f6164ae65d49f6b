"""Bringing pairs in step, one after the other: each is planned, and what was planned is made. Inside a workflow."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypedDict

from tsunagi.app import jobs
from tsunagi.app.connections.fit import services_of
from tsunagi.app.sync.listing import Counts, why
from tsunagi.app.sync.planning import PlanOutcome, plan_pair_of_run
from tsunagi.app.sync.run_reports import WriteProgress, add_counts
from tsunagi.app.sync.writing import make_batch
from tsunagi.errors import NotConnected, ServiceOff, TsunagiError


class Alignment(TypedDict):
    """Writes made by service, the pairs that were planned, and why a pair was refused, if one was.

    `later` says, by service, why the rest of its writes is made another day, and when.
    """

    written: dict[str, int]
    planned: list[str]
    refused: dict[str, dict[str, str]]
    later: dict[str, dict[str, str]]


def align(
    run: str,
    pairs: Sequence[str],
    counts: Counts,
    *,
    lane: str = "",
    retry_failed: bool = False,
    allow_deletions: bool = False,
    unseen: Mapping[str, dict[str, str]] | None = None,
    most: int = 0,
    sparing: bool = False,
) -> Alignment:
    """Plan each pair and make what was planned; `sparing` as in `make_batch`.

    A pair that is refused, or `unseen`, holds up those that wait for it, and no others.
    """
    written: Counter[str] = Counter()
    done: list[str] = []
    refused = {pair: problem for pair, problem in (unseen or {}).items() if pair in pairs}
    later: dict[str, dict[str, str]] = {}
    held: set[str] = set(unseen or ())
    for pair in pairs:
        if pair in held or ((held or later) and _waits_for(pair, sorted(held), sorted(later))):
            held.add(pair)
            continue
        beside = [other for other in pairs if other not in held and other not in done and other != pair]
        planned = _plan(run, pair, beside, retry_failed, allow_deletions, most)
        if planned["problem"]:
            refused[pair] = planned["problem"]
            held.add(pair)
            continue
        done.append(pair)
        add_counts(counts.setdefault(pair, {}), planned["counts"])
        for other, creations in planned["carried"].items():
            add_counts(counts.setdefault(other, {}), {"create": creations})
        progress = WriteProgress(run, lane, pair, planned["writes"], counts)
        made = make_batch(f"{run}:{pair}", progress, sparing=sparing)
        progress.count(made)
        if made["later"]:
            later[made["later"]["service"]] = made["later"]
        written.update(dict.fromkeys(planned["services"], made["done"]))
    return {"written": dict(written), "planned": done, "refused": refused, "later": later}


@jobs.step("waits_for")
def _waits_for(pair: str, held: list[str], later: list[str]) -> bool:
    """For one of these pairs, or for more calls to one of these services."""
    known = jobs.current_context().registry.pairs.get(pair)
    return known is not None and bool({*known.after} & {*held} or services_of(known) & {*later})


@jobs.step("plan")
def _plan(
    run: str, pair: str, beside: list[str], retry_failed: bool, allow_deletions: bool = False, most: int = 0
) -> PlanOutcome:
    context = jobs.current_context()
    try:
        return plan_pair_of_run(
            context,
            run,
            pair,
            beside=beside,
            most=most,
            retry_failed=retry_failed,
            allow_deletions=allow_deletions,
        )
    except (ServiceOff, NotConnected):  # switched off or forgotten during the run: nothing to do, and nothing wrong
        return {"counts": {}, "writes": 0, "services": [], "problem": {}, "carried": {}}
    except TsunagiError as error:
        return {"counts": {}, "writes": 0, "services": [], "problem": why(error), "carried": {}}
