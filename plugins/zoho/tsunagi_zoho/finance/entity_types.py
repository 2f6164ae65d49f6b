"""The kinds of record a finance service keeps, described for the hub."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from tsunagi import EntityType, FieldSpec, StatusLabel, Text
from tsunagi_zoho.finance.statuses import (
    ESTIMATE_STATUSES,
    INVOICE_STATUSES,
    PURCHASE_ORDER_STATUSES,
    SALES_ORDER_STATUSES,
)

_MASTER_VERBS = ("view", "create", "edit")
_DOCUMENT_VERBS = ("view", "create", "edit", "email")

_ADDRESS = (
    ("street", Text("street", "町名・番地")),
    ("city", Text("city", "市区町村")),
    ("state", Text("state", "都道府県")),
    ("code", Text("postal code", "郵便番号")),
    ("country", Text("country", "国")),
)

_BALANCES = (
    FieldSpec("receivable", "money", Text("Receivable", "売掛金"), read_only=True),
    FieldSpec("receivable_base", "money", Text("Receivable in base currency", "売掛金(基準通貨)"), read_only=True),
    FieldSpec("payable", "money", Text("Payable", "買掛金"), read_only=True),
    FieldSpec("payable_base", "money", Text("Payable in base currency", "買掛金(基準通貨)"), read_only=True),
    FieldSpec("credits", "money", Text("Unused credits", "未使用クレジット"), read_only=True),
)


def customer_type(service: str) -> EntityType:
    return EntityType(
        service=service,
        name="customer",
        label=Text("Customer", "顧客"),
        plural=Text("Customers", "顧客"),
        fields=(
            FieldSpec("name", "text", Text("Name", "顧客名"), required=True),
            FieldSpec("company_name", "text", Text("Company name", "会社名")),
            FieldSpec("phone", "phone", Text("Phone", "電話番号")),
            FieldSpec("website", "url", Text("Website", "Web サイト")),
            FieldSpec("currency", "text", Text("Currency", "通貨")),
            FieldSpec("notes", "text", Text("Notes", "備考")),
            *_address("billing", Text("Billing", "請求先")),
            *_address("shipping", Text("Shipping", "配送先")),
            FieldSpec("status", "text", Text("Status", "状態"), read_only=True),
            *_BALANCES,
        ),
        verbs=_MASTER_VERBS,
    )


def vendor_type(service: str) -> EntityType:
    return EntityType(
        service=service,
        name="vendor",
        label=Text("Vendor", "仕入先"),
        plural=Text("Vendors", "仕入先"),
        fields=tuple(replace(field, read_only=True) for field in customer_type(service).fields),
    )


def contact_person_type(service: str) -> EntityType:
    return EntityType(
        service=service,
        name="contact_person",
        label=Text("Contact person", "連絡先担当者"),
        plural=Text("Contact persons", "連絡先担当者"),
        fields=(
            FieldSpec(
                "customer", "reference", Text("Customer", "顧客"), references=f"{service}.customer", required=True
            ),
            FieldSpec("first_name", "text", Text("First name", "名")),
            FieldSpec("last_name", "text", Text("Last name", "姓"), required=True),
            FieldSpec("email", "email", Text("E-mail", "メール")),
            FieldSpec("phone", "phone", Text("Phone", "電話番号")),
            FieldSpec("mobile", "phone", Text("Mobile", "携帯電話")),
            FieldSpec("designation", "text", Text("Designation", "役職")),
            FieldSpec("department", "text", Text("Department", "部署")),
        ),
        title="last_name",
        verbs=_MASTER_VERBS,
    )


def item_type(service: str) -> EntityType:
    return EntityType(
        service=service,
        name="item",
        label=Text("Item", "品目"),
        plural=Text("Items", "品目"),
        fields=(
            FieldSpec("name", "text", Text("Name", "品目名"), required=True),
            FieldSpec("sku", "text", Text("SKU", "SKU")),
            FieldSpec("rate", "money", Text("Rate", "単価"), required=True),
            FieldSpec("description", "text", Text("Description", "説明")),
            FieldSpec("unit", "text", Text("Unit", "単位")),
            FieldSpec("status", "text", Text("Status", "状態"), read_only=True),
        ),
        verbs=_MASTER_VERBS,
    )


def estimate_type(service: str) -> EntityType:
    return _document_type(
        service, "estimate", Text("Estimate", "見積書"), "Estimates", ESTIMATE_STATUSES, Text("Valid until", "有効期限")
    )


def invoice_type(service: str) -> EntityType:
    return _document_type(
        service, "invoice", Text("Invoice", "請求書"), "Invoices", INVOICE_STATUSES, Text("Due date", "支払期日")
    )


def sales_order_type(service: str) -> EntityType:
    label, ships = Text("Sales order", "受注書"), Text("Shipment date", "出荷予定日")
    return _document_type(service, "sales_order", label, "Sales orders", SALES_ORDER_STATUSES, ships)


def purchase_order_type(service: str) -> EntityType:
    label, arrives = Text("Purchase order", "発注書"), Text("Delivery date", "納品予定日")
    party = FieldSpec("customer", "reference", Text("Vendor", "仕入先"), references=f"{service}.vendor", required=True)
    return _document_type(
        service, "purchase_order", label, "Purchase orders", PURCHASE_ORDER_STATUSES, arrives, party=party
    )


def _document_type(
    service: str,
    name: str,
    label: Text,
    plural: str,
    statuses: tuple[StatusLabel, ...],
    end: Text,
    party: FieldSpec | None = None,
) -> EntityType:
    customer = FieldSpec(
        "customer", "reference", Text("Customer", "顧客"), references=f"{service}.customer", required=True
    )
    return EntityType(
        service=service,
        name=name,
        label=label,
        plural=Text(plural, label.ja),
        fields=_document_fields(statuses, end, party or customer),
        kind="document",
        title="number",
        verbs=_DOCUMENT_VERBS,
    )


def _address(which: str, label: Text) -> tuple[FieldSpec, ...]:
    return tuple(
        FieldSpec(f"{which}_{name}", "text", Text(f"{label.en} {part.en}", f"{label.ja}の{part.ja}"))
        for name, part in _ADDRESS
    )


def _document_fields(statuses: tuple[StatusLabel, ...], due: Text, party: FieldSpec) -> tuple[FieldSpec, ...]:
    return (
        FieldSpec("number", "text", Text("Number", "番号"), read_only=True),
        FieldSpec("status", "choice", Text("Status", "状態"), choices={each.status: each.label for each in statuses}),
        FieldSpec("date", "date", Text("Date", "日付")),
        FieldSpec("due_date", "date", due),
        FieldSpec("currency", "text", Text("Currency", "通貨")),
        FieldSpec("total", "money", Text("Total", "合計"), read_only=True),
        FieldSpec("balance", "money", Text("Balance", "残高"), read_only=True),
        FieldSpec("base_total", "money", Text("Total in base currency", "合計(基準通貨)"), read_only=True),
        FieldSpec("base_balance", "money", Text("Balance in base currency", "残高(基準通貨)"), read_only=True),
        party,
        FieldSpec("deal", "reference", Text("Deal", "商談"), references="crm.deal"),
        FieldSpec("reference", "text", Text("Reference", "参照番号")),
    )


# By the entity a kind is of.
TYPES: Mapping[str, Callable[[str], EntityType]] = {
    "customer": customer_type,
    "vendor": vendor_type,
    "contact_person": contact_person_type,
    "item": item_type,
    "estimate": estimate_type,
    "invoice": invoice_type,
    "sales_order": sales_order_type,
    "purchase_order": purchase_order_type,
}
