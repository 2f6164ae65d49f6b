"""`tsunagi documents list` and `tsunagi receivables`: documents across all customers, and what is owed by how long."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.app.views import exporting
from tsunagi.app.views.document_lists import Asked, ListPage, ListRow, ListTotals
from tsunagi.app.views.exporting import FORMATS, Cell, csv_lines, write_xlsx
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import day, money, out, plain, print_json, say_aside, table
from tsunagi.errors import ConfigError
from tsunagi.store.document_lists import Order, SortedBy
from tsunagi.store.document_totals import Totals
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from rich.table import Table

    from tsunagi.domain.documents import Document, Panel
    from tsunagi.domain.money import Money


def asked_for(
    kind: str,
    search: str,
    status: str,
    currency: str,
    since: datetime | None,
    until: datetime | None,
    sort: SortedBy,
    *,
    descending: bool,
) -> Asked:
    """Raises ConfigError for a kind that is not written service.kind."""
    service, dot, entity = kind.partition(".")
    if not (service and dot and entity):
        raise ConfigError(
            Text(
                en=f"A kind of document is named service.kind, received '{kind}'.",
                ja=f"書類の種類は service.種類 の形で指定します。指定: '{kind}'",
            ),
            hint=Text(en="Such as ledger.invoice", ja="例: ledger.invoice"),
        )
    first, last = since.date() if since else None, until.date() if until else None
    return Asked(service, entity, search.strip(), status, currency, first, last, Order(sort, descending))


def list_facts(found: ListPage, totals: ListTotals) -> dict[str, object]:
    return {
        "documents": [_facts(row) for row in found.rows],
        "count": totals.count if totals.complete else None,
        "totals": [_sums(each) for each in totals.totals],
        "drafts": [_sums(each) for each in totals.drafts],
        "next": found.next,
    }


def list_table(found: ListPage, totals: ListTotals) -> "Table":
    documents, customers = [row.document for row in found.rows], [row.customer for row in found.rows]
    return table_of_documents(found.panel, documents, totals.totals, totals.drafts, customers=customers)


def table_of_documents(
    panel: "Panel",
    documents: Sequence["Document"],
    totals: Sequence[Totals],
    drafts: Sequence[Totals],
    *,
    customers: Sequence[str] = (),
    reasons: Sequence[str] = (),
    title: str = "",
) -> "Table":
    """Documents and their sums, each in its own and the base currency; with each one's customer, or why it exists."""
    made = table(
        (_("Number"), "whole"),
        *([_("Customer")] if customers else []),
        (_("Date"), "whole"),
        _("Status"),
        (_("Total"), "right"),
        (_("Balance"), "right"),
        *([_("Why")] if reasons else []),
        title=title,
    )
    void = panel.in_stage("void")
    for place, document in enumerate(documents):
        made.add_row(
            plain(document.number),
            *map(plain, customers[place : place + 1]),
            day(document.date),
            say(panel.status(document.status).label),
            _amounts(document.total, document.base_total),
            # Nothing is owed for a document that is void.
            "" if document.status in void else _amounts(document.balance, document.base_balance),
            *map(plain, reasons[place : place + 1]),
        )
    made.add_section()
    between = [""] * (3 if customers else 2)
    for sums in totals:
        owed = _amounts(sums.balance, sums.base_balance)
        made.add_row(
            _("{count} in all").format(count=sums.count), *between, _amounts(sums.total, sums.base_total), owed
        )
    for sums in drafts:
        made.add_row(_("Drafts: {count}").format(count=sums.count), *between, _amounts(sums.total, sums.base_total))
    return made


def _amounts(amount: "Money", base: "Money") -> str:
    """In the document's currency, and below it in the base currency where that is another one."""
    return money(amount) if amount.currency == base.currency else f"{money(amount)}\n({money(base)})"


def save_table(found: exporting.Table, target: Path) -> int:
    """How many rows were written. Raises ConfigError for a file of another kind, or that cannot be written."""
    format = target.suffix.removeprefix(".").lower()
    if format not in FORMATS:
        raise ConfigError(
            Text(
                en=f"The file {target} is to end in .csv or .xlsx.",
                ja=f"ファイル {target} の拡張子は .csv か .xlsx にしてください。",
            )
        )
    counted = _Counted(found.rows)
    try:
        if format == "csv":
            with target.open("wb") as file:
                file.writelines(csv_lines(found.headings, counted))
        else:
            write_xlsx(target, found.headings, counted)
    except OSError as error:
        raise ConfigError(
            Text(
                en=f"The file {target} cannot be written: {error.strerror}.",
                ja=f"ファイル {target} に書き込めません: {error.strerror}",
            ),
            hint=Text(en="Name another one with --out.", ja="--out で別のファイルを指定してください。"),
        ) from error
    return counted.number


class _Counted(Iterator[Sequence[Cell]]):
    """Rows as they are, counted as they pass."""

    def __init__(self, rows: Iterator[Sequence[Cell]]) -> None:
        self._rows = rows
        self.number = 0

    def __next__(self) -> Sequence[Cell]:
        row = next(self._rows)
        self.number += 1
        return row


def _facts(row: ListRow) -> dict[str, object]:
    document = row.document
    return {
        "document": document.ref,
        "number": document.number,
        "status": document.status,
        "date": document.date,
        "due_date": document.due_date,
        "total": document.total,
        "balance": document.balance,
        "base_total": document.base_total,
        "base_balance": document.base_balance,
        "customer": document.customer,
        "customer_name": row.customer,
        "account": row.account,
        "deal": document.deal,
        "reference": document.reference,
    }


def _sums(totals: Totals) -> dict[str, object]:
    return {
        "count": totals.count,
        "total": totals.total,
        "balance": totals.balance,
        "base_total": totals.base_total,
        "base_balance": totals.base_balance,
    }


def receivables(
    context: typer.Context,
    account: Annotated[str, typer.Option(metavar="ID", help=_("Only of this account."))] = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.views.balances import ageing, ageing_of
    from tsunagi.domain.records import RecordRef

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        viewer = invocation.viewer(hub)
        ref = RecordRef(hub.registry.crm_service(), "account", account)
        found = ageing_of(hub.context, viewer, ref) if account else ageing(hub.context, viewer)
    if as_json:
        names = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90_days")
        print_json(
            [
                {
                    "service": row.service,
                    "owed": row.owed,
                    "documents": row.sums.count,
                    **dict(zip(names, row.sums.amounts, strict=True)),
                    "total": row.sums.total,
                    "base_total": row.sums.base_total,
                }
                for row in found
            ]
        )
        return
    if not found:
        say_aside(_("Nothing is owed."))
        return
    headings = (_("Not due yet"), _("1–30 days"), _("31–60 days"), _("61–90 days"), _("Over 90 days"), _("In all"))
    shown = table(_("Service"), *((heading, "right") for heading in headings))
    for row in found:
        shown.add_row(row.service, *(money(each) for each in row.sums.amounts), money(row.sums.total))
    out().print(shown)
