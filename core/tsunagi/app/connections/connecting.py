"""Connecting a service: its settings and credentials are tried before anything of them is stored."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, SecretStr

from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import require_administrator
from tsunagi.app.connections import compatibility
from tsunagi.app.connections.fit import PREVENTED, check_fit
from tsunagi.app.connections.services import SHARED_BY, TAKEN_BACK
from tsunagi.app.connectors import ENTERED
from tsunagi.app.context import Context
from tsunagi.domain.compatibility import Finding, refusals
from tsunagi.domain.connector import (
    Connector,
    ConnectorType,
    Consent,
    NewOrganization,
    Organization,
    SecretBox,
)
from tsunagi.domain.directory import Directory, Person
from tsunagi.errors import ConfigError, PermissionDenied
from tsunagi.store.connections import Connection, Connections
from tsunagi.store.people import People
from tsunagi.store.traces import Traces
from tsunagi.text import Text


def organizations(context: Context, service: str, values: Mapping[str, object]) -> Sequence[Organization]:
    """The organisations these settings reach, before anything is stored. Raises what the connector raises."""
    return draft_connection(context, context.registry.connector(service), values).reached


def connect(
    context: Context,
    service: str,
    values: Mapping[str, object],
    *,
    organization_id: str | None = None,
    actor: Person | None = None,
    shared_by: str = "",
) -> Connection:
    """Connect one organisation of a service, in place of the one connected before, of which nothing is kept.

    `values` are the fields of the service's settings model. The CRM is connected with the credentials of one of its
    administrators, who then counts as the one who connected; a finance service by a CRM administrator (`actor`
    None is the hub itself, for set-ups without people). Nothing is stored unless the credentials work, the
    organisation is clear (OrganizationUnclear holds the ones reached), the person may (PermissionDenied), and plans
    and base currencies fit (Incompatible holds the findings).

    `shared_by` is the e-mail address of the user who lent their credentials by key: revoking it ends the connection.
    Services that were connected before the CRM are checked as soon as it is: those that do not fit stay connected
    and are not written to (`fit.prevented_services`), and where nobody counted as who connected them, the
    administrator who connects the CRM does from now on.
    """
    draft = try_connection(context, service, values, organization_id=organization_id, actor=actor)
    return connect_draft(context, draft, organization_id=organization_id, actor=actor, shared_by=shared_by)


def try_connection(
    context: Context, service: str, values: Mapping[str, object], *, organization_id: str | None, actor: Person | None
) -> "Draft":
    """The first half of `connect`: whether the actor may, and what the credentials reach. Nothing is stored."""
    kind = context.registry.connector(service)
    if not kind.is_crm:
        require_administrator(context, actor, f"connect {service}")
    return draft_connection(context, kind, values, organization_id)


def connect_draft(
    context: Context, draft: "Draft", *, organization_id: str | None, actor: Person | None, shared_by: str = ""
) -> Connection:
    """The second half of `connect`, for what was tried by somebody who may connect it. Raises as `connect` does."""
    kind = context.registry.connector(draft.service)
    organization = draft.choose(organization_id)
    with draft.connector(organization) as connector:
        who = _who_connects(kind, connector, actor)
        findings = compatibility.findings_for(context, kind, organization, connector) if not kind.is_crm else ()
        if refusals(findings):
            raise compatibility.Incompatible(findings)
    lent: dict[str, Any] = {SHARED_BY: shared_by.strip().lower()} if shared_by else {}
    new = Connection(kind.service, organization, draft.plain, connected_by=who.email if who else "", remembered=lent)
    connection = _with_memory(context, new)
    secrets = draft.secrets.load()
    compatibility.act_on(context, findings)
    _save(context, who, connection, secrets)
    if kind.is_crm:
        _meet_the_others(context, who)
    return connection


def _meet_the_others(context: Context, who: Person | None) -> None:
    """The other side is known now: what was connected before it is checked, and has somebody who answers for it."""
    if who is not None:
        _remember(context, who)
        _answer_for_the_others(context, who)
    found = check_fit(context, unknown_prevents=True)
    fitting = [finding for findings in found.values() if not refusals(findings) for finding in findings]
    compatibility.act_on(context, fitting)


def _answer_for_the_others(context: Context, who: Person) -> None:
    with context.store.write() as session:
        connections = Connections(session)
        for each in connections.all():
            if not each.connected_by:
                connections.save(replace(each, connected_by=who.email), context.now())


def preview(
    context: Context, actor: Person | None, draft: "Draft", *, organization_id: str | None = None
) -> tuple[Finding, ...]:
    """What connecting this organisation would find of plans and currencies; nothing is stored or changed.

    Raises as `connect` does, except Incompatible: refusals are among the findings.
    """
    kind = context.registry.connector(draft.service)
    if kind.is_crm:
        return ()
    require_administrator(context, actor, f"connect {draft.service}")
    organization = draft.choose(organization_id)
    with draft.connector(organization) as connector:
        return compatibility.findings_for(context, kind, organization, connector)


def _save(context: Context, who: Person | None, connection: Connection, secrets: Mapping[str, str]) -> None:
    before = next((each for each in context.connectors.all() if each.service == connection.service), None)
    with context.store.write() as session:
        if before is not None and before.organization.id != connection.organization.id:
            # Ids of one organisation mean nothing in another: its links would keep records from being made here.
            Traces(session).erase(connection.service)
        connections = Connections(session)
        connections.save(connection, context.now())
        connections.save_secrets(connection.service, secrets, context.now())
        organization = connection.organization
        note(context, session, who, "services:connect", connection.service, organization=organization.name)
    context.connectors.forget(connection.service)


def _remember(context: Context, who: Person) -> None:
    """The hub acts for the user who connected the CRM from now on, also while the CRM cannot be reached."""
    with context.store.write() as session:
        People(session).save(who, context.now())


def _who_connects(kind: ConnectorType, connector: Connector, actor: Person | None) -> Person | None:
    if not kind.is_crm:
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
            who=me.email,
            what=f"connect {kind.service}",
            hint=Text(en="Use an administrator's credentials.", ja="管理者の認証情報を使ってください。"),
        )
    return me


def _with_memory(context: Context, new: Connection) -> Connection:
    """Connecting the same organisation again keeps what was chosen and remembered for it."""
    before = next((each for each in context.connectors.all() if each.service == new.service), None)
    if before is None or before.organization.id != new.organization.id:
        return new
    # It was checked a moment ago, and has credentials of its own, whatever was so the last time.
    outdated = (PREVENTED, SHARED_BY, TAKEN_BACK)
    kept = {name: value for name, value in before.remembered.items() if name not in outdated}
    return replace(new, features=before.features, remembered={**kept, **new.remembered})


def create_organization(
    context: Context,
    service: str,
    values: Mapping[str, object],
    new: NewOrganization,
    *,
    organization_id: str | None = None,
) -> Organization:
    """Create an organisation at a service that has an API for it. Raises what the service raises.

    `organization_id` is the one it has in another service of the same company, which it is to join as.
    """
    kind = context.registry.connector(service)
    assert kind.create is not None, f"{service} creates no organisations"
    settings = context.connectors.entered(kind, values)
    secrets = _DraftSecrets(_secrets_of(settings))
    return kind.create(context.connectors.context_for(kind, settings, secrets, organization_id or ""), new)


def _secrets_of(settings: BaseModel) -> dict[str, str]:
    return {f"{ENTERED}{name}": value.get_secret_value() for name, value in settings if isinstance(value, SecretStr)}


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
    """The credentials reach several organisations, and none of them was chosen."""

    def __init__(self, service: str, reached: Sequence[Organization], chosen: str | None) -> None:
        message, hint = _which(service, reached, chosen)
        super().__init__(message, hint=hint)
        self.reached = reached


def _which(service: str, reached: Sequence[Organization], chosen: str | None) -> tuple[Text, Text]:
    """What is unclear, and what to do about it."""
    if not reached:
        return Text(
            en=f"These credentials reach no organisation of '{service}'.",
            ja=f"この認証情報で利用できる「{service}」の組織がありません。",
        ), Text(
            en="Create one at the service first, or enter the credentials of somebody who has one.",
            ja="先にサービス側で組織を作成するか、組織を持つ人の認証情報を入力してください。",
        )
    listed = ", ".join(f"{item.id} ({item.name}, {item.base_currency})" for item in reached)
    return Text(
        en=f"Which organisation of '{service}'? Received {chosen or 'none'}; reached are: {listed}",
        ja=f"「{service}」のどの組織ですか。指定: {chosen or 'なし'}、利用できる組織: {listed}",
    ), Text(en="Choose one: --organization ID", ja="組織を選んでください: --organization ID")


@dataclass(frozen=True, slots=True)
class Draft:
    """Settings and credentials that are being tried; nothing of them is stored.

    `reached` are the organisations they reach, `plain` the settings without secrets.
    """

    service: str
    reached: Sequence[Organization]
    plain: Mapping[str, Any]
    secrets: SecretBox
    build: Callable[[Organization], Connector]

    def choose(self, organization_id: str | None) -> Organization:
        """The organisation of this id, or the only one. Raises OrganizationUnclear."""
        return _chosen(self.service, self.reached, organization_id)

    @contextmanager
    def connector(self, organization: Organization) -> Iterator[Connector]:
        """A connector for it, closed at the end."""
        with closing(self.build(organization)) as connector:
            yield connector


def draft_connection(
    context: Context, kind: ConnectorType, values: Mapping[str, object], organization_id: str | None = None
) -> Draft:
    """Try settings and credentials: one probe. Raises what the connector raises."""
    settings = context.connectors.entered(kind, values)
    secrets = _DraftSecrets(_secrets_of(settings))

    def build(organization: Organization) -> Connector:
        given = context.connectors.context_for(kind, settings, secrets, organization.id, organization.base_currency)
        return kind.build(given)

    reached = kind.probe(context.connectors.context_for(kind, settings, secrets, organization_id or ""))
    return Draft(kind.service, reached, _plain(settings), secrets, build)


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


# In place of a setting that consent is to fill, while the others are checked.
_PLACEHOLDER = "-"


def consent_page(
    context: Context, service: str, values: Mapping[str, object], redirect_uri: str, state: str, verifier: str
) -> str:
    """The vendor's page to send somebody to, who comes back to `redirect_uri` with a code and `state`.

    A code that was stolen on the way is of no use without `verifier`, where the service has PKCE (RFC 7636).
    Raises ConfigError for settings that cannot be used, and for a service without consent.
    """
    consent, settings = _consent(context, service, values)
    address = consent.url(settings, redirect_uri, state)
    if consent.exchange_verified is None:
        return address
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return f"{address}&{urlencode({'code_challenge': challenge, 'code_challenge_method': 'S256'})}"


def with_consent(
    context: Context, service: str, values: Mapping[str, str], code: str, redirect_uri: str, verifier: str
) -> dict[str, str]:
    """The settings with what the code is exchanged for. Raises as `consent_page`, and what the service raises."""
    consent, settings = _consent(context, service, values)
    if consent.exchange_verified is None:
        return {**values, consent.fills: consent.exchange(settings, code, redirect_uri)}
    return {**values, consent.fills: consent.exchange_verified(settings, code, redirect_uri, verifier)}


def _consent(context: Context, service: str, values: Mapping[str, object]) -> tuple[Consent, BaseModel]:
    kind = context.registry.connector(service)
    if kind.consent is None:
        raise ConfigError(
            Text(
                en=f"'{service}' has no page of its own for consent.",
                ja=f"「{service}」には同意画面がありません。",
            )
        )
    return kind.consent, context.connectors.entered(kind, {**values, kind.consent.fills: _PLACEHOLDER})
