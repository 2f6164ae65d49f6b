"""The demo company itself: its name, currencies, users, profiles and views."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

NAME = "株式会社みなと計測"
TIME_ZONE = "Asia/Tokyo"
COUNTRY = "JP"
BASE_CURRENCY = "JPY"

# Units for one yen, as the CRM keeps rates; both have an exact or nine-digit reciprocal for the finance side.
RATES = {"USD": Decimal("0.0064"), "EUR": Decimal("0.0055")}


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who works in the CRM; `sells` says whether accounts and deals are theirs."""

    last_name: str
    first_name: str
    email: str
    profile: str
    sells: bool = True


class View(NamedTuple):
    """A custom view: the records whose `field` equals `value`."""

    module: str
    name: str
    field: str
    value: Any


PROFILES = (
    ("Sales", "Makes and edits customers and deals."),
    ("Finance", "Reads the CRM and works with its finance documents."),
    ("Read Only", "Sees everything, changes nothing."),
)

USERS = (
    User("高橋", "美咲", "misaki.takahashi@minato.example", "Standard"),
    User("中村", "拓也", "takuya.nakamura@minato.example", "Sales"),
    User("小林", "彩", "aya.kobayashi@minato.example", "Sales"),
    User("Becker", "Jonas", "jonas.becker@minato.example", "Sales"),
    User("Harris", "Olivia", "olivia.harris@minato.example", "Sales"),
    User("渡辺", "恵子", "keiko.watanabe@minato.example", "Finance", sells=False),
    User("石川", "修", "osamu.ishikawa@minato.example", "Read Only", sells=False),
)

# Role and status of those of them who are users of the finance organisation too.
FINANCE_USERS = {
    "keiko.watanabe@minato.example": ("staff", "active"),
    "osamu.ishikawa@minato.example": ("staff", "inactive"),
}

VIEWS = (
    View("Accounts", "国内の取引先", "Billing_Country", "Japan"),
    View("Accounts", "Accounts in Germany", "Billing_Country", "Germany"),
    View("Accounts", "Manufacturing Customers", "Industry", "Manufacturing"),
    View("Contacts", "Purchasing Contacts", "Department", "Procurement"),
    View("Deals", "Negotiations", "Stage", "Negotiation/Review"),
    View("Products", "Services", "Product_Category", "Services"),
    View("Vendors", "Parts Suppliers", "Category", "Electronic Parts"),
)
