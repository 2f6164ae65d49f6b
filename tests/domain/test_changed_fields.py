from decimal import Decimal

from tsunagi.domain.money import Money
from tsunagi.domain.records import FieldChange, changed_fields


def test_only_what_differs_is_a_change() -> None:
    assert changed_fields({"name": "Acme", "city": "Osaka"}, {"name": "Acme", "city": "Kyoto"}) == (
        FieldChange("city", "Osaka", "Kyoto"),
    )


def test_a_field_nobody_agreed_on_counts_as_blank_before() -> None:
    assert changed_fields({}, {"name": "Acme", "city": None}) == (FieldChange("name", None, "Acme"),)


def test_an_absent_field_and_an_empty_one_are_the_same() -> None:
    assert changed_fields({"name": "Acme", "city": None}, {"name": "Acme"}) == ()
    assert changed_fields({"name": "Acme", "city": "Osaka"}, {"name": "Acme"}) == (FieldChange("city", "Osaka", None),)


def test_one_amount_written_with_other_zeros_is_no_change() -> None:
    assert changed_fields({"owes": Money(Decimal("1.0"), "USD")}, {"owes": Money(Decimal("1.00"), "USD")}) == ()
