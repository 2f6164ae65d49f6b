import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import ChangeNotKept, Fields, Record, RecordRef, StaleRecord
from tsunagi_zoho.finance.write_checks import check_kept, check_reached, check_version

ABE = RecordRef("books", "contact_person", "7")
CUSTOMER = RecordRef("books", "customer", "9")
TEXTS = st.none() | st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)
FIELDS = st.dictionaries(st.sampled_from(["last_name", "email", "mobile"]), TEXTS)


def record(fields: Fields) -> Record:
    return Record(ABE, fields, "v1")


@given(FIELDS, FIELDS)
def test_what_the_record_shows_is_kept(fields: dict[str, str | None], other: dict[str, str | None]) -> None:
    shown = record({**other, **fields})
    assert check_kept(shown, fields) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [("ABE@Acme.example", "abe@acme.example"), ("1-2 Ginza\r\n8F ", "1-2 Ginza\n8F"), ("", None), (None, "")],
)
def test_blanks_and_the_case_of_letters_are_the_services_own_affair(written: str | None, shown: str | None) -> None:
    check_kept(record({"email": shown}), {"email": written})


def test_a_field_that_cannot_be_read_back_is_believed() -> None:
    check_kept(record({}), {"password": "new"})


def test_every_field_that_is_lost_is_named() -> None:
    fields: Fields = {"email": "old@acme.example", "customer": CUSTOMER, "mobile": "090"}
    changes: Fields = {"email": None, "customer": RecordRef("books", "customer", "8"), "mobile": "090"}
    with pytest.raises(ChangeNotKept, match="books does not show it: customer, email") as caught:
        check_kept(record(fields), changes)
    assert caught.value.problems.keys() == {"customer", "email"}
    assert caught.value.problems["email"] == "None was written, 'old@acme.example' stands"
    assert not caught.value.retryable


def test_a_verb_is_done_when_the_status_shows_it() -> None:
    sent = record({"status": "sent"})
    assert check_reached(sent, "sent", {"sent", "paid"}) == sent
    with pytest.raises(ChangeNotKept, match="is still sent, though books took 'void'"):
        check_reached(sent, "void", {"void"})


def test_a_change_is_for_the_version_it_was_planned_from() -> None:
    check_version(record({}), None)
    check_version(record({}), "v1")
    with pytest.raises(StaleRecord, match="version v0 was expected, it is v1"):
        check_version(record({}), "v0")
