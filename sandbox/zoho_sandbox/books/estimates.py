"""Estimates (the service's pages call them quotes): their operations."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.books import document_store, document_views
from zoho_sandbox.books.document_answers import answer, mail_offers, several_as_pdf
from zoho_sandbox.books.document_kinds import ESTIMATE
from zoho_sandbox.books.document_store import Document
from zoho_sandbox.books.documents import compose
from zoho_sandbox.books.errors import not_allowed_now
from zoho_sandbox.books.numbering import number_for
from zoho_sandbox.books.operations import BooksCall, offer, success
from zoho_sandbox.books.states import move_estimate
from zoho_sandbox.calls import Answer

_LIST = document_views.estimate_list(ESTIMATE)


def _estimate(books: BooksCall) -> Document:
    return document_store.find(books, ESTIMATE, books.id("estimate_id"))


def _create(books: BooksCall) -> Answer:
    content = compose(books, ESTIMATE, books.fields, None)
    estimate_id = books.sandbox.new_id()
    sent = books.wants("send")
    content = {
        "estimate_id": estimate_id,
        "estimate_number": number_for(books, ESTIMATE, estimate_id),
        **content,
        "accepted_date": "",
        "declined_date": "",
        "is_emailed": sent,
        "is_viewed_by_client": False,
        "client_viewed_time": "",
        "has_attachment": False,
        "template_name": "Standard Template",
        "created_by": books.user.name,
    }
    estimate = document_store.insert(books, ESTIMATE, content, "sent" if sent else "draft")
    return success("The quote has been created.", status=201, estimate=document_views.detail(books, estimate))


def _list(books: BooksCall) -> Answer:
    return document_views.list_answer(books, _LIST)


def _get(books: BooksCall) -> Answer:
    return answer(books, _estimate(books))


def _change(books: BooksCall) -> Answer:
    estimate = _estimate(books)
    if estimate.stage == "invoiced":
        raise not_allowed_now("A quote that has been invoiced cannot be edited.")
    content = estimate.content | compose(books, ESTIMATE, books.fields, estimate.content)
    content["estimate_number"] = number_for(books, ESTIMATE, estimate.document_id, estimate.number)
    saved = document_store.save(books, estimate, content, estimate.stage)
    return success("Quote information has been updated.", estimate=document_views.detail(books, saved))


def _remove(books: BooksCall) -> Answer:
    document_store.remove(books, _estimate(books))
    return success("The quote has been deleted.")


def move(books: BooksCall, estimate: Document, change: str) -> None:
    """Take an estimate through its state machine; raises BooksError where the move is not allowed."""
    stage = move_estimate(estimate.stage, change)
    dates: dict[str, Any] = {}
    if change in ("accepted", "declined"):
        dates = {"accepted_date": "", "declined_date": "", f"{change}_date": books.today.isoformat()}
    document_store.save(books, estimate, estimate.content | dates, stage)


def _send(books: BooksCall) -> Answer:
    move(books, _estimate(books), "sent")
    return success("Quote status has been changed to Sent.")


def _accept(books: BooksCall) -> Answer:
    move(books, _estimate(books), "accepted")
    return success("Quote status has been changed to Accepted.")


def _decline(books: BooksCall) -> Answer:
    move(books, _estimate(books), "declined")
    return success("Quote status has been changed to Declined.")


_ONE = "/estimates/{estimate_id}"
OFFERS = (
    offer("GET", "/estimates/pdf", several_as_pdf(ESTIMATE), scope="estimates.READ"),
    offer("POST", "/estimates", _create, scope="estimates.CREATE"),
    offer("GET", "/estimates", _list, scope="estimates.READ"),
    offer("GET", _ONE, _get, scope="estimates.READ"),
    offer("PUT", _ONE, _change, scope="estimates.UPDATE"),
    offer("DELETE", _ONE, _remove, scope="estimates.DELETE"),
    offer("POST", f"{_ONE}/status/sent", _send, scope="estimates.CREATE"),
    offer("POST", f"{_ONE}/status/accepted", _accept, scope="estimates.CREATE"),
    offer("POST", f"{_ONE}/status/declined", _decline, scope="estimates.CREATE"),
    *mail_offers(ESTIMATE),
)
