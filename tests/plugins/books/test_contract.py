"""Books keeps the contract every connector keeps."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from sandbox_double import SandboxDouble, serving

from tsunagi import Fields
from tsunagi.testing import Case, ConnectorContract, Trial, amount
from tsunagi_books import SERVICE

_PATHS = {
    "item": "items",
    "estimate": "estimates",
    "invoice": "invoices",
    "sales_order": "salesorders",
    "purchase_order": "purchaseorders",
    "vendor": "contacts",
}
_OF_ONE = "Books lists the people of one customer at a time only"


class Books(SandboxDouble):
    """Books as its people use it."""

    base_path = "/books/v3"

    def add(self, entity: str, number: int) -> str:
        if entity == "vendor":
            made = self.call("POST", "/contacts", {"contact_name": f"Vendor {number}", "contact_type": "vendor"})
            return str(made["contact"]["contact_id"])
        assert entity == "item"
        made = self.call("POST", "/items", {"name": f"Item {number}", "rate": number})
        return str(made["item"]["item_id"])

    def alter(self, entity: str, id: str, number: int) -> None:
        changes = {"item": {"description": f"Change {number}"}, "vendor": {"website": f"https://{number}.example"}}
        path = f"/{_PATHS[entity]}/{id}"
        if entity in changes:
            self.call("PUT", path, changes[entity])
            return
        # What changed must be among the fields the hub knows.
        self.call("PUT", path, {"reference_number": f"changed {number}"})


@pytest.fixture(scope="module")
def double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    with serving(Books, tmp_path_factory.mktemp("books"), service="books") as books:
        yield books


def _document(party: str) -> Callable[[Trial, int], Fields]:
    def new(trial: Trial, number: int) -> Fields:
        line: dict[str, Any] = {"name": "Widget", "rate": amount(number), "quantity": Decimal(1)}
        return {"customer": trial.other(party), "currency": "USD", "lines": (line,)}

    return new


def _person(trial: Trial, number: int) -> Fields:
    return {"customer": trial.other("customer"), "last_name": f"Abe {number}", "email": f"abe{number}@acme.example"}


class TestBooks(ConnectorContract):
    connector_type = SERVICE.connector_type()
    entity_types = SERVICE.entity_types()
    cases = (
        Case("customer", new=lambda _, n: {"name": f"Customer {n}"}, change=lambda n: {"notes": f"Note {n}"}),
        Case("contact_person", new=_person, change=lambda n: {"mobile": f"090-{n}"}, unlisted=_OF_ONE),
        Case("item"),
        Case("estimate", new=_document("customer"), verb="sent", amount="total"),
        Case("invoice", new=_document("customer"), verb="sent", amount="total"),
        Case("sales_order", new=_document("customer"), verb="open", amount="total"),
        Case("vendor"),
        Case("purchase_order", new=_document("vendor"), verb="open", amount="total"),
    )
