"""Organisations that do not exist yet: created where the service has an API for it, explained where it has none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tsunagi.app.access.permissions import require_administrator
from tsunagi.app.connections import compatibility
from tsunagi.app.connections.connecting import (
    Draft,
    OrganizationUnclear,
    connect_draft,
    create_organization,
    draft_connection,
)
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
    drafts: Mapping[str, Draft | TsunagiError] = field(default_factory=dict, repr=False)

    @property
    def anywhere(self) -> bool:
        return any(self.reached.values())


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What became of one service: `connected`, `created` (and connected), `by_hand` (then look again), `refused`.

    `message` and `hint` are those of the `error` that refused it, where one did; `draft` is what was tried, where
    the credentials work.
    """

    service: str
    state: Literal["connected", "created", "by_hand", "refused"]
    connection: Connection | None = None
    message: Text | None = None
    hint: Text | None = None
    error: TsunagiError | None = None
    draft: Draft | None = None


def discover(context: Context, actor: Person | None, credentials: Mapping[str, Mapping[str, object]]) -> Offer:
    """Look for organisations in each service, with its own settings; CRM administrators only.

    A service that cannot be reached is reported in `problems` and does not keep the others from being shown.
    """
    require_administrator(context, actor, "connect")
    drafts = {service: _tried(context, service, values) for service, values in credentials.items()}
    return Offer(
        reached={service: draft.reached for service, draft in drafts.items() if isinstance(draft, Draft)},
        problems={service: error.message for service, error in drafts.items() if isinstance(error, TsunagiError)},
        creatable=[service for service in credentials if context.registry.connector(service).create is not None],
        drafts=drafts,
    )


def _tried(context: Context, service: str, values: Mapping[str, object]) -> Draft | TsunagiError:
    try:
        return draft_connection(context, context.registry.connector(service), values)
    except TsunagiError as error:
        # Kept until its turn comes: the other services are not to wait for this one.
        return error


def provision(
    context: Context,
    actor: Person | None,
    credentials: Mapping[str, Mapping[str, object]],
    *,
    organization_id: str | None = None,
    new: NewOrganization | None = None,
    offer: Offer | None = None,
) -> Sequence[Provisioned]:
    """Connect one organisation in every service given, creating it where it is missing.

    An organisation is chosen by its id, or made from `new`; one that exists in one service only is created in the
    others under its own name. Each service is handled separately: one that fails leaves nothing half done and does not
    undo the others. Where a service has no API for it, `by_hand` explains what to do; calling again checks.
    Each service is probed once, or not again where `offer` is what `discover` found with the same credentials.
    """
    require_administrator(context, actor, "connect")
    offer = offer or discover(context, actor, credentials)
    reached = offer.reached
    settled: dict[str, Provisioned] = {}
    # Where there is none yet comes last: the others determine which one it is.
    for service in sorted(credentials, key=lambda service: not reached.get(service)):
        draft, values = offer.drafts[service], credentials[service]
        one = _settle_one(context, actor, service, values, draft, organization_id, new)
        settled[service] = replace(one, draft=draft if isinstance(draft, Draft) else None)
        connection = settled[service].connection
        if connection is not None:
            # From the first one on it is this organisation that is wanted everywhere, under this id.
            new = new or _like(connection.organization)
            organization_id = connection.organization.id
    return tuple(settled[service] for service in credentials)


def _settle_one(
    context: Context,
    actor: Person | None,
    service: str,
    values: Mapping[str, object],
    draft: Draft | TsunagiError,
    organization_id: str | None,
    new: NewOrganization | None,
) -> Provisioned:
    if isinstance(draft, TsunagiError):
        return _refused(service, draft)
    try:
        connection = connect_draft(context, draft, organization_id=organization_id, actor=actor)
        return Provisioned(service, "connected", connection)
    except OrganizationUnclear as error:
        if new is None or (error.reached and organization_id is None):
            return _refused(service, error)
    except TsunagiError as error:
        return _refused(service, error)
    return _create(context, actor, values, draft, organization_id, new)


def _create(
    context: Context,
    actor: Person | None,
    values: Mapping[str, object],
    draft: Draft,
    organization_id: str | None,
    new: NewOrganization,
) -> Provisioned:
    service = draft.service
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
        there = replace(draft, reached=(*draft.reached, made))
        connection = connect_draft(context, there, organization_id=made.id, actor=actor)
    except TsunagiError as error:
        return _refused(service, error)
    return Provisioned(service, "created", connection)


def _refused(service: str, error: TsunagiError) -> Provisioned:
    return Provisioned(service, "refused", message=error.message, hint=error.hint, error=error)


def _like(organization: Organization) -> NewOrganization:
    return NewOrganization(organization.name, "", organization.base_currency, organization.time_zone)
