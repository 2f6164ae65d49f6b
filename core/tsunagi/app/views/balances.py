"""What is still to be received from a customer and paid to them, as each service last reported, and since when."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from tsunagi.app.access.permissions import SEE_BALANCES, account_facts, decide, require, sees_tab
from tsunagi.app.connections.services import is_shown
from tsunagi.app.context import Context
from tsunagi.app.views.overview import organization_zone
from tsunagi.domain.directory import Person
from tsunagi.domain.documents import Owes, Panel
from tsunagi.domain.money import Money
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.links import Links
from tsunagi.store.outstanding import Ageing, Owed, added
from tsunagi.store.records import Records


@dataclass(frozen=True, slots=True)
class Balance:
    """One customer's sums in one service, in their own and in the base currency; None where unknown."""

    customer: RecordRef
    receivable: Money | None
    receivable_base: Money | None
    payable: Money | None
    payable_base: Money | None

    @property
    def known(self) -> bool:
        return self.receivable is not None or self.payable is not None


def customers_of(context: Context, session: Session, refs: Iterable[RecordRef]) -> list[RecordRef]:
    """The records these are in step with, in the services that are on and as far as they are shown."""
    on = {connection.service: connection for connection in context.connectors.active()}
    found: dict[RecordRef, None] = {}
    for ref, links in Links(session).of_many(list(refs)).items():
        for link in links:
            other = link.other(ref)
            connection = on.get(other.service)
            if connection and link.pair in context.registry.pairs and is_shown(context, connection, other.entity):
                found[other] = None
    return sorted(found)


def customers_behind(context: Context, session: Session, ref: RecordRef) -> list[RecordRef]:
    """What a record of the CRM and its account are in the services."""
    records = Records(session)
    record = records.get(ref)
    account = account_of(records, record) if record else None
    return customers_of(context, session, {ref, *([account.ref] if account else [])})


def account_of(records: Records, record: Record) -> Record | None:
    """The account that a record is or names."""
    if record.ref.entity == "account":
        return record
    named = record.fields.get("account")
    return records.get(named) if isinstance(named, RecordRef) else None


def balances(session: Session, customers: Sequence[RecordRef]) -> list[Balance]:
    """By service; those without the figures are left out."""
    known = Records(session).get_many(customers)
    found = [_balance(known[ref]) for ref in customers if ref in known]
    return [balance for balance in found if balance.known]


def _balance(record: Record) -> Balance:
    return Balance(
        record.ref,
        _money(record, "receivable"),
        _money(record, "receivable_base"),
        _money(record, "payable"),
        _money(record, "payable_base"),
    )


def _money(record: Record, field: str) -> Money | None:
    value = record.fields.get(field)
    return value if isinstance(value, Money) else None


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """What one service's documents still ask for in one currency; `owed` is receivable or payable."""

    service: str
    owed: Owes
    sums: Owed


def ageing(context: Context, actor: Person | None) -> Sequence[AgeingRow]:
    """Of all customers, by service and currency.

    Raises PermissionDenied where the person may not see what is owed, or where that depends on the account.
    """
    require(context, actor, SEE_BALANCES)
    with context.store.read() as session:
        return _rows(context, session, actor, None)


def ageing_of(context: Context, actor: Person | None, ref: RecordRef) -> Sequence[AgeingRow]:
    """Of the customer that an account is, or the account of a contact or deal; nothing where one may not see it."""
    with context.store.read() as session:
        records = Records(session)
        record = records.get(ref)
        if record is None:
            return ()
        named = account_of(records, record)
        if not decide(context, actor, SEE_BALANCES, account_facts(named)).allowed:
            return ()
        customers = customers_of(context, session, {ref, *([named.ref] if named else [])})
        return _rows(context, session, actor, customers) if customers else ()


def _rows(
    context: Context, session: Session, actor: Person | None, customers: Sequence[RecordRef] | None
) -> list[AgeingRow]:
    today = _today(context)
    found: dict[tuple[str, Owes], list[Owed]] = {}
    for panel in _kinds(context, actor):
        mine = None if customers is None else [each for each in customers if each.service == panel.service]
        if mine == []:
            continue
        but = panel.in_stage("draft") | panel.in_stage("void")
        sums = Ageing(session).of_kind(panel.service, panel.entity, today, but=but, customers=mine)
        found.setdefault((panel.service, panel.owed), []).extend(sums)
    return [AgeingRow(service, owed, each) for (service, owed), some in found.items() for each in added(some)]


def _kinds(context: Context, actor: Person | None) -> list[Panel]:
    on = {connection.service: connection for connection in context.connectors.active()}
    return [
        panel
        for panel in context.registry.panels
        if panel.owed
        and panel.service in on
        and is_shown(context, on[panel.service], panel.entity)
        and sees_tab(context, actor, panel.service)
    ]


def _today(context: Context) -> dt.date:
    return context.now().astimezone(organization_zone(context) or dt.UTC).date()
