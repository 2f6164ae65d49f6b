from hypothesis import given
from hypothesis import strategies as st

from tsunagi import RecordRef, Text
from tsunagi_zoho.finance.entity_types import contact_person_type, customer_type
from tsunagi_zoho.finance.pairs import LINES, contact_persons_pair, customers_pair

BOOKS = Text.same("Books")
CUSTOMERS = customers_pair("books", BOOKS)
PERSONS = contact_persons_pair("books", BOOKS)


def test_every_mapped_field_is_one_the_service_has() -> None:
    for pair, entity in ((CUSTOMERS, customer_type("books")), (PERSONS, contact_person_type("books"))):
        assert [fm.right for fm in pair.mapping.fields if entity.field(fm.right) is None] == []
        required = {spec.name for spec in entity.fields if spec.required}
        assert required <= {pair.mapping.field(name).right for name in pair.required}


def test_empty_at_both_ends_is_no_difference() -> None:
    left = CUSTOMERS.mapping.canonical("left", {"name": "Acme", "phone": None, "billing_street": ""})
    right = CUSTOMERS.mapping.canonical("right", {"name": "Acme", "phone": "", "billing_street": None})
    assert left == right


def test_a_contact_becomes_a_person() -> None:
    contact = {
        "account": RecordRef("crm", "account", "1"),
        "last_name": "Abe",
        "email": "ABE@X.example",
        "title": "CEO",
    }
    values = PERSONS.mapping.canonical("left", contact)
    written = PERSONS.mapping.native("right", {**values, "customer": RecordRef("books", "customer", "9")})
    known = {name: value for name, value in written.items() if value is not None}
    assert known == {
        "customer": RecordRef("books", "customer", "9"),
        "last_name": "Abe",
        "email": "abe@x.example",
        "designation": "CEO",
    }


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1))
def test_how_lines_end_is_no_difference(lines: list[str]) -> None:
    assert LINES.decode("\r\n".join(lines)) == LINES.decode(" \n".join(lines) + "\n") == "\n".join(lines)
