"""The contract between the hub and one outside service.

SERVICE      a system records live in, by its short name: "crm", "payroll"
ENTITY       a kind of record of that service: "account", "invoice"
CURSOR       an opaque text that marks how far a listing has come; only its connector can read it
VERSION      an opaque text that changes whenever a record does
KEY          a text that names one intended write for ever; the connector keeps it where the service can
CONNECTION   what is stored about a connected organisation: its id, base URL, settings, sealed credentials
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from tsunagi.domain.compatibility import Compatibility
from tsunagi.domain.entities import FieldSpec
from tsunagi.domain.events import Subscription
from tsunagi.domain.records import Fields, Record, RecordRef
from tsunagi.text import Text

if TYPE_CHECKING:
    from pydantic import BaseModel

Cursor = str
Listing = Literal["all", "by_parent", "none"]

# The two sides of a bridge, the values of ConnectorType.side.
CRM = "crm"
FINANCE = "finance"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector can do with one entity.

    `page_size` is how many records one listing call returns, `batch_create` how many one write can create. `listing`
    is whether `changes` can list every record of the kind: "all" of them, "by_parent" where the service lists them a
    parent at a time only (those of a `parent` record by its `related` list `relation`), or "none". What cannot be
    listed completely is never treated as deleted because a listing lacks it. `batch_update` is as `batch_create`,
    and `carries` names those of the `related` lists whose records can be created in the same call as the record itself
    (see tsunagi.domain.abilities). `lists_unchanged` says that every listing reads all records of the kind, and
    `written_whole` names fields that are written with others beside them, as the parts of an address are.
    """

    create: bool = False
    update: bool = False
    delete: bool = False
    page_size: int = 200
    batch_create: int = 1
    batch_update: int = 1
    verbs: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    listing: Listing = "all"
    parent: str = ""
    relation: str = ""
    carries: tuple[str, ...] = ()
    lists_unchanged: bool = False
    written_whole: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing. Ask again with `cursor`: at once while `more`, at the next sync otherwise."""

    records: tuple[Record, ...]
    cursor: Cursor
    more: bool


@dataclass(frozen=True, slots=True)
class NewRecord:
    """One record to create, with the key that makes the write safe to repeat."""

    key: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Organization:
    """The organisation behind a connection, as its service describes it."""

    id: str
    name: str
    base_currency: str
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """An organisation to create in a service."""

    name: str
    country: str
    currency: str
    time_zone: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Feature:
    """Something of a service that can be switched on or off separately.

    Its `entities` are neither fetched nor shown while it is off.
    """

    name: str
    label: Text
    entities: tuple[str, ...]


class Connector(Protocol):
    """A connected service. Synchronous; safe to call from several threads.

    Any method may raise AuthenticationFailed, AccessRefused, RateLimited, ServiceUnavailable or
    BrokenAnswer; a write may also raise OutcomeUnknown, after which `find` shows whether it took effect.
    """

    @property
    def service(self) -> str: ...

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        """By entity name."""
        ...

    def organization(self) -> Organization:
        """Who is at the other end; also the check that the credentials work."""
        ...

    def changes(self, entity: str, cursor: Cursor | None) -> Page:
        """Records created or changed since `cursor`, all of them when it is None.

        A record may appear more than once over several calls, never be left out. One HTTP call a page; a kind that
        cannot be listed completely (see Capabilities.listing) has an empty page and costs none.
        """
        ...

    def get(self, ref: RecordRef) -> Record:
        """Read one complete record. Raises RecordNotFound."""
        ...

    def get_many(self, entity: str, ids: Sequence[str]) -> tuple[Record, ...]:
        """Read records by id, at most `page_size` of them, in as few calls as the service allows.

        Ids that do not exist (any more) are left out of the answer.
        """
        ...

    def related(self, ref: RecordRef, relation: str) -> tuple[Record, ...]:
        """Records that hang on `ref`, such as a deal's "products"; empty where the service has no such list."""
        ...

    def create(self, entity: str, new: NewRecord) -> Record:
        """Create one record. Raises RecordRejected."""
        ...

    def find(self, entity: str, new: NewRecord) -> Record | None:
        """The record an earlier `create` with this key made, or None if none was made."""
        ...

    def update(self, ref: RecordRef, changes: Fields, *, expected_version: str | None) -> Record:
        """Change only these fields. Raises StaleRecord if the record moved on, RecordRejected, RecordNotFound, and
        ChangeNotKept where the service's answer does not show a change.

        What a service cannot change in place (whom a person belongs to) may be created again and removed there: the
        answer is then a record with another ref, which takes the old one's place. Safe to repeat until it is done.
        `expected_version` None means: whatever its state.
        """
        ...

    def delete(self, ref: RecordRef) -> None:
        """Delete the record; one that was deleted already is no error."""
        ...

    def perform(self, ref: RecordRef, verb: str, parameters: Fields) -> Record:
        """Move a record through its life: `sent`, `accepted`, `void`. Safe to repeat.

        Returns the record as it is afterwards. Raises RecordRejected where its state does not allow the verb.
        """
        ...

    def subscribe(self, subscription: Subscription) -> Subscription | None:
        """Ask for callbacks, or renew them; returns what was granted, None where the service has none."""
        ...

    def close(self) -> None:
        """Give back sockets and files."""
        ...


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One HTTP call a connector made, for counting: seconds waited, status (0: no answer came).

    `allowance` is what the service said of the day's limit with its answer, where it does. `cost` is how many calls of
    the day it takes where the service charges more than one for some.
    """

    service: str
    method: str
    path: str
    status: int
    seconds: float
    attempt: int = 1
    allowance: "Allowance | None" = None
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a service says of the calls it takes in a day: how many in all, how many are left, and when it said so.

    `left` is below zero where it let more through. `resets_at` is when there are `limit` again, where it says that.
    """

    limit: int
    left: int
    at: datetime
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast one organisation may be called; None: no limit.

    `per_day` (in any 24 hours) is for services that do not say how many calls are left: the hub counts its own.
    """

    per_minute: int | None = None
    concurrency: int | None = None
    per_day: int | None = None


class RateLimiter(Protocol):
    """Spends an organisation's allowance, shared by every process of the installation."""

    def acquire(self) -> None:
        """Return when one call may be made; waits for its turn."""
        ...

    def penalize(self, seconds: float) -> None:
        """The service throttled us: no calls for this long."""
        ...


class SecretBox(Protocol):
    """Small secret values of one connection, encrypted where they are kept."""

    def load(self) -> Mapping[str, str]:
        """All of them, as last saved by any process."""
        ...

    def save(self, values: Mapping[str, str]) -> None: ...

    def locked(self, name: str) -> AbstractContextManager[None]:
        """Hold the one lock of this name among all processes of the installation."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectorContext:
    """What the hub hands a plugin to build a connector with.

    `settings` is an instance of the model the ConnectorType named. `observe` gets every HTTP call.
    `base_currency` is that of the connected organisation, empty before one is chosen. Whatever a connector waits
    for, it waits with `sleep` (seconds): a test's waiting costs nothing. `added_fields` gives, for a kind of record,
    the fields that the organisation has added and that are kept in step: read and written like declared ones.
    """

    connection: str
    organization_id: str
    settings: "BaseModel"
    secrets: SecretBox
    limiter: Callable[[Limits], RateLimiter]
    observe: Callable[[ApiCall], None]
    now: Callable[[], datetime]
    base_currency: str = ""
    sleep: Callable[[float], None] = time.sleep
    added_fields: Callable[[str], Sequence[FieldSpec]] = lambda _: ()


@dataclass(frozen=True, slots=True)
class SettingLabel:
    """How a field of a service's settings is called where people enter it: `Annotated[str, SettingLabel(...)]`.

    `help` explains in a sentence where to find the value. `basic` False: few people need it, and forms show it apart.
    """

    label: Text
    help: Text | None = None
    basic: bool = True


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent at the vendor's own page (OAuth 2.0, authorization code) in place of a secret entered by hand.

    `fills` names the setting that comes of it. `url(settings, redirect_uri, state)` is the page to send the person
    to; it comes back to `redirect_uri` with `code` and `state`. `exchange(settings, code, redirect_uri)` gives the
    setting's value and raises what the service raises. In both, `settings` has a placeholder where it is missing.
    A service that documents PKCE (RFC 7636, S256) has `exchange_verified`, which is `exchange` with the code verifier
    at the end; the hub then adds the challenge to the page's address.
    """

    fills: str
    url: Callable[["BaseModel", str, str], str]
    exchange: Callable[["BaseModel", str, str], str]
    exchange_verified: Callable[["BaseModel", str, str, str], str] | None = None


@dataclass(frozen=True, slots=True)
class ConnectorType:
    """A service a plugin can connect to.

    `settings` is a pydantic model of what an administrator enters; fields typed SecretStr go to the SecretBox. What is
    entered is validated with the context `{"allowed_hosts": frozenset}`: the hosts that the hub's settings permit
    beside the service's own; refuse others with the error type "host_not_allowed". What is stored has no context.
    `build` makes the connector; `probe` lists the organisations the credentials reach. `entities` are listed by a
    sync; those of a switched-off feature are left out. `when_paired` are listed only while a sync pair in force joins
    them, so that what nobody uses costs no call. `create` makes an organisation where the service has an API
    for it; elsewhere `create_by_hand` explains what a person has to do. `side` is CRM or FINANCE. `compatibility` are a
    CRM's rules of joining it with finance organisations, None where there are none. `rate_places` is how many decimals
    the service keeps of an exchange rate. `consent` is there where people may agree at the vendor's own page.
    `frames(settings)` of a CRM names where its own pages are, as "https://crm.example", so that they may show the hub's
    widget in a frame; `settings` are those stored, without the secret ones.
    """

    service: str
    label: Text
    side: str
    settings: "type[BaseModel]"
    build: Callable[[ConnectorContext], Connector]
    probe: Callable[[ConnectorContext], Sequence[Organization]]
    entities: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    create: Callable[[ConnectorContext, NewOrganization], Organization] | None = None
    create_by_hand: Text | None = None
    compatibility: Compatibility | None = None
    rate_places: int = 6
    consent: Consent | None = None
    frames: Callable[[Mapping[str, object]], Sequence[str]] | None = None
    when_paired: tuple[str, ...] = ()

    @property
    def listable(self) -> tuple[str, ...]:
        """Every kind that a sync may list."""
        return (*self.entities, *self.when_paired)

    @property
    def is_crm(self) -> bool:
        """Is it on the CRM's side, rather than one that bills or spends?"""
        return self.side == CRM
