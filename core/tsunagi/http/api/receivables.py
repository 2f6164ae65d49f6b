"""Receivables and payables by how long they have been due, in JSON."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from tsunagi.app.views.ageing import AgeingRow, ageing, ageing_of
from tsunagi.domain.records import RecordRef
from tsunagi.http.api.schemas import MoneyOut, money
from tsunagi.http.auth import SignedIn

router = APIRouter(prefix="/receivables", tags=["documents"])


class AgeingOut(BaseModel):
    """What documents of one service still ask for in one currency; a document without a due date is due on its date."""

    service: str
    owed: str = Field(description="receivable or payable")
    documents: int
    not_due: MoneyOut
    days_1_30: MoneyOut = Field(description="due for 1 to 30 days")
    days_31_60: MoneyOut
    days_61_90: MoneyOut
    over_90_days: MoneyOut
    total: MoneyOut
    base_total: MoneyOut


class ReceivablesOut(BaseModel):
    items: list[AgeingOut]


@router.get("", summary="Read what is owed, by how long it has been due")
def read_receivables(
    caller: SignedIn,
    account: Annotated[str, Query(max_length=100, description="only of this account, by its id in the CRM")] = "",
) -> ReceivablesOut:
    """Of all customers, or of one account. The day is that of the CRM's organisation."""
    context = caller.hub.context
    if account:
        ref = RecordRef(context.registry.crm_service(), "account", account)
        return ReceivablesOut(items=[_row(row) for row in ageing_of(context, caller.person, ref)])
    return ReceivablesOut(items=[_row(row) for row in ageing(context, caller.person)])


def _row(row: AgeingRow) -> AgeingOut:
    not_due, days_30, days_60, days_90, over = (money(each) for each in row.sums.amounts)
    return AgeingOut(
        service=row.service,
        owed=row.owed,
        documents=row.sums.count,
        not_due=not_due,
        days_1_30=days_30,
        days_31_60=days_60,
        days_61_90=days_90,
        over_90_days=over,
        total=money(row.sums.total),
        base_total=money(row.sums.base_total),
    )
