"""Comments, approvals and records named by a custom field: the same for every kind of record."""

from typing import Any

import pytest

KINDS = ("estimate", "invoice", "salesorder", "purchaseorder")


def document(books: Any, kind: str, **fields: Any) -> dict[str, Any]:
    party = books.vendor() if kind == "purchaseorder" else books.customer()
    make = getattr(books, kind, books.order)
    made: dict[str, Any] = make(party, **fields)
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_is_commented(books: Any, kind: str) -> None:
    path = f"/{kind}s/{document(books, kind)[f'{kind}_id']}/comments"
    assert books.get(path).body["comments"] == []
    assert books.post(path, {"description": "Call them"}).status in (200, 201)
    assert books.post(path, {"description": ""}).status == 400
    (comment,) = books.get(path).body["comments"]
    assert (comment["description"], comment["transaction_type"]) == ("Call them", kind)
    one = f"{path}/{comment['comment_id']}"
    assert books.put(one, {"description": "Called"}).status == 200
    assert books.get(path).body["comments"][0]["description"] == "Called"
    assert books.delete(one).message == "The comment has been deleted."
    assert books.delete(one).status == 404
    assert books.get(f"/{kind}s/1/comments").status == 404


def test_a_contact_is_commented_and_its_comments_go_with_it(books: Any) -> None:
    customer = books.customer()
    path = f"/contacts/{customer['contact_id']}"
    for text in ("first", "second"):
        assert books.post(f"{path}/comments", {"description": text}).message == "The comment has been added."
    page = books.get(f"{path}/comments", per_page=1).body
    assert [comment["description"] for comment in page["contact_comments"]] == ["second"]
    assert page["page_context"]["has_more_page"] is True
    assert books.delete(path).status == 200
    assert books.get(f"{path}/comments").status == 404


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_is_submitted_approved_and_goes_out(books: Any, kind: str) -> None:
    made = document(books, kind)
    path = f"/{kind}s/{made[f'{kind}_id']}"
    assert books.post(f"{path}/approve").status == 400
    for step, status in (("submit", "pending_approval"), ("approve", "approved")):
        assert books.post(f"{path}/{step}").status == 200
        assert books.shown(kind, made)["status"] == status
        (row,) = books.get(f"/{kind}s", status=status).body[f"{kind}s"]
        assert row["status"] == status
    live = "sent" if kind in ("estimate", "invoice") else "open"
    assert books.post(f"{path}/status/{live}").status in (200, 201)
    assert books.shown(kind, made)["status"] == live
    assert books.post(f"{path}/submit").status == 400


def test_what_is_rejected_can_be_submitted_again(books: Any) -> None:
    invoice = document(books, "invoice")
    path = f"/invoices/{invoice['invoice_id']}"
    for step in ("submit", "reject", "submit"):
        assert books.post(f"{path}/{step}").status == 200
    assert books.shown("invoice", invoice)["status"] == "pending_approval"


def named(books: Any, path: str, value: str, body: Any, *, upsert: bool = False) -> Any:
    headers = {"X-Unique-Identifier-Key": "cf_deal", "X-Unique-Identifier-Value": value, "X-Upsert": str(upsert)}
    return books.http.put(
        f"{books.base}{path}", params={"organization_id": books.organization_id}, json=body, headers=headers
    )


def test_a_contact_is_changed_or_made_by_its_custom_field(books: Any) -> None:
    body = {"contact_name": "Acme", "custom_fields": [{"api_name": "cf_deal", "value": "D-1"}]}
    assert named(books, "/contacts", "D-1", body).status_code == 404
    made = named(books, "/contacts", "D-1", body, upsert=True)
    assert (made.status_code, made.json()["message"]) == (200, "The contact has been added.")
    again = named(books, "/contacts", "D-1", body | {"notes": "known"}, upsert=True)
    assert again.json()["contact"]["contact_id"] == made.json()["contact"]["contact_id"]
    assert again.json()["contact"]["notes"] == "known"
    books.customer("Twin", custom_fields=body["custom_fields"])
    assert named(books, "/contacts", "D-1", body).status_code == 400
    assert books.put("/contacts", body).message == "Invalid value passed for X-Unique-Identifier-Key"


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_is_changed_by_its_custom_field(books: Any, kind: str) -> None:
    made = document(books, kind, custom_fields=[{"api_name": "cf_deal", "value": "D-2"}])
    changed = named(books, f"/{kind}s", "D-2", {"notes": "by field"})
    assert changed.json()[kind]["notes"] == "by field"
    assert books.shown(kind, made)["notes"] == "by field"


def test_an_item_is_made_by_its_custom_field(books: Any) -> None:
    body = {"name": "Sensor", "rate": 10, "custom_fields": [{"api_name": "cf_deal", "value": "D-3"}]}
    first = named(books, "/items", "D-3", body, upsert=True).json()["item"]
    second = named(books, "/items", "D-3", body | {"rate": 12}, upsert=True).json()["item"]
    assert (second["item_id"], second["rate"]) == (first["item_id"], 12)
