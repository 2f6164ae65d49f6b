"""The outcome of a walk, counted from the hub's store and meters."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter, process_time

from tsunagi import Document, Money, Record, RecordRef, Text
from tsunagi.embedding import (
    DocumentCount,
    Reading,
    SyncRun,
    Totals,
    documents,
    documents_of_deal,
    explain,
    records,
    records_by_kind,
    refused,
    say,
    verdicts,
    why,
)
from tsunagi.embedding import Why as Reason
from tsunagi_demo.installation import BOOKS, CRM, Installation
from tsunagi_demo.outcome import Bill, Condition, Deal, Invoices, Outcome, Seconds, Sum, Trouble, Why
from tsunagi_demo.sandbox import loaded
from tsunagi_demo.showing import documents_shown, services_of
from tsunagi_demo.walk import Walked

# A rule that requested its actions, in the words of the rules' own verdicts.
_ASKED = "asked"
_EXAMPLES = 5


def outcome_of(demo: Installation, walked: Walked, *, started: float) -> Outcome:
    """`started` (perf_counter) is when the command began."""
    options, hub = demo.home.state.options, demo.hub
    by_rule = verdicts(hub.context)
    return Outcome(
        home=str(demo.home.path),
        seed=options.seed,
        data=_text(options.data),
        mapping=_text(options.mapping),
        resumed=demo.home.resumed,
        services=services_of(demo),
        synced=records_by_kind(hub.context),
        sync=_counts(walked.syncs),
        moved=dict(walked.moved),
        rules_fired={rule: counts[_ASKED] for rule, counts in by_rule.items() if _ASKED in counts},
        verdicts=by_rule,
        invoices=_invoices(documents(hub.context, BOOKS, "invoice"), _base_currency(demo)),
        documents=documents_shown(hub),
        deals=tuple(_deals(demo)),
        api_calls=hub.meter.by_service(),
        crm_user_calls=dict(demo.user.calls),
        seconds=_seconds(demo, started),
        peak_memory_mb=_peak_memory(),
        problems=tuple(_problems(demo, walked)),
        problem_file=None if options.data is None else str(loaded(demo.home).not_used),
    )


def _counts(syncs: Sequence[SyncRun]) -> dict[str, dict[str, int]]:
    """Of all syncs together."""
    counts: dict[str, Counter[str]] = {}
    for name, some in (each for run in syncs for each in run.counts.items()):
        assert isinstance(some, Mapping)
        counts.setdefault(name, Counter()).update({kind: int(str(count)) for kind, count in some.items()})
    return {name: dict(some) for name, some in counts.items()}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _base_currency(demo: Installation) -> str:
    return next(each.organization.base_currency for each in demo.hub.connectors.all() if each.service == BOOKS)


def _invoices(found: DocumentCount, base: str) -> Invoices:
    sums = {each.total.currency: _sum(each) for each in found.totals}
    one = found.totals[0].total if len(found.totals) == 1 else None
    total = one or sum((each.base_total for each in found.totals), Money.zero(base))
    return Invoices(
        count=found.count,
        total=total.rounded().amount,
        currency=total.currency,
        base_currency=base,
        by_currency=sums,
        numbers=tuple(found.numbers),
    )


def _sum(totals: Totals) -> Sum:
    return Sum(count=totals.count, total=totals.total.rounded().amount, base_total=totals.base_total.rounded().amount)


def _deals(demo: Installation) -> Iterator[Deal]:
    refs = [RecordRef(CRM, "deal", id) for id in demo.home.state.shown]
    known = records(demo.hub.context, refs)
    for ref in refs:
        if ref in known:
            yield _deal(demo, known[ref])


def _deal(demo: Installation, deal: Record) -> Deal:
    account = deal.fields.get("account")
    named = records(demo.hub.context, [account]) if isinstance(account, RecordRef) else {}
    bills = documents_of_deal(demo.hub.context, deal.ref, BOOKS, "invoice")
    return Deal(
        id=deal.ref.id,
        name=deal.text("name"),
        account=next((record.text("name") for record in named.values()), ""),
        account_id=account.id if isinstance(account, RecordRef) else "",
        stage=deal.text("stage"),
        invoices=tuple(_bills(demo, bills)),
    )


def _bills(demo: Installation, found: Sequence[Document]) -> Iterator[Bill]:
    reasons = why(demo.hub.context, [document.ref for document in found])
    for document in found:
        total, base = document.total.rounded(), document.base_total.rounded()
        reason = reasons.get(document.ref)
        yield Bill(
            number=document.number,
            status=document.status,
            total=total.amount,
            currency=total.currency,
            base_total=base.amount,
            base_currency=base.currency,
            why=None if reason is None else _why(demo, reason),
        )


def _why(demo: Installation, reason: Reason) -> Why:
    explanation = explain(demo.hub.context, reason)
    conditions = tuple(each for reading in explanation.conditions for each in _conditions(reading, 1))
    return Why(
        rule=explanation.rule,
        title=explanation.title,
        action=explanation.action,
        event=explanation.event,
        place=explanation.place,
        conditions=conditions,
    )


def _conditions(reading: Reading, depth: int) -> Iterator[Condition]:
    yield Condition(text=reading.text, verdict=reading.verdict, seen=reading.seen, depth=depth)
    for part in reading.parts:
        yield from _conditions(part, depth + 1)


def _seconds(demo: Installation, started: float) -> Seconds:
    return Seconds(
        services=round(demo.hub.meter.seconds, 3),
        own=round(process_time(), 3),
        wall=round(perf_counter() - started, 3),
        preparing=round(demo.preparing, 3),
        crm_user=round(demo.user.seconds, 3),
    )


def _peak_memory() -> int | None:
    """Of this process, where the system reports it."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 - not every system has it

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024) if sys.platform == "darwin" else peak // 1024


def _problems(demo: Installation, walked: Walked) -> Iterator[Trouble]:
    """What the data, the CRM, and the services did not take, each kind with a few examples."""
    if demo.home.state.options.data is not None:
        for each in loaded(demo.home).report["problems"]:
            yield Trouble.model_validate(each)
    if walked.refused:
        rows = tuple(f"{refusal.row['id']}: {refusal.reason}" for refusal in walked.refused[:_EXAMPLES])
        yield _trouble(Text("refused by the CRM", "CRM が拒否"), len(walked.refused), rows)
    if walked.missed:
        yield _trouble(Text("the hub did not learn of it", "ハブに伝わらず"), walked.missed, ())
    unmade = refused(demo.hub.context, reasons=_EXAMPLES)
    if unmade.count:
        yield _trouble(
            Text("refused by a service", "サービスが拒否"), unmade.count, tuple(say(each) for each in unmade.reasons)
        )


def _trouble(reason: Text, count: int, examples: tuple[str, ...]) -> Trouble:
    return Trouble(
        file="",
        column="",
        reason=say(reason),
        consequence=say(Text("not billed", "請求なし")),
        count=count,
        examples=examples,
    )
