"""What the hub gets from the plugin, through the door every plugin comes in by."""

from collections.abc import Callable
from typing import Any

from tsunagi import NewRecord
from tsunagi.plugin_loading import load_plugins
from tsunagi_books import SERVICE

BOOKS = SERVICE.connector_type()


def test_it_loads_and_brings_everything() -> None:
    loaded = load_plugins()
    (report,) = (report for report in loaded.reports if report.name == "books")
    assert (report.state, report.problem) == ("active", None)
    registry = loaded.registry
    assert registry.connector("books").entities == BOOKS.entities
    assert [pair.name for pair in registry.pairs_in_order(["books.contact_persons"])] == [
        "books.customers",
        "books.contact_persons",
    ]
    assert registry.actions["books.invoice.create"].permission == "invoice:create"
    shown = [panel.name for panel in registry.panels_on("deal") if panel.service == "books"]
    assert shown == ["estimates", "invoices", "sales_orders", "purchase_orders"]


def test_what_can_be_switched_off_names_all_documents() -> None:
    named = {feature.name: feature.entities for feature in BOOKS.features}
    assert named == {
        "estimates": ("estimate",),
        "invoices": ("invoice",),
        "sales_orders": ("sales_order",),
        "purchase_orders": ("purchase_order", "vendor"),
    }
    assert {entity for entities in named.values() for entity in entities} <= set(BOOKS.entities)


def test_rules_can_make_and_decide_documents() -> None:
    assert {action.name: action.permission for action in SERVICE.actions()} == {
        "books.estimate.create": "estimate:create",
        "books.estimate.accept": "estimate:edit",
        "books.estimate.decline": "estimate:edit",
        "books.estimate.update": "estimate:edit",
        "books.invoice.create": "invoice:create",
        "books.sales_order.create": "sales_order:create",
        "books.purchase_order.create": "purchase_order:create",
        "books.invoice.update": "invoice:edit",
        "books.invoice.void": "invoice:edit",
        "books.estimate.email": "estimate:email",
        "books.invoice.email": "invoice:email",
        "books.sales_order.email": "sales_order:email",
        "books.purchase_order.email": "purchase_order:email",
    }
    verbs = {entity.name: entity.verbs for entity in SERVICE.entity_types()}
    needed = [action.permission.split(":") for action in SERVICE.actions()]
    assert all(verb in verbs[entity] for entity, verb in needed)


def test_mappings_name_fields_that_both_sides_have() -> None:
    registry = load_plugins().registry
    for name in ("books.customers", "books.contact_persons", "books.vendors", "books.items"):
        pair = registry.pair(name)
        left, right = (registry.entity(end.service, end.entity) for end in (pair.left, pair.right))
        assert [fm.left for fm in pair.mapping.fields if left.field(fm.left) is None] == []
        assert [fm.right for fm in pair.mapping.fields if right.field(fm.right) is None] == []


def test_what_was_synced_is_equal_on_both_sides_afterwards(office: Any) -> None:
    mappings = {pair.name: pair.mapping for pair in SERVICE.pairs()}
    customers, persons = mappings["books.customers"], mappings["books.contact_persons"]
    account = {
        "name": " 株式会社つなぎ ",
        "phone": "03-1234-5678",
        "website": None,
        "billing_street": "銀座1-2-3\r\n8階",
        "billing_code": "104-0061",
        "currency": "USD",
        "description": "Line one\n\nLine three ",
    }
    values = customers.canonical("left", account)
    customer = office.connector.create("customer", NewRecord("1", customers.native("right", values)))
    assert customers.canonical("right", customer.fields) == values

    contact = {"account": None, "last_name": "田中", "email": "Tanaka@Tsunagi.Example", "title": "部長"}
    values = {**persons.canonical("left", contact), "customer": customer.ref}
    person = office.connector.create("contact_person", NewRecord("2", persons.native("right", values)))
    assert persons.canonical("right", person.fields) == values

    items, vendors = mappings["books.items"], mappings["books.vendors"]
    product = {"name": "保守", "code": "m-1 ", "unit_price": None, "description": None, "active": None}
    values = items.canonical("left", product)
    item = office.connector.create("item", NewRecord("3", items.native("right", values)))
    assert items.canonical("right", item.fields) == values
    values = vendors.canonical("left", {"name": "部品商会", "email": "A@parts.example", "street": "銀座1\r\n8階"})
    vendor = office.connector.create("vendor", NewRecord("4", vendors.native("right", values)))
    assert vendors.canonical("right", vendor.fields) == values


def test_every_entity_has_a_connector_behind_it(office: Any) -> None:
    capable = office.connector.capabilities
    assert capable.keys() == {entity.name for entity in SERVICE.entity_types()}
    assert set(BOOKS.entities) <= capable.keys()
    assert capable["customer"].related == ("contact_persons",)
    assert capable["invoice"].verbs == ("sent", "void", "draft")
    assert capable["estimate"].verbs == ("sent", "accepted", "declined")


def test_panels_know_the_statuses_documents_have(office: Any) -> None:
    customer = office.customer()
    parties = {"purchase_order": office.vendor()}
    entities = [panel.entity for panel in SERVICE.panels()]
    documents = {entity: office.made(entity, parties.get(entity, customer)) for entity in entities}
    for panel in SERVICE.panels():
        status = panel.status(str(documents[panel.entity].fields["status"]))
        assert (status.label.en, status.label.ja, status.tone) == ("Draft", "下書き", "secondary")


def test_the_probe_lists_what_the_credentials_reach(serve: Callable[..., Any]) -> None:
    (found,) = BOOKS.probe(serve().harness().context)
    assert (found.name, found.base_currency) == ("Sandbox Company", "JPY")
