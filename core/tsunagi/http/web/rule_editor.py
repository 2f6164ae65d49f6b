"""The page a rule is written on: checked as it is typed, read back in words, and tried before it is saved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, cast, get_args

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from tsunagi.app.access.permissions import require, require_seen
from tsunagi.app.automation import rule_editing, trials
from tsunagi.app.automation.rule_editing import EDIT, Draft
from tsunagi.app.views import records
from tsunagi.app.views.explanations import action_label, sentences
from tsunagi.app.views.overview import organization_zone
from tsunagi.app.views.record_lists import AskedRecords, list_records
from tsunagi.domain.money import Money
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import ConfigError, TsunagiError
from tsunagi.http.auth import Caller, SignedIn
from tsunagi.http.errors import status_of
from tsunagi.http.web.rendering import page
from tsunagi.hub import Hub
from tsunagi.rule_files import fingerprint
from tsunagi.rules.analysis import analyse_rule
from tsunagi.rules.backtest import Difference, Sums, Totals, sums
from tsunagi.rules.cases import CaseReport
from tsunagi.text import Text

router = APIRouter(prefix="/rules/edit")

_File = Annotated[str, Form(max_length=300)]
_YAML = Annotated[str, Form(alias="text", max_length=400_000)]
_Act = Literal["check", "save", "simulate", "backtest", "cases"]
# How far back a trial on the history goes by default, how many of its differences are shown, how many records offered.
_BACK, _SHOWN, _OFFERED = timedelta(days=90), 50, 8
_NEW = """\
version: 1
automation: my_rule
title:
  en: My rule
  ja: 自分のルール
trigger: {event: deal.won}
conditions:
  - {field: deal.amount, greater_than: 0}
actions:
  - action: {action}
repeat: once_per_record
"""


@dataclass(frozen=True, slots=True)
class Bars:
    """An action in the chart, before and after: each a count, or an amount of money, with its length in percent."""

    action: str
    before: int | Money
    after: int | Money
    before_share: int
    after_share: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What changed rules would have done with the history: sums for the table, the first differences by name.

    `counts` and `amounts` are what both versions ask for in all, as bars; amounts by currency, each on its own scale.
    """

    trial: trials.Replayed
    since: date
    sums: Sequence[Sums]
    counts: Sequence[Bars]
    amounts: Mapping[str, Sequence[Bars]]
    differences: Sequence[Difference]
    records: int
    titles: Mapping[RecordRef, str]
    undecided: Sequence[tuple[RecordRef, Text]]


@dataclass(frozen=True, slots=True)
class Entered:
    """What the form holds beside the rule: the record asked for, the first day, and the table of cases.

    `saved_table` names the table the form was begun from, "" for none.
    """

    record: str = ""
    since: date | None = None
    cases: str | None = None
    saved_table: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it; `offered` are records that may be meant."""

    checked: bool = False
    error: TsunagiError | None = None
    simulated: Sequence[trials.Simulated] | None = None
    record: Record | None = None
    offered: Sequence[Record] = ()
    replay: Replay | None = None
    report: CaseReport | None = None


@router.get("")
def edit(request: Request, caller: SignedIn, file: Annotated[str, Query(max_length=300)] = "") -> HTMLResponse:
    """An empty `file` begins a new rule."""
    hub = caller.hub
    require(hub.context, caller.person, EDIT)
    if file:
        draft = rule_editing.open_rule(hub.context, hub.settings.rules_dir, file)
    else:
        text = _NEW.replace("{action}", _first_action(hub))
        draft = rule_editing.check_draft(hub.context, hub.settings.rules_dir, "automations/my_rule.yaml", text)
    return _editor(request, caller, draft)


@router.post("")
def act_on_draft(
    request: Request,
    caller: SignedIn,
    file: _File,
    text: _YAML,
    saved: Annotated[str, Form(max_length=100)] = "",
    act: Annotated[_Act, Form()] = "check",
    record: Annotated[str, Form(max_length=300)] = "",
    pick: Annotated[str, Form(max_length=300)] = "",
    since: Annotated[date | None, Form()] = None,
    cases: Annotated[str | None, Form(max_length=400_000)] = None,
    saved_table: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Check, save, or try what was typed; nothing but "save" changes anything. `pick` is an offered record."""
    context, rules_dir = caller.hub.context, caller.hub.settings.rules_dir
    require(context, caller.person, EDIT)
    # Browsers send forms with the line ends of another age.
    text = text.replace("\r\n", "\n")
    table = None if cases is None else cases.replace("\r\n", "\n")
    entered = Entered(record, since, table, saved_table)
    draft = rule_editing.check_draft(context, rules_dir, file, text, saved=saved)
    if draft.problems:
        return _editor(request, caller, draft, entered, status=422 if act == "save" else 200)
    try:
        if act == "save":
            rule_editing.save_draft(
                context, caller.person, rules_dir, file, text, saved=saved, table=table, saved_table=saved_table
            )
            return RedirectResponse(f"/rules#{draft.rule.id}" if draft.rule else "/rules", 303)
        return _editor(
            request, caller, draft, entered, _tried(caller, draft, entered, "simulate" if pick else act, pick)
        )
    except TsunagiError as error:
        return _editor(request, caller, draft, entered, Tried(error=error), status=status_of(error))


@router.post("/words")
def read_back(request: Request, caller: SignedIn, file: _File, text: _YAML) -> HTMLResponse:
    """The part of the page that says the rule in words, while it is typed."""
    context = caller.hub.context
    draft = rule_editing.check_draft(context, caller.hub.settings.rules_dir, file, text.replace("\r\n", "\n"))
    return page(request, caller.hub, "rule_words.html", **_words(caller.hub, draft))


@router.get("/records")
def offer_records(
    request: Request,
    caller: SignedIn,
    kind: Annotated[str, Query(max_length=100)] = "deal",
    record: Annotated[str, Query(max_length=300)] = "",
) -> HTMLResponse:
    """Records whose name has what is typed, as options."""
    return page(request, caller.hub, "record_options.html", records=_named(caller, kind, record.strip()))


def _editor(
    request: Request,
    caller: Caller,
    draft: Draft,
    entered: Entered = Entered(),
    tried: Tried = Tried(),
    *,
    status: int = 200,
) -> HTMLResponse:
    hub = caller.hub
    first = entered.since or (hub.context.now() - _BACK).date()
    name, stored = rule_editing.table_of(hub.settings.rules_dir, draft.file)
    return page(
        request,
        hub,
        "rule_editor.html",
        status=status,
        draft=draft,
        marked={problem.line for problem in draft.problems},
        tried=tried,
        entered=entered,
        since=first,
        table_file=name,
        table=stored if entered.cases is None else entered.cases,
        saved_table=(fingerprint(stored) if stored else "") if entered.cases is None else entered.saved_table,
        kind=_kind(draft),
        **_words(hub, draft),
    )


def _words(hub: Hub, draft: Draft) -> dict[str, Any]:
    rule = draft.rule
    if rule is None:
        return {"rule": None, "conditions": (), "findings": ()}
    return {
        "rule": rule,
        "conditions": sentences(hub.context, rule),
        "findings": analyse_rule(draft.book, rule.id),
    }


def _tried(caller: Caller, draft: Draft, entered: Entered, act: str, pick: str) -> Tried:
    match act:
        case "simulate":
            return _simulate(caller, draft, pick or entered.record.strip())
        case "backtest":
            return Tried(replay=_replay(caller, draft, entered.since))
        case "cases":
            return Tried(report=_run_cases(caller, draft, entered.cases or ""))
    return Tried(checked=True)


def _run_cases(caller: Caller, draft: Draft, table: str) -> CaseReport:
    context, rules_dir = caller.hub.context, caller.hub.settings.rules_dir
    name, _stored = rule_editing.table_of(rules_dir, draft.file)
    return rule_editing.run_cases(context, rules_dir, name, table, draft.book)


def _kind(draft: Draft) -> records.Kind:
    """The kind of record the rule is about, where records of it can be looked for by name."""
    name = draft.rule.event.partition(".")[0] if draft.rule else ""
    return cast(records.Kind, name) if name in get_args(records.Kind) else "deal"


def _simulate(caller: Caller, draft: Draft, asked: str) -> Tried:
    """On one record, as the rules would be with the draft. Where a name means several, they are offered."""
    context = replace(caller.hub.context, rule_book=lambda: draft.book)
    found = _meant(caller, _kind(draft), asked)
    if len(found) > 1:
        return Tried(offered=found)
    ref = found[0].ref if found else _reference(context.registry.crm_service(), _kind(draft), asked)
    require_seen(context, caller.person, ref)
    event = draft.rule.event if draft.rule else ""
    return Tried(simulated=trials.simulate(context, ref, event=event), record=found[0] if found else None)


def _meant(caller: Caller, kind: records.Kind, asked: str) -> Sequence[Record]:
    """The record of this ID, or those whose name has what was typed."""
    context = caller.hub.context
    exact = records.known(context, _reference(context.registry.crm_service(), kind, asked))
    return (exact,) if exact else _named(caller, kind, asked)


def _named(caller: Caller, kind: str, asked: str) -> Sequence[Record]:
    context = caller.hub.context
    require(context, caller.person, EDIT)
    if not asked or kind not in get_args(records.Kind):
        return ()
    named = AskedRecords(cast(records.Kind, kind), asked)
    found = list_records(context, caller.person, named, limit=_OFFERED)
    return [row.record for row in found.items]


def _reference(crm: str, kind: str, asked: str) -> RecordRef:
    """A record named in full, or one of the rule's kind by its ID alone. Raises ConfigError for none at all."""
    if not asked:
        raise ConfigError(
            Text(en="Which record is it to be tried on?", ja="試すレコードを指定してください。"),
            hint=Text(en="Type part of its name, or its ID.", ja="名前の一部か ID を入力してください。"),
        )
    try:
        return RecordRef.parse(asked)
    except ValueError:
        return RecordRef(crm, kind, asked)


def _replay(caller: Caller, draft: Draft, since: date | None) -> Replay:
    context = caller.hub.context
    zone = organization_zone(context)
    first = since or (context.now() - _BACK).date()
    begin = datetime.combine(first, time(), zone or context.now().tzinfo)
    trial = trials.backtest_book(context, draft.book, since=begin)
    differences = list(trial.backtest.differences())
    shown, unsure = differences[:_SHOWN], list(trial.backtest.unsure.items())[:_SHOWN]
    totals = [each for each in trial.backtest.totals() if each.action in {one.action for one in differences}]
    return Replay(
        trial=trial,
        since=first,
        sums=list(sums(differences)),
        counts=_counts(caller.hub, totals),
        amounts=_amounts(caller.hub, totals),
        differences=shown,
        records=len({each.ref for each in differences}),
        titles=records.titles(context, [*(each.ref for each in shown), *(ref for ref, _reason in unsure)]),
        undecided=unsure,
    )


def _counts(hub: Hub, totals: Sequence[Totals]) -> list[Bars]:
    return _bars([(action_label(hub.context, each.action), each.before.count, each.after.count) for each in totals])


def _amounts(hub: Hub, totals: Sequence[Totals]) -> dict[str, list[Bars]]:
    currencies = sorted({currency for each in totals for side in (each.before, each.after) for currency in side.money})
    return {currency: _bars(list(_money(hub, totals, currency))) for currency in currencies}


def _money(hub: Hub, totals: Sequence[Totals], currency: str) -> Iterator[tuple[str, Money, Money]]:
    for each in totals:
        before, after = (Money(side.money.get(currency, Decimal(0)), currency) for side in (each.before, each.after))
        if before.amount or after.amount:
            yield action_label(hub.context, each.action), before, after


def _bars(lines: Sequence[tuple[str, int | Money, int | Money]]) -> list[Bars]:
    def size(value: int | Money) -> Decimal:
        return abs(value.amount) if isinstance(value, Money) else Decimal(value)

    longest = max((size(value) for _, *values in lines for value in values), default=Decimal(0)) or Decimal(1)
    return [
        Bars(action, before, after, round(100 * size(before) / longest), round(100 * size(after) / longest))
        for action, before, after in lines
    ]


def _first_action(hub: Hub) -> str:
    """What a new rule begins with: something is made, where there is an action for that."""
    names = sorted(hub.registry.actions)
    return next((name for name in names if name.endswith(".create")), next(iter(names), ""))
