"""Records of the CRM in JSON, and what every record's page shows beside them."""

import datetime as dt
from typing import Any

from pydantic import BaseModel, Field

from tsunagi.app.views.balances import Balance
from tsunagi.app.views.records import RecordPage
from tsunagi.domain.money import Money
from tsunagi.domain.records import Record
from tsunagi.http.api.documents import PanelOut, panel
from tsunagi.http.api.schemas import Listing
from tsunagi.http.api.values import MoneyOut, RefOut, fields, money, reference
from tsunagi.hub import Hub
from tsunagi.store.paging import Slice


class RecordOut(BaseModel):
    """A record as the hub last read it; `fields` are named as its entity type declares them."""

    id: str
    title: str
    fields: dict[str, Any]
    modified_at: dt.datetime | None


class BalanceOut(BaseModel):
    """What a service says is still to be received and paid; null where it does not say."""

    customer: RefOut
    receivable: MoneyOut | None
    receivable_base: MoneyOut | None
    payable: MoneyOut | None
    payable_base: MoneyOut | None


class RecordPageOut(RecordOut):
    """A record with what hangs on it."""

    links: dict[str, RefOut] = Field(description="its record in each service it is in step with")
    panels: list[PanelOut]
    balances: list[BalanceOut] = Field(description="of its account, by service")
    own_documents: list[str] = Field(
        description="the CRM's own modules for quotes, orders and invoices: those are separate and not kept in step"
    )


def page_out(hub: Hub, page: RecordPage) -> RecordPageOut:
    return RecordPageOut(
        **record_out(hub, page.record).model_dump(),
        links={service: reference(ref) for service, ref in page.links.items()},
        panels=[panel(hub, view) for view in page.panels],
        balances=[_balance(balance) for balance in page.balances],
        own_documents=list(page.own_documents),
    )


def records_out(hub: Hub, found: Slice[Record]) -> Listing[RecordOut]:
    return Listing(items=[record_out(hub, record) for record in found.items], next=found.next)


def record_out(hub: Hub, record: Record) -> RecordOut:
    kind = hub.registry.entity(record.ref.service, record.ref.entity)
    return RecordOut(
        id=record.ref.id,
        title=record.text(kind.title),
        fields=fields(record.fields),
        modified_at=record.modified_at,
    )


def _balance(balance: Balance) -> BalanceOut:
    return BalanceOut(
        customer=reference(balance.customer),
        receivable=_money(balance.receivable),
        receivable_base=_money(balance.receivable_base),
        payable=_money(balance.payable),
        payable_base=_money(balance.payable_base),
    )


def _money(value: Money | None) -> MoneyOut | None:
    return money(value) if value else None
