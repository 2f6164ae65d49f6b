"""An operation of Expense: as those of Books, with Expense's paths and scopes."""

from __future__ import annotations

from functools import partial

from zoho_sandbox.books.operations import open_operation as any_open_operation
from zoho_sandbox.books.operations import operation as any_operation
from zoho_sandbox.books.services import EXPENSE

operation = partial(any_operation, service=EXPENSE)
open_operation = partial(any_open_operation, service=EXPENSE)
