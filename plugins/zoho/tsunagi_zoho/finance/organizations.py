"""The organisations of a finance service that the credentials reach."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tsunagi import AccessRefused, ConnectorContext, Limits, Organization, Text
from tsunagi_zoho.answers import Json
from tsunagi_zoho.client import ZohoClient
from tsunagi_zoho.finance.calls import list_in
from tsunagi_zoho.finance.row import Row
from tsunagi_zoho.finance_errors import finance_error

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
