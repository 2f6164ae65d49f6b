"""Estimates over HTTP; people read "quote"."""

from collections.abc import Callable
from typing import Any

import pytest


def numbers(reply: Any) -> list[str]:
    return [estimate["estimate_number"] for estimate in reply.body["estimates"]]


def test_an_estimate_is_made_changed_and_deleted(books: Any) -> None:
    customer = books.customer()
    reply = books.post(
        "/estimates",
        {
            "customer_id": customer["contact_id"],
            "line_items": [{"name": "Work", "rate": 100, "quantity": 2}],
            "expiry_date": "2030-01-01",
            "zcrm_potential_id": "77",
        },
    )
    assert (reply.status, reply.message) == (201, "The quote has been created.")
    estimate = reply.body["estimate"]
    path = f"/estimates/{estimate['estimate_id']}"
    assert estimate == books.get(path).body["estimate"]
    assert (estimate["estimate_number"], estimate["status"], estimate["total"]) == ("QT-000001", "draft", 200)
    assert "balance" not in estimate
    changed = books.put(path, {"date": "2029-12-01", "discount": 20}).body["estimate"]
    assert (changed["total"], changed["expiry_date"]) == (180, "2030-01-01")
    assert numbers(books.get("/estimates", zcrm_potential_id="77")) == ["QT-000001"]
    assert books.delete(path).message == "The quote has been deleted."
    assert books.get(path).message == "Quote does not exist."


def test_the_path_of_an_estimate(books: Any) -> None:
    estimate = books.estimate(books.customer())
    path = f"/estimates/{estimate['estimate_id']}"
    steps = [
        ("accepted", 400, "draft"),
        ("declined", 400, "draft"),
        ("sent", 200, "sent"),
        ("accepted", 200, "accepted"),
        ("accepted", 400, "accepted"),
        ("sent", 400, "accepted"),
        ("declined", 200, "declined"),
        ("declined", 400, "declined"),
        ("accepted", 200, "accepted"),
    ]
    for move, status, after in steps:
        reply = books.post(f"{path}/status/{move}")
        assert reply.status == status, reply.body
        if status == 200:
            assert reply.message == f"Quote status has been changed to {move.capitalize()}."
        assert books.get(path).body["estimate"]["status"] == after
        assert numbers(books.get("/estimates", status=after)) == ["QT-000001"]
    for missing in ("void", "draft", "reject"):
        assert books.post(f"{path}/status/{missing}").code == 5


def test_sending_at_once_skips_the_draft(books: Any) -> None:
    body = {"customer_id": books.customer()["contact_id"], "line_items": [{"name": "Work", "rate": 1}]}
    assert books.made("/estimates", body, send="true")["status"] == "sent"
    assert books.post("/estimates", body, send="perhaps").message == "Invalid value passed for send"


def test_a_sent_estimate_expires_and_can_still_be_accepted(books: Any, set_clock: Callable[[str], None]) -> None:
    set_clock("2026-06-09T12:00:00+00:00")
    body = {"customer_id": books.customer()["contact_id"], "line_items": [{"name": "Work", "rate": 1}]}
    estimate = books.made("/estimates", body | {"expiry_date": "2026-06-09"}, send="true")
    assert estimate["status"] == "sent"
    set_clock("2026-06-10T12:00:00+00:00")
    assert books.get("/estimates").body["estimates"][0]["status"] == "expired"
    assert numbers(books.get("/estimates", status="expired")) == ["QT-000001"]
    assert numbers(books.get("/estimates", filter_by="Status.Sent")) == []
    books.post(f"/estimates/{estimate['estimate_id']}/status/accepted")
    accepted = books.get(f"/estimates/{estimate['estimate_id']}").body["estimate"]
    assert (accepted["status"], accepted["accepted_date"]) == ("accepted", "2026-06-10")


@pytest.mark.parametrize("accepted", [True, False])
def test_an_invoice_made_from_an_estimate_marks_it_invoiced(books: Any, accepted: bool) -> None:
    customer = books.customer()
    estimate = books.estimate(customer)
    path = f"/estimates/{estimate['estimate_id']}"
    body = {
        "customer_id": customer["contact_id"],
        "line_items": [{"name": "Work", "rate": 1}],
        "invoiced_estimate_id": estimate["estimate_id"],
    }
    assert books.post("/invoices", body).status == 400  # a draft was never offered
    books.post(f"{path}/status/sent")
    if accepted:
        books.post(f"{path}/status/accepted")
    books.made("/invoices", body)
    assert books.get(path).body["estimate"]["status"] == "invoiced"
    assert books.post(f"{path}/status/declined").status == 400
    assert books.put(path, {"notes": "x"}).status == 400
