"""Documents sent to people by e-mail."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tsunagi.domain.records import RecordRef


@dataclass(frozen=True, slots=True)
class Mail:
    """A message about one document. Empty `subject` and `body` mean: as the service words it."""

    to: tuple[str, ...]
    subject: str = ""
    body: str = ""
    cc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Printed:
    """A document as a PDF file."""

    name: str
    content: bytes


@runtime_checkable
class Printing(Protocol):
    """A connector whose service gives documents as PDF."""

    def pdf(self, ref: RecordRef) -> Printed:
        """Raises RecordNotFound."""
        ...


@runtime_checkable
class Mailing(Protocol):
    """A connector whose service mails documents itself."""

    def email(self, ref: RecordRef, mail: Mail) -> None:
        """Mail the document, attached as PDF, to its readers.

        Not safe to repeat: OutcomeUnknown means that a person has to look whether it arrived.
        """
        ...

    def addresses(self, ref: RecordRef) -> tuple[str, ...]:
        """The e-mail addresses the service itself would send this document to."""
        ...
