"""Organisations that do not exist yet: created where the service has an API for it, explained where it has none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tsunagi.app.access.permissions import require_administrator
from tsunagi.app.connections import compatibility
from tsunagi.app.connections.connecting import OrganizationUnclear, connect, create_organization, organizations
from tsunagi.app.context import Context
from tsunagi.domain.connector import NewOrganization, Organization
from tsunagi.domain.directory import Person
from tsunagi.errors import TsunagiError
from tsunagi.store.connections import Connection
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class Offer:
    """The organisations one set of credentials reaches in each service, and where one could be created."""

    reached: Mapping[str, Sequence[Organization]]
    problems: Mapping[str, Text]
    creatable: Sequence[str]

    @property
    def anywhere(self) -> bool:
        return any(self.reached.values())


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What became of one service: `connected`, `created` (and connected), `by_hand` (then look again), `refused`.

    `message` and `hint` are those of the `error` that refused it, where one did.
    """

    service: str
    state: Literal["connected", "created", "by_hand", "refused"]
    connection: Connection | None = None
    message: Text | None = None
    hint: Text | None = None
    error: TsunagiError | None = None


def discover(context: Context, actor: Person | None, credentials: Mapping[str, Mapping[str, object]]) -> Offer:
    """Look for organisations in each service, with its own settings; CRM administrators only.

    A service that cannot be asked is told in `problems` and does not keep the others from being shown.
    """
    require_administrator(context, actor, "connect")
    reached: dict[str, Sequence[Organization]] = {}
    problems: dict[str, Text] = {}
    for service, values in credentials.items():
        try:
            reached[service] = organizations(context, service, values)
        except TsunagiError as error:
            problems[service] = error.message
    creatable = [service for service in credentials if context.registry.connector(service).create is not None]
    return Offer(reached, problems, creatable)


def provision(
    context: Context,
    actor: Person | None,
    credentials: Mapping[str, Mapping[str, object]],
    *,
    organization_id: str | None = None,
    new: NewOrganization | None = None,
) -> Sequence[Provisioned]:
    """Connect one organisation in every service given, creating it where it is missing.

    An organisation is chosen by its id, or made from `new`; one that exists in one service only is created in the
    others under its own name. Each service is settled by itself: one that fails leaves nothing half done and does not
    undo the others. Where a service has no API for it, `by_hand` says what to do; calling again checks.
    """
    require_administrator(context, actor, "connect")
    settled: dict[str, Provisioned] = {}
    # Where there is none yet comes last: the others tell which one it is.
    for service in sorted(credentials, key=lambda service: not _has_one(context, service, credentials[service])):
        settled[service] = _settle_one(context, actor, service, credentials[service], organization_id, new)
        connection = settled[service].connection
        if connection is not None:
            # From the first one on it is this organisation that is wanted everywhere, under this id.
            new = new or _like(connection.organization)
            organization_id = connection.organization.id
    return tuple(settled[service] for service in credentials)


def _has_one(context: Context, service: str, values: Mapping[str, object]) -> bool:
    try:
        return bool(organizations(context, service, values))
    except TsunagiError:
        # Why it cannot be asked is told when its turn comes.
        return False


def _settle_one(
    context: Context,
    actor: Person | None,
    service: str,
    values: Mapping[str, object],
    organization_id: str | None,
    new: NewOrganization | None,
) -> Provisioned:
    try:
        return Provisioned(
            service, "connected", connect(context, service, values, organization_id=organization_id, actor=actor)
        )
    except OrganizationUnclear as error:
        if new is None or (error.reached and organization_id is None):
            return _refused(service, error)
    except TsunagiError as error:
        return _refused(service, error)
    return _create(context, actor, service, values, organization_id, new)


def _create(
    context: Context,
    actor: Person | None,
    service: str,
    values: Mapping[str, object],
    organization_id: str | None,
    new: NewOrganization,
) -> Provisioned:
    kind = context.registry.connector(service)
    try:
        # Before anything is made: an organisation that cannot be connected would only be in the way.
        compatibility.require_compatible(context, kind, new)
    except TsunagiError as error:
        return _refused(service, error)
    if kind.create is None:
        by_hand = kind.create_by_hand or Text(
            en=f"Create the organisation '{new.name}' ({new.currency}) in {kind.label.en} by hand, then connect again.",
            ja=f"{kind.label.ja} で組織「{new.name}」({new.currency})を作成してから、もう一度接続してください。",
        )
        return Provisioned(service, "by_hand", message=by_hand)
    try:
        made = create_organization(context, service, values, new, organization_id=organization_id)
        connection = connect(context, service, values, organization_id=made.id, actor=actor)
    except TsunagiError as error:
        return _refused(service, error)
    return Provisioned(service, "created", connection)


def _refused(service: str, error: TsunagiError) -> Provisioned:
    return Provisioned(service, "refused", message=error.message, hint=error.hint, error=error)


def _like(organization: Organization) -> NewOrganization:
    return NewOrganization(organization.name, "", organization.base_currency, organization.time_zone)
