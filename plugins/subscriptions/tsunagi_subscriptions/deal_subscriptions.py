"""The rule actions that subscribe the customer of a deal to a plan, and end what a deal was subscribed to."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tsunagi import (
    Action,
    ActionCall,
    ActionContext,
    Fields,
    Money,
    OutsideWrite,
    Record,
    RecordRef,
    Text,
    Value,
)
from tsunagi_subscriptions.documents import NAME
from tsunagi_zoho.finance.deal_documents import customer_of, deal_of, unusable

_OVER = frozenset({"cancelled", "expired"})
# One that has not begun has no term at whose end it could be cancelled.
_BEGUN = ("trial", "live", "unpaid", "dunning", "paused", "trial_expired")


class Addon(BaseModel):
    """An addon by its code; quantity and price as the catalogue has them where they are left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(min_length=1, max_length=100)
    quantity: Decimal | None = Field(default=None, gt=0)
    price: Decimal | None = Field(default=None, ge=0)


class SubscriptionOfDeal(BaseModel):
    """What the customer of a deal subscribes to.

    `plan` is the code of a plan. `price` is a number, or money such as `120000 JPY`, which has to be in the customer's
    currency. With `products: lines`, the deal's product of that code gives quantity and price, and every other product
    is the addon of its code. `starts_on`: the day of the event where it is left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: Annotated[str, Text("The code of the plan", "プランのコード")] = Field(min_length=1, max_length=100)
    quantity: Annotated[Decimal | None, Text("How many; left out, one", "数量。省略すると 1")] = Field(
        default=None, gt=0
    )
    price: Annotated[
        Decimal | str | None,
        Text(
            "A number, or money such as 120000 JPY; left out, the plan's own",
            "単価（数値、または 120000 JPY のような金額）。省略するとプランの価格",
        ),
    ] = None
    addons: Annotated[tuple[Addon, ...], Text("Addons by their codes", "アドオン（コードで指定）")] = ()
    products: Annotated[
        Literal["none", "lines"],
        Text(
            "Whether the deal's products give quantity, price and addons (lines)",
            "商談の商品から数量・価格・アドオンを決めるか（lines）",
        ),
    ] = "none"
    starts_on: Annotated[
        dt.date | None, Text("Its first day; left out, the day of the event", "開始日。省略すると出来事の日")
    ] = None

    @field_validator("price", mode="before")
    @classmethod
    def _money(cls, value: object) -> object:
        return f"{value.amount} {value.currency}" if isinstance(value, Money) else value

    @field_validator("price")
    @classmethod
    def _sensible(cls, value: Decimal | str | None) -> Decimal | str | None:
        amount = value.partition(" ")[0] if isinstance(value, str) else value
        known = isinstance(value, Decimal) or value is None or _is_money(value)
        if not known or (amount is not None and Decimal(amount) < 0):
            raise ValueError("a price is a number, or an amount such as 120000 JPY")
        return value


def _is_money(text: str) -> bool:
    amount, _, currency = text.partition(" ")
    return amount.replace(".", "", 1).isdigit() and len(currency) == 3 and currency.isupper()


class EndingOfDeal(BaseModel):
    """`when`: `end_of_term` lets what was paid for run out, `now` ends it at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: Annotated[
        Literal["end_of_term", "now"],
        Text(
            "Let what was paid for run out (end_of_term), or end it at once (now)",
            "支払済みの期間の終わりに解約（end_of_term）か即時（now）か",
        ),
    ] = "end_of_term"


def subscription_actions() -> tuple[Action, ...]:
    """`subscriptions.subscription.create` and `subscriptions.subscription.cancel`."""
    return (
        Action(
            f"{NAME}.subscription.create",
            Text("Subscribe the deal's customer to a plan", "商談の顧客をプランに登録"),
            SubscriptionOfDeal,
            "subscription:create",
            _plan_creation,
        ),
        Action(
            f"{NAME}.subscription.cancel",
            Text("Cancel the deal's subscriptions", "商談のサブスクリプションを解約"),
            EndingOfDeal,
            "subscription:edit",
            _plan_ending,
        ),
    )


def _plan_creation(call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """One subscription for a deal, none where it has one that runs or is still to be made.

    Raises RecordUnusable where the account is no customer yet, which is waited for, or a price is in another currency.
    """
    wanted = call.parameters
    assert isinstance(wanted, SubscriptionOfDeal)
    deal = deal_of(call, context)
    known = context.documents_of(deal.ref, NAME, "subscription")
    if any(each.status not in _OVER for each in known) or context.planned_for(deal.ref, NAME, "subscription"):
        return ()
    customer = customer_of(NAME, deal, context)
    sold = _sold(deal, customer, wanted, context)
    fields: dict[str, Value] = {
        "customer": customer,
        "plan": wanted.plan,
        "date": wanted.starts_on,
        **sold,
    }
    said = {name: value for name, value in fields.items() if value is not None}
    return (OutsideWrite("create", NAME, "subscription", fields=said, relates=deal.ref),)


def _sold(deal: Record, customer: RecordRef, wanted: SubscriptionOfDeal, context: ActionContext) -> dict[str, Value]:
    """Quantity, price and addons: what the rule names goes before the deal's products."""
    record = context.record(customer)
    currency = record.text("currency") if record is not None else ""
    addons: list[Fields] = [
        {"code": each.code, "quantity": each.quantity, "price": each.price} for each in wanted.addons
    ]
    quantity, price = wanted.quantity, _price(deal, wanted.price, currency)
    for product in context.related(deal.ref, "products") if wanted.products == "lines" else ():
        rate = product.fields.get("rate")
        own = _price(product, f"{rate.amount} {rate.currency}" if isinstance(rate, Money) else None, currency)
        count = product.fields.get("quantity")
        many = Decimal(count) if isinstance(count, Decimal | int) else None
        code = product.text("code")
        if code == wanted.plan:
            quantity, price = quantity or many, own if price is None else price
        elif not code:
            raise unusable(
                product,
                "code",
                Text("it has no code, so it is no addon", "商品コードがないため、アドオンにできません"),
                Text("Give the product the addon's code in the CRM.", "商品にアドオンのコードを設定してください。"),
            )
        elif code not in {each.code for each in wanted.addons}:
            addons.append({"code": code, "quantity": many, "price": own})
    return {"quantity": quantity, "price": price, "addons": tuple(addons) or None}


def _price(record: Record, price: Decimal | str | None, currency: str) -> Decimal | None:
    if not isinstance(price, str):
        return price
    amount, _, given = price.partition(" ")
    if given == currency:
        return Decimal(amount)
    raise unusable(
        record,
        "price",
        Text(
            f"its price is in {given}, the customer is billed in {currency}",
            f"価格の通貨 {given} が顧客の請求通貨 {currency} と異なります",
        ),
        Text("Name the price in the rule, in the customer's currency.", "ルールで顧客の通貨の価格を指定してください。"),
    )


def _plan_ending(call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """Every subscription of the deal that runs; at the end of its term, one that runs out already is left."""
    wanted = call.parameters
    assert isinstance(wanted, EndingOfDeal)
    deal = deal_of(call, context).ref
    writes: list[OutsideWrite] = []
    for each in context.documents_of(deal, NAME, "subscription"):
        later = wanted.when == "end_of_term" and each.status in _BEGUN
        if each.status in _OVER or (wanted.when == "end_of_term" and each.status == "non_renewing"):
            continue
        start: tuple[Value, ...] = _BEGUN if later else (*_BEGUN, "future", "non_renewing")
        verb = "ended" if later else "cancelled"
        writes.append(
            OutsideWrite("perform", NAME, "subscription", {"from": start}, target=each.ref, verb=verb, relates=deal)
        )
    return tuple(writes)
