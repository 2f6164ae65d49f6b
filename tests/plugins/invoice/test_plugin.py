"""What the hub gets from the plugin, and that it really speaks to Invoice."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import tsunagi_books
from tsunagi import Document, Money, NewRecord, RecordRef
from tsunagi.plugin_loading import load_plugins
from tsunagi_invoice import SERVICE

DEAL = RecordRef("crm", "deal", "4600770000001")


def test_it_loads_beside_books_and_brings_everything() -> None:
    loaded = load_plugins()
    assert {report.name: report.state for report in loaded.reports}["invoice"] == "active"
    registry = loaded.registry
    assert registry.connector("invoice").entities == ("customer", "contact_person", "estimate", "invoice")
    assert [feature.name for feature in registry.connector("invoice").features] == ["estimates", "invoices"]
    names = [pair.name for pair in registry.pairs_in_order(["invoice.contact_persons"])]
    assert names == ["invoice.customers", "invoice.contact_persons"]
    shown = [panel.name for panel in registry.panels_on("account") if panel.service == "invoice"]
    assert shown == ["estimates", "invoices"] == [panel.name for panel in SERVICE.panels()]


def test_a_customer_is_billed(office: Any) -> None:
    customer = office.customer(currency="USD", billing_city="Kobe")
    assert office.seen()[-1] == "POST /invoice/v3/contacts 201"
    made = office.invoice(customer, "first", deal=DEAL, status="sent")
    document = Document.of(made)
    assert (document.ref.service, document.customer, document.deal) == ("invoice", customer, DEAL)
    assert (document.total, document.base_total) == (Money(Decimal(21), "USD"), Money(Decimal(3176), "JPY"))
    assert office.connector.perform(made.ref, "void", {"from": ("sent",)}).fields["status"] == "void"


def test_a_lost_answer_is_looked_up_by_its_key(office: Any) -> None:
    new = NewRecord("lost", office.new_document(office.customer(), "lost", deal=DEAL).fields)
    made = office.connector.create("estimate", new)
    assert office.connector.find("estimate", new) == made


def test_a_second_look_is_one_call_a_list(office: Any) -> None:
    office.estimate(office.customer())
    entities = ("customer", "estimate", "invoice")
    cursors = {entity: office.changes(entity)[1] for entity in entities}
    later = office.again()
    assert all(later.changes(entity, cursor)[1] == cursor for entity, cursor in cursors.items())
    assert later.seen() == [f"GET /invoice/v3/{path} 200" for path in ("contacts", "estimates", "invoices")]


def test_it_keeps_books_of_its_own(office: Any, serve: Callable[..., Any]) -> None:
    """One organisation in two services: what is in one is not in the other."""
    id = office.context.organization_id
    office.control("PUT", f"/_sandbox/organizations/{id}/services", json={"services": ["books", "invoice"]})
    office.customer("Only in Invoice")
    books = tsunagi_books.SERVICE.connect(office.context)
    try:
        assert books.changes("customer", None).records == ()
    finally:
        books.close()


def test_the_probe_lists_only_organisations_that_use_it(office: Any) -> None:
    office.control("POST", "/_sandbox/organizations", json={"name": "Books only", "services": ["books"]})
    assert [found.id for found in SERVICE.probe(office.context)] == [office.context.organization_id]
