"""An account of the CRM as the finance services know it: their customer of the same name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from zoho_sandbox.demo_data.company import Company


@dataclass(frozen=True, slots=True)
class Customer:
    """An account as a finance service receives it. `deals` are the CRM ids of its deals; there is at least one."""

    account_id: str
    name: str
    currency: str
    address: dict[str, str]
    person: dict[str, Any]
    deals: tuple[str, ...]


def demo_customers(random: Random, company: Company, accounts: Sequence[str], deals: Sequence[str]) -> list[Customer]:
    """Every account with a deal and a person, shuffled; `accounts` and `deals` are their ids in the company's order."""
    of_account: dict[int, list[str]] = {}
    for deal_id, deal in zip(deals, company.deals, strict=True):
        of_account.setdefault(deal.links["Account_Name"], []).append(deal_id)
    people: dict[int, dict[str, Any]] = {}
    for contact in company.contacts:
        people.setdefault(contact.links["Account_Name"], contact.fields)
    found = [
        Customer(
            account_id=accounts[place],
            name=company.accounts[place].fields["Account_Name"],
            currency=company.accounts[place].fields["Currency"],
            address=_address(company.accounts[place].fields),
            person=people[place],
            deals=tuple(deal_ids),
        )
        for place, deal_ids in of_account.items()
        if place in people
    ]
    random.shuffle(found)
    return found


def _address(fields: dict[str, Any]) -> dict[str, str]:
    parts = {"street": "Street", "city": "City", "state": "State", "zip": "Code", "country": "Country"}
    return {name: fields.get(f"Billing_{part}", "") for name, part in parts.items()}
