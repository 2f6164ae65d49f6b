"""The CRM keeps the contract every connector keeps."""

from collections.abc import Iterator

import pytest
from sandbox_fake import SandboxFake, serving

from tsunagi import Fields, Money
from tsunagi.testing import Case, ConnectorContract, Subject, amount
from tsunagi_crm import register_connectors, register_entity_types

(CRM,) = register_connectors()


class Crm(SandboxFake):
    """The CRM as its people use it; the connector can do all they can."""

    base_path = "/crm/v8"

    def alter(self, entity: str, id: str, number: int) -> None:
        """As its people do what the hub leaves to them."""
        module, field = {"task": ("Tasks", "Description"), "note": ("Notes", "Note_Content")}[entity]
        self.call("PUT", f"/{module}/{id}", {"data": [{field: f"Change {number}"}]})


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crm]:
    with serving(Crm, tmp_path_factory.mktemp("crm")) as crm:
        yield crm


def _deal(subject: Subject, number: int) -> Fields:
    money = Money(amount(number), "JPY")
    return {"name": f"Deal {number}", "stage": "Qualification", "amount": money, "account": subject.other("account")}


class TestCrm(ConnectorContract):
    connector_type = CRM
    entity_types = register_entity_types()
    cases = (
        Case("account", new=lambda _, n: {"name": f"Account {n}"}, change=lambda n: {"phone": f"03-{n}"}),
        Case(
            "contact",
            new=lambda _, n: {"last_name": f"Abe {n}", "email": f"abe{n}@acme.example"},
            change=lambda n: {"mobile": f"090-{n}"},
        ),
        Case("deal", new=_deal, change=lambda n: {"description": f"Change {n}"}, amount="amount"),
        Case("vendor", new=lambda _, n: {"name": f"Vendor {n}"}, change=lambda n: {"phone": f"03-{n}"}),
        Case(
            "product",
            new=lambda _, n: {"name": f"Product {n}", "code": f"P-{n}"},
            change=lambda n: {"description": f"Change {n}"},
        ),
        Case(
            "task",
            new=lambda subject, n: {"subject": f"Call {n}", "about": subject.other("deal")},
            unlisted="tasks are made for people, and never read by a sync",
        ),
        Case(
            "note",
            new=lambda subject, n: {"title": f"Note {n}", "content": "Text", "about": subject.other("account")},
            unlisted="notes are made for people, and never read by a sync",
        ),
    )
