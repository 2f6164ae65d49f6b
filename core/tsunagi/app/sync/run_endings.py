"""How a run ends: recorded whatever happens, with what goes on the standing list."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from tsunagi.app import jobs
from tsunagi.app.sync.listing import Counts, in_both
from tsunagi.app.sync.recording import forget_old_history
from tsunagi.app.sync.run_control import WAITING, RunStopped, note_stopped
from tsunagi.app.sync.run_reports import RunReport, broken_rules, report_broken, report_rules, report_run
from tsunagi.logging import Log
from tsunagi.store.sync_runs import SyncRuns
from tsunagi.text import Text

log = Log(__name__)


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
        if report is not None:
            report_run(context, session, report)
        elif because is not None:
            report_broken(context, session, because)
    return state
