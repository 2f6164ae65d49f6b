"""What a run reports: how far it is, how it ends, and what goes on the standing list until a run can do it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import TypedDict

from sqlalchemy.orm import Session

from tsunagi.app import jobs
from tsunagi.app.automation.decisions import AUTOMATION, report_what_waited
from tsunagi.app.automation.rule_source import RuleSource
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import (
    CATALOGUE,
    RULE_FILE_BROKEN,
    SERVICE_UNREAD,
    SYNC_BROKE,
    SYNC_REFUSED,
    UNUSABLE,
    Reason,
)
from tsunagi.app.open_items.reporting import Trouble, report, resolve
from tsunagi.app.sync.listing import Counts, in_both, report_progress, report_waiting
from tsunagi.app.sync.recording import forget_old_history
from tsunagi.app.sync.run_control import WAITING, RunStopped, note_stopped
from tsunagi.app.sync.writing import BatchOutcome
from tsunagi.domain.records import Fields
from tsunagi.logging import Log
from tsunagi.rules.book import BrokenRule
from tsunagi.store.open_items import OpenItems
from tsunagi.store.sync_runs import SyncRuns
from tsunagi.text import Text

log = Log(__name__)
SYNC = "sync"
_BROKEN = f"{SYNC}:run"
_RULES = "rules:"

# A problem as a step's result: "en", "ja", and where known "code", "hint_en" and "hint_ja".
Problem = dict[str, str]


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
        for name, counts in {self._pair: states_of(made), **made["beside"]}.items():
            self._counts[name] = dict(self._before.get(name, {}))
            add_counts(self._counts[name], counts)


def states_of(made: BatchOutcome) -> dict[str, int]:
    """How many writes of a batch ended in each way, without those none did."""
    return {state: count for state, count in made.items() if isinstance(count, int) and count}


def add_counts(counts: dict[str, int], more: Mapping[str, int]) -> None:
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count


def count_made(counts: dict[str, int], made: BatchOutcome) -> None:
    counts.update(states_of(made))


class RunReport(TypedDict):
    """Services that were read completely, those that could not be, pairs that were planned, and those refused."""

    read: list[str]
    away: dict[str, Problem]
    planned: list[str]
    refused: dict[str, Problem]


def run_report(
    read: Sequence[str], away: Mapping[str, Problem], planned: Sequence[str], refused: Mapping[str, Problem]
) -> RunReport:
    """`read` names every service the run read, those that are away among them."""
    return {
        "read": sorted(set(read) - set(away)),
        "away": dict(away),
        "planned": list(planned),
        "refused": dict(refused),
    }


def report_run(context: Context, session: Session, found: RunReport) -> None:
    """Report what blocks from now on, and resolve what no longer does."""
    in_order = [*(_service_key(each) for each in found["read"]), *(_pair_key(each) for each in found["planned"])]
    resolve(context, session, [*in_order, _BROKEN])
    for service, problem in found["away"].items():
        trouble = Trouble(
            key=_service_key(service),
            kind=SYNC,
            service=service,
            reason=_unread(problem),
            parameters={"said": _text(problem)},
            hint=_hint(problem),
        )
        report(context, session, trouble)
    for pair, problem in found["refused"].items():
        known = context.registry.pairs.get(pair)
        trouble = Trouble(
            key=_pair_key(pair),
            kind=SYNC,
            service=known.right.service if known else "",
            reason=SYNC_REFUSED,
            parameters={"pair": known.label if known else Text.same(pair), "said": _text(problem)},
            hint=_hint(problem),
            facts={"pair_name": pair},
        )
        report(context, session, trouble)


def broken_rules(context: Context) -> Sequence[BrokenRule]:
    """The rule files that cannot be used as they are now; asked for outside a transaction, since reading rules asks
    the store who they act for."""
    # The run may have read people anew since the rules were last looked at: whom they act for may be known by now.
    book = context.rule_book.look_again() if isinstance(context.rule_book, RuleSource) else context.rules
    return book.broken


def report_rules(context: Context, session: Session, broken: Sequence[BrokenRule]) -> None:
    """A rule file with a mistake is on the list until it has none."""
    troubles = {
        f"{_RULES}{each.file}": Trouble(
            key=f"{_RULES}{each.file}",
            kind=AUTOMATION,
            service="",
            reason=RULE_FILE_BROKEN,
            parameters={"said": each.errors[0].message},
            facts={"file": each.file},
        )
        for each in broken
    }
    resolve(context, session, [key for key in OpenItems(session).keys(_RULES) if key not in troubles])
    for trouble in troubles.values():
        report(context, session, trouble)


def report_broken(context: Context, session: Session, because: Text) -> None:
    """The hub itself failed; the next run that ends takes this off the list."""
    trouble = Trouble(key=_BROKEN, kind=SYNC, service="", reason=SYNC_BROKE, parameters={"said": because})
    report(context, session, trouble)


def _unread(problem: Problem) -> Reason:
    """A service that is away recovers on its own; anything else needs a person."""
    reason = CATALOGUE.get(problem.get("code", ""), UNUSABLE)
    # The next sync tries again, whenever that is: its time is not known.
    return replace(reason, passing=False) if reason is not UNUSABLE else SERVICE_UNREAD


def _text(problem: Problem) -> Text:
    return Text(problem["en"], problem["ja"])


def _hint(problem: Problem) -> Text | None:
    return Text(problem["hint_en"], problem["hint_ja"]) if "hint_en" in problem else None


def _service_key(service: str) -> str:
    return f"{SYNC}:service:{service}"


def _pair_key(pair: str) -> str:
    return f"{SYNC}:pair:{pair}"


@dataclass
class Ending:
    """How a run ends, what it counted, and what goes on the standing list; `report` is None where it broke off.

    A run that waits for the next day's calls goes on at `resumes_at` (ISO).
    """

    counts: Counts = field(default_factory=dict)
    state: str = "done"
    problem: dict[str, str] = field(default_factory=dict)
    report: RunReport | None = None
    resumes_at: str = ""

    def failed(self, away: Mapping[str, dict[str, str]]) -> None:
        """Where services could not be read: the run says which, and why."""
        if away:
            self.state, self.problem = "failed", in_both(_not_synced(away))

    def goes_on_later(self, later: Mapping[str, dict[str, str]], away: Mapping[str, dict[str, str]]) -> None:
        """Where calls of the day are used up: the run goes on by itself, with what could not be read besides."""
        said = list(later.values())
        if away:
            said.append(in_both(_not_synced(away)))
        self.state, self.resumes_at = WAITING, min(why["until"] for why in later.values())
        self.problem = {language: " ".join(why[language] for why in said) for language in ("en", "ja")}

    def refused(self, problem: dict[str, str]) -> None:
        if problem:
            self.state, self.problem = "refused", problem


def _not_synced(away: Mapping[str, dict[str, str]]) -> Text:
    connectors = jobs.current_context().registry.connectors
    labels = {service: connectors[service].label if service in connectors else Text.same(service) for service in away}
    return Text(
        en=" ".join(f"{labels[service].en} was not synced: {why['en']}" for service, why in away.items()),
        ja=" ".join(f"{labels[service].ja} を同期できませんでした: {why['ja']}" for service, why in away.items()),
    )


@contextmanager
def recorded_ending(run: str) -> Iterator[Ending]:
    """Whatever happens, the run is recorded as ended: nobody may follow it for ever."""
    ending = Ending()
    try:
        yield ending
    except RunStopped:
        ending.state, ending.report = note_stopped(run), None
    except Exception as error:
        log.exception("sync_broke", run=run)
        what = type(error).__name__
        why = Text(
            en=f"Something went wrong in the hub ({what}); it was written to the log.",
            ja=f"ハブの内部で問題が発生しました({what})。ログに記録しました。",
        )
        ending.state, ending.problem, ending.report = "failed", in_both(why), None
    ending.state = _finish(run, ending.state, ending.counts, ending.problem, ending.report, ending.resumes_at)


@jobs.step("finish")
def _finish(
    run: str,
    state: str,
    counts: dict[str, dict[str, int]],
    problem: dict[str, str],
    report: RunReport | None,
    resumes_at: str = "",
) -> str:
    """`report` is None where the run broke off."""
    context = jobs.current_context()
    forget_old_history(context)
    because, broken = Text(problem["en"], problem["ja"]) if problem else None, broken_rules(context)
    with context.store.write() as session:
        report_rules(context, session, broken)
        resumes = datetime.fromisoformat(resumes_at) if resumes_at else None
        SyncRuns(session).finish(run, state, context.now(), counts=counts, problem=because, resumes_at=resumes)
        report_what_waited(context, session)
        if report is not None:
            report_run(context, session, report)
        elif because is not None:
            report_broken(context, session, because)
    return state
