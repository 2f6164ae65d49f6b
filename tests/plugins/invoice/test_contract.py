"""Invoice keeps the contract every connector keeps."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sandbox_fake import SandboxFake, serving

from tsunagi import Fields
from tsunagi.testing import Case, ConnectorContract, Subject, amount
from tsunagi_invoice import SERVICE


class Invoice(SandboxFake):
    """Invoice as its people use it."""

    base_path = "/invoice/v3"

    def add(self, entity: str, number: int) -> str:
        assert entity == "item"
        made = self.call("POST", "/items", {"name": f"Item {number}", "rate": number})
        return str(made["item"]["item_id"])

    def alter(self, entity: str, id: str, number: int) -> None:
        # What changed must be among the fields the hub knows.
        changes = {"description": f"Change {number}"} if entity == "item" else {"reference_number": f"changed {number}"}
        self.call("PUT", f"/{entity}s/{id}", changes)


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Invoice]:
    with serving(Invoice, tmp_path_factory.mktemp("invoice"), service="invoice") as invoice:
        yield invoice


def _document(subject: Subject, number: int) -> Fields:
    line: dict[str, Any] = {"name": "Widget", "rate": amount(number), "quantity": Decimal(1)}
    return {"customer": subject.other("customer"), "currency": "USD", "lines": (line,)}


def _vendor(_: Subject, number: int) -> Fields:
    return {"name": f"Vendor {number}", "email": f"vendor{number}@supplier.example"}


def _person(subject: Subject, number: int) -> Fields:
    return {"customer": subject.other("customer"), "last_name": f"Abe {number}", "email": f"abe{number}@acme.example"}


class TestInvoice(ConnectorContract):
    connector_type = SERVICE.connector_type()
    entity_types = SERVICE.entity_types()
    cases = (
        Case("customer", new=lambda _, n: {"name": f"Customer {n}"}, change=lambda n: {"notes": f"Note {n}"}),
        Case(
            "contact_person",
            new=_person,
            change=lambda n: {"mobile": f"090-{n}"},
            unlisted="Invoice lists the people of one customer at a time only",
        ),
        Case(
            "item",
            new=lambda _, n: {"name": f"Item {n}", "sku": f"I-{n}"},
            change=lambda n: {"description": f"Change {n}"},
        ),
        Case("vendor", new=_vendor, change=lambda n: {"email": f"sales{n}@supplier.example"}),
        Case("estimate", new=_document, verb="sent", amount="total"),
        Case("invoice", new=_document, verb="sent", amount="total"),
    )
