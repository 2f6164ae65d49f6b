"""Documents of the finance services in JSON, and why the hub made them."""

import datetime as dt
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field

from tsunagi.app.views.explanations import Explanation, Reading, explain
from tsunagi.app.views.records import PanelRow, PanelView
from tsunagi.domain.panels import Panel
from tsunagi.http.api.schemas import Listing
from tsunagi.http.api.values import MoneyOut, RefOut, money, reference
from tsunagi.hub import Hub
from tsunagi.store.documents import Totals
from tsunagi.translation import say


class ConditionOut(BaseModel):
    """One condition of a rule with what it saw; texts are in the caller's language."""

    text: str
    verdict: Literal["holds", "does_not", "cannot_tell", ""]
    seen: str | None = None
    reason: str = ""
    place: str = Field(default="", description="file:line:column of the rule")
    parts: list["ConditionOut"] = []
    origin: str = Field(default="", description="the record the value is of, as service:entity:id")
    known_at: dt.datetime | None = Field(default=None, description="when it had that value, as far as the hub knew")


class WhyOut(BaseModel):
    """Which rule made a document, for which record, when, and on what grounds."""

    rule: str
    title: str
    action: str
    event: str
    relates: RefOut | None
    at: dt.datetime | None
    conditions: list[ConditionOut]


class StatusOut(BaseModel):
    code: str
    label: str


class DocumentOut(BaseModel):
    """One document; the `base_*` amounts are in the organisation's own currency, at the document's own rate."""

    id: str
    number: str
    status: StatusOut
    date: dt.date | None
    due_date: dt.date | None
    total: MoneyOut
    balance: MoneyOut
    base_total: MoneyOut
    base_balance: MoneyOut
    deal: RefOut | None
    reference: str
    why: WhyOut | None = Field(description="null for a document people made in the service")


class TotalsOut(BaseModel):
    """Sums over the documents of one currency."""

    count: int
    total: MoneyOut
    balance: MoneyOut
    base_total: MoneyOut
    base_balance: MoneyOut


class PanelOut(BaseModel):
    """One kind of document of one service, as the account's page shows it."""

    service: str
    name: str
    label: str
    count: int
    totals: list[TotalsOut] = Field(description="of issued documents; void ones count for nothing")
    drafts: list[TotalsOut] = Field(description="sums of drafts, which are in no total")
    as_of: dt.datetime | None = Field(description="when the service was last asked for these")
    documents: Listing[DocumentOut]


def panel(hub: Hub, view: PanelView) -> PanelOut:
    return PanelOut(
        service=view.panel.service,
        name=view.panel.name,
        label=say(view.panel.label),
        count=view.count,
        totals=[_totals(totals) for totals in view.totals],
        drafts=[_totals(totals) for totals in view.drafts],
        as_of=view.as_of,
        documents=Listing(items=_documents(hub, view.panel, view.rows), next=view.next),
    )


def _documents(hub: Hub, panel: Panel, rows: Sequence[PanelRow]) -> list[DocumentOut]:
    return [_document(hub, panel, row) for row in rows]


def _document(hub: Hub, panel: Panel, row: PanelRow) -> DocumentOut:
    document = row.document
    return DocumentOut(
        id=document.ref.id,
        number=document.number,
        status=StatusOut(code=document.status, label=say(panel.status(document.status).label)),
        date=document.date,
        due_date=document.due_date,
        total=money(document.total),
        balance=money(document.balance),
        base_total=money(document.base_total),
        base_balance=money(document.base_balance),
        deal=reference(document.deal) if document.deal else None,
        reference=document.reference,
        why=_why(explain(hub.context, row.why)) if row.why else None,
    )


def _why(explanation: Explanation) -> WhyOut:
    relates = explanation.relates
    return WhyOut(
        rule=explanation.rule,
        title=explanation.title,
        action=explanation.action,
        event=explanation.event,
        relates=reference(relates, {relates: explanation.relates_title}) if relates else None,
        at=explanation.at,
        conditions=[condition(reading) for reading in explanation.conditions],
    )


def condition(reading: Reading) -> ConditionOut:
    return ConditionOut(
        text=reading.text,
        verdict=reading.verdict,
        seen=reading.seen,
        reason=reading.reason,
        place=reading.place,
        parts=[condition(part) for part in reading.parts],
        origin=reading.origin,
        known_at=reading.known_at,
    )


def _totals(totals: Totals) -> TotalsOut:
    return TotalsOut(
        count=totals.count,
        total=money(totals.total),
        balance=money(totals.balance),
        base_total=money(totals.base_total),
        base_balance=money(totals.base_balance),
    )
