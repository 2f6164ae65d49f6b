"""Mappings: two records that are one thing, compared in one form and written in each side's own."""

from collections.abc import Mapping as Dict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi.domain.mapping import AS_IS, EMAIL, TEXT, Codec, Direction, FieldMap, Mapping, Side
from tsunagi.domain.records import RecordRef, Value

SIDES: tuple[Side, Side] = ("left", "right")
WORDS = st.text(max_size=12) | st.none()


def _number(value: Value) -> Value:
    return int(value) if isinstance(value, str) and value.isdecimal() and value.isascii() else None


def _digits(value: Value) -> Value:
    return "" if value is None else str(value)


CUSTOMER = Mapping(
    (
        FieldMap("name", "Account_Name", "contact_name"),
        FieldMap("email", "Mail", "email", EMAIL, EMAIL),
        FieldMap("employees", "Employees", "cf_employees", AS_IS, Codec(_number, _digits)),
        FieldMap("owes", "Owes", "outstanding", AS_IS, AS_IS, Direction.RIGHT_TO_LEFT),
        FieldMap("tier", "Tier", "cf_tier", direction=Direction.LEFT_TO_RIGHT),
    )
)


def test_equal_things_are_equal_in_canonical_form() -> None:
    left: Dict[str, Value] = {"Account_Name": " Acme ", "Mail": "Info@Acme.example ", "Employees": 12, "Tier": ""}
    right: Dict[str, Value] = {"contact_name": "Acme", "email": "info@acme.example", "cf_employees": "12"}
    assert CUSTOMER.canonical("left", left) == CUSTOMER.canonical("right", right)


def test_a_field_a_side_does_not_show_is_blank() -> None:
    assert CUSTOMER.canonical("left", {}) == dict.fromkeys(("name", "email", "employees", "owes", "tier"))


def test_fields_nobody_mapped_are_left_out() -> None:
    assert "Website" not in CUSTOMER.canonical("left", {"Website": "acme.example"})


def test_values_are_written_in_each_sides_own_way() -> None:
    values: Dict[str, Value] = {"name": "Acme", "employees": 12}
    assert CUSTOMER.native("left", values) == {"Account_Name": "Acme", "Employees": 12}
    assert CUSTOMER.native("right", values) == {"contact_name": "Acme", "cf_employees": "12"}


def test_only_what_is_given_is_written() -> None:
    assert CUSTOMER.native("right", {}) == {}
    assert CUSTOMER.native("right", {"name": None}) == {"contact_name": None}


def test_a_one_way_field_is_written_on_one_side_only() -> None:
    values: Dict[str, Value] = {"owes": 5, "tier": "gold"}
    assert CUSTOMER.native("left", values) == {"Owes": 5}
    assert CUSTOMER.native("right", values) == {"cf_tier": "gold"}


@pytest.mark.parametrize(
    ("direction", "left", "right"),
    [
        (Direction.BOTH, True, True),
        (Direction.LEFT_TO_RIGHT, False, True),
        (Direction.RIGHT_TO_LEFT, True, False),
    ],
)
def test_a_direction_says_where_may_be_written(direction: Direction, left: bool, right: bool) -> None:
    assert (direction.into("left"), direction.into("right")) == (left, right)


def test_a_reference_stays_as_it_is() -> None:
    account = RecordRef("crm", "account", "1")
    mapping = Mapping((FieldMap("customer", "account", "customer", AS_IS, AS_IS, reference="customers"),))
    assert mapping.canonical("left", {"account": account}) == {"customer": account}


def test_a_field_map_is_found_by_its_name() -> None:
    assert CUSTOMER.field("email").right == "email"


@pytest.mark.parametrize("blank", [None, "", " ", "\u3000", "\n\t"])
def test_blank_is_blank_however_it_is_said(blank: str | None) -> None:
    assert TEXT.decode(blank) is None
    assert EMAIL.decode(blank) is None


@given(WORDS)
def test_reading_a_canonical_value_again_changes_nothing(text: str | None) -> None:
    for codec in (TEXT, EMAIL, AS_IS):
        once = codec.decode(text)
        assert codec.decode(codec.encode(once)) == once


@pytest.mark.parametrize("value", [12, True, RecordRef("crm", "account", "1"), ("a", " b ")])
def test_what_is_no_text_passes_through(value: Value) -> None:
    for codec in (TEXT, EMAIL, AS_IS):
        assert codec.decode(value) == value


@given(st.fixed_dictionaries({"name": WORDS, "email": WORDS, "employees": st.none() | st.integers(min_value=0)}))
def test_what_is_written_to_a_side_is_read_back_from_it(values: dict[str, Value]) -> None:
    canonical = {
        "name": TEXT.decode(values["name"]),
        "email": EMAIL.decode(values["email"]),
        "employees": values["employees"],
    }
    for side in SIDES:
        read = CUSTOMER.canonical(side, CUSTOMER.native(side, canonical))
        assert {name: read[name] for name in canonical} == canonical
