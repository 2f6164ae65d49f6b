"""The rule actions that make a document for a deal: an estimate for it, an invoice that bills it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tsunagi import (
    Action,
    ActionCall,
    ActionContext,
    Fields,
    Money,
    OutsideWrite,
    Record,
    RecordRef,
    RecordUnusable,
    Text,
    Value,
    minor_digits,
)

# A void, refused or expired document does not count: the deal may have another.
OVER = {
    "invoice": frozenset({"void"}),
    "estimate": frozenset({"declined", "expired"}),
    "sales_order": frozenset({"void"}),
    "purchase_order": frozenset({"cancelled"}),
}


class DocumentOfDeal(BaseModel):
    """How a deal is put on a document.

    `lines`: the deal's products, one line at its amount, or whichever there is (`auto`: products first). `items`: where
    products are kept in step with items, lines name the items, and a product without one is waited for (`linked`) or
    goes on the document by its name (`any`). `status`: `sent` marks the document as sent, which mails nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: Annotated[
        Literal["products", "amount", "auto"],
        Text(
            "The deal's products, one line at its amount, or products where there are any (auto)",
            "明細: 商談の商品（products）、商談の金額の 1 行（amount）、商品があれば商品（auto）",
        ),
    ] = "auto"
    items: Annotated[
        Literal["linked", "any"],
        Text(
            "Whether a product without an item is waited for (linked) or goes on by its name (any)",
            "品目のない商品を待つ（linked）か、商品名のまま載せる（any）か",
        ),
    ] = "linked"
    status: Annotated[
        Literal["draft", "sent"],
        Text(
            "Made as a draft, or marked as sent, which mails nothing",
            "下書き（draft）か送付済み（sent、メールは送信しない）",
        ),
    ] = "draft"
    notes: Annotated[str, Text("A text for the customer", "顧客に見せる備考")] = Field(default="", max_length=5000)
    date: Annotated[dt.date | None, Text("The date on the document", "書類の日付")] = None


class InvoiceOfDeal(DocumentOfDeal):
    """How a deal is billed.

    `terms_days`: days until payment is due; the customer's own terms where it is left out. `date`: the deal's closing
    date where it is left out.
    """

    terms_days: Annotated[
        int | None,
        Text(
            "Days until payment is due; left out, the customer's own terms",
            "支払期限までの日数。省略すると顧客の支払条件",
        ),
    ] = Field(default=None, ge=0, le=3650)


class EstimateOfDeal(DocumentOfDeal):
    """How a deal is estimated.

    `valid_days`: days until the estimate expires; never where it is left out. `date`: the day of the event where it is
    left out.
    """

    valid_days: Annotated[
        int | None,
        Text("Days until the estimate expires; left out, it never does", "見積書の有効日数。省略すると無期限"),
    ] = Field(default=None, ge=0, le=3650)


def invoice_of_deal(service: str, name: Text) -> Action:
    """`<service>.invoice.create`; `name` is what people call the service."""
    return Action(
        name=f"{service}.invoice.create",
        label=Text(f"Create an invoice in {name.en}", f"{name.ja} に請求書を作成"),
        parameters=InvoiceOfDeal,
        permission="invoice:create",
        plan=partial(_plan_invoice, service),
    )


def estimate_of_deal(service: str, name: Text) -> Action:
    """`<service>.estimate.create`."""
    return Action(
        name=f"{service}.estimate.create",
        label=Text(f"Create an estimate in {name.en}", f"{name.ja} に見積書を作成"),
        parameters=EstimateOfDeal,
        permission="estimate:create",
        plan=partial(_plan_estimate, service),
    )


def _plan_invoice(service: str, call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """One invoice for a deal, none where an invoice that is not void bills it already.

    Raises RecordUnusable where the deal has no account that is a customer, or nothing to bill.
    """
    parameters = call.parameters
    assert isinstance(parameters, InvoiceOfDeal)
    deal = deal_of(call, context)
    day = parameters.date or _closing_date(deal) or call.event.at.date()
    own: dict[str, Value] = {"date": day, "terms_days": parameters.terms_days}
    return planned(service, "invoice", deal, parameters, own, context)


def _plan_estimate(service: str, call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """One estimate for a deal, none where it has one that is neither declined nor expired; raises as for invoices."""
    parameters = call.parameters
    assert isinstance(parameters, EstimateOfDeal)
    day = parameters.date or call.event.at.date()
    valid = parameters.valid_days
    own: dict[str, Value] = {"date": day, "due_date": None if valid is None else day + dt.timedelta(days=valid)}
    return planned(service, "estimate", deal_of(call, context), parameters, own, context)


def planned(
    service: str, entity: str, deal: Record, parameters: DocumentOfDeal, own: dict[str, Value], context: ActionContext
) -> tuple[OutsideWrite, ...]:
    if any(document.status not in OVER[entity] for document in context.documents_of(deal.ref, service, entity)):
        return ()
    # Another rule was faster: its document is planned already.
    if context.planned_for(deal.ref, service, entity):
        return ()
    products = products_of(service, deal, parameters.lines, parameters.items, context)
    currency, lines, adjustment = lines_of(deal, parameters.lines, products)
    fields: dict[str, Value] = {
        "customer": own.get("customer") or customer_of(service, deal, context),
        "deal": deal.ref,
        "currency": currency,
        "lines": lines,
        "adjustment": adjustment or None,
        "status": parameters.status,
        "notes": parameters.notes or None,
        **own,
    }
    said = {field: value for field, value in fields.items() if value is not None}
    remark = None if "adjustment" in own else _rounded(deal)
    return (OutsideWrite("create", service, entity, fields=said, relates=deal.ref, remark=remark),)


def _rounded(deal: Record) -> Text | None:
    """A deal's amount may have more decimals than its currency: no document can say it, and nobody could pay it."""
    amount = deal.fields.get("amount")
    if not isinstance(amount, Money) or amount.amount <= 0 or amount.amount == amount.rounded().amount:
        return None
    step = Decimal(1).scaleb(-minor_digits(amount.currency))
    return Text(
        en=f"The deal's amount {amount} is rounded to {amount.rounded()}: "
        f"amounts in {amount.currency} go in steps of {step}.",
        ja=f"商談の金額 {amount} を {amount.rounded()} に丸めました({amount.currency} の最小単位は {step} です)。",
    )


def _closing_date(deal: Record) -> dt.date | None:
    date = deal.fields.get("closing_date")
    return date if isinstance(date, dt.date) else None


def deal_of(call: ActionCall, context: ActionContext) -> Record:
    """The deal of the event as it is now. Raises RecordUnusable for any other record."""
    ref = call.event.ref
    if (ref.service, ref.entity) != ("crm", "deal"):
        raise RecordUnusable(
            Text(
                en=f"{call.action} is about deals, but the rule '{call.rule}' ran for {ref}.",
                ja=f"{call.action} は商談用ですが、ルール「{call.rule}」は {ref} で実行されました。",
            ),
            ref=str(ref),
            field="",
            hint=Text(
                "Use it with events of deals, such as deal.won.", "deal.won など商談のイベントで使ってください。"
            ),
        )
    known = context.record(ref)
    return known if known is not None else Record(ref, call.event.after or {}, "")


def customer_of(service: str, deal: Record, context: ActionContext) -> RecordRef:
    """The customer its account is. Raises RecordUnusable where there is none."""
    account = deal.fields.get("account")
    if not isinstance(account, RecordRef):
        raise unusable(
            deal,
            "account",
            Text("it has no account", "取引先がありません"),
            Text("Set the deal's account in the CRM.", "CRM で商談に取引先を設定してください。"),
        )
    customer = context.linked(account, service, "customer")
    if customer is None:
        raise _awaiting(
            (account,),
            deal,
            "account",
            Text(
                f"its account {account.id} has no customer in {service}",
                f"取引先 {account.id} に対応する顧客が {service} にありません",
            ),
            Text(
                "A sync makes the customer, or says why not, and then the document by itself. Where the customer was "
                "deleted, enter it again under the same name, or retry this: it is made anew.",
                "顧客は同期で作成され(作成されない場合は理由が示されます)、続けて書類も自動的に作成されます。"
                "顧客を削除した場合は、同じ名前で登録し直すか、再試行してください(作り直されます)。",
            ),
        )
    return customer


@dataclass(frozen=True, slots=True)
class Sold:
    """A product on a deal, and the item it is in the service, where the two are kept in step."""

    product: Record
    item: RecordRef | None = None


def products_of(service: str, deal: Record, lines: str, items: str, context: ActionContext) -> Sequence[Sold]:
    """The deal's products, with their items where these are kept in step; the customer must be there too.

    Raises RecordUnusable where the customer, or an item that has to be there, is not: both are awaited then.
    """
    paired = context.is_paired("crm.product", service, "item")
    try:
        customer_of(service, deal, context)
    except RecordUnusable as problem:
        if problem.awaits and paired and lines != "amount":
            sold = [Sold(each, context.linked(each.ref, service, "item")) for each in _products(deal, context)]
            problem.awaits += tuple(str(each.product.ref) for each in sold if each.item is None)
        raise
    products = _products(deal, context) if lines != "amount" else ()
    if not paired:
        return [Sold(each) for each in products]
    found = [Sold(each, context.linked(each.ref, service, "item")) for each in products]
    missing = [each.product for each in found if each.item is None]
    if missing and items == "linked":
        raise _no_items(service, missing)
    return found


def lines_of(deal: Record, wanted: str, products: Sequence[Sold]) -> tuple[str | None, tuple[Value, ...], Decimal]:
    """What to charge: currency (None: the customer's own), lines, and the adjustment to the agreed amount."""
    amount = deal.fields.get("amount")
    currency = amount.currency if isinstance(amount, Money) else None
    if products:
        currency, lines = _product_lines(deal, products, currency)
        return currency, lines, _adjustment(lines, amount)
    if wanted == "products":
        raise unusable(
            deal,
            "products",
            Text("it has no products", "商品がありません"),
            Text(
                "Add its products in the CRM, or let the rule use `lines: auto`.",
                "CRM で商品を追加するか、ルールで `lines: auto` を使ってください。",
            ),
        )
    return currency, (_amount_line(deal, amount),), Decimal(0)


def _adjustment(lines: Sequence[Fields], amount: Value) -> Decimal:
    """The customer agreed to the deal's amount, whatever the price list has for its products."""
    if not isinstance(amount, Money) or amount.amount <= 0:
        return Decimal(0)
    priced = (Decimal(str(line["rate"])) * Decimal(str(line["quantity"])) for line in lines)
    total = sum((Money(price, amount.currency).rounded().amount for price in priced), Decimal(0))
    return amount.rounded().amount - total


def _products(deal: Record, context: ActionContext) -> Sequence[Record]:
    return context.related(deal.ref, "products")


def _product_lines(
    deal: Record, products: Sequence[Sold], currency: str | None
) -> tuple[str | None, tuple[Fields, ...]]:
    lines: list[Fields] = []
    for sold in products:
        product = sold.product
        rate = product.fields.get("rate")
        if isinstance(rate, Money):
            currency = currency or rate.currency
            rate = _in_currency(deal, product, rate, currency).amount
        line = _line(product, rate)
        lines.append({**line, "item": sold.item} if sold.item else line)
    return currency, tuple(lines)


def _in_currency(deal: Record, product: Record, price: Money, currency: str) -> Money:
    """A price of the list in the deal's currency, at the deal's own rate."""
    if price.currency == currency:
        return price
    rate = deal.fields.get("exchange_rate")
    if price.currency == product.fields.get("base_currency") and isinstance(rate, Decimal) and rate > 0:
        return Money(price.amount * rate, currency).rounded()
    raise unusable(
        product,
        "rate",
        Text(
            f"it is priced in {price.currency}, the deal in {currency}, and the deal says no rate between them",
            f"単価の通貨 {price.currency} が商談の通貨 {currency} と異なり、商談に換算レートがありません",
        ),
        Text("Price it in the deal's currency.", "商談の通貨で単価を設定してください。"),
    )


def _line(product: Record, rate: Value) -> Fields:
    quantity = product.fields.get("quantity", Decimal(1))
    for field, value in (("rate", rate), ("quantity", quantity)):
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            raise unusable(
                product,
                field,
                Text(f"'{field}' is {value!r}, a number is needed", f"「{field}」が {value!r} です。数値が必要です"),
                Text("Correct the product on the deal in the CRM.", "CRM で商談の商品を修正してください。"),
            )
    line: dict[str, Value] = {
        "name": product.text("name"),
        "rate": Decimal(str(rate)),
        "quantity": Decimal(str(quantity)),
    }
    return {**line, "description": product.text("description")} if product.text("description") else line


def _amount_line(deal: Record, amount: Value) -> Fields:
    if not isinstance(amount, Money) or amount.rounded().amount <= 0:
        amount_en = "no amount" if amount is None else f"the amount {amount}"
        raise unusable(
            deal,
            "amount",
            Text(
                f"it has {amount_en} and no products: there is nothing to charge",
                f"金額({amount or 'なし'})も商品もなく、記載するものがありません",
            ),
            Text("Set the deal's amount in the CRM.", "CRM で商談の金額を設定してください。"),
        )
    return {"name": deal.text("product") or deal.text("name"), "rate": amount.rounded().amount, "quantity": Decimal(1)}


def _no_items(service: str, products: Sequence[Record]) -> RecordUnusable:
    return _awaiting(
        [each.ref for each in products],
        products[0],
        "item",
        Text(f"it is no item in {service} yet", f"{service} の品目になっていません"),
        Text(
            "Run `tsunagi sync`, and look there why the product was left out; with `items: any` the rule does not wait"
            " for it.",
            "`tsunagi sync` を実行し、商品が同期されない理由を確認してください。"
            "ルールで `items: any` とすると待ちません。",
        ),
    )


def _awaiting(refs: Sequence[RecordRef], record: Record, field: str, reason: Text, hint: Text) -> RecordUnusable:
    problem = unusable(record, field, reason, hint)
    problem.awaits = tuple(map(str, refs))
    return problem


def unusable(record: Record, field: str, reason: Text, hint: Text) -> RecordUnusable:
    name = record.text("name")
    kind_en, kind_ja = ("deal", "商談") if record.ref.entity == "deal" else ("product", "商品")
    return RecordUnusable(
        Text(
            en=f"No document can be made for the {kind_en} '{name}' ({record.ref.id}): {reason.en}.",
            ja=f"{kind_ja}「{name}」({record.ref.id})の書類を作成できません: {reason.ja}。",
        ),
        ref=str(record.ref),
        field=field,
        hint=hint,
    )
