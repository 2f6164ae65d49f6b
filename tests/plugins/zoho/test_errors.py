"""Refusals in the services' own words become errors of the hub's tree."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagi import (
    AccessRefused,
    AuthenticationFailed,
    BrokenAnswer,
    ConnectorError,
    DayLimitReached,
    RateLimited,
    RecordNotFound,
    RecordRejected,
    StaleRecord,
)
from tsunagi_zoho import Answer, crm_error, crm_item, finance_error, finance_page
from tsunagi_zoho.answers import decode_body, encode_body


def answer(status: int, body: dict[str, Any] | None = None, service: str = "books", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(service, f"POST /{service}/records/1", status, body or {}, named)


def finance(status: int, code: int, message: str = "no", **headers: str) -> ConnectorError | None:
    return finance_error(answer(status, {"code": code, "message": message}, **headers))


def crm(status: int, code: str, details: dict[str, Any] | None = None, message: str = "no") -> ConnectorError | None:
    body = {"code": code, "details": details or {}, "message": message, "status": "error"}
    return crm_error(answer(status, body, "crm"))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, 14, AuthenticationFailed),
        (401, 57, AccessRefused),
        (400, 6041, AccessRefused),
        (429, 44, RateLimited),
        (429, 45, DayLimitReached),
        (429, 1070, RateLimited),
        (400, 1070, RateLimited),
        (404, 1002, RecordNotFound),
        (404, 3000, RecordNotFound),
        (404, 5, BrokenAnswer),
        (405, 37, BrokenAnswer),
        (400, 3062, RecordRejected),
        (200, 4000, RecordRejected),
    ],
)
def test_finance_codes(status: int, code: int, kind: type[ConnectorError]) -> None:
    error = finance(status, code, "the service's own words")
    assert type(error) is kind
    assert error.code == str(code)
    assert "the service's own words" in str(error)
    assert "POST /books/records/1" in str(error)


@pytest.mark.parametrize("body", [{"code": 0}, {}])
def test_finance_success(body: dict[str, Any]) -> None:
    assert finance_error(answer(201, body)) is None


def test_only_the_daily_limit_waits_for_the_end_of_the_day() -> None:
    minute, day = finance(429, 44, x_rate_limit_reset="40000"), finance(429, 45, x_rate_limit_reset="40000")
    asked = finance(429, 44, retry_after="7", x_rate_limit_reset="40000")
    assert minute is not None
    assert day is not None
    assert asked is not None
    assert (minute.retry_after, day.retry_after, asked.retry_after) == (None, 40000, 7)


def test_a_finance_refusal_names_the_field() -> None:
    error = finance(400, 2, "Invalid value passed for email")
    assert isinstance(error, RecordRejected)
    assert error.problems == {"email": "Invalid value passed for email"}


@pytest.mark.parametrize(
    ("status", "code", "details", "kind"),
    [
        (401, "INVALID_TOKEN", {}, AuthenticationFailed),
        (401, "AUTHENTICATION_FAILURE", {}, AuthenticationFailed),
        (401, "OAUTH_SCOPE_MISMATCH", {}, AccessRefused),
        (403, "NO_PERMISSION", {"permissions": ["Crm_Implied_View_Leads"]}, AccessRefused),
        (403, "CURRENCIES_NOT_ENABLED", {}, AccessRefused),
        (412, "ALREADY_MODIFIED", {"api_name": "id"}, StaleRecord),
        (429, "TOO_MANY_REQUESTS", {}, RateLimited),
        (404, "INVALID_URL_PATTERN", {}, BrokenAnswer),
        (400, "INVALID_DATA", {"api_name": "id"}, RecordNotFound),
        (400, "INVALID_DATA", {"resource_path_index": 1}, RecordNotFound),
        (400, "INVALID_DATA", {"api_name": "Phone"}, RecordRejected),
        (400, "LIMIT_EXCEEDED", {"param_name": "fields", "limit": 50}, RecordRejected),
    ],
)
def test_crm_codes(status: int, code: str, details: dict[str, Any], kind: type[ConnectorError]) -> None:
    error = crm(status, code, details)
    assert type(error) is kind
    assert error.code == code


def test_a_crm_refusal_names_the_field_and_what_is_valid() -> None:
    error = crm(400, "INVALID_DATA", {"api_name": "Phone", "maximum_length": 30}, "invalid data")
    assert isinstance(error, RecordRejected)
    assert error.problems == {"Phone": "invalid data; maximum_length 30"}
    assert "Phone" in str(error)


def test_several_crm_problems_are_told_together() -> None:
    parts = [
        {"code": "INVALID_DATA", "details": {"api_name": name}, "message": f"bad {name}", "status": "error"}
        for name in ("Phone", "Email")
    ]
    error = crm(400, "MULTIPLE_OR_MULTI_ERRORS", {"errors": parts})
    assert isinstance(error, RecordRejected)
    assert error.problems == {"Phone": "bad Phone", "Email": "bad Email"}


def test_missing_crm_permissions_are_named() -> None:
    error = crm(403, "NO_PERMISSION", {"permissions": ["Crm_Implied_Edit_Deals"]})
    assert error is not None
    assert error.hint is not None
    assert "Crm_Implied_Edit_Deals" in error.hint.en


def test_a_refused_item_is_left_to_the_one_who_sent_it() -> None:
    item = {"code": "DUPLICATE_DATA", "details": {"api_name": "Email"}, "message": "duplicate data", "status": "error"}
    refused = answer(400, {"data": [item]}, "crm")
    assert crm_error(refused) is None
    with pytest.raises(RecordRejected) as failure:
        crm_item(refused)
    assert failure.value.problems == {"Email": "duplicate data"}


@pytest.mark.parametrize("body", [{}, {"data": []}, {"data": {}}, {"data": ["x"]}])
def test_an_item_that_is_not_there_is_a_broken_answer(body: dict[str, Any]) -> None:
    with pytest.raises(BrokenAnswer):
        crm_item(answer(201, body, "crm"))


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failure_of_the_service_itself_is_no_refusal(status: int) -> None:
    assert finance(status, 1000) is None
    assert crm(status, "INTERNAL_ERROR") is None


@pytest.mark.parametrize("read", [finance_error, crm_error])
@pytest.mark.parametrize(
    ("status", "kind"),
    [(302, BrokenAnswer), (401, AuthenticationFailed), (404, BrokenAnswer), (413, BrokenAnswer), (429, RateLimited)],
)
def test_a_page_of_some_web_server_on_the_way_is_told_by_its_status(
    read: Any, status: int, kind: type[ConnectorError]
) -> None:
    assert type(read(answer(status))) is kind


@pytest.mark.parametrize("body", [{}, {"contacts": {}, "page_context": {}}, {"contacts": []}])
def test_a_list_without_its_context_is_broken(body: dict[str, Any]) -> None:
    with pytest.raises(BrokenAnswer, match="contacts"):
        finance_page(answer(200, body), "contacts")


def test_a_page_says_whether_there_is_another() -> None:
    body = {"contacts": [{"contact_id": "1"}], "page_context": {"page": 2, "has_more_page": True}}
    page = finance_page(answer(200, body), "contacts")
    assert (len(page.rows), page.page, page.more) == (1, 2, True)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_amounts_are_exact_both_ways(amount: Decimal) -> None:
    body = decode_body(encode_body({"total": amount}))
    assert body is not None
    assert body["total"] == amount
    assert not isinstance(body["total"], float)


@given(st.binary(max_size=40))
def test_any_body_is_an_object_or_unreadable(content: bytes) -> None:
    assert isinstance(decode_body(content), dict | None)
