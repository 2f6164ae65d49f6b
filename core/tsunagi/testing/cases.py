"""How each kind of record is put to the test."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tsunagi import Fields

if TYPE_CHECKING:
    from tsunagi.testing.subject import Subject

# Amounts that show a float on their way: the first has no exact one, the others have many digits.
_AMOUNTS = (Decimal("0.10"), Decimal("1234567.89"), Decimal("8372094.17"), Decimal("90071992.41"))


def amount(number: int) -> Decimal:
    """What the record `number` costs, in a currency with two digits after the point."""
    return _AMOUNTS[number % len(_AMOUNTS)]


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of record.

    `new`       the fields of the record `number`, created by the connector; None where it cannot create any. No two
                records have one number, so that names made of it are free. `subject.other("customer")` refers to a
                record of another kind.
    `change`    what an update writes, another value for each number; None where the connector cannot update.
    `verb`      one of the kind's verbs, for a record that was just made.
    `amount`    the money field in which a record says that it costs `amount(number)`.
    `unlisted`  why the service has no list of all records of this kind, though a sync needs one; the tests of
                listings are skipped with this reason.
    """

    entity: str
    new: Callable[["Subject", int], Fields] | None = None
    change: Callable[[int], Fields] | None = None
    verb: str = ""
    amount: str = ""
    unlisted: str = ""
