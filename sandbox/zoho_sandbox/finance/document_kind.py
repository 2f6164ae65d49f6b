"""What sets one kind of document apart from another: its names, fields, statuses and state machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from zoho_sandbox.finance.errors import not_allowed_now

# Move -> stage before -> stage after; a move that is missing is refused.
Moves = Mapping[str, Mapping[str, str]]
# Stage, total, balance, end date and today's date give the status answers show.
Called = Callable[[str, Decimal, Decimal, str, date], str]


def _by_stage(stage: str, _total: Decimal, _balance: Decimal, _end_date: str, _today: date) -> str:
    return stage


@dataclass(frozen=True, slots=True)
class StatusCall:
    """`POST /{kind}s/{id}/{path}`: the move it makes and what is answered."""

    path: str
    move: str
    message: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Source:
    """What a new document is made from: the request's `key` names documents of `kind`, with which `move` is made."""

    key: str
    kind: str
    move: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """`kind` names paths and keys ("invoice"), `word` is what messages call it ("quote" for an estimate).

    key, numbered_as: the keys of one and of its number, where they do not follow from `kind`.
    prefix, digits: of its numbers; without a prefix they are given by hand, as the vendor's own are.
    titles: head it on paper, in English and Japanese.
    end_date: the key of the date it runs to.
    owes: its total is a receivable or payable in the stage `live`, the one it leaves draft for.
    amounts: what settles its total, or uses it up; its balance is what they leave. Without them it has no balance.
    first: the stage of a new one. sendable: `send=true` makes it a sent one at once.
    mailed, mailed_status: what is answered when one is mailed; without it none is printed or mailed. in_bulk: many are
        printed in one file.
    moves, calls, statuses: its state machine, the calls that move it, and its statuses as conditions of a list,
        where `:today` stands for the organisation's date.
    said: the messages of making, changing and deleting one.
    closed, undeletable: stages in which it cannot be changed, or deleted.
    dated: moves whose day is kept, in `<move>_date`.
    texts, ids, days, id_lists: fields only this kind has. sources: see Source. blank: what no request says.
    unlisted: keys only the detail shows, beside those no list shows. bare: the detail has no figures in base currency.
    """

    kind: str
    word: str
    prefix: str
    titles: tuple[str, str]
    end_date: str
    live: str
    moves: Moves
    calls: tuple[StatusCall, ...]
    statuses: Mapping[str, str]
    said: tuple[str, str, str]
    unlisted: frozenset[str] = frozenset({"billing_address", "shipping_address"})
    key: str = ""
    numbered_as: str = ""
    digits: int = 6
    party: Literal["customer", "vendor"] = "customer"
    owes: bool = False
    amounts: tuple[str, ...] = ()
    first: str = "draft"
    sendable: bool = False
    mailed: str = ""
    mailed_status: int = 200
    in_bulk: bool = False
    bare: bool = False
    called: Called = _by_stage
    closed: frozenset[str] = frozenset()
    undeletable: frozenset[str] = frozenset()
    dated: tuple[str, ...] = ()
    texts: Mapping[str, int] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    id_lists: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    blank: Mapping[str, Any] = field(default_factory=dict)

    @property
    def plural(self) -> str:
        """As paths and scopes name them."""
        return f"{self.kind}s"

    @property
    def one(self) -> str:
        """The key of one in answers; a list has an s behind it."""
        return self.key or self.kind

    @property
    def id_key(self) -> str:
        return f"{self.one}_id"

    @property
    def number_key(self) -> str:
        return self.numbered_as or f"{self.kind}_number"

    @property
    def party_key(self) -> str:
        return f"{self.party}_id"

    @property
    def party_name_key(self) -> str:
        return f"{self.party}_name"

    @property
    def rate_key(self) -> str:
        """Which of an item's rates its lines take."""
        return "rate" if self.party == "customer" else "purchase_rate"

    @property
    def label(self) -> str:
        return self.word.capitalize()


def with_approval(live: str, moves: Moves) -> Moves:
    """The moves of a kind that may be submitted and approved before it leaves for `live`."""
    return {
        **moves,
        live: {**moves[live], "approved": live},
        "submit": {"draft": "pending_approval", "rejected": "pending_approval"},
        "approve": {"pending_approval": "approved"},
        "reject": {"pending_approval": "rejected"},
    }


def moved(kind: DocumentKind, stage: str, move: str) -> str:
    """The stage a document is in after `move`; raises FinanceError where the move is not allowed."""
    after = kind.moves[move].get(stage)
    if after is None:
        raise not_allowed_now(_refusal(kind.word, stage, move))
    return after


def _refusal(word: str, stage: str, move: str) -> str:
    if move == "draft":
        return f"Only void {word}s can be changed to draft."
    if stage == move:
        return f"The {word} has already been {move}."
    if stage == "draft" and move in ("accepted", "declined"):
        return f"A {word} in draft status cannot be {move}. Mark it as sent first."
    return f"{with_article(word)} in {stage} status cannot be marked as {move}."


def with_article(word: str) -> str:
    """ "An invoice", "A bill"."""
    return f"{'An' if word[0] in 'aeiou' else 'A'} {word}"
