"""The plugins page."""

import re
from collections.abc import Callable

Visit = Callable[..., str]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_each_plugin_tells_what_it_brings_and_what_is_connected(visit: Visit) -> None:
    page = text_of(visit("/plugins"))
    for shown in ("Kumo Ledger", "Connected", "みなと計測 · JPY", "Accounts, Contacts, Deals", "Estimates, Invoices"):
        assert shown in page
