"""Statements of account: what a contact was billed, credited and paid in a period, with the balance after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

from zoho_sandbox import mail
from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import contact_persons, currencies
from zoho_sandbox.finance.contacts import Contact
from zoho_sandbox.finance.document_answers import (
    amount_text,
    file_name,
    from_emails,
    post,
    to_contacts,
)
from zoho_sandbox.finance.errors import invalid_value
from zoho_sandbox.finance.money import unscaled
from zoho_sandbox.finance.operations import FinanceCall, success
from zoho_sandbox.finance.payload import day
from zoho_sandbox.finance.pdf import Sheet, SheetLine, document_pdf

_NAMES = {
    "invoice": "Invoice 請求書",
    "bill": "Bill 仕入請求書",
    "creditnote": "Credit note 返金・値引",
    "": "Payment 入出金",
}
# What is owed raises the balance, payments and credits lower it; drafts and void documents do neither.
_ENTRIES = """
SELECT date, kind, number, CASE kind WHEN 'creditnote' THEN -total ELSE total END AS amount, created_at
FROM finance_documents WHERE contact_id = :contact AND currency_id = :currency AND date <= :until
AND kind IN ('invoice', 'bill', 'creditnote') AND stage IN ('sent', 'open')
UNION ALL SELECT date, '', payment_number, -amount, created_at
FROM finance_payments WHERE contact_id = :contact AND currency_id = :currency AND date <= :until
ORDER BY date, created_at
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a statement; `balance` is what is owed after it."""

    date: str
    kind: str
    number: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """What happened from `since` to `until`, in the contact's own currency."""

    contact: Contact
    currency_code: str
    since: str
    until: str
    opening: Decimal
    entries: Sequence[Entry]

    @property
    def closing(self) -> Decimal:
        return self.entries[-1].balance if self.entries else self.opening


def of_contact(call: FinanceCall, contact: Contact) -> Statement:
    """The statement for the dates in the query: by default from the first of this month until today."""
    since = _day(call, "start_date", call.today.replace(day=1).isoformat())
    until = _day(call, "end_date", call.today.isoformat())
    if until < since:
        raise invalid_value("end_date")
    currency = currencies.find(call.db, call.organization_id, contact.currency_id)
    wanted = {"contact": contact.contact_id, "currency": contact.currency_id, "until": until}
    balance = opening = unscaled(0, currency.price_precision)
    entries = []
    for row in call.db.query(_ENTRIES, wanted):
        amount = unscaled(row["amount"], currency.price_precision)
        balance += amount
        if row["date"] < since:
            opening = balance
        else:
            entries.append(Entry(row["date"], row["kind"], row["number"], amount, balance))
    return Statement(contact, currency.currency_code, since, until, opening, entries)


def _day(call: FinanceCall, name: str, default: str) -> str:
    written = call.query.get(name)
    return day(written, name) if written else default


def _sheet(call: FinanceCall, statement: Statement) -> Sheet:
    return Sheet(
        titles=("Statement of Account", "取引明細書"),
        sender=[call.organization.name],
        recipient=[statement.contact.name],
        facts=[("Period 期間", f"{statement.since} - {statement.until}")],
        lines=[
            SheetLine(
                name=f"{_NAMES[entry.kind]} {entry.number}",
                description=entry.date,
                quantity="",
                rate=amount_text(entry.amount),
                tax="",
                amount=amount_text(entry.balance),
            )
            for entry in statement.entries
        ],
        totals=[
            ("Opening balance 前期繰越", amount_text(statement.opening)),
            ("Balance due 残高", f"{statement.currency_code} {amount_text(statement.closing)}"),
        ],
    )


def _subject(call: FinanceCall) -> str:
    return f"Statement of transactions with {call.organization.name}"


def _body(call: FinanceCall, statement: Statement) -> str:
    return (
        f"<p>{escape(statement.contact.name)}</p><p>The statement of your transactions from {statement.since} to"
        f" {statement.until} is attached.<br>取引明細書を添付いたします。</p><p>{escape(call.organization.name)}</p>"
    )


def _file(statement: Statement) -> str:
    return file_name(f"statement_{statement.contact.contact_id}.pdf")


def default_letter(call: FinanceCall, contact: Contact) -> dict[str, Any]:
    """The letter a statement would be sent with."""
    statement = of_contact(call, contact)
    people = contact_persons.of_contact(call.db, contact.contact_id)
    return {
        "subject": _subject(call),
        "body": _body(call, statement),
        "to_contacts": to_contacts(people, [person.contact_person_id for person in people if person.is_primary]),
        "file_name": _file(statement),
        "from_emails": from_emails(call),
        "contact_id": contact.contact_id,
    }


def send(call: FinanceCall, contact: Contact) -> Answer:
    """Mail the statement; without a body it goes to the contact's primary person."""
    statement = of_contact(call, contact)
    pdf = mail.Attachment(_file(statement), document_pdf([_sheet(call, statement)]))
    to = [contact.email] if contact.email else []
    post(call, contact.contact_id, to, _subject(call), _body(call, statement), pdf)
    return success("Statement has been sent to the Customer.")
