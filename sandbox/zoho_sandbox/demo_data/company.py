"""The whole demo company as values: the same seed and day always make the same company."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from zoho_sandbox.demo_data import japan
from zoho_sandbox.demo_data.businesses import Business, Register, account_fields, vendor_fields
from zoho_sandbox.demo_data.catalogue import Product, catalogue
from zoho_sandbox.demo_data.deals import make_sale
from zoho_sandbox.demo_data.organisation import USERS
from zoho_sandbox.demo_data.people import Addresses, japanese_person, person_abroad

SUPPLIERS, CUSTOMERS, SUBSIDIARIES, DEALS = 56, 210, 14, 340
_ABROAD = 0.35
_SELLERS = tuple(place for place, user in enumerate(USERS) if user.sells)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record. `links` maps a lookup field to a place in the list of the module it points to; `owner` is
    a place in USERS; `products` are places in the price list (deals only)."""

    fields: dict[str, Any]
    created: date
    links: dict[str, int] = field(default_factory=dict)
    owner: int = 0
    products: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    """All records; subsidiaries stand after the accounts they belong to."""

    vendors: list[Entry]
    products: list[Entry]
    accounts: list[Entry]
    contacts: list[Entry]
    deals: list[Entry]


def build_company(seed: int, today: date) -> Company:
    """A company as it stands on `today`; every date is counted from it."""
    return _Builder(Random(seed), today).build()  # noqa: S311 - reproducible is the point, nothing is secret


class _Builder:
    def __init__(self, random: Random, today: date) -> None:
        self._random, self._today = random, today
        self._register = Register(random)
        self._addresses = Addresses()
        self._deal_names: Counter[str] = Counter()

    def build(self) -> Company:
        vendors = [self._vendor(self._business(japan.SUPPLIES)) for _ in range(SUPPLIERS)]
        price_list = list(catalogue())
        products = [self._product(product, len(vendors)) for product in price_list]
        customers = [self._business(japan.TRADES) for _ in range(CUSTOMERS)]
        accounts = [self._account(customer) for customer in customers]
        for parent, subsidiary in self._subsidiaries(customers):
            customers.append(subsidiary)
            accounts.append(self._account(subsidiary, {"Parent_Account": parent}))
        contacts = list(self._contacts(customers, accounts))
        deals = [self._deal(customers, accounts, contacts, price_list) for _ in range(DEALS)]
        return Company(vendors, products, accounts, contacts, deals)

    def _business(self, trades: dict[str, tuple[japan.Word, ...]]) -> Business:
        return self._register.abroad() if self._random.random() < _ABROAD else self._register.in_japan(trades)

    def _vendor(self, business: Business) -> Entry:
        email = self._addresses.take("sales" if business.country else "eigyo", business.domain)
        # Trades abroad are those of customers; what a supplier supplies is one of our own categories.
        category = self._random.choice(list(japan.SUPPLIES)) if business.country else business.trade
        return self._entry(vendor_fields(business, category, email))

    def _product(self, product: Product, vendors: int) -> Entry:
        # What the company makes itself has no supplier.
        bought = product.fields["Product_Category"] == "Hardware" and self._random.random() < 0.7
        return self._entry(dict(product.fields), {"Vendor_Name": self._random.randrange(vendors)} if bought else {})

    def _account(self, business: Business, links: dict[str, int] | None = None) -> Entry:
        return self._entry(account_fields(self._random, business), links or {})

    def _subsidiaries(self, customers: list[Business]) -> Iterable[tuple[int, Business]]:
        japanese = [place for place, customer in enumerate(customers) if customer.country is None]
        for parent in self._random.sample(japanese, SUBSIDIARIES):
            subsidiary = self._register.subsidiary_of(customers[parent])
            if subsidiary is not None:
                yield parent, subsidiary

    def _contacts(self, customers: list[Business], accounts: list[Entry]) -> Iterable[Entry]:
        for place, customer in enumerate(customers):
            for _ in range(self._random.choices((1, 2, 3, 5), (30, 40, 20, 10))[0]):
                yield self._contact(customer, accounts[place], place)

    def _contact(self, customer: Business, account: Entry, place: int) -> Entry:
        if customer.country is None:
            person = japanese_person(self._random, customer.domain, self._addresses)
        else:
            person = person_abroad(self._random, customer.country, customer.domain, self._addresses)
        address = {
            "Mailing_Street": customer.address["Street"],
            "Mailing_City": customer.address["City"],
            "Mailing_State": customer.address["State"],
            "Mailing_Zip": customer.address["Code"],
            "Mailing_Country": customer.address["Country"],
        }
        fields = person | {"Phone": customer.phone} | {name: part for name, part in address.items() if part}
        return self._entry(fields, {"Account_Name": place}, account.owner)

    def _deal(
        self,
        customers: list[Business],
        accounts: list[Entry],
        contacts: list[Entry],
        price_list: list[Product],
    ) -> Entry:
        contact = self._random.randrange(len(contacts))
        account = contacts[contact].links["Account_Name"]
        sale = make_sale(self._random, customers[account], price_list, self._today)
        sale.fields["Deal_Name"] = self._unique_name(sale.fields["Deal_Name"])
        links = {"Account_Name": account, "Contact_Name": contact}
        closing = date.fromisoformat(sale.fields["Closing_Date"])
        created = min(closing, self._today) - timedelta(days=self._random.randint(7, 200))
        return Entry(sale.fields, created, links, accounts[account].owner, sale.products)

    def _unique_name(self, name: str) -> str:
        """Later deals about the same thing are numbered."""
        self._deal_names[name] += 1
        count = self._deal_names[name]
        return name if count == 1 else f"{name} ({count})"

    def _entry(
        self,
        fields: dict[str, Any],
        links: dict[str, int] | None = None,
        owner: int | None = None,
    ) -> Entry:
        created = self._today - timedelta(days=self._random.randint(1, 700))
        seller = self._random.choice(_SELLERS) if owner is None else owner
        return Entry(fields, created, links or {}, seller)
