"""One organisation of a finance service: calls about it, finding or creating it, and its people."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tsunagi import AccessRefused, BrokenAnswer, ConnectorContext, Limits, NewOrganization, Organization, Person, Text
from tsunagi_zoho.answers import Answer, Json, finance_page
from tsunagi_zoho.client import ZohoClient
from tsunagi_zoho.errors import finance_error
from tsunagi_zoho.finance.wire import Row

PAGE_SIZE = 200

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OrganizationClient:
    """The calls of ZohoClient, each naming the organisation."""

    client: ZohoClient
    organization_id: str

    @property
    def service(self) -> str:
        return self.client.service

    def get(self, path: str, query: Query | None = None) -> Answer:
        return self.client.get(path, params=self._scope(query))

    def download(self, path: str, media_type: str, query: Query | None = None) -> Answer:
        return self.client.download(path, media_type=media_type, params=self._scope(query))

    def post(
        self,
        path: str,
        json: Mapping[str, Any] | None = None,
        query: Query | None = None,
        *,
        repeatable: bool = False,
    ) -> Answer:
        return self.client.post(path, json, params=self._scope(query), repeatable=repeatable)

    def put(self, path: str, json: Mapping[str, Any]) -> Answer:
        """Writing the same fields twice is the same as once."""
        return self.client.put(path, json, params=self._scope(), repeatable=True)

    def delete(self, path: str) -> Answer:
        return self.client.delete(path, params=self._scope(), repeatable=True)

    def rows(self, path: str, key: str, query: Query | None = None) -> Iterator[Json]:
        """Every row of a list, one call a page."""
        more, number = True, 1
        while more:
            asked = {**(query or {}), "page": str(number), "per_page": str(PAGE_SIZE)}
            page = finance_page(self.get(path, asked), key)
            yield from page.rows
            more, number = page.more, number + 1

    def _scope(self, query: Query | None = None) -> dict[str, str]:
        return {"organization_id": self.organization_id, **(query or {})}


def object_in(answer: Answer, key: str) -> Json:
    """The object under `key`. Raises BrokenAnswer naming what came instead."""
    data = answer.body.get(key)
    if not isinstance(data, dict):
        raise missing(answer, key)
    return data


def list_in(answer: Answer, key: str) -> list[Json]:
    """The list under `key`. Raises BrokenAnswer naming what came instead."""
    rows = answer.body.get(key)
    if not isinstance(rows, list):
        raise missing(answer, key)
    return rows


def missing(answer: Answer, key: str) -> BrokenAnswer:
    received = ", ".join(sorted(answer.body)) or "-"
    return BrokenAnswer(
        Text(
            en=f"{answer.request}: '{key}' was expected, got: {received}.",
            ja=f"{answer.request}: 「{key}」が必要ですが、受け取った項目: {received}",
        ),
        service=answer.service,
    )


# Per organisation; the free plan allows five calls at a time.
LIMITS = Limits(per_minute=100, concurrency=5)


def finance_client(context: ConnectorContext, service: str, base_path: str) -> ZohoClient:
    """A client for every organisation: calls about one of them name it in `organization_id`."""
    return ZohoClient(context, service=service, base_path=base_path, error_reader=finance_error, limits=LIMITS)


def list_organizations(client: ZohoClient) -> tuple[Organization, ...]:
    """All of them, the default one first. One call."""
    answer = client.get("/organizations")
    rows = list_in(answer, "organizations")
    default_first = sorted(rows, key=lambda data: data.get("is_default_org") is not True)
    return tuple(organization_of(client.service, data) for data in default_first)


def chosen(organizations: Sequence[Organization], wanted: str, service: str) -> Organization:
    """The organisation with this id, the default one where none is wanted. Raises AccessRefused."""
    found = next((each for each in organizations if wanted in ("", each.id)), None)
    if found is not None:
        return found
    reached = ", ".join(f"{each.name} ({each.id})" for each in organizations) or "-"
    raise AccessRefused(
        Text(
            en=f"The credentials do not reach the {service} organisation {wanted}, only: {reached}.",
            ja=f"この認証情報では {service} の組織 {wanted} に接続できません(接続できる組織: {reached})。",
        ),
        service=service,
        hint=Text(
            en="Choose one of these, or have its administrator invite the user whose refresh token this is.",
            ja="上の組織を選ぶか、組織の管理者にこのトークンのユーザーを招待してもらってください。",
        ),
    )


def organization_of(service: str, data: Json) -> Organization:
    row = Row(service, "organization", data)
    return Organization(
        id=row.required_text("organization_id"),
        name=row.text("name"),
        base_currency=row.currency(),
        time_zone=_zone(row.text("time_zone")),
    )


def _zone(name: str) -> str:
    """Old organisations have abbreviations there that name no place."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"
    return name


_LONGEST_PORTAL = 30
_NOT_IN_A_PORTAL = re.compile("[^a-z0-9]")


def create_organization(
    context: ConnectorContext, new: NewOrganization, *, service: str, base_path: str
) -> Organization:
    """Create it. One call, never repeated: after OutcomeUnknown the list of organisations shows the outcome.

    Where the context names an organisation, which is then known to another service, that one joins this service and
    keeps its id.
    """
    body = {
        "name": new.name,
        "currency_code": new.currency,
        "time_zone": new.time_zone,
        "language_code": new.language,
        "portal_name": portal_name(new),
        **({"address": {"country": new.country}} if new.country else {}),
    }
    known = context.organization_id
    headers = {f"X-com-zoho-{service}-organizationid": known} if known else {}
    with finance_client(context, service, base_path) as client:
        answer = client.post("/organizations", body, headers=headers)
    return organization_of(service, object_in(answer, "organization"))


def portal_name(new: NewOrganization) -> str:
    """The address of the customers' portal, which is needed and must be free: readable where the name is in Latin."""
    readable = _NOT_IN_A_PORTAL.sub("", new.name.casefold())
    own = hashlib.sha256("\n".join((new.name, new.country, new.currency, new.time_zone)).encode()).hexdigest()[:8]
    return f"{readable[: _LONGEST_PORTAL - len(own)]}{own}"


_ADMINISTRATOR = "admin"
_ACTIVE = "active"


def current_person(calls: OrganizationClient) -> Person:
    """Whom the refresh token belongs to. One call."""
    return _person(Row(calls.service, "user", object_in(calls.get("/users/me"), "user")))


def all_people(calls: OrganizationClient) -> tuple[Person, ...]:
    """Everybody, the invited and the deactivated too; one call a page."""
    rows = calls.rows("/users", "users", {"filter_by": "Status.All"})
    return tuple(_person(Row(calls.service, "user", data)) for data in rows)


def _person(row: Row) -> Person:
    role = row.text("user_role")
    return Person(
        service=row.service,
        id=row.required_text("user_id"),
        email=row.text("email"),
        name=row.text("name"),
        profile=role,
        administrator=role.casefold() == _ADMINISTRATOR,
        # Somebody invited has not come in yet.
        active=row.text("status").casefold() == _ACTIVE,
    )
