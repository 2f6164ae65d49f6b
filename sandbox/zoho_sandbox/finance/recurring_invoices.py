"""Recurring invoices: profiles whose invoices are made as the sandbox's clock passes their days."""

from __future__ import annotations

from datetime import date
from typing import Any

from zoho_sandbox.finance import document_store, document_writes
from zoho_sandbox.finance.document_kinds import INVOICE, RECURRING_INVOICE
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.errors import invalid_value
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.times import LONGEST_INTERVAL, Interval

_UNITS = ("months", "days", "weeks", "years")
_DUE = (
    "SELECT document_id FROM finance_documents WHERE ledger = ? AND kind = 'recurringinvoice' AND stage = 'active'"
    " AND document ->> 'next_invoice_date' <= ? ORDER BY document_id"
)


def create(call: FinanceCall) -> Document:
    """Store the profile a request describes; its first invoice is made on its first day. Raises FinanceError."""
    fields = call.fields
    start = fields.day("start_date", call.today.isoformat())
    more = {**_recurrence(fields, {}), "start_date": start, "last_sent_date": "", "next_invoice_date": start}
    _check_end(fields.day("end_date"), start)
    made = document_writes.create(call, RECURRING_INVOICE, fields.over({"date": start}), more=more)
    catch_up(call)
    return document_store.find(call, RECURRING_INVOICE, made.document_id)


def change(call: FinanceCall, profile: Document) -> Document:
    """Apply what a request names; what was made already stays. Raises FinanceError."""
    fields = call.fields
    start = profile.content["start_date"]
    if not profile.content["last_sent_date"]:
        start = fields.day("start_date", start)
    _check_end(fields.day("end_date", profile.end_date), start)
    changed = document_writes.change(call, profile)
    content = changed.content | _recurrence(fields, profile.content) | {"start_date": start, "date": start}
    if content["next_invoice_date"]:
        last = content["last_sent_date"]
        content["next_invoice_date"] = _next(content, date.fromisoformat(last)) if last else start
    saved = document_store.save(call, changed, content, changed.stage)
    catch_up(call)
    return document_store.find(call, RECURRING_INVOICE, saved.document_id)


def resume(call: FinanceCall, profile: Document) -> None:
    """Go on with the next day of the calendar; the days it was stopped for are not made up for."""
    resumed = document_writes.move(call, profile, "resume")
    if resumed.content["next_invoice_date"] < call.today.isoformat():
        _proceed(call, resumed, {}, call.today)


def children(call: FinanceCall, profile: Document) -> list[Document]:
    """The invoices made by a profile, the latest first."""
    found = call.db.query(
        "SELECT document_id FROM finance_documents WHERE origin_id = ? AND kind = 'invoice'"
        " ORDER BY date DESC, rowid DESC",
        (profile.document_id,),
    )
    return [document_store.find(call, INVOICE, row["document_id"]) for row in found]


def catch_up(call: FinanceCall) -> None:
    """Make the invoices that were due up to the sandbox's present, each dated on its own day."""
    due = call.db.query(_DUE, (call.ledger, call.today.isoformat()))
    if not due:
        return
    with call.db.transaction():
        for row in due:
            profile = document_store.find(call, RECURRING_INVOICE, row["document_id"])
            while profile.stage == "active" and profile.content["next_invoice_date"] <= call.today.isoformat():
                profile = _bill(call, profile)


def _bill(call: FinanceCall, profile: Document) -> Document:
    day = date.fromisoformat(profile.content["next_invoice_date"])
    then = call.at(call.first_of_day(day))
    body = document_writes.copied(profile) | {"date": day.isoformat()}
    more = {"recurring_invoice_id": profile.document_id}
    document_writes.create(then, INVOICE, Fields(body), more=more, inactive_party=True)
    return _proceed(call, profile, {"last_sent_date": day.isoformat()}, day)


def _proceed(call: FinanceCall, profile: Document, content: dict[str, Any], after: date) -> Document:
    """Wait for the next day after one; a profile that has none before its end has expired."""
    following = _next(profile.content, after)
    stage = "expired" if profile.end_date and following > profile.end_date else profile.stage
    following = "" if stage == "expired" else following
    return document_store.save(call, profile, profile.content | content | {"next_invoice_date": following}, stage)


def _next(content: dict[str, Any], after: date) -> str:
    interval = Interval(content["repeat_every"], content["recurrence_frequency"])
    start, count = date.fromisoformat(content["start_date"]), 0
    while (day := interval.after(start, count)) <= after:
        count += 1
    return day.isoformat()


def _recurrence(fields: Fields, known: dict[str, Any]) -> dict[str, Any]:
    every = fields.between("repeat_every", known.get("repeat_every", 1), 1, LONGEST_INTERVAL)
    unit = fields.choice("recurrence_frequency", _UNITS, known.get("recurrence_frequency", "months"))
    return {"recurrence_frequency": unit, "repeat_every": every}


def _check_end(end: str, start: str) -> None:
    if end and end < start:
        raise invalid_value("end_date")
