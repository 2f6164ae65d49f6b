"""The outcome of a walk, counted from the hub's store and meters."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter

from tsunagi import Document, Money, Record, RecordRef
from tsunagi.embedding import (
    DocumentCount,
    Reading,
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

from tsunagi_demo.installation import BOOKS, CRM, Installation
from tsunagi_demo.outcome import Bill, Condition, Deal, Invoices, Outcome, Seconds, Sum, Trouble, Why
from tsunagi_demo.sandbox import loaded
from tsunagi_demo.walk import Walked

# A rule that asked for its actions, in the words of the rules' own verdicts.
_ASKED = "asked"
_EXAMPLES = 5


def outcome_of(demo: Installation, walked: Walked, *, started: float) -> Outcome:
    """`started` (perf_counter) is when the command began."""
    wish, hub = demo.home.state.wish, demo.hub
    said = verdicts(hub)
    return Outcome(
        home=str(demo.home.path),
        seed=wish.seed,
        data=_text(wish.data),
        mapping=_text(wish.mapping),
        resumed=demo.home.resumed,
        synced=records_by_kind(hub),
        sync=_counts(walked.sync.counts),
        moved=dict(walked.moved),
        rules_fired={rule: counts[_ASKED] for rule, counts in said.items() if _ASKED in counts},
        verdicts=said,
        invoices=_invoices(documents(hub, BOOKS, "invoice"), _base_currency(demo)),
        deals=tuple(_deals(demo)),
        api_calls=hub.meter.by_service(),
        crm_user_calls=dict(demo.user.calls),
        seconds=_seconds(demo, started),
        peak_memory_mb=_peak_memory(),
        problems=tuple(_problems(demo, walked)),
        problem_file=None if wish.data is None else str(loaded(demo.home).not_used),
    )


def _counts(counts: object) -> dict[str, dict[str, int]]:
    assert isinstance(counts, Mapping)
    return {name: {kind: int(str(count)) for kind, count in some.items()} for name, some in counts.items()}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _base_currency(demo: Installation) -> str:
    return next(each.organization.base_currency for each in demo.hub.connections() if each.service == BOOKS)


def _invoices(found: DocumentCount, base: str) -> Invoices:
    sums = {each.total.currency: _sum(each) for each in found.totals}
    if len(sums) == 1:
        ((currency, only),) = sums.items()
        total = only.total
    else:
        currency, total = base, _rounded(sum((each.base_total.amount for each in found.totals), Money.zero(base).amount), base)
    return Invoices(
        count=found.count,
        total=total,
        currency=currency,
        base_currency=base,
        by_currency=sums,
        numbers=tuple(found.numbers),
    )


def _sum(totals: Totals) -> Sum:
    return Sum(count=totals.count, total=totals.total.rounded().amount, base_total=totals.base_total.rounded().amount)


def _deals(demo: Installation) -> Iterator[Deal]:
    refs = [RecordRef(CRM, "deal", id) for id in demo.home.state.shown]
    known = records(demo.hub, refs)
    for ref in refs:
        if ref in known:
            yield _deal(demo, known[ref])


def _deal(demo: Installation, deal: Record) -> Deal:
    account = deal.fields.get("account")
    named = records(demo.hub, [account]) if isinstance(account, RecordRef) else {}
    bills = documents_of_deal(demo.hub, deal.ref, BOOKS, "invoice")
    return Deal(
        id=deal.ref.id,
        name=deal.text("name"),
        account=next((record.text("name") for record in named.values()), ""),
        account_id=account.id if isinstance(account, RecordRef) else "",
        stage=deal.text("stage"),
        invoices=tuple(_bills(demo, bills)),
    )


def _bills(demo: Installation, found: Sequence[Document]) -> Iterator[Bill]:
    reasons = why(demo.hub, [document.ref for document in found])
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
