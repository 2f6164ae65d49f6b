"""An operation of Expense: as those of Books, with Expense's paths and scopes."""

from __future__ import annotations

from functools import partial

from zoho_sandbox.books.operations import BooksCall, Handler
from zoho_sandbox.books.operations import open_operation as any_open_operation
from zoho_sandbox.books.operations import operation as any_operation
from zoho_sandbox.books.services import EXPENSE
from zoho_sandbox.calls import Answer, Operation
from zoho_sandbox.expense import categories

open_operation = partial(any_open_operation, service=EXPENSE)


def operation(method: str, path: str, handler: Handler, *, scope: str) -> Operation:
    """An operation on one organisation, which has the usual categories from its first call on."""

    def answer(books: BooksCall) -> Answer:
        categories.add_standard(books.sandbox, books.organization_id)
        return handler(books)

    return any_operation(method, path, answer, scope=scope, service=EXPENSE)
