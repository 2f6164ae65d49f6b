"""The rules' decisions on an event, as lines for people and as data for scripts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tsunagi.app.access.permissions import viewable
from tsunagi.app.automation.decisions import traces
from tsunagi.app.sync.runs import may_count
from tsunagi.app.views import explanations, records
from tsunagi.app.views.explanations import Reading
from tsunagi.cli.printing import moment, shown
from tsunagi.domain.events import Event
from tsunagi.domain.records import RecordRef
from tsunagi.domain.values import decode_fields
from tsunagi.errors import ConfigError
from tsunagi.store.events import Events
from tsunagi.store.intents import Intent, Intents
from tsunagi.store.rule_runs import RuleRun, RuleRuns
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tsunagi.domain.directory import Person
    from tsunagi.hub import Hub

_MARKS = {"holds": "✓", "does_not": "✗", "cannot_tell": "?", "": "·"}


@dataclass(frozen=True, slots=True)
class Report:
    """One event with the rules' decisions and the resulting writes."""

    event: Event
    runs: Sequence[RuleRun]
    writes: Sequence[Intent]


def reports_of(hub: "Hub", asked: str, *, limit: int, viewer: "Person | None" = None) -> Sequence[Report]:
    """What happened under this event id, or to this record, the latest first; a document leads to what made it.

    Raises ConfigError where nothing of that name is known.
    """
    with hub.store.read() as session:
        events = Events(session)
        ref = _reference(asked)
        if ref is not None and ref not in viewable(hub.context, session, viewer, [ref]):
            raise _nothing(asked)
        if ref is None:
            found = [event for event in [events.get(asked)] if event is not None]
        else:
            made_by = Intents(session).creating([ref]).get(ref)
            cause = events.get(made_by.event) if made_by is not None and made_by.event else None
            found = [cause] if cause is not None else list(events.of_record(ref, limit=limit).items)
        seen = viewable(hub.context, session, viewer, [event.ref for event in found])
        kept = [
            Report(event, RuleRuns(session).of_event(event.id), _writes(hub, session, event, viewer))
            for event in found
            if event.ref in seen
        ]
    if not kept:
        raise _nothing(asked)
    return [replace(each, runs=_every_run(hub, each)) for each in kept]


def _writes(hub: "Hub", session: "Session", event: Event, viewer: "Person | None") -> Sequence[Intent]:
    """Those whose record they may see, or of a kind they may see all of where it is still to be made."""
    writes = Intents(session).of_event(event.id)
    seen = viewable(hub.context, session, viewer, [each.result for each in writes if each.result])
    return [
        each for each in writes if (each.result in seen if each.result else may_count(hub.context, each.action, viewer))
    ]


def _every_run(hub: "Hub", report: Report) -> Sequence[RuleRun]:
    """With all conditions of rules that did not hold or could not be evaluated: they are computed from the decision."""
    computed = {trace.rule: trace for trace in traces(hub.context, report.event)}
    stored = {run.rule: run for run in report.runs if run.verdict != "cannot_tell" or run.rule not in computed}
    for trace in computed.values():
        data = decode_fields(trace.as_json())
        run = RuleRun(event=report.event.id, rule=trace.rule, verdict=trace.outcome, trace=data, at=report.event.at)
        stored.setdefault(trace.rule, run)
    return list(stored.values())


def lines(hub: "Hub", report: Report) -> Iterator[str]:
    event = report.event
    titles = records.titles(hub.context, [event.ref])
    record = f"{titles[event.ref]} ({event.ref})" if event.ref in titles else str(event.ref)
    yield f"{explanations.event_label(hub.context, event.name)}: {record}  {moment(event.at)}"
    if not report.runs:
        yield "  " + _("No rule waits for this.")
    for run in report.runs:
        yield from (f"  {line}" for line in _rule_lines(hub, event, run))
    for intent in report.writes:
        yield f"  → {_write(hub, intent)}"


def report_facts(report: Report) -> dict[str, object]:
    event = report.event
    return {
        "event": {"id": event.id, "name": event.name, "record": event.ref, "at": event.at},
        "rules": [{"rule": run.rule, "verdict": run.verdict, "at": run.at, "trace": run.trace} for run in report.runs],
        "writes": [
            {
                "action": intent.action,
                "rule": intent.rule,
                "state": intent.state,
                "result": intent.result,
                "summary": intent.summary,
                "problem": intent.problem,
            }
            for intent in report.writes
        ],
    }


def reading_facts(reading: Reading) -> dict[str, object]:
    return {
        "text": reading.text,
        "verdict": reading.verdict,
        "seen": reading.seen,
        "reason": reading.reason,
        "place": reading.place,
        "parts": [reading_facts(part) for part in reading.parts],
    }


def verdict_label(verdict: str) -> str:
    known = {
        "asked": _("its conditions hold"),
        "not_met": _("its conditions do not hold"),
        "cannot_tell": _("it cannot be determined whether its conditions hold"),
        "unfilled": _("its conditions hold, but a parameter cannot be filled"),
        "passed_over": _("its conditions hold, but another rule of its group goes first"),
        "blocked": _("its conditions hold, but the record does not allow the action"),
    }
    return known.get(verdict, verdict)


def _rule_lines(hub: "Hub", event: Event, run: RuleRun) -> Iterator[str]:
    report = explanations.explain(hub.context, records.Why(run.rule, "", event.ref, "", run))
    yield f"{run.rule} ({report.title}): {verdict_label(run.verdict)}  {report.place}"
    for reading in report.conditions:
        yield from (f"  {line}" for line in _reading_lines(reading))
    told = (*_texts(run.trace.get("problems")), *_texts((run.trace.get("obstacle"),)), *report.remarks)
    for text in told:
        yield f"  ! {text}"


def _reading_lines(reading: Reading) -> Iterator[str]:
    seen = _(" (it was {value})").format(value=reading.seen) if reading.seen is not None else ""
    reason = f": {reading.reason}" if reading.reason else ""
    yield f"{_MARKS[reading.verdict]} {reading.text}{seen}{reason}  {reading.place}".rstrip()
    for part in reading.parts:
        yield from (f"  {line}" for line in _reading_lines(part))


def _write(hub: "Hub", intent: Intent) -> str:
    parts = [f"{explanations.action_label(hub.context, intent.action)} ({intent.action}): {_state(intent.state)}"]
    if intent.result is not None:
        parts.append(str(intent.result))
    parts += [shown(value) for value in intent.summary.values()]
    if intent.problem is not None:
        parts.append(say(intent.problem))
    return "  ".join(parts)


def _state(state: str) -> str:
    known = {"planned": _("still to be made"), "done": _("done"), "failed": _("failed"), "abandoned": _("given up")}
    return known.get(state, state)


def _texts(values: object) -> list[str]:
    """Texts in both languages as the trace keeps them."""
    found = values if isinstance(values, tuple) else ()
    return [say(Text(str(item["en"]), str(item["ja"]))) for item in found if isinstance(item, Mapping)]


def _reference(asked: str) -> RecordRef | None:
    try:
        return RecordRef.parse(asked)
    except ValueError:
        return None


def _nothing(asked: str) -> ConfigError:
    return ConfigError(
        Text(
            en=f"Nothing is known to have happened to '{asked}'.",
            ja=f"「{asked}」について記録された出来事はありません。",
        ),
        hint=Text(
            en="Name a record as service:entity:id, such as crm:deal:123, or give the ID of an event.",
            ja="レコードは service:entity:id の形（例: crm:deal:123）、または出来事の ID で指定してください。",
        ),
    )
