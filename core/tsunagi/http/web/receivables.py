"""Receivables and payables of all customers by how long they have been due, and the chart record pages show too."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tsunagi.app.views.balances import AgeingRow, ageing
from tsunagi.domain.money import Money
from tsunagi.http.auth import SignedIn
from tsunagi.http.web.rendering import page
from tsunagi.translation import gettext as _

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar, in percent of its length."""

    start: float
    width: float


@dataclass(frozen=True, slots=True)
class AgeingLine:
    """What is owed in one currency of one service: a sum and a part of the bar for each bucket."""

    service: str
    owed: str
    amounts: Sequence[Money]
    total: Money
    base_total: Money
    segments: Sequence[Segment]


@router.get("/receivables")
def show_receivables(request: Request, caller: SignedIn) -> HTMLResponse:
    lines = ageing_lines(ageing(caller.hub.context, caller.person))
    return page(request, caller.hub, "receivables.html", ageing=lines, buckets=bucket_labels())


def bucket_labels() -> list[str]:
    """In the order of the sums."""
    return [_("Not due yet"), _("1–30 days"), _("31–60 days"), _("61–90 days"), _("Over 90 days")]


def ageing_lines(rows: Iterable[AgeingRow]) -> list[AgeingLine]:
    owed = {"receivable": _("To receive"), "payable": _("To pay")}
    return [
        AgeingLine(
            row.service,
            owed[row.owed],
            row.sums.amounts,
            row.sums.total,
            row.sums.base_total,
            _segments(row.sums.amounts),
        )
        for row in rows
    ]


def _segments(amounts: Sequence[Money]) -> list[Segment]:
    """What was paid too much has no part in the bar."""
    parts = [max(each.amount, Decimal(0)) for each in amounts]
    whole, start = sum(parts), 0.0
    segments: list[Segment] = []
    for part in parts:
        width = round(float(part / whole * 100), 2) if whole else 0.0
        segments.append(Segment(round(start, 2), width))
        start += width
    return segments
