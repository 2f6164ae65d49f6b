"""The rule actions that order for a deal: a sales order for its customer, a purchase order to a vendor."""

import datetime as dt
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from tsunagi import Action, ActionCall, ActionContext, OutsideWrite, Record, RecordRef, Text, Value
from tsunagi_zoho.finance.deal_documents import DocumentOfDeal, deal_of, planned, unusable

Confirmed = Annotated[
    Literal["draft", "open"], Text("Made as a draft, or confirmed (open)", "下書き（draft）か確定（open）")
]
Issued = Annotated[
    Literal["draft", "open"], Text("Made as a draft, or issued (open)", "下書き（draft）か発行済み（open）")
]


class SalesOrderOfDeal(DocumentOfDeal):
    """How a deal is put on a sales order.

    `status`: `open` confirms it. `shipment_date`: when it is to be shipped; left out where nothing is said.
    """

    status: Confirmed = "draft"  # type: ignore[assignment]  # an order is confirmed, not sent
    shipment_date: Annotated[dt.date | None, Text("When it is to be shipped", "出荷予定日")] = None


class PurchaseOrderOfDeal(DocumentOfDeal):
    """How what a deal needs is ordered.

    `vendor` names whom from, as `books:vendor:460000000012`; left out, it is the vendor the deal's account is linked
    with. `status`: `open` issues it. `delivery_date`: when it is to arrive; left out where nothing is said.
    """

    status: Issued = "draft"  # type: ignore[assignment]  # an order is issued, not sent
    vendor: Annotated[
        str | None,
        Text(
            "Whom from, as books:vendor:ID; left out, the vendor the deal's account is linked with",
            "発注先（books:vendor:ID）。省略すると商談の取引先に対応する仕入先",
        ),
    ] = Field(default=None, pattern=r"^[a-z_]+:vendor:\S+$")
    delivery_date: Annotated[dt.date | None, Text("When it is to arrive", "納品予定日")] = None


def sales_order_of_deal(service: str, name: Text) -> Action:
    """`<service>.sales_order.create`."""
    return Action(
        name=f"{service}.sales_order.create",
        label=Text(f"Create a sales order in {name.en}", f"{name.ja} に受注書を作成"),
        parameters=SalesOrderOfDeal,
        permission="sales_order:create",
        plan=partial(_plan_sales_order, service),
    )


def purchase_order_of_deal(service: str, name: Text) -> Action:
    """`<service>.purchase_order.create`."""
    return Action(
        name=f"{service}.purchase_order.create",
        label=Text(f"Create a purchase order in {name.en}", f"{name.ja} に発注書を作成"),
        parameters=PurchaseOrderOfDeal,
        permission="purchase_order:create",
        plan=partial(_plan_purchase_order, service),
    )


def _plan_sales_order(service: str, call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """One sales order for a deal, none where it has one that is not void; raises as for invoices."""
    parameters = call.parameters
    assert isinstance(parameters, SalesOrderOfDeal)
    own: dict[str, Value] = {
        "date": parameters.date or call.event.at.date(),
        "due_date": parameters.shipment_date,
    }
    return planned(service, "sales_order", deal_of(call, context), parameters, own, context)


def _plan_purchase_order(service: str, call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """One purchase order for a deal, none where it has one that is not cancelled.

    Raises RecordUnusable where the vendor is not known, or there is nothing to order.
    """
    parameters = call.parameters
    assert isinstance(parameters, PurchaseOrderOfDeal)
    deal = deal_of(call, context)
    own: dict[str, Value] = {
        "customer": _vendor_of(service, deal, parameters.vendor, context),
        "date": parameters.date or call.event.at.date(),
        "due_date": parameters.delivery_date,
        # What was agreed with the customer is nothing to the vendor.
        "adjustment": None,
    }
    return planned(service, "purchase_order", deal, parameters, own, context)


def _vendor_of(service: str, deal: Record, named: str | None, context: ActionContext) -> RecordRef:
    account = deal.fields.get("account")
    linked = context.linked(account, service, "vendor") if isinstance(account, RecordRef) else None
    vendor = RecordRef.parse(named) if named is not None else linked
    if vendor is not None and vendor.service == service and context.record(vendor) is not None:
        return vendor
    raise unusable(
        deal,
        "account" if named is None else "vendor",
        Text(f"the vendor {named} is not known in {service}", f"仕入先 {named} が {service} にありません")
        if named is not None
        else Text(f"its account is no vendor in {service}", f"取引先が {service} の仕入先になっていません"),
        Text("Name a vendor in the rule: `vendor`.", "ルールの vendor に仕入先を指定してください。"),
    )
