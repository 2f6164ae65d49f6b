"""Documents of one kind across all customers: the list, its sums, its file, and what is owed by how long."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from tsunagi.app.views.balances import AgeingRow, ageing, ageing_of
from tsunagi.app.views.document_lists import Asked, ListRow, document_totals, list_documents
from tsunagi.app.views.exporting import MEDIA_TYPES, Format, document_table
from tsunagi.domain.documents import Panel
from tsunagi.domain.records import RecordRef
from tsunagi.http.api.documents import StatusOut, TotalsOut, totals_out
from tsunagi.http.api.schemas import After, Limit, Listing, MoneyOut, RefOut, money, reference
from tsunagi.http.auth import SignedIn
from tsunagi.http.tables import table_file
from tsunagi.store.document_lists import Order, SortedBy
from tsunagi.translation import say

_FILE = {"schema": {"type": "string", "format": "binary"}}
router = APIRouter(prefix="/documents", tags=["documents"])
receivables_router = APIRouter(prefix="/receivables", tags=["documents"])


class ListedOut(BaseModel):
    """One document of a list; the `base_*` amounts are in the organisation's own currency, at the document's rate."""

    id: str
    number: str
    status: StatusOut
    date: dt.date | None
    due_date: dt.date | None
    total: MoneyOut
    balance: MoneyOut
    base_total: MoneyOut
    base_balance: MoneyOut
    customer: RefOut | None
    account: RefOut | None = Field(description="the customer's account in the CRM")
    deal: RefOut | None
    reference: str


class ListTotalsOut(BaseModel):
    """Sums by currency; `complete` is false where too many documents had to be looked at one by one to say them."""

    count: int
    totals: list[TotalsOut] = Field(description="of issued documents; void ones count for nothing")
    drafts: list[TotalsOut] = Field(description="sums of drafts, which are in no total")
    complete: bool


def asked(
    service: Annotated[str, Query(max_length=100, examples=["ledger"])],
    kind: Annotated[str, Query(max_length=100, description="kind of document", examples=["invoice"])],
    search: Annotated[
        str, Query(max_length=200, description="any part of the number, the reference or the customer's name")
    ] = "",
    status: Annotated[str, Query(max_length=100)] = "",
    currency: Annotated[str, Query(max_length=3, description="ISO 4217")] = "",
    since: Annotated[dt.date | None, Query(description="first day of the document's date")] = None,
    until: Annotated[dt.date | None, Query(description="last day of the document's date")] = None,
    sort: SortedBy = "date",
    order: Literal["ascending", "descending"] = "descending",
) -> Asked:
    by = Order(sort, order == "descending")
    return Asked(service, kind, search.strip(), status, currency, since, until, by)


Wanted = Annotated[Asked, Depends(asked)]


@router.get("", summary="List documents of one kind across all customers")
def list_documents_of_kind(
    caller: SignedIn, wanted: Wanted, after: After = None, limit: Limit = 50
) -> Listing[ListedOut]:
    """Those the caller may see. A page may be shorter than `limit` and still have a next one."""
    found = list_documents(caller.hub.context, caller.person, wanted, after=after, limit=limit)
    return Listing(items=[_listed(found.panel, row) for row in found.rows], next=found.next)


@router.get("/totals", summary="Sum up a list of documents")
def read_totals(caller: SignedIn, wanted: Wanted) -> ListTotalsOut:
    """Count and sums of the whole list, by currency."""
    found = document_totals(caller.hub.context, caller.person, wanted)
    return ListTotalsOut(
        count=found.count,
        totals=[totals_out(each) for each in found.totals],
        drafts=[totals_out(each) for each in found.drafts],
        complete=found.complete,
    )


@router.get(
    "/export",
    summary="Read a whole list of documents as a file",
    response_class=Response,
    responses={200: {"content": dict.fromkeys(MEDIA_TYPES.values(), _FILE)}},
)
def export_documents(caller: SignedIn, wanted: Wanted, format: Format = "csv") -> Response:
    """CSV or Excel with every row, whatever page it is on; texts are never formulas."""
    table = document_table(caller.hub.context, caller.person, wanted)
    return table_file(table.name, table.headings, table.rows, format)


def _listed(panel: Panel, row: ListRow) -> ListedOut:
    document = row.document
    customer = document.customer
    return ListedOut(
        id=document.ref.id,
        number=document.number,
        status=StatusOut(code=document.status, label=say(panel.status(document.status).label)),
        date=document.date,
        due_date=document.due_date,
        total=money(document.total),
        balance=money(document.balance),
        base_total=money(document.base_total),
        base_balance=money(document.base_balance),
        customer=reference(customer, {customer: row.customer}) if customer else None,
        account=reference(row.account, {row.account: row.customer}) if row.account else None,
        deal=reference(document.deal) if document.deal else None,
        reference=document.reference,
    )


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


@receivables_router.get("", summary="Read what is owed, by how long it has been due")
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
