"""Questions the data leaves open and only a person can answer, by options or the mapping file; all are put at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zoho_sandbox.load.amounts import DecimalMark
from zoho_sandbox.load.dates import DateOrder
from zoho_sandbox.load.errors import FolderError


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of a person, which take precedence over the mapping file. None: the data or the mapping file decides.

    base_currency: ISO code. encoding: of the files that are not Unicode. decimal_mark, date_order: for values that
    can be read either way.
    """

    base_currency: str | None = None
    encoding: str | None = None
    decimal_mark: DecimalMark | None = None
    date_order: DateOrder | None = None


NO_ANSWERS = Answers()


@dataclass(frozen=True, slots=True)
class Question:
    """One open question: where, what was received, the option and the mapping key that answer it, what is valid."""

    place: str
    received: str
    option: str
    key: str
    valid: str

    def __str__(self) -> str:
        told = f"{self.option}, or {self.key} in a mapping file: {self.valid}"
        return f"{self.place}: received {self.received}; valid: {told}"


class OpenQuestionsError(FolderError):
    """The load did not start, as the data can be understood in more than one way. `questions` has at least one."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = tuple(questions)
        super().__init__("\n".join(str(question) for question in questions))
