"""Connecting a service, and building its connector from what is stored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretStr, ValidationError

from tsunagi.app.access.permissions import require_administrator
from tsunagi.app.connections import compatibility
from tsunagi.currencies.findings import Finding, refusals
from tsunagi.domain.connector import (
    CRM,
    Connector,
    ConnectorContext,
    ConnectorType,
    Limits,
    NewOrganization,
    Organization,
    RateLimiter,
    SecretBox,
)
from tsunagi.domain.directory import Directory, Person
from tsunagi.errors import ConfigError, PermissionDenied, ServiceOff
from tsunagi.store.connections import Connection, Connections
from tsunagi.store.people import People
from tsunagi.store.rate_limits import SharedRateLimiter
from tsunagi.store.secrets import ConnectionSecrets
from tsunagi.store.traces import Traces
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
    hub: "Hub",
    service: str,
    values: Mapping[str, object],
    *,
    organization_id: str | None = None,
    actor: Person | None = None,
) -> Connection:
    """Connect one organisation of a service, in place of the one connected before, of which nothing is kept.

    `values` are the fields of the service's settings model. The CRM is connected with the credentials of one of its
    administrators, who then counts as the one who connected; a finance service by a CRM administrator (`actor`
    None is the hub itself, for set-ups without people). Nothing is stored unless the credentials work, the
    organisation is clear (OrganizationUnclear holds the ones reached), the person may (PermissionDenied), and plans
    and base currencies fit (Incompatible holds the findings).
    """
    kind = hub.registry.connector(service)
    if kind.side != CRM:
        require_administrator(hub, actor, f"connect {service}")
    with draft_connection(hub, kind, values, organization_id) as draft:
        organization = draft.choose(organization_id)
        connector = draft.connector(organization)
        who = _who_connects(kind, connector, actor)
        findings = compatibility.findings_for(hub, kind, organization, connector) if kind.side != CRM else ()
        if refusals(findings):
            raise compatibility.Incompatible(findings)
        connection = _with_memory(
            hub, Connection(service, organization, draft.plain, connected_by=who.email if who else "")
        )
        secrets = draft.secrets.load()
    compatibility.act_on(hub, findings)
    _save(hub, connection, secrets)
    if kind.side == CRM and who is not None:
        _remember(hub, who)
    return connection


def preview(
    hub: "Hub",
    service: str,
    values: Mapping[str, object],
    *,
    organization_id: str | None = None,
    actor: Person | None = None,
) -> tuple[Finding, ...]:
    """What connecting this organisation would find of plans and currencies; nothing is stored or changed.

    Raises as `connect` does, except Incompatible: refusals are among the findings.
    """
    kind = hub.registry.connector(service)
    if kind.side == CRM:
        return ()
    require_administrator(hub, actor, f"connect {service}")
    with draft_connection(hub, kind, values, organization_id) as draft:
        organization = draft.choose(organization_id)
        return compatibility.findings_for(hub, kind, organization, draft.connector(organization))


def _save(hub: "Hub", connection: Connection, secrets: Mapping[str, str]) -> None:
    before = next((each for each in hub.connections() if each.service == connection.service), None)
    with hub.store.write() as session:
        if before is not None and before.organization.id != connection.organization.id:
            # Ids of one organisation mean nothing in another: its links would keep records from being made here.
            Traces(session).erase(connection.service)
        connections = Connections(session)
        connections.save(connection, hub.now())
        connections.save_secrets(connection.service, secrets, hub.now())
    hub.forget_connector(connection.service)


def _remember(hub: "Hub", who: Person) -> None:
    """Whoever connected the CRM is acted for from now on, also while the CRM cannot be asked."""
    with hub.store.write() as session:
        People(session).save(who, hub.now())


def _who_connects(kind: ConnectorType, connector: Connector, actor: Person | None) -> Person | None:
    if kind.side != CRM:
        return actor
    if not isinstance(connector, Directory):
        return None
    me = connector.me()
    if not (me.active and me.administrator):
        raise PermissionDenied(
            Text(
                en=f"Only an administrator of the CRM may connect it; {me.email} has the profile '{me.profile}'.",
                ja=f"CRM を接続できるのは管理者だけです。{me.email} のプロファイルは「{me.profile}」です。",
            ),
            hint=Text(en="Use an administrator's credentials.", ja="管理者の認証情報を使ってください。"),
        )
    return me


def _with_memory(hub: "Hub", new: Connection) -> Connection:
    """Connecting the same organisation again keeps what was chosen and remembered for it."""
    before = next((each for each in hub.connections() if each.service == new.service), None)
    if before is None or before.organization.id != new.organization.id:
        return new
    return replace(new, features=before.features, remembered=before.remembered)


def build_connector(hub: "Hub", service: str) -> Connector:
    """The connector of a stored connection. Raises NotConnected, or ConfigError where no plugin brings the service."""
    with hub.store.read() as session:
        connections = Connections(session)
        connection = connections.get(service)
        secrets = connections.secrets(service)
    if not connection.active:
        raise ServiceOff(service)
    kind = hub.registry.connector(service)
    settings = _validated(kind, entered_values(connection.settings, secrets))
    box = ConnectionSecrets(hub.store, service, now=hub.now)
    organization = connection.organization
    return kind.build(_context(hub, kind, settings, box, organization.id, organization.base_currency))


def create_organization(
    hub: "Hub",
    service: str,
    values: Mapping[str, object],
    new: NewOrganization,
    *,
    organization_id: str | None = None,
) -> Organization:
    """Create an organisation at a service that has an API for it. Raises what the service raises.

    `organization_id` is the one it has in another service of the same company, which it is to join as.
    """
    kind = hub.registry.connector(service)
    assert kind.create is not None, f"{service} creates no organisations"
    settings = _validated(kind, values)
    secrets = _DraftSecrets(_secrets_of(settings))
    return kind.create(_context(hub, kind, settings, secrets, organization_id or ""), new)


def entered_values(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, object]:
    """Stored settings and secrets as they were once entered, without what the connector keeps for itself."""
    entered = {name.removeprefix(_ENTERED): value for name, value in secrets.items() if name.startswith(_ENTERED)}
    return {**settings, **entered}


def _context(
    hub: "Hub",
    kind: ConnectorType,
    settings: BaseModel,
    secrets: SecretBox,
    organization_id: str,
    base_currency: str = "",
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
        base_currency=base_currency,
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
            ),
            hint=Text(en="Choose one: --organization ID", ja="組織を選んでください: --organization ID"),
        )
        self.reached = reached


@dataclass(frozen=True, slots=True)
class Draft:
    """Settings and credentials that are being tried; nothing of them is stored.

    `reached` are the organisations they reach, `plain` the settings without secrets.
    """

    service: str
    reached: Sequence[Organization]
    plain: Mapping[str, Any]
    secrets: SecretBox
    connector: Callable[[Organization], Connector]

    def choose(self, organization_id: str | None) -> Organization:
        """The organisation of this id, or the only one. Raises OrganizationUnclear."""
        return _chosen(self.service, self.reached, organization_id)


@contextmanager
def draft_connection(
    hub: "Hub", kind: ConnectorType, values: Mapping[str, object], organization_id: str | None = None
) -> Iterator[Draft]:
    """Try settings and credentials; connectors built from the draft are closed at the end."""
    settings = _validated(kind, values)
    secrets = _DraftSecrets(_secrets_of(settings))
    built: list[Connector] = []

    def build(organization: Organization) -> Connector:
        context = _context(hub, kind, settings, secrets, organization.id, organization.base_currency)
        built.append(kind.build(context))
        return built[-1]

    reached = kind.probe(_context(hub, kind, settings, secrets, organization_id or ""))
    try:
        yield Draft(kind.service, reached, _plain(settings), secrets, build)
    finally:
        for connector in built:
            connector.close()


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
