"""What was so before the hub knew it: deals that were won before the first reading are no event, and start no rule.

They are counted by the plan of a first sync. A person may have the rules act on them afterwards, those of some dates or
all: each then has its event, once, so that repeating it finds nothing left, and what a rule did once it does not again.
It is a run like any other: it shows how far it is and what failed. It runs to its end.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict
from uuid import uuid4

from tsunagi.app import jobs
from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import require
from tsunagi.app.automation.action_context import StoredContext
from tsunagi.app.automation.decisions import bills, store_new
from tsunagi.app.automation.evaluate import evaluate
from tsunagi.app.automation.event_facts import event_facts
from tsunagi.app.automation.rule_versions import keep_rules
from tsunagi.app.connections.fit import FirstSyncPending, pending_services
from tsunagi.app.context import Context
from tsunagi.app.sync.listing import in_both, report_progress
from tsunagi.app.sync.run_control import BACKFILL
from tsunagi.app.sync.run_reports import add_counts, recorded_ending, states_of
from tsunagi.app.sync.writing import make_batch
from tsunagi.domain.directory import Person
from tsunagi.domain.entities import EntityType, Moment
from tsunagi.domain.events import Event, event_id
from tsunagi.domain.records import Fields, Record
from tsunagi.errors import ConfigError, ConnectorError
from tsunagi.rules.automations import Automation
from tsunagi.rules.backtest import Asked, Tally, asked_by, tallies
from tsunagi.store.events import Events
from tsunagi.store.records import Records
from tsunagi.store.sync_runs import SyncRun, SyncRuns
from tsunagi.text import Text
from tsunagi.wording import joined, nearest

WORKFLOW = BACKFILL
EDIT = "rules:edit"
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Period:
    """The days, both included, that a record's own date has to be in; records without a date are in no such period."""

    since: dt.date | None = None
    until: dt.date | None = None

    @classmethod
    def of(cls, since: str, until: str) -> "Period":
        """From ISO days; empty for none."""
        return cls(*(dt.date.fromisoformat(day) if day else None for day in (since, until)))

    def has(self, kind: EntityType, record: Record) -> bool:
        if self.since is None and self.until is None:
            return True
        spec = next((each for each in kind.fields if each.type == "date"), None)
        day = record.fields.get(spec.name) if spec else None
        return isinstance(day, dt.date) and (self.since or day) <= day <= (self.until or day)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """How many records the event has not happened to, and by rule, on how many of them it would act.

    `actions` are what the rules would do: how often, and the amounts of the records by currency.
    """

    event: str
    records: int
    rules: dict[str, int]
    actions: dict[str, Tally]


def missed(context: Context) -> dict[str, int]:
    """By event at which rules make documents: records that were so before the hub knew them."""
    rules = (rule for rule in context.rules.automations.values() if rule.enabled and bills(context, rule))
    found: dict[str, int] = {}
    for event in dict.fromkeys(rule.event for rule in rules):
        subject = _subject(context, event)
        if subject is not None:
            found[event] = sum(len(page) for page, _ in _pages(context, event, *subject, Period()))
    return {event: count for event, count in found.items() if count}


def foresee(context: Context, actor: Person | None, event: str, period: Period) -> Foreseen:
    """What the rules would do; nothing is stored. Raises PermissionDenied, ConfigError for an event it cannot be."""
    require(context, actor, EDIT)
    records, rules, asked = 0, Counter[str](), list[Asked]()
    kind, moment = _required(context, event)
    for page, _ in _pages(context, event, kind, moment, period):
        stored = StoredContext(context, {record.ref: record for record in page})
        for record in page:
            happened = _event(context, event, moment, record)
            facts = event_facts(context, happened, stored, context.rules.paths_for(happened))
            calls = context.rules.decide(happened, facts).calls
            rules.update({call.call.rule for call in calls})
            asked += [asked_by(call, happened, facts) for call in calls]
        records += len(page)
    return Foreseen(event, records, dict(rules), tallies(asked))


def backfillable(context: Context) -> dict[str, list[Automation]]:
    """The events of rules that are on which records show to have happened, each with its rules."""
    found: dict[str, list[Automation]] = {}
    for rule in context.rules.automations.values():
        if rule.enabled and _subject(context, rule.event) is not None:
            found.setdefault(rule.event, []).append(rule)
    return found


def awaited_services(context: Context, event: str) -> list[str]:
    """Services that the rules of an event write to, and nobody has started the first sync of."""
    rules = [rule for rule in context.rules.automations.values() if rule.enabled and rule.event == event]
    services = {step.action.partition(".")[0] for rule in rules for step in rule.steps}
    return [service for service in pending_services(context) if service in services]


def begin_backfill(context: Context, actor: Person | None, event: str, period: Period) -> str:
    """Note who asked, and return the name under which `backfill` carries it out.

    Raises as `foresee`, and FirstSyncPending where a service that these rules write to is not written to yet.
    """
    require(context, actor, EDIT)
    _required(context, event)
    if pending := awaited_services(context, event):
        raise FirstSyncPending(pending)
    batch = f"{WORKFLOW}-{uuid4().hex[:12]}"
    keep_rules(context)
    days = {"since": str(period.since or ""), "until": str(period.until or "")}
    with context.store.write() as session:
        SyncRuns(session).start(batch, WORKFLOW, context.now())
        SyncRuns(session).note_terms(batch, {"event": event, **days})
        note(context, session, actor, "rules:backfill", event, batch=batch, **days)
    return batch


def request_backfill(context: Context, work: jobs.Jobs, actor: Person | None, event: str, period: Period) -> str:
    """Begin it, and hand it to the process that works; returns the run. Raises as `begin_backfill`."""
    run = begin_backfill(context, actor, event, period)
    work.submit(WORKFLOW, run, run, event, str(period.since or ""), str(period.until or ""))
    return run


@jobs.workflow(WORKFLOW)
def backfill(run: str, event: str, since: str, until: str) -> int:
    """Have the rules act, a page of records at a time; returns how many writes were made. Days are ISO, or empty."""
    with recorded_ending(run) as ending:
        counts, number, after = {"records": 0}, 0, ""
        expected = _count(event, since, until)
        ending.counts[WORKFLOW] = counts
        while number == 0 or after:
            page = f"{run}:{number}"
            taken = _take(page, event, since, until, after or None)
            if taken["away"]:
                ending.failed(taken["away"])
                break
            add_counts(counts, {**states_of(make_batch(page)), "records": taken["records"]})
            at: Fields = {"phase": WORKFLOW, "name": event, "done": counts["records"], "of": expected}
            report_progress(run, "", at, ending.counts)
            number, after = number + 1, taken["next"]
    return counts.get("done", 0)


def made_by(run: SyncRun) -> int:
    """How many writes a run of this kind made."""
    counts = run.counts.get(WORKFLOW)
    return int(str(counts.get("done") or 0)) if isinstance(counts, Mapping) else 0


class Taken(TypedDict):
    """How many records of a page the event came to, and where the next one starts ("" at the end).

    `away` is why nothing was taken, by service.
    """

    records: int
    next: str
    away: dict[str, dict[str, str]]


@jobs.step("backfill_count")
def _count(event: str, since: str, until: str) -> int:
    context = jobs.current_context()
    subject = _required(context, event)
    return sum(len(page) for page, _ in _pages(context, event, *subject, Period.of(since, until)))


@jobs.step("backfill_page")
def _take(batch: str, event: str, since: str, until: str, after: str | None) -> Taken:
    """Store the events of a page with what follows; returns the place of the next one."""
    context = jobs.current_context()
    kind, moment = _required(context, event)
    records, place = next(_pages(context, event, kind, moment, Period.of(since, until), after))
    stored = StoredContext(context, {record.ref: record for record in records})
    try:
        evaluated = [evaluate(context, _event(context, event, moment, record), stored, batch) for record in records]
    except ConnectorError as error:
        return {"records": 0, "next": "", "away": {error.service: in_both(error.message)}}
    with context.store.write() as session:
        store_new(context, session, evaluated)
    return {"records": len(records), "next": place or "", "away": {}}


def _pages(
    context: Context, event: str, kind: EntityType, moment: Moment, period: Period, after: str | None = None
) -> Iterator[tuple[Sequence[Record], str | None]]:
    """Records that are what the event would make them, and to which it has not happened; each page with the next's
    place."""
    while True:
        with context.store.read() as session:
            page = Records(session).page(kind.service, kind.name, after=after, limit=_PAGE)
            so = [each for each in page.items if each.fields.get(moment.field) == moment.to]
            happened = Events(session).happened(event, [record.ref for record in so])
        yield [each for each in so if each.ref not in happened and period.has(kind, each)], page.next
        if page.next is None:
            return
        after = page.next


def _event(context: Context, name: str, moment: Moment, record: Record) -> Event:
    before = {**record.fields, moment.field: None}
    return Event(event_id(name, record.ref, WORKFLOW), name, record.ref, before, record.fields, context.now())


def _subject(context: Context, event: str) -> tuple[EntityType, Moment] | None:
    """The kind of record and the moment, where a record shows that it has come."""
    for kind in context.rules.vocabulary.events.get(event, ()):
        for moment in kind.moments:
            shows = not (moment.any_change or moment.related or moment.only_from)
            if f"{kind.name}.{moment.name}" == event and shows and kind.kind != "document":
                return kind, moment
    return None


def _required(context: Context, event: str) -> tuple[EntityType, Moment]:
    found = _subject(context, event)
    if found is None:
        known = [name for name in context.rules.vocabulary.events if _subject(context, name)]
        message = Text(
            en=f"No record shows that '{event}' happened to it before.",
            ja=f"「{event}」が過去に起きたかどうかは、レコードから判断できません。",
        )
        raise ConfigError(joined(message, nearest(event, known)))
    return found
