"""Persons: name, reading, title, and an e-mail address of their own."""

import unicodedata
from random import Random
from typing import Any

from zoho_sandbox.demo_data import abroad, japan
from zoho_sandbox.demo_data.abroad import Country


class Addresses:
    """Hands out e-mail addresses, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, local: str, domain: str) -> str:
        address, count = f"{local}@{domain}", 1
        while address in self._taken:
            count += 1
            address = f"{local}{count}@{domain}"
        self._taken.add(address)
        return address


def japanese_person(random: Random, domain: str, addresses: Addresses) -> dict[str, Any]:
    """Contact fields of a person in Japan; the family name comes first in the reading."""
    family, given = random.choice(japan.FAMILY_NAMES), random.choice(japan.GIVEN_NAMES)
    return {
        "Last_Name": family.text,
        "First_Name": given.text,
        "Name_Reading": f"{family.reading} {given.reading}",
        "Email": addresses.take(f"{given.latin}.{family.latin}", domain),
        "Mobile": f"090-0{random.randint(100, 999)}-{random.randint(0, 9999):04d}",
        "Title": random.choice(japan.TITLES),
        "Department": random.choice(japan.DEPARTMENTS),
    }


def person_abroad(random: Random, country: Country, domain: str, addresses: Addresses) -> dict[str, Any]:
    """Contact fields of a person in `country`."""
    family, given = random.choice(country.family_names), random.choice(country.given_names)
    return {
        "Last_Name": family,
        "First_Name": given,
        "Email": addresses.take(f"{latin(given)}.{latin(family)}", domain),
        "Title": random.choice(abroad.TITLES),
        "Department": random.choice(abroad.DEPARTMENTS),
    }


def latin(name: str) -> str:
    """A name as it stands in an address: `Müller & Söhne` becomes `mueller-soehne`."""
    name = name.casefold()
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("'", "")):
        name = name.replace(letter, plain)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "-".join("".join(mark if mark.isalnum() else " " for mark in plain).split())
