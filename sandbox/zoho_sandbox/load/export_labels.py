"""The headings a CRM export uses for its columns and files, where they differ from the field labels."""

from __future__ import annotations

from zoho_sandbox.load.mapping import ModuleName

FILE_NAMES: dict[ModuleName, tuple[str, ...]] = {
    "Users": ("Users", "ユーザー"),
    "Vendors": ("Vendors", "仕入先"),
    "Products": ("Products", "商品"),
    "Accounts": ("Accounts", "取引先", "企業"),
    "Contacts": ("Contacts", "連絡先"),
    "Deals": ("Deals", "Potentials", "商談", "案件"),
}

RECORD_ID = ("Record Id", "Id", "レコードID", "レコード ID")

PERSON_NAMES = ("Contact Name", "Full Name", "連絡先名", "氏名")
"""The heading of a contact's full name, in exports that have no column for the last name."""

STAGES = {
    "受注": "Closed Won",
    "失注": "Closed Lost",
    "競合による失注": "Closed Lost to Competition",
    "見極め": "Qualification",
    "ニーズ分析": "Needs Analysis",
    "価値の提案": "Value Proposition",
    "意思決定者の特定": "Id. Decision Makers",
    "提案/価格見積もり": "Proposal/Price Quote",
    "提案／価格見積もり": "Proposal/Price Quote",
    "交渉/検討": "Negotiation/Review",
    "交渉／検討": "Negotiation/Review",
}
"""The standard pipeline's stages in Japanese."""


_ADDRESSES = {"Billing": "Code", "Shipping": "Code", "Mailing": "Zip", "Other": "Zip"}
_ADDRESS_PARTS = {"Street": "Street", "City": "City", "State": "State / Province", "Country": "Country / Region"}
_POSTAL_CODE = "Zip / Postal Code"
ADDRESS_LABELS: dict[str, str] = {
    **{
        f"{kind}_{part}": f"{kind} Address - {label}"
        for kind, code in _ADDRESSES.items()
        for part, label in {**_ADDRESS_PARTS, code: _POSTAL_CODE}.items()
    },
    **{part: f"Address - {label}" for part, label in {**_ADDRESS_PARTS, "Zip_Code": _POSTAL_CODE}.items()},
}
"""How newer exports head the parts of an address, by field."""

_OWNER = {
    "Owner": ("Account Owner", "Contact Owner", "Deal Owner", "Vendor Owner", "Product Owner", "担当者"),
    "Currency": ("Currency", "通貨"),
    "Exchange_Rate": ("Exchange Rate", "為替レート", "換算レート"),
    "Description": ("詳細情報", "説明"),
}

LABELS: dict[ModuleName, dict[str, tuple[str, ...]]] = {
    "Users": {
        "full_name": ("Name", "氏名"),
        "first_name": ("名",),
        "last_name": ("姓",),
        "email": ("メール", "メールアドレス"),
    },
    "Vendors": _OWNER
    | {
        "Vendor_Name": ("仕入先名",),
        "Email": ("メール",),
        "Phone": ("電話", "電話番号"),
        "Website": ("Webサイト",),
        "Category": ("カテゴリー", "カテゴリ"),
        "Street": ("町名・番地",),
        "City": ("市区町村",),
        "State": ("都道府県",),
        "Zip_Code": ("郵便番号",),
        "Country": ("国",),
    },
    "Products": _OWNER
    | {
        "Product_Name": ("商品名",),
        "Product_Code": ("商品コード",),
        "Vendor_Name": ("仕入先名", "仕入先"),
        "Product_Active": ("有効な商品", "有効"),
        "Product_Category": ("商品カテゴリー", "商品カテゴリ"),
        "Unit_Price": ("単価",),
        "Usage_Unit": ("単位",),
        "Manufacturer": ("メーカー",),
    },
    "Accounts": _OWNER
    | {
        "Account_Name": ("取引先名", "企業名"),
        "Parent_Account": ("Parent Account Name", "親取引先", "親取引先名"),
        "Phone": ("電話", "電話番号"),
        "Fax": ("FAX",),
        "Website": ("Webサイト",),
        "Account_Type": ("取引先の種類", "取引先タイプ"),
        "Industry": ("業種",),
        "Annual_Revenue": ("年間売上", "年間売上高"),
        "Employees": ("従業員数", "No. of Employees"),
        "Billing_Street": ("町名・番地（請求先）", "請求先 町名・番地"),
        "Billing_City": ("市区町村（請求先）", "請求先 市区町村"),
        "Billing_State": ("都道府県（請求先）", "請求先 都道府県"),
        "Billing_Code": ("Billing Zip", "郵便番号（請求先）", "請求先 郵便番号"),
        "Billing_Country": ("国（請求先）", "請求先 国"),
    },
    "Contacts": _OWNER
    | {
        "First_Name": ("名",),
        "Last_Name": ("姓",),
        "Account_Name": ("取引先名", "企業名"),
        "Email": ("メール", "メールアドレス"),
        "Phone": ("電話", "電話番号"),
        "Mobile": ("携帯電話", "携帯番号"),
        "Title": ("役職",),
        "Department": ("部署",),
    },
    "Deals": _OWNER
    | {
        "Deal_Name": ("Potential Name", "商談名", "案件名"),
        "Account_Name": ("取引先名", "企業名"),
        "Contact_Name": ("連絡先名", "連絡先"),
        "Stage": ("ステージ",),
        "Amount": ("金額", "総額"),
        "Closing_Date": ("完了予定日", "完了日"),
        "Type": ("種類",),
        "Lead_Source": ("データ元", "見込み客のデータ元"),
        "Next_Step": ("次のステップ",),
    },
}
"""Besides these, a column may always carry a field's own label or API name."""
