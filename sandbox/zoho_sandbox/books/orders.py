"""What sales orders, purchase orders and bills have in common: making, changing, moving and removing them."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.books import document_store, document_views
from zoho_sandbox.books.document_kinds import DocumentKind
from zoho_sandbox.books.document_store import Document
from zoho_sandbox.books.documents import compose
from zoho_sandbox.books.errors import not_allowed_now
from zoho_sandbox.books.numbering import number_for
from zoho_sandbox.books.operations import BooksCall, resource_answer
from zoho_sandbox.books.states import Moves, move_order
from zoho_sandbox.calls import Answer


def named(books: BooksCall, kind: DocumentKind) -> Document:
    """The document the path names; raises BooksError 1002."""
    return document_store.find(books, kind, books.id(kind.id_key))


def create(books: BooksCall, kind: DocumentKind, more: dict[str, Any], message: str) -> Answer:
    """Store the order a request describes as a draft; `more` is what only its kind has."""
    content = compose(books, kind, books.fields, None)
    document_id = books.sandbox.new_id()
    content = {
        kind.id_key: document_id,
        kind.number_key: number_for(books, kind, document_id),
        **content,
        "is_emailed": False,
        "has_attachment": False,
        "template_name": "Standard Template",
        "template_type": "standard",
        "attachment_name": "",
        "can_send_in_mail": False,
        "created_by_id": books.user.user_id,
        **more,
    }
    document = document_store.insert(books, kind, content, "draft")
    return resource_answer(kind.kind, document_views.detail(books, document), message, status=201)


def change(books: BooksCall, kind: DocumentKind, more: dict[str, Any], closed: frozenset[str], message: str) -> Answer:
    """Change the order the path names, unless it is in one of the `closed` stages."""
    document = named(books, kind)
    if document.stage in closed:
        raise not_allowed_now(f"A {kind.word} in {document.stage} status cannot be edited.")
    content = document.content | compose(books, kind, books.fields, document.content) | more
    content[kind.number_key] = number_for(books, kind, document.document_id, document.number)
    saved = document_store.save(books, document, content, document.stage)
    return resource_answer(kind.kind, document_views.detail(books, saved), message)


def move(books: BooksCall, document: Document, moves: Moves, change: str) -> None:
    """Take a document through its state machine; raises BooksError where the move is not allowed."""
    stage = move_order(moves, document.kind.word, document.stage, change)
    document_store.save(books, document, document.content, stage)
