"""An operation of Billing: as those of Books, with Billing's paths and scopes, and renewals that are due made first."""

from __future__ import annotations

from functools import partial

from zoho_sandbox.billing.renewals import catch_up
from zoho_sandbox.books.operations import BooksCall, Handler
from zoho_sandbox.books.operations import open_operation as any_open_operation
from zoho_sandbox.books.operations import operation as any_operation
from zoho_sandbox.books.services import BILLING
from zoho_sandbox.calls import Answer, Operation

open_operation = partial(any_open_operation, service=BILLING)


def operation(method: str, path: str, handler: Handler, *, scope: str) -> Operation:
    """An operation on one organisation, as it stands at the sandbox's present."""

    def answer(books: BooksCall) -> Answer:
        catch_up(books)
        return handler(books)

    return any_operation(method, path, answer, scope=scope, service=BILLING)
