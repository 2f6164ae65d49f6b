"""A small vocabulary, as the CRM and Books plugins bring it."""

import datetime as dt
from collections.abc import Callable
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from tsunagi import Action, EntityType, Event, Fields, FieldSpec, Moment, RecordRef, Text
from tsunagi.domain.events import event_id
from tsunagi.rules.vocabulary import Vocabulary


class InvoiceParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lines: Literal["products", "amount", "auto"] = "auto"
    terms_days: int | None = None
    status: Literal["draft", "sent"] = "draft"
    notes: str | None = None
    date: dt.date | None = None


class ReminderParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    to: str
    copies: list[str] = []
    urgent: bool = False


_OUTCOMES = {
    "open": Text(en="Open", ja="進行中"),
    "won": Text(en="Won", ja="受注"),
    "lost": Text(en="Lost", ja="失注"),
}


def _fields(**types: str) -> tuple[FieldSpec, ...]:
    return tuple(
        FieldSpec(name, kind, Text.same(name), references=reference, choices=_OUTCOMES if kind == "choice" else {})
        for name, (kind, _, reference) in ((name, spec.partition(":")) for name, spec in types.items())
    )


DEAL = EntityType(
    service="crm",
    name="deal",
    label=Text(en="Deal", ja="商談"),
    plural=Text(en="Deals", ja="商談"),
    fields=_fields(
        name="text",
        stage="text",
        outcome="choice",
        amount="money",
        closing_date="date",
        changed_at="time",
        probability="integer",
        discount="decimal",
        renewal="boolean",
        account="reference:crm.account",
        contact="reference:crm.contact",
        owner="text",
        description="text",
    ),
    moments=(
        Moment("won", "outcome", "won", Text(en="won", ja="受注")),
        Moment("lost", "outcome", "lost", Text(en="lost", ja="失注")),
    ),
)
ACCOUNT = EntityType(
    service="crm",
    name="account",
    label=Text(en="Account", ja="取引先"),
    plural=Text(en="Accounts", ja="取引先"),
    fields=_fields(name="text", email="email", phone="phone", country="text"),
)
CONTACT = EntityType(
    service="crm",
    name="contact",
    label=Text(en="Contact", ja="連絡先"),
    plural=Text(en="Contacts", ja="連絡先"),
    fields=_fields(name="text", email="email"),
)


CUSTOMER = EntityType(
    service="books",
    name="customer",
    label=Text(en="Customer", ja="顧客"),
    plural=Text(en="Customers", ja="顧客"),
    fields=_fields(name="text", receivable="money"),
)


def invoices_of(service: str) -> EntityType:
    return EntityType(
        service=service,
        name="invoice",
        label=Text(en="Invoice", ja="請求書"),
        plural=Text(en="Invoices", ja="請求書"),
        fields=_fields(number="text", status="text", total="money"),
        kind="document",
    )


def _action(name: str, model: type[BaseModel]) -> Action:
    return Action(name, Text.same(name), model, "invoice:create", lambda call, desk: ())


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return Vocabulary.of(
        [DEAL, ACCOUNT, CONTACT, CUSTOMER, invoices_of("books"), invoices_of("invoice")],
        [_action("books.invoice.create", InvoiceParameters), _action("mail.reminder.send", ReminderParameters)],
    )


@pytest.fixture
def won() -> Callable[..., Event]:
    """A deal that was won, with these fields after it."""

    def make(
        after: Fields | None = None, before: Fields | None = None, *, name: str = "deal.won", version: str = "1"
    ) -> Event:
        ref = RecordRef("crm", "deal", "77")
        at = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
        return Event(event_id(name, ref, version), name, ref, before, after or {}, at)

    return make
