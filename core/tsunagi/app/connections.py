"""Connecting a service, and building its connector from what is stored."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretStr, ValidationError

from tsunagi.domain.connector import (
    Connector,
    ConnectorContext,
    ConnectorType,
    Limits,
    Organization,
    RateLimiter,
    SecretBox,
)
from tsunagi.errors import ConfigError
from tsunagi.store.connections import Connection, Connections
from tsunagi.store.rate_limits import SharedRateLimiter
from tsunagi.store.secrets import ConnectionSecrets
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.app.hub import Hub

# Secrets an administrator entered, apart from those the connector keeps for itself (access tokens).
_ENTERED = "settings."


def organizations(hub: "Hub", service: str, values: Mapping[str, object]) -> Sequence[Organization]:
    """The organisations these settings reach, before anything is stored. Raises what the connector raises."""
    kind = hub.registry.connector(service)
    settings = _validated(kind, values)
    return kind.probe(_context(hub, kind, settings, _DraftSecrets({}), ""))


def connect(
    hub: "Hub", service: str, values: Mapping[str, object], *, organization_id: str | None = None
) -> Connection:
    """Connect one organisation of a service, in place of the one connected before.

    `values` are the fields of the service's settings model. Nothing is stored unless the credentials work and the
    organisation is clear: OrganizationUnclear holds the ones that are reached.
    """
    kind = hub.registry.connector(service)
    settings = _validated(kind, values)
    draft = _DraftSecrets(_secrets_of(settings))
    reached = kind.probe(_context(hub, kind, settings, draft, organization_id or ""))
    organization = _chosen(service, reached, organization_id)
    connection = Connection(service, organization, _plain(settings))
    with hub.store.write() as session:
        connections = Connections(session)
        connections.save(connection, hub.now())
        connections.save_secrets(service, draft.load(), hub.now())
    hub.forget_connector(service)
    return connection


def build_connector(hub: "Hub", service: str) -> Connector:
    """The connector of a stored connection. Raises NotConnected, or ConfigError where no plugin brings the service."""
    with hub.store.read() as session:
        connections = Connections(session)
        connection = connections.get(service)
        secrets = connections.secrets(service)
    kind = hub.registry.connector(service)
    entered = {name.removeprefix(_ENTERED): value for name, value in secrets.items() if name.startswith(_ENTERED)}
    settings = _validated(kind, {**connection.settings, **entered})
    box = ConnectionSecrets(hub.store, service, now=hub.now)
    return kind.build(_context(hub, kind, settings, box, connection.organization.id))


def _context(
    hub: "Hub", kind: ConnectorType, settings: BaseModel, secrets: SecretBox, organization_id: str
) -> ConnectorContext:
    def limiter(limits: Limits) -> RateLimiter:
        return SharedRateLimiter(hub.store, f"{kind.service}:{organization_id}", limits, now=hub.now)

    return ConnectorContext(
        connection=kind.service,
        organization_id=organization_id,
        settings=settings,
        secrets=secrets,
        limiter=limiter,
        observe=hub.meter.observe,
        now=hub.now,
    )


def _validated(kind: ConnectorType, values: Mapping[str, object]) -> BaseModel:
    try:
        return kind.settings.model_validate(dict(values))
    except ValidationError as error:
        # Only names and reasons: what was entered may be a secret.
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        known = ", ".join(kind.settings.model_fields)
        raise ConfigError(
            Text(
                en=f"{kind.label.en} cannot be connected with these settings: {problems}",
                ja=f"この設定では{kind.label.ja}に接続できません: {problems}",
            ),
            hint=Text(en=f"Settings are: {known}", ja=f"設定項目: {known}"),
        ) from None


def _secrets_of(settings: BaseModel) -> dict[str, str]:
    return {f"{_ENTERED}{name}": value.get_secret_value() for name, value in settings if isinstance(value, SecretStr)}


def _plain(settings: BaseModel) -> dict[str, Any]:
    hidden = {name for name, value in settings if isinstance(value, SecretStr)}
    return settings.model_dump(mode="json", exclude=hidden, exclude_none=True)


def _chosen(service: str, reached: Sequence[Organization], organization_id: str | None) -> Organization:
    if organization_id is None and len(reached) == 1:
        return reached[0]
    for organization in reached:
        if organization.id == organization_id:
            return organization
    raise OrganizationUnclear(service, reached, organization_id)


class OrganizationUnclear(ConfigError):
    """Several organisations are reached and none, or none of them, was chosen."""

    def __init__(self, service: str, reached: Sequence[Organization], chosen: str | None) -> None:
        listed = ", ".join(f"{item.id} ({item.name}, {item.base_currency})" for item in reached) or "-"
        super().__init__(
            Text(
                en=f"Which organisation of '{service}'? Received {chosen or 'none'}; reached are: {listed}",
                ja=f"「{service}」のどの組織ですか。指定: {chosen or 'なし'}、利用できる組織: {listed}",
            )
        )
        self.reached = reached


class _DraftSecrets:
    """Secrets of a connection that is not stored yet; the connector may add its tokens."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def load(self) -> Mapping[str, str]:
        return dict(self._values)

    def save(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:  # noqa: ARG002 - nobody else knows of it yet
        yield
