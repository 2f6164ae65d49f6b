"""Numbers of documents: counted up by themselves, or given by hand where the request says so."""

from __future__ import annotations

from zoho_sandbox.books.document_kinds import DocumentKind
from zoho_sandbox.books.errors import NUMBERING_CODE, BooksError, already_exists
from zoho_sandbox.books.operations import BooksCall


def number_for(books: BooksCall, kind: DocumentKind, document_id: str, current: str = "") -> str:
    """The number a new or changed document gets; raises BooksError.

    A number of one's own needs `ignore_auto_number_generation=true`, which in turn needs the number.
    """
    given = books.fields.text(kind.number_key, 100)
    by_hand = books.wants("ignore_auto_number_generation")
    if given and given == current:
        return current
    if given and not by_hand:
        raise BooksError(
            400,
            NUMBERING_CODE,
            f"{kind.label} numbers are generated automatically. To use your own, pass"
            " ignore_auto_number_generation as true.",
        )
    if given:
        if _taken(books, kind, given, document_id):
            raise already_exists(f"{kind.label} number", given)
        return given
    if by_hand and not current:
        raise BooksError(400, 2, f"Invalid value passed for {kind.number_key}")
    return current or _next(books, kind, document_id)


def _next(books: BooksCall, kind: DocumentKind, document_id: str) -> str:
    while True:
        count = books.db.count_up(f"books/{books.ledger}/{kind.kind}", 0)
        number = f"{kind.prefix}{count:0{kind.digits}d}"
        if not _taken(books, kind, number, document_id):
            return number


def _taken(books: BooksCall, kind: DocumentKind, number: str, document_id: str) -> bool:
    return bool(
        books.db.value(
            "SELECT 1 FROM books_documents WHERE ledger = ? AND kind = ? AND number = ? AND document_id <> ?",
            (books.ledger, kind.kind, number, document_id),
        )
    )
