"""Turns a document into the sheet that is printed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from zoho_sandbox.finance import contacts
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.organizations import Organization
from zoho_sandbox.finance.pdf import Sheet, SheetLine

_END_LABELS = {
    "due_date": "Due date 支払期限",
    "expiry_date": "Valid until 有効期限",
    "shipment_date": "Shipment date 出荷予定日",
    "delivery_date": "Delivery date 納期",
}


def sheet_of(call: FinanceCall, document: Document) -> Sheet:
    """The document as it is printed, in the currency it is written in."""
    content = document.content
    party = contacts.find(call.db, call.ledger, document.contact_id)
    number = (f"{document.kind.titles[0]} no. 番号", document.number)
    return Sheet(
        titles=document.kind.titles,
        sender=_sender(call.organization),
        recipient=[party.name, *_address(content["billing_address"], ("attention", "address", "street2"))],
        facts=[
            number,
            ("Date 日付", content["date"]),
            *_present((_END_LABELS.get(document.kind.end_date, ""), document.end_date)),
            *_present(("Reference 参照番号", content["reference_number"])),
        ],
        lines=[_line(line) for line in content["line_items"]],
        totals=list(_totals(content)),
        notes=[*_present(("Notes 備考", content["notes"])), *_present(("Terms 取引条件", content["terms"]))],
    )


def _present(*pairs: tuple[str, str]) -> list[tuple[str, str]]:
    return [pair for pair in pairs if pair[1]]


def _sender(organization: Organization) -> list[str]:
    details = organization.details
    address = {**(details.get("address") or {})}
    lines = _address(address, ("street_address1", "street_address2"))
    return [organization.name, *(lines or [details.get("country", "")]), *filter(None, [details.get("email", "")])]


def _address(address: dict[str, str], streets: tuple[str, ...]) -> list[str]:
    place = " ".join(filter(None, (address.get(name, "") for name in ("zip", "city", "state"))))
    lines = [*(address.get(name, "") for name in streets), place, address.get("country", "")]
    return [line for line in lines if line]


def _line(line: dict[str, Any]) -> SheetLine:
    tax = f"{_plain(line['tax_percentage'])}%" if line["tax_id"] else ""
    return SheetLine(
        name=line["name"] or line["description"],
        description=line["description"] if line["name"] else "",
        quantity=" ".join(filter(None, (_plain(line["quantity"]), line["unit"]))),
        rate=amount_text(line["rate"]),
        tax=tax,
        amount=amount_text(line["item_total"]),
    )


def amount_text(amount: Decimal | int) -> str:
    """A figure as it is printed: 1,234.50. Stored ones without decimal places are whole numbers."""
    return f"{Decimal(amount):,f}"


def _plain(number: Decimal | int) -> str:
    """A number without idle zeros."""
    value = Decimal(number)
    whole = value == value.to_integral_value()
    return amount_text(value.quantize(Decimal(1)) if whole else value.normalize())


def _totals(content: dict[str, Any]) -> list[tuple[str, str]]:
    shown = [("Subtotal 小計", amount_text(content["sub_total"]))]
    if content["discount_total"]:
        shown.append(("Discount 値引", f"-{amount_text(content['discount_total'])}"))
    shown += [(tax["tax_name"], amount_text(tax["tax_amount"])) for tax in content["taxes"]]
    if content["shipping_charge"]:
        shown.append(("Shipping 送料", amount_text(content["shipping_charge"])))
    if content["adjustment"]:
        shown.append((content["adjustment_description"] or "Adjustment 調整", amount_text(content["adjustment"])))
    return [*shown, ("Total 合計", f"{content['currency_code']} {amount_text(content['total'])}")]
