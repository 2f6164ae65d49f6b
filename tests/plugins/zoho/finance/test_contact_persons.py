from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagi import RecordRef, RecordRejected
from tsunagi_zoho.finance.contact_persons import read_person, write_person
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.wire import Row

CUSTOMER = RecordRef("books", "customer", "9")
TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=50)
PERSONS = st.fixed_dictionaries(
    {"customer": st.just(CUSTOMER), "last_name": TEXTS},
    optional=dict.fromkeys(("first_name", "email", "phone", "mobile", "designation", "department"), TEXTS),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(PERSONS)
def test_what_is_written_is_read_back(ledger: Ledger, fields: dict[str, Any]) -> None:
    row = Row("books", "contact_person", write_person(fields, None, ledger))
    read = read_person(row, ledger)
    assert {name: value for name, value in read.items() if value is not None} == fields


def test_a_single_name_is_a_first_name_there(ledger: Ledger) -> None:
    assert write_person({"customer": CUSTOMER, "last_name": "田中"}, None, ledger) == {
        "first_name": "田中",
        "contact_id": "9",
    }


def test_a_change_repeats_customer_and_name(ledger: Ledger) -> None:
    current = Row("books", "contact_person", {"contact_id": "9", "first_name": "Aki", "last_name": "Abe", "phone": "1"})
    assert write_person({"last_name": "Ono", "phone": None}, current, ledger) == {
        "contact_id": "9",
        "first_name": "Aki",
        "last_name": "Ono",
        "phone": "",
    }


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"last_name": "Abe"}, "customer must be the customer"),
        ({"customer": CUSTOMER, "email": "a@b.example"}, "last_name is empty"),
        (
            {"customer": CUSTOMER, "last_name": "Abe", "department": "d" * 51},
            "department: at most 50 characters, got 51",
        ),
    ],
)
def test_what_cannot_be_a_person_is_refused_before_any_call(
    ledger: Ledger, fields: dict[str, Any], problem: str
) -> None:
    with pytest.raises(RecordRejected, match=problem):
        write_person(fields, None, ledger)
