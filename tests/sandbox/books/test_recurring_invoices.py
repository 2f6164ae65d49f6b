"""Recurring invoices: their invoices are made as the clock goes on, once each, dated on their own days."""

from collections.abc import Callable
from typing import Any

import pytest


def profile(books: Any, customer: Any, **fields: Any) -> dict[str, Any]:
    body = {
        "recurrence_name": "Monthly",
        "customer_id": customer["contact_id"],
        "line_items": [{"name": "Support", "rate": 100}],
        "start_date": "2026-01-31",
        "recurrence_frequency": "months",
    }
    made: dict[str, Any] = books.made("/recurringinvoices", body | fields)
    return made


def dates(books: Any, made: Any) -> list[str]:
    children = books.get(f"/recurringinvoices/{made['recurring_invoice_id']}/invoices").body["invoice_history"]
    return [child["date"] for child in children][::-1]


@pytest.fixture
def on(set_clock: Callable[[str], None]) -> Callable[[str], None]:
    return lambda day: set_clock(f"{day}T17:00:00+00:00")


def test_its_invoices_are_made_as_time_goes_on(books: Any, on: Callable[[str], None]) -> None:
    on("2026-01-30")
    made = profile(books, books.customer())
    assert (made["status"], made["next_invoice_date"], dates(books, made)) == ("active", "2026-01-31", [])
    on("2026-04-02")
    assert dates(books, made) == ["2026-01-31", "2026-02-28", "2026-03-31"]
    assert dates(books, made) == ["2026-01-31", "2026-02-28", "2026-03-31"]
    shown = books.get(f"/recurringinvoices/{made['recurring_invoice_id']}").body["recurring_invoice"]
    assert (shown["last_sent_date"], shown["next_invoice_date"]) == ("2026-03-31", "2026-04-30")
    (first, *_) = books.get("/invoices", sort_column="date", sort_order="A").body["invoices"]
    assert (first["total"], first["recurring_invoice_id"]) == (100, made["recurring_invoice_id"])


def test_it_ends_by_itself(books: Any, on: Callable[[str], None]) -> None:
    on("2026-02-15")
    made = profile(books, books.customer(), recurrence_frequency="weeks", repeat_every=2, end_date="2026-02-20")
    assert dates(books, made) == ["2026-01-31", "2026-02-14"]
    path = f"/recurringinvoices/{made['recurring_invoice_id']}"
    assert books.get(path).body["recurring_invoice"]["status"] == "expired"
    assert [row["status"] for row in books.get("/recurringinvoices", status="expired").body["recurring_invoices"]] == [
        "expired"
    ]
    assert books.put(path, {"notes": "late"}).status == 400


def test_what_it_was_stopped_for_is_not_made_up_for(books: Any, on: Callable[[str], None]) -> None:
    on("2026-02-01")
    made = profile(books, books.customer())
    path = f"/recurringinvoices/{made['recurring_invoice_id']}"
    assert books.post(f"{path}/status/stop").status == 201
    assert books.post(f"{path}/status/stop").status == 400
    on("2026-05-15")
    assert dates(books, made) == ["2026-01-31"]
    assert books.post(f"{path}/status/resume").message == "The recurring invoice has been resumed."
    on("2026-05-31")
    assert dates(books, made) == ["2026-01-31", "2026-05-31"]


def test_a_change_counts_from_the_next_invoice_on(books: Any, on: Callable[[str], None]) -> None:
    on("2026-02-01")
    made = profile(books, books.customer())
    path = f"/recurringinvoices/{made['recurring_invoice_id']}"
    changed = books.put(path, {"line_items": [{"name": "Support", "rate": 120}]}).body["recurring_invoice"]
    assert (changed["total"], changed["next_invoice_date"], changed["repeat_every"]) == (120, "2026-02-28", 1)
    on("2026-03-01")
    rows = books.get("/invoices", sort_column="date", sort_order="A").body["invoices"]
    assert [row["total"] for row in rows] == [100, 120]
    assert books.delete(path).status == 200
    assert len(books.get("/invoices").body["invoices"]) == 2


def test_another_request_gives_its_invoices_nothing(books: Any, on: Callable[[str], None]) -> None:
    on("2026-01-30")
    customer = books.customer()
    made = profile(books, customer)
    on("2026-02-01")
    body = {"customer_id": customer["contact_id"], "invoice_number": "MINE-1", "line_items": [{"name": "W", "rate": 9}]}
    own = books.made("/invoices", body, ignore_auto_number_generation="true", send="true")
    (child,) = books.get(f"/recurringinvoices/{made['recurring_invoice_id']}/invoices").body["invoice_history"]
    assert (own["invoice_number"], child["invoice_number"], child["status"]) == ("MINE-1", "INV-000001", "draft")


@pytest.mark.parametrize(
    "wrong",
    [
        {"recurrence_name": ""},
        {"recurrence_frequency": "hours"},
        {"repeat_every": 0},
        {"end_date": "2026-01-01"},
        {"line_items": []},
    ],
)
def test_a_wrong_profile_is_refused(books: Any, on: Callable[[str], None], wrong: dict[str, Any]) -> None:
    on("2026-01-30")
    body = {
        "recurrence_name": "M",
        "customer_id": books.customer()["contact_id"],
        "start_date": "2026-01-31",
        "line_items": [{"name": "W", "rate": 1}],
    }
    assert books.post("/recurringinvoices", body | wrong).status == 400
    assert books.get("/recurringinvoices").body["recurring_invoices"] == []
