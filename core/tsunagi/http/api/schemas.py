"""What several routes take or answer with: lists a page at a time, entered settings, findings, consequences."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from tsunagi.app.connections.services import Consequences
from tsunagi.domain.compatibility import Finding
from tsunagi.domain.connector import Organization
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields, RecordRef, Value
from tsunagi.store.paging import Slice, place, slice_of
from tsunagi.translation import say

# Only documents how to send the token; `authenticate` decides.
DESCRIBED = HTTPBearer(auto_error=False, description="A token of a CRM user: tsunagi tokens create --user EMAIL")

T = TypeVar("T")

After = Annotated[str | None, Query(description="`next` of the page before", max_length=2000)]
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]


class Listing(BaseModel, Generic[T]):
    items: list[T]
    next: str | None = Field(default=None, description="ask for the next page with this as `after`; null at the end")


def page_by_name(items: Sequence[T], name: Callable[[T], str], after: str | None, limit: int) -> Slice[T]:
    """A page of a list that is short enough to have at hand, in the order of its names. Raises NoSuchPlace."""
    last = str(place(after, 1)[0]) if after is not None else ""
    rest = [each for each in sorted(items, key=name) if name(each) > last][: limit + 1]
    return slice_of(rest, limit, [[name(each)] for each in rest])


def page_of_latest(
    items: Sequence[T], place_of: Callable[[T], tuple[datetime, str]], after: str | None, limit: int
) -> Slice[T]:
    """As `page_by_name`, the latest first: by a moment and a name."""
    places = {id(each): [at.isoformat(), name] for each in items for at, name in (place_of(each),)}
    last = [str(part) for part in place(after, 2)] if after is not None else None
    ordered = sorted(items, key=lambda each: places[id(each)], reverse=True)
    rest = [each for each in ordered if last is None or places[id(each)] < last][: limit + 1]
    return slice_of(rest, limit, [[*places[id(each)]] for each in rest])


# Settings of a service as somebody enters them: every text may be a secret, so none is shown again.
Entered = Annotated[
    dict[str, SecretStr | bool | int],
    Field(
        max_length=50,
        description="the fields of the service's settings, credentials among them; never shown again",
        examples=[{"client_id": "1000.ABC", "client_secret": "...", "refresh_token": "1000.DEF"}],
    ),
]


def revealed(values: Mapping[str, SecretStr | bool | int]) -> dict[str, object]:
    return {name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in values.items()}


class OrganizationOut(BaseModel):
    id: str
    name: str
    base_currency: str
    time_zone: str


def organization(found: Organization) -> OrganizationOut:
    return OrganizationOut(id=found.id, name=found.name, base_currency=found.base_currency, time_zone=found.time_zone)


class FindingOut(BaseModel):
    """One thing found; texts are in the caller's language."""

    kind: str
    severity: str = Field(description="refuses: nothing may be connected; acts: the hub does it; tells; fine")
    side: str = Field(description="whom it concerns, or who is to change: crm, finance or both")
    currency: str
    message: str
    what_to_do: str | None


def findings(found: Iterable[Finding]) -> list[FindingOut]:
    return [
        FindingOut(
            kind=finding.kind,
            severity=finding.severity.value,
            side=finding.side,
            currency=finding.currency,
            message=say(finding.message),
            what_to_do=say(finding.what_to_do) if finding.what_to_do else None,
        )
        for finding in found
    ]


class ConsequencesOut(BaseModel):
    """What goes with a service that is switched off; nothing is deleted at the service itself."""

    service: str
    label: str
    organization: str
    panels: list[str]
    features: list[str]
    rules: list[str]
    pairs: list[str]
    permissions: list[str]
    traces: dict[str, int] = Field(description="what the hub keeps of it, by kind")
    findings: list[FindingOut] = Field(description="what becomes of currencies")
    unsure: list[str] = Field(description="what could not be asked")


def consequences_of(known: Consequences) -> ConsequencesOut:
    return ConsequencesOut(
        service=known.service,
        label=say(known.label),
        organization=known.organization,
        panels=[say(label) for label in known.panels],
        features=[say(label) for label in known.features],
        rules=list(known.rules),
        pairs=list(known.pairs),
        permissions=list(known.permissions),
        traces=asdict(known.traces),
        findings=findings(known.findings),
        unsure=[say(text) for text in known.unsure],
    )


class MoneyOut(BaseModel):
    """An exact amount of one currency (ISO 4217)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": "1054.00", "currency": "USD"}]})

    amount: str
    currency: str


class RefOut(BaseModel):
    """The one name of a record, with what people call it where the hub knows."""

    service: str
    entity: str
    id: str
    title: str | None = None


def money(value: Money) -> MoneyOut:
    return MoneyOut(amount=exact(value), currency=value.currency)


def exact(value: Money) -> str:
    """With at least the digits its currency is paid in, and every further significant one."""
    rounded = value.rounded().amount
    if rounded == value.amount:
        return f"{rounded:f}"
    return f"{value.amount.normalize():f}"


def reference(ref: RecordRef, titles: Mapping[RecordRef, str] | None = None) -> RefOut:
    return RefOut(service=ref.service, entity=ref.entity, id=ref.id, title=(titles or {}).get(ref))


def fields(values: Fields) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def plain(value: Value) -> Any:
    match value:
        case Money():
            return money(value).model_dump()
        case RecordRef():
            return reference(value).model_dump(exclude_none=True)
        case Decimal():
            return f"{value:f}"
        case datetime() | date():
            return value.isoformat()
        case tuple():
            return [plain(item) for item in value]
        case Mapping():
            return fields(value)
        case _:
            return value
