"""Customers and suppliers: names, addresses, telephone numbers, size."""

from dataclasses import dataclass
from random import Random
from typing import Any

from zoho_sandbox.demo_data import japan
from zoho_sandbox.demo_data.abroad import COUNTRIES, Country
from zoho_sandbox.demo_data.people import latin


@dataclass(frozen=True, slots=True)
class Business:
    """A company; `country` is None in Japan. `core` is its name without the legal form."""

    name: str
    core: str
    domain: str
    trade: str
    currency: str
    country: Country | None
    address: dict[str, str]
    phone: str


class Register:
    """Founds companies, each name once."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._domains: set[str] = set()

    def in_japan(self, trades: dict[str, tuple[japan.Word, ...]]) -> Business:
        random = self._random
        while True:
            stem, trade = random.choice(japan.STEMS), random.choice(list(trades))
            word = random.choice(trades[trade])
            if self._free(f"{stem.latin}-{word.latin}.example"):
                break
        core, domain = stem.text + word.text, f"{stem.latin}-{word.latin}.example"
        return self._japanese(core, domain, trade, random.choice(japan.PLACES))

    def subsidiary_of(self, parent: Business) -> Business | None:
        """A daughter company in Japan; None when the parent has one of that kind already."""
        word = self._random.choice(japan.SUBSIDIARIES)
        domain = f"{parent.domain.removesuffix('.example')}-{word.latin}.example"
        if not self._free(domain):
            return None
        return self._japanese(parent.core + word.text, domain, parent.trade, self._random.choice(japan.PLACES))

    def abroad(self) -> Business:
        random = self._random
        while True:
            country = random.choice(COUNTRIES)
            trade = random.choice(list(country.trades))
            core = f"{random.choice(country.stems)} {random.choice(country.trades[trade])}"
            if self._free(f"{latin(core)}.example"):
                break
        city, state, postal = random.choice(country.cities)
        street = country.address.format(street=random.choice(country.streets), number=random.randint(1, 240))
        address = {
            "Street": street,
            "City": city,
            "State": state,
            "Code": _digits(postal, random),
            "Country": country.name,
        }
        return Business(
            name=random.choice(country.forms).format(core),
            core=core,
            domain=f"{latin(core)}.example",
            trade=trade,
            currency=country.currency,
            country=country,
            address=address,
            phone=_digits(country.phone, random),
        )

    def _japanese(self, core: str, domain: str, trade: str, place: japan.Place) -> Business:
        random = self._random
        block = f"{random.randint(1, 5)}-{random.randint(1, 20)}-{random.randint(1, 15)}"
        address = {
            "Street": f"{random.choice(place.districts)}{block}",
            "City": place.city,
            "State": place.prefecture,
            "Code": f"{place.postal}-{random.randint(1, 89):04d}",
            "Country": "Japan",
        }
        return Business(
            name=random.choice(japan.COMPANY_FORMS).format(core),
            core=core,
            domain=domain,
            trade=trade,
            currency="JPY",
            country=None,
            address=address,
            phone=f"{place.area}-{_exchange(place.area, random)}-{random.randint(0, 9999):04d}",
        )

    def _free(self, domain: str) -> bool:
        if domain in self._domains:
            return False
        self._domains.add(domain)
        return True


def account_fields(random: Random, business: Business) -> dict[str, Any]:
    """The business as a customer in the CRM; addresses and size included, amounts in its currency."""
    employees = _employees(random)
    # What one employee earns the company in a year, roughly, in its currency.
    each = random.randint(12, 40) * (1_000_000 if business.currency == "JPY" else 8_000)
    address = business.address.items()
    return {
        "Account_Name": business.name,
        "Phone": business.phone,
        "Website": f"https://www.{business.domain}",
        "Industry": business.trade,
        "Account_Type": "Customer" if random.random() < 0.8 else "Prospect",
        "Employees": employees,
        "Annual_Revenue": employees * each,
        "Currency": business.currency,
        **{f"Billing_{part}": value for part, value in address if value},
        **{f"Shipping_{part}": value for part, value in address if value},
    }


def vendor_fields(business: Business, category: str, email: str) -> dict[str, Any]:
    """The business as a supplier in the CRM."""
    address = dict(business.address)
    address["Zip_Code"] = address.pop("Code")
    return {
        "Vendor_Name": business.name,
        "Phone": business.phone,
        "Email": email,
        "Website": f"https://www.{business.domain}",
        "Category": category,
        "Currency": business.currency,
        **{part: value for part, value in address.items() if value},
    }


def _employees(random: Random) -> int:
    """Many small companies, few large ones."""
    low, high = random.choices(((5, 50), (50, 300), (300, 2000), (2000, 12000)), (45, 35, 16, 4))[0]
    return random.randint(low, high)


def _exchange(area: str, random: Random) -> str:
    """The middle block; area code and middle block have six digits together. It starts with 0, as no real one does."""
    length = 6 - len(area)
    return "0" + _digits("#" * (length - 1), random)


def _digits(pattern: str, random: Random) -> str:
    return "".join(str(random.randint(0, 9)) if mark == "#" else mark for mark in pattern)
