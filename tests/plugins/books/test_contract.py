"""Books keeps the contract every connector keeps."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from sandbox_fake import SandboxFake, serving

from tsunagi import Fields
from tsunagi.testing import Case, ConnectorContract, Subject, amount
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


class Books(SandboxFake):
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
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    with serving(Books, tmp_path_factory.mktemp("books"), service="books") as books:
        yield books


def _document(party: str) -> Callable[[Subject, int], Fields]:
    def new(subject: Subject, number: int) -> Fields:
        line: dict[str, Any] = {"name": "Widget", "rate": amount(number), "quantity": Decimal(1)}
        return {"customer": subject.other(party), "currency": "USD", "lines": (line,)}

    return new


def _vendor(_: Subject, number: int) -> Fields:
    return {"name": f"Vendor {number}", "email": f"vendor{number}@supplier.example"}


def _person(subject: Subject, number: int) -> Fields:
    return {"customer": subject.other("customer"), "last_name": f"Abe {number}", "email": f"abe{number}@acme.example"}


class TestBooks(ConnectorContract):
    connector_type = SERVICE.connector_type()
    entity_types = SERVICE.entity_types()
    cases = (
        Case("customer", new=lambda _, n: {"name": f"Customer {n}"}, change=lambda n: {"notes": f"Note {n}"}),
        Case("contact_person", new=_person, change=lambda n: {"mobile": f"090-{n}"}, unlisted=_OF_ONE),
        Case(
            "item",
            new=lambda _, n: {"name": f"Item {n}", "sku": f"I-{n}"},
            change=lambda n: {"description": f"Change {n}"},
        ),
        Case("estimate", new=_document("customer"), verb="sent", amount="total"),
        Case("invoice", new=_document("customer"), verb="sent", amount="total"),
        Case("sales_order", new=_document("customer"), verb="open", amount="total"),
        Case("vendor", new=_vendor, change=lambda n: {"email": f"sales{n}@supplier.example"}),
        Case("purchase_order", new=_document("vendor"), verb="open", amount="total"),
    )
