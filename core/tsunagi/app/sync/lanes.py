"""The lanes of a sync run: services beside each other, the listings and pairs of each in turn."""

from collections.abc import Collection, Sequence
from typing import Any, TypedDict

from tsunagi.app import jobs
from tsunagi.app.connections.fit import services_of, writable_services
from tsunagi.app.context import Context
from tsunagi.app.sync.aligning import Alignment, align
from tsunagi.app.sync.listing import Counts, read_listing, read_listings, report_progress
from tsunagi.app.sync.removals import read_removals
from tsunagi.app.sync.run_control import RunStopped

# More of our own writes than this would fill several pages of the next sync's listings.
_MANY = 100
WORKFLOW = "sync_lane"


class Lane(TypedDict):
    """What one lane lists, and the services whose pairs it brings in step."""

    name: str
    services: list[str]
    listed: list[list[str]]


class Terms(TypedDict):
    """What all lanes of a run are told: `away` and `unseen` say what could not be read before."""

    pairs: list[str]
    full: bool
    allow_deletions: bool
    most: int
    away: dict[str, dict[str, str]]
    unseen: dict[str, dict[str, str]]


class LaneOutcome(TypedDict):
    """What a lane did; `away` says why a service of it could not be read, or has no calls left today (`until` when)."""

    counts: Counts
    away: dict[str, dict[str, str]]
    aligned: Alignment
    stopped: bool


class LaidOut(TypedDict):
    """What is listed once for all lanes, and the lanes: those of a group go beside each other, the groups in turn."""

    shared: list[list[str]]
    groups: list[list[Lane]]


@jobs.step("lanes")
def lay_out(pairs: list[str], listed: list[list[str]]) -> LaidOut:
    context = jobs.current_context()
    crm = context.registry.crm_service()
    services = list(dict.fromkeys(service for service, _ in listed if service != crm))
    together = _bound_together(context, pairs)
    first = [service for service in services if service in together]
    apart = [[service] for service in services if service not in together]
    return {
        "shared": [each for each in listed if each[0] == crm],
        "groups": [[_lane(some, listed) for some in group] for group in ([first] if first else [], apart) if group],
    }


def _lane(services: list[str], listed: list[list[str]]) -> Lane:
    return {
        "name": ", ".join(services),
        "services": services,
        "listed": [each for each in listed if each[0] in services],
    }


def _bound_together(context: Context, pairs: Sequence[str]) -> set[str]:
    """Services whose pairs write into the CRM, where what one makes is what the next must find; and services that
    wait for a pair of another."""
    found: set[str] = set()
    for pair in context.registry.pairs_in_order(pairs or None):
        waits = [context.registry.pair(name).right.service for name in pair.after if name in context.registry.pairs]
        elsewhere = [service for service in waits if service != pair.right.service]
        if pair.direction.into("left") or elsewhere:
            found |= {pair.right.service, *elsewhere}
    return found


@jobs.workflow(WORKFLOW)
def sync_lane(run: str, lane: Lane, terms: Terms, before: Counts) -> LaneOutcome:
    """Read what these services list, and bring their pairs in step. `before` is what was done before a pause."""
    counts, away = dict(before), dict(terms["away"])
    aligned: Alignment = {"written": {}, "planned": [], "refused": {}, "later": {}}
    stopped = False
    try:
        away |= read_listings(run, lane["listed"], terms["full"], counts, lane=lane["name"], sparing=True)
        read_removals(run, lane["listed"], away, always=terms["full"])
        aligned = align(
            run,
            _pairs(terms["pairs"], lane["services"], sorted(away)),
            counts,
            lane=lane["name"],
            retry_failed=terms["full"],
            allow_deletions=terms["allow_deletions"],
            unseen=terms["unseen"],
            most=terms["most"],
            sparing=True,
        )
        away |= aligned["later"]
        read_back(run, lane["listed"], aligned["written"], away)
    except RunStopped:
        stopped = True
    report_progress(run, lane["name"], None, counts)
    return {"counts": counts, "away": away, "aligned": aligned, "stopped": stopped}


def read_back(run: str, listed: list[list[str]], written: dict[str, int], away: Collection[str]) -> None:
    """After many writes, list what they did, so that the next sync does not take them for changes, page by page."""
    for service, entity in listed:
        if written.get(service, 0) > _MANY and service not in away:
            read_listing(run, service, entity, False, {}, sparing=True)


@jobs.step("pairs")
def _pairs(pairs: list[str], services: list[str], away: list[str]) -> list[str]:
    """Pairs to bring together: of those chosen, whose services may both be written to and could be read."""
    context = jobs.current_context()
    readable = writable_services(context) - set(away)
    return [
        pair.name
        for pair in context.registry.pairs_in_order(pairs or None)
        if pair.right.service in services and services_of(pair) <= readable
    ]


class Brought(TypedDict):
    """What all lanes of a run did together."""

    away: dict[str, dict[str, str]]
    planned: list[str]
    refused: dict[str, dict[str, str]]
    written: dict[str, int]


def bring_in_step(run: str, groups: list[list[Lane]], terms: Terms, counts: Counts) -> Brought:
    """Run all lanes to their ends, and add what they counted. Raises RunStopped once all have stopped."""
    brought: Brought = {"away": dict(terms["away"]), "planned": [], "refused": {}, "written": {}}
    for group in groups:
        calls: list[tuple[Any, ...]] = [(run, lane, terms, _of_lane(counts, lane)) for lane in group]
        outcomes = jobs.side_by_side(sync_lane, calls)
        for outcome in outcomes:
            counts |= outcome["counts"]
            brought["away"] |= outcome["away"]
            brought["planned"] += outcome["aligned"]["planned"]
            brought["refused"] |= outcome["aligned"]["refused"]
            for service, writes in outcome["aligned"]["written"].items():
                brought["written"][service] = brought["written"].get(service, 0) + writes
        if any(outcome["stopped"] for outcome in outcomes):
            raise RunStopped
    return brought


def _of_lane(counts: Counts, lane: Lane) -> Counts:
    context = jobs.current_context()
    pairs = context.registry.pairs
    return {
        name: dict(done)
        for name, done in counts.items()
        if name in pairs and pairs[name].right.service in lane["services"]
    }
