"""What one kind of finance record is called on the wire and how it is translated; nothing here does I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tsunagi import Fields, NewRecord, Value
from tsunagi_zoho.answers import Json
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.row import Row

# A wire object as our fields.
Reading = Callable[[Row, Ledger], dict[str, Value]]
# Our fields as the body of a write; the object as it stands there when it is changed, None when it is created.
Writing = Callable[[Fields, Row | None, Ledger], Json]


@dataclass(frozen=True, slots=True)
class Listing:
    """How all records of a kind are listed, in an order that paging survives: what changes moves to the front.

    `filtered`: the service itself leaves out what was not changed since a time (`last_modified_time`). Where it
    does not, and `newest_first` says that the latest changes come first, reading stops at what is known.
    """

    query: Mapping[str, str] = field(default_factory=dict)
    filtered: bool = False
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Where the record of an earlier create would be listed, and how to tell that it is the one."""

    path: str
    query: Mapping[str, str]
    matches: Callable[[Row], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record: `path` is under the service's base, `one` and `many` are its keys in answers.

    `verbs` maps each verb to the statuses in which it has nothing left to do. `settled` names the verb a new
    record still needs after it was made, "" for none. `complete` tells whether a listing's row says enough
    to be translated at all. `prints` kinds are documents that can be had as PDF and mailed.
    """

    entity: str
    path: str
    one: str
    many: str
    read: Reading
    write: Writing | None = None
    search: Callable[[NewRecord, Ledger], Search] | None = None
    listing: Listing | None = None
    # Keys of the whole record that a listing's row may lack.
    whole_keys: tuple[str, ...] = ()
    # The field a new record carries its key in, and those the service may drop without a word.
    key_field: str = ""
    uncertain: tuple[str, ...] = ()
    verbs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    settled: Callable[[Fields], str] = lambda _: ""
    complete: Callable[[Row, Ledger], bool] = lambda _row, _ledger: True
    related: tuple[str, ...] = ()
    updatable: bool = False
    prints: bool = False

    @property
    def id_key(self) -> str:
        return f"{self.one}_id"

    def whole(self, row: Row) -> bool:
        """Whether the row says everything there is to know."""
        return all(row.has(key) for key in self.whole_keys)
