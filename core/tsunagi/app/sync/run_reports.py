"""What a run could not read or was not allowed to do, on the standing list until a run can."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

from sqlalchemy.orm import Session

from tsunagi.app.automation.blocking import AUTOMATION
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
from tsunagi.rules.book import BrokenRule
from tsunagi.store.open_items import OpenItems
from tsunagi.text import Text

SYNC = "sync"
_BROKEN = f"{SYNC}:run"
_RULES = "rules:"

# A problem as a step's result: "en", "ja", and where known "code", "hint_en" and "hint_ja".
Problem = dict[str, str]


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
    return context.rules.broken


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
