"""Subscriptions keeps the contract every connector keeps."""

from collections.abc import Iterator

import pytest
from sandbox_fake import SandboxFake, serving

from tsunagi import Fields, RecordRef
from tsunagi.testing import Case, ConnectorContract, Subject, amount
from tsunagi_subscriptions import SERVICE


class Billing(SandboxFake):
    """Billing as its people use it: they sell plans and write invoices."""

    base_path = "/billing/v1"
    organization_header = "X-com-zoho-subscriptions-organizationid"
    _customer = ""

    def add(self, entity: str, number: int) -> str:
        if entity == "subscription":
            plan = {"plan_code": self.plan(), "price": amount(number)}
            made = self.call("POST", "/subscriptions", {"customer_id": self.customer(), "plan": plan})
        else:
            items = [{"name": "Hours", "price": amount(number), "quantity": 1}]
            made = self.call("POST", "/invoices", {"customer_id": self.customer(), "invoice_items": items})
        return str(made[entity][f"{entity}_id"])

    def alter(self, entity: str, id: str, number: int) -> None:
        if entity == "subscription":
            self.call("PUT", f"/subscriptions/{id}", {"reference_id": f"R-{number}"})
        else:
            status = self.call("GET", f"/invoices/{id}")["invoice"]["status"]
            self.call("POST", f"/invoices/{id}/{'converttoopen' if status in ('draft', 'void') else 'void'}")

    def customer(self) -> str:
        """One who is billed in dollars, and has an address to write to."""
        if not self._customer:
            wanted = {"display_name": "Dollar Ltd", "currency_code": "USD", "email": "pay@dollar.example"}
            self._customer = str(self.call("POST", "/customers", wanted)["customer"]["customer_id"])
        return self._customer

    def plan(self) -> str:
        if not self.call("GET", "/plans")["plans"]:
            product = self.call("POST", "/products", {"name": "Support"})["product"]["product_id"]
            terms = {"interval": 1, "interval_unit": "months", "recurring_price": 1000}
            self.call("POST", "/plans", {"plan_code": "support", "name": "Support", "product_id": product, **terms})
        return "support"


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Billing]:
    with serving(Billing, tmp_path_factory.mktemp("billing"), service="billing") as billing:
        yield billing


def _subscription(subject: Subject, number: int) -> Fields:
    assert isinstance(subject.fake, Billing)
    return {
        "customer": RecordRef("subscriptions", "customer", subject.fake.customer()),
        "plan": subject.fake.plan(),
        "price": amount(number),
    }


class TestSubscriptions(ConnectorContract):
    connector_type = SERVICE.connector_type()
    entity_types = SERVICE.entity_types()
    cases = (
        Case("customer", new=lambda _, n: {"name": f"Customer {n}"}, change=lambda n: {"notes": f"Note {n}"}),
        Case("subscription", new=_subscription, amount="total"),
        Case("invoice", verb="void", amount="total"),
    )
