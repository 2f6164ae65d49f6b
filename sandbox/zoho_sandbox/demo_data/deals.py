"""Deals: what is sold to whom, at which stage, for how much."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from zoho_sandbox.demo_data import abroad, japan
from zoho_sandbox.demo_data.businesses import Business
from zoho_sandbox.demo_data.catalogue import Product
from zoho_sandbox.demo_data.organisation import RATES

_CENT = Decimal("0.01")


class StageShare(NamedTuple):
    """A stage of the standard pipeline and how many of a hundred deals stand in it."""

    name: str
    share: int
    closed: bool = False


STAGES = (
    StageShare("Qualification", 15),
    StageShare("Needs Analysis", 12),
    StageShare("Value Proposition", 10),
    StageShare("Id. Decision Makers", 8),
    StageShare("Proposal/Price Quote", 15),
    StageShare("Negotiation/Review", 14),
    StageShare("Closed Won", 15, closed=True),
    StageShare("Closed Lost", 8, closed=True),
    StageShare("Closed Lost to Competition", 3, closed=True),
)
SOURCES = ("Advertisement", "Cold Call", "External Referral", "Partner", "Web Research", "Trade Show")


@dataclass(frozen=True, slots=True)
class Sale:
    """A deal's fields, and the places in the price list of what it sells (none: the amount is a lump sum)."""

    fields: dict[str, Any]
    products: tuple[int, ...] = field(default=())


def make_sale(random: Random, customer: Business, price_list: list[Product], today: date) -> Sale:
    """A deal with `customer`, in the customer's currency. With products its amount is the sum of their prices."""
    stage = random.choices(STAGES, [stage.share for stage in STAGES])[0]
    products = _products(random, price_list) if random.random() < 0.65 else ()
    prices = [price_list[place].price for place in products]
    amount = in_currency(sum(prices, Decimal(0)), customer.currency) if prices else _lump_sum(random, customer)
    words = japan if customer.country is None else abroad
    fields: dict[str, Any] = {
        "Deal_Name": f"{customer.core} {random.choice(words.SUBJECTS)}",
        "Stage": stage.name,
        "Amount": amount,
        "Currency": customer.currency,
        "Closing_Date": _closing_date(random, today, closed=stage.closed).isoformat(),
        "Type": "New Business" if random.random() < 0.4 else "Existing Business",
        "Lead_Source": random.choice(SOURCES),
    }
    if not stage.closed:
        fields["Next_Step"] = random.choice(words.NEXT_STEPS)
    return Sale(fields, products)


def in_currency(yen: Decimal, currency: str) -> Decimal:
    """Whole yen, or the amount at the company's rate in cents."""
    return yen if currency == "JPY" else (yen * RATES[currency]).quantize(_CENT)


def _products(random: Random, price_list: list[Product]) -> tuple[int, ...]:
    count = random.choices((1, 2, 3, 4, 6), (20, 30, 25, 15, 10))[0]
    return tuple(sorted(random.sample(range(len(price_list)), count)))


def _lump_sum(random: Random, customer: Business) -> Decimal:
    """Small deals are common, large ones rare; rounded as people round offers."""
    size = random.choices((8, 40, 150, 600), (40, 35, 18, 7))[0]
    steps = random.randint(size // 4, size * 2)
    return Decimal(steps * 25_000) if customer.currency == "JPY" else (Decimal(steps) * 150).quantize(_CENT)


def _closing_date(random: Random, today: date, *, closed: bool) -> date:
    return today - timedelta(days=random.randint(1, 300)) if closed else today + timedelta(days=random.randint(5, 150))
