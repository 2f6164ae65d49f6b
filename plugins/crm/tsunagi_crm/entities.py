"""Accounts, contacts, deals, vendors and products: how the hub calls their fields, and how Zoho CRM does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from tsunagi import EntityType, FieldSpec, Moment, Text
from tsunagi_crm.fields import NativeField, address, field

# What a new organisation calls its stages and industries; any other value is shown as it is.
STAGES: Mapping[str, Text] = {
    value: Text(en=value, ja=japanese)
    for value, japanese in {
        "Qualification": "見込み確認",
        "Needs Analysis": "ニーズ分析",
        "Value Proposition": "価値の提案",
        "Identify Decision Makers": "意思決定者の特定",
        "Id. Decision Makers": "意思決定者の特定",
        "Perception Analysis": "認識の分析",
        "Proposal/Price Quote": "提案・見積",
        "Negotiation": "交渉",
        "Negotiation/Review": "交渉・検討",
        "Closed Won": "受注",
        "Closed Lost": "失注",
        "Closed Lost to Competition": "競合により失注",
        "Closed-Lost to Competition": "競合により失注",
    }.items()
}
INDUSTRIES: Mapping[str, Text] = {
    value: Text(en=value, ja=japanese)
    for value, japanese in {
        "ASP (Application Service Provider)": "ASP(アプリケーション提供)",
        "Communications": "通信",
        "Consulting": "コンサルティング",
        "Data/Telecom OEM": "データ・通信機器 OEM",
        "ERP (Enterprise Resource Planning)": "ERP(基幹業務システム)",
        "Education": "教育",
        "Financial Services": "金融",
        "Government/Military": "官公庁・防衛",
        "Large Enterprise": "大企業",
        "Manufacturing": "製造",
        "ManagementISV": "管理系ソフトウェア",
        "MSP (Management Service Provider)": "MSP(運用管理サービス)",
        "Network Equipment Enterprise": "ネットワーク機器(企業向け)",
        "Non-management ISV": "管理系以外のソフトウェア",
        "Optical Networking": "光通信",
        "Real Estate": "不動産",
        "Service Provider": "サービス事業者",
        "Small/Medium Enterprise": "中小企業",
        "Storage Equipment": "ストレージ機器",
        "Storage Service Provider": "ストレージサービス",
        "Systems Integrator": "システムインテグレーター",
        "Technology": "テクノロジー",
        "Wireless Industry": "無線通信",
    }.items()
}


SERVICE = "crm"


@dataclass(frozen=True, slots=True)
class CrmModule:
    """An entity type with the CRM module that keeps it.

    `natural_key` names the fields that identify a record of it. `priced` modules keep a
    currency with each record where the organisation uses several. `added` are the organisation's own fields that are
    kept in step; they are among `fields`.
    """

    entity: EntityType
    module: str
    fields: tuple[NativeField, ...]
    natural_key: tuple[str, ...]
    priced: bool = False
    added: tuple[NativeField, ...] = ()

    @property
    def has_amounts(self) -> bool:
        return any(item.spec.type == "money" for item in self.fields)

    def field(self, name: str) -> NativeField | None:
        return next((item for item in self.fields if item.spec.name == name), None)

    def adding(self, specs: Sequence[FieldSpec]) -> "CrmModule":
        """With fields of the organisation's own, which we call as the CRM does."""
        added = tuple(NativeField(spec, spec.name) for spec in specs if self.field(spec.name) is None)
        return replace(self, fields=(*self.fields, *added), added=added)


_DESCRIPTION = field("description", "Description", "text", "Description", "説明")
_OWNER = field("owner", "Owner", "text", "Owner", "担当者", read_only=True)

_ACCOUNT_FIELDS = (
    field("name", "Account_Name", "text", "Account name", "取引先名", required=True),
    field("phone", "Phone", "phone", "Phone", "電話"),
    field("website", "Website", "url", "Website", "Web サイト"),
    field("industry", "Industry", "text", "Industry", "業種", choices=INDUSTRIES),
    field("parent", "Parent_Account", "reference", "Parent account", "親取引先", references="crm.account"),
    *address("billing", "Billing", "Code", "Billing", "請求先"),
    *address("shipping", "Shipping", "Code", "Shipping", "納入先"),
    field("currency", "Currency", "text", "Currency", "通貨"),
    _DESCRIPTION,
    _OWNER,
)
_CONTACT_FIELDS = (
    field("first_name", "First_Name", "text", "First name", "名"),
    field("last_name", "Last_Name", "text", "Last name", "姓", required=True),
    field("full_name", "Full_Name", "text", "Full name", "氏名", read_only=True),
    field("email", "Email", "email", "E-mail", "メール"),
    field("phone", "Phone", "phone", "Phone", "電話"),
    field("mobile", "Mobile", "phone", "Mobile", "携帯電話"),
    field("title", "Title", "text", "Job title", "役職"),
    field("department", "Department", "text", "Department", "部署"),
    field("account", "Account_Name", "reference", "Account", "取引先", references="crm.account"),
    *address("mailing", "Mailing", "Zip", "Mailing", "郵送先"),
    _DESCRIPTION,
    _OWNER,
)
_OUTCOMES = {
    "open": Text(en="Open", ja="商談中"),
    "won": Text(en="Won", ja="受注"),
    "lost": Text(en="Lost", ja="失注"),
}
_DEAL_FIELDS = (
    field("name", "Deal_Name", "text", "Deal name", "商談名", required=True),
    field("stage", "Stage", "text", "Stage", "ステージ", required=True, choices=STAGES),
    field("amount", "Amount", "money", "Amount", "金額"),
    field("closing_date", "Closing_Date", "date", "Closing date", "完了予定日"),
    field("account", "Account_Name", "reference", "Account", "取引先", references="crm.account"),
    field("contact", "Contact_Name", "reference", "Contact", "連絡先", references="crm.contact"),
    field("pipeline", "Pipeline", "text", "Pipeline", "パイプライン"),
    _DESCRIPTION,
    _OWNER,
)
# From the stage and a field the organisation may have added: no native field of their own.
_DEAL_EXTRAS = (
    FieldSpec("outcome", "choice", Text(en="Outcome", ja="結果"), choices=_OUTCOMES, read_only=True),
    FieldSpec("product", "text", Text(en="Product", ja="商品"), read_only=True),
    FieldSpec("exchange_rate", "decimal", Text(en="Exchange rate", ja="為替レート"), read_only=True),
)
_VENDOR_FIELDS = (
    field("name", "Vendor_Name", "text", "Vendor name", "仕入先名", required=True),
    field("email", "Email", "email", "E-mail", "メール"),
    field("phone", "Phone", "phone", "Phone", "電話"),
    field("website", "Website", "url", "Website", "Web サイト"),
    field("category", "Category", "text", "Category", "カテゴリ"),
    field("street", "Street", "text", "Street", "番地"),
    field("city", "City", "text", "City", "市区町村"),
    field("state", "State", "text", "State", "都道府県"),
    field("code", "Zip_Code", "text", "Postal code", "郵便番号"),
    field("country", "Country", "text", "Country", "国"),
    _DESCRIPTION,
    _OWNER,
)
_PRODUCT_FIELDS = (
    field("name", "Product_Name", "text", "Product name", "商品名", required=True),
    field("code", "Product_Code", "text", "Product code", "商品コード"),
    field("active", "Product_Active", "boolean", "Active", "有効"),
    field("category", "Product_Category", "text", "Category", "カテゴリ"),
    field("unit_price", "Unit_Price", "money", "Unit price", "単価"),
    field("usage_unit", "Usage_Unit", "text", "Unit", "単位"),
    field("taxable", "Taxable", "boolean", "Taxable", "課税対象"),
    field("manufacturer", "Manufacturer", "text", "Manufacturer", "メーカー"),
    field("vendor", "Vendor_Name", "reference", "Vendor", "仕入先", references="crm.vendor"),
    _DESCRIPTION,
    _OWNER,
)
_VERBS = ("view", "create", "edit")


def _specs(fields: tuple[NativeField, ...]) -> tuple[FieldSpec, ...]:
    return tuple(item.spec for item in fields)


ACCOUNT = EntityType(
    service=SERVICE,
    name="account",
    label=Text(en="Account", ja="取引先"),
    plural=Text(en="Accounts", ja="取引先"),
    fields=_specs(_ACCOUNT_FIELDS),
    verbs=_VERBS,
)
CONTACT = EntityType(
    service=SERVICE,
    name="contact",
    label=Text(en="Contact", ja="連絡先"),
    plural=Text(en="Contacts", ja="連絡先"),
    fields=_specs(_CONTACT_FIELDS),
    title="full_name",
    verbs=_VERBS,
)
DEAL = EntityType(
    service=SERVICE,
    name="deal",
    label=Text(en="Deal", ja="商談"),
    plural=Text(en="Deals", ja="商談"),
    fields=(*_specs(_DEAL_FIELDS), *_DEAL_EXTRAS),
    verbs=_VERBS,
    moments=(
        Moment("won", field="outcome", to="won", label=Text(en="Deal won", ja="商談の受注")),
        Moment("lost", field="outcome", to="lost", label=Text(en="Deal lost", ja="商談の失注")),
        Moment("reopened", "outcome", "open", Text(en="Deal reopened", ja="商談の再開"), only_from=("won", "lost")),
        Moment(
            "stage_changed", "stage", None, Text(en="Deal's stage changed", ja="商談のステージ変更"), any_change=True
        ),
        Moment(
            "amount_changed", "amount", None, Text(en="Deal's amount changed", ja="商談の金額変更"), any_change=True
        ),
        Moment(
            "products_changed",
            "products",
            None,
            Text(en="Deal's products changed", ja="商談の商品変更"),
            any_change=True,
            related="products",
        ),
    ),
)
VENDOR = EntityType(
    service=SERVICE,
    name="vendor",
    label=Text(en="Vendor", ja="仕入先"),
    plural=Text(en="Vendors", ja="仕入先"),
    fields=_specs(_VENDOR_FIELDS),
    verbs=_VERBS,
)
PRODUCT = EntityType(
    service=SERVICE,
    name="product",
    label=Text(en="Product", ja="商品"),
    plural=Text(en="Products", ja="商品"),
    fields=_specs(_PRODUCT_FIELDS),
    verbs=_VERBS,
)

MODULES: Mapping[str, CrmModule] = MappingProxyType(
    {
        "account": CrmModule(ACCOUNT, "Accounts", _ACCOUNT_FIELDS, ("name",), priced=True),
        "contact": CrmModule(CONTACT, "Contacts", _CONTACT_FIELDS, ("email", "first_name", "last_name", "account")),
        "deal": CrmModule(DEAL, "Deals", _DEAL_FIELDS, ("name", "account"), priced=True),
        "vendor": CrmModule(VENDOR, "Vendors", _VENDOR_FIELDS, ("name",)),
        "product": CrmModule(PRODUCT, "Products", _PRODUCT_FIELDS, ("code", "name"), priced=True),
    }
)
# Not every organisation has these, and not every one keeps them in step: a sync lists them where a pair joins them.
WHEN_PAIRED = ("vendor", "product")


def module_named(native: str) -> CrmModule | None:
    """The module the CRM calls `Deals`; None for one we do not keep."""
    return next((module for module in MODULES.values() if module.module == native), None)
