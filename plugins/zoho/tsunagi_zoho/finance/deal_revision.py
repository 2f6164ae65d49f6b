"""The rule action for a deal that changed after its document was made: update the draft, or make another.

What people changed, sent or were paid for is not touched, and this is reported.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict

from tsunagi import (
    Action,
    ActionCall,
    ActionContext,
    Document,
    DocumentEditing,
    Fields,
    Money,
    OutsideWrite,
    Record,
    RecordUnusable,
    Text,
    Value,
)
from tsunagi_zoho.finance.deal_documents import OVER, customer_of, deal_of, lines_of, products_of

# How a document of a kind ends so that the deal may have another: a draft estimate can be declined only once sent.
_ENDS = {"invoice": ("void",), "estimate": ("sent", "declined")}


class RevisionOfDeal(BaseModel):
    """`how`: `update` rewrites the lines of a draft, `renew` ends the draft and makes another.

    `lines` and `items` are as when it was made.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    how: Annotated[
        Literal["update", "renew"],
        Text(
            "Rewrite the lines of the draft (update), or end it and make another (renew)",
            "下書きの明細を書き直す（update）か、無効にして作り直す（renew）か",
        ),
    ] = "update"
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


def invoice_revision_of_deal(service: str, name: Text) -> Action:
    """`<service>.invoice.update`; `name` is what people call the service."""
    label = Text(f"Bring the deal's draft invoice in {name.en} up to date", f"{name.ja} の商談の下書き請求書を更新")
    return _revision(service, "invoice", label)


def estimate_revision_of_deal(service: str, name: Text) -> Action:
    """`<service>.estimate.update`."""
    label = Text(f"Bring the deal's draft estimate in {name.en} up to date", f"{name.ja} の商談の下書き見積書を更新")
    return _revision(service, "estimate", label)


def _revision(service: str, entity: str, label: Text) -> Action:
    return Action(
        name=f"{service}.{entity}.update",
        label=label,
        parameters=RevisionOfDeal,
        permission=f"{entity}:edit",
        plan=partial(_plan, service, entity),
    )


def _plan(service: str, entity: str, call: ActionCall, context: ActionContext) -> tuple[OutsideWrite, ...]:
    """Nothing for a deal without such a document, or one that matches the deal.

    Raises RecordUnusable where the document is not as the rules made it, or the deal has nothing to put on it.
    """
    parameters = call.parameters
    assert isinstance(parameters, RevisionOfDeal)
    deal = deal_of(call, context)
    known = [each for each in context.documents_of(deal.ref, service, entity) if each.status not in OVER[entity]]
    if not known:
        return ()
    products = products_of(service, deal, parameters.lines, parameters.items, context)
    currency, lines, adjustment = lines_of(deal, parameters.lines, products)
    wanted: dict[str, Value] = {
        "customer": customer_of(service, deal, context),
        "currency": currency,
        "lines": lines,
        "adjustment": adjustment,
    }
    said = {name: value for name, value in wanted.items() if value is not None}
    writes: list[OutsideWrite] = []
    for document in known:
        if not _says(document, lines, adjustment, currency, context):
            _refuse_foreign(document, deal, context)
            writes += _revised(document, deal, said, parameters.how)
    return tuple(writes)


def _revised(document: Document, deal: Record, wanted: Fields, how: str) -> Iterator[OutsideWrite]:
    ref = document.ref
    if how == "update":
        yield OutsideWrite("update", ref.service, ref.entity, fields=wanted, target=ref, relates=deal.ref)
        return
    start: tuple[str, ...] = ("draft",)
    for verb in _ENDS[ref.entity]:
        end: Fields = {"from": start}
        yield OutsideWrite("perform", ref.service, ref.entity, end, target=ref, verb=verb, relates=deal.ref)
        start = (verb,)
    fields = {**wanted, "deal": deal.ref, "status": "draft"}
    if document.date is not None:
        fields["date"] = document.date
    yield OutsideWrite("create", ref.service, ref.entity, fields=fields, relates=deal.ref)


def _says(
    document: Document, lines: tuple[Value, ...], adjustment: Decimal, currency: str | None, context: ActionContext
) -> bool:
    """Lines that a rule wrote are compared line by line, whatever taxes made of their sum; of others the sum is."""
    code = currency or document.total.currency
    written = context.written(document.ref) or {}
    if "lines" in written and code == document.total.currency:
        return _lines(written["lines"]) == _lines(lines) and (written.get("adjustment") or 0) == adjustment
    priced = (
        Money(Decimal(str(line["rate"])) * Decimal(str(line["quantity"])), code).rounded().amount
        for line in lines
        if isinstance(line, dict)
    )
    return document.total == Money(sum(priced, adjustment), code)


_SAID = ("name", "description", "item", "rate", "quantity")


def _lines(lines: Value) -> list[tuple[str, ...]]:
    """In whatever order, since the CRM lists products in its own."""
    known = lines if isinstance(lines, tuple) else ()
    return sorted(tuple(_shown(line.get(name)) for name in _SAID) for line in known if isinstance(line, dict))


def _shown(value: Value) -> str:
    number = value if isinstance(value, Decimal | int) and not isinstance(value, bool) else None
    return str(value or "") if number is None else format(Decimal(number).normalize(), "f")


def _edited(document: Document, written: Fields, context: ActionContext) -> bool:
    """Does the service have other lines than the rule wrote, though they sum up to the same? One call."""
    connector = context.connector(document.ref.service)
    if "lines" not in written or not isinstance(connector, DocumentEditing):
        return False
    there = connector.for_editing(document.ref).fields.get("lines")
    return _charged(there) != _charged(written["lines"])


def _charged(lines: Value) -> list[tuple[Decimal, Decimal]]:
    """Rates and quantities: what a line is called, the service may take from its item."""
    known = lines if isinstance(lines, tuple) else ()
    each = (line for line in known if isinstance(line, dict))
    return sorted((_number(line.get("rate")), _number(line.get("quantity"))) for line in each)


def _number(value: Value) -> Decimal:
    return round(Decimal(str(value or 0)), 2)


def _refuse_foreign(document: Document, deal: Record, context: ActionContext) -> None:
    """Raises RecordUnusable for a document that is not, any more, the draft the rules made."""
    made = context.written(document.ref)
    if made is None:
        why = Text("people made it", "担当者が作成したものです")
    elif document.status != "draft":
        why = Text(f"it is {document.status} already", f"状態がすでに {document.status} です")
    elif made.get("total") != document.total:
        why = Text(
            f"somebody changed it by hand since (from {made.get('total')} to {document.total})",
            f"その後、手作業で変更されています({made.get('total')} から {document.total} へ)",
        )
    elif _edited(document, made, context):
        why = Text("somebody changed its lines by hand since", "その後、明細が手作業で変更されています")
    else:
        return
    number, name = document.number, deal.text("name")
    raise RecordUnusable(
        Text(
            en=f"{number} of the deal '{name}' is left as it is, though the deal has changed: {why.en}.",
            ja=f"商談「{name}」は変更されましたが、{number} はそのままにします: {why.ja}。",
        ),
        ref=str(document.ref),
        field="",
        hint=Text("Change it by hand where that is right.", "必要であれば手作業で変更してください。"),
    )
