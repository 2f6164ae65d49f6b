"""Connecting another user's organisation: they issue a key, and e-mail address plus key connect it.

The issuer authorises the hub with their own credentials; these stay encrypted, and the key's holder never sees them.
"""

import hashlib
import hmac
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import require_administrator
from tsunagi.app.connections.connecting import Draft, connect_draft, draft_connection
from tsunagi.app.connections.services import SHARED_BY, Consequences, NotConfirmed, consequences_for, take_back
from tsunagi.app.connectors import entered_values
from tsunagi.app.context import Context
from tsunagi.domain.connector import Connector
from tsunagi.domain.directory import Directory, Person
from tsunagi.errors import ConfigError, ConnectorError, PermissionDenied
from tsunagi.store.connections import Connection
from tsunagi.store.shared_keys import SharedKey, SharedKeys
from tsunagi.text import Text

# After so many refused tries for one service and issuer within this time, all tries are refused until it is over.
_TRIES, _WITHIN = 5, timedelta(minutes=15)
# Compared against where there is no key, so that an answer takes as long.
_NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `text` is the only time it is seen."""

    key: SharedKey
    text: str


class KeyRefused(PermissionDenied):
    """E-mail address and key do not connect anything; which of the two, and why, is not revealed."""

    def __init__(self, *, who: str, service: str) -> None:
        super().__init__(
            Text(
                en="This e-mail address and key do not connect an organisation.",
                ja="このメールアドレスとキーでは組織を接続できません。",
            ),
            who=who,
            what=f"connect {service}",
            hint=Text(
                en="Ask the issuer of the key for a new one; after several tries, wait a quarter of an hour.",
                ja="キーの発行者に再発行を依頼してください。続けて失敗した場合は15分ほどお待ちください。",
            ),
        )


def issue_key(
    context: Context, service: str, values: Mapping[str, object], *, organization_id: str | None = None
) -> NewKey:
    """Make a key for one's own organisation of a finance service, with one's own credentials in `values`.

    Only an active administrator of that organisation can; a key they had for the service connects nothing any more.
    What was connected with that one goes on, and hangs on the new one from now on.
    Raises PermissionDenied, OrganizationUnclear, and what the service raises.
    """
    kind = context.registry.connector(service)
    draft = draft_connection(context, kind, values, organization_id)
    organization = draft.choose(organization_id)
    with draft.connector(organization) as connector:
        issuer = _administrator(service, connector)
    text = f"{service[:3].upper()}-{random.token_urlsafe(24)}"
    key = SharedKey(
        id=random.token_hex(6),
        service=service,
        issuer=issuer.email,
        issuer_id=issuer.id,
        organization_id=organization.id,
        organization_name=organization.name,
        digest=_digest(text),
        settings=dict(draft.plain),
        secrets=dict(draft.secrets.load()),
        created_at=context.now(),
    )
    with context.store.write() as session:
        SharedKeys(session).issue(key)
        # The issuer is who the service says, whoever they are to the CRM.
        note(context, session, issuer.email, "keys:issue", service, organization=organization.id)
    return NewKey(key, text)


def revocation(context: Context, actor: Person | None, service: str, issuer: str) -> Consequences | None:
    """What hangs on an issuer's key and ends with it: None where nothing does.

    For the issuer themselves and CRM administrators. Raises PermissionDenied, ConfigError where no key is live.
    """
    if actor is None or actor.email.lower() != issuer.strip().lower():
        require_administrator(context, actor, "keys:revoke")
    with context.store.read() as session:
        live = SharedKeys(session).live(service, issuer)
    if live is None:
        raise ConfigError(
            Text(
                en=f"{issuer} has no live key for '{service}'.",
                ja=f"{issuer} の「{service}」用の有効なキーはありません。",
            )
        )
    connection = next((each for each in context.connectors.all() if each.service == service), None)
    if connection is None or connection.remembered.get(SHARED_BY) != issuer.strip().lower():
        return None
    return consequences_for(context, connection)


def revoke_key(
    context: Context, actor: Person | None, service: str, issuer: str, *, confirmed: str = ""
) -> Consequences | None:
    """End an issuer's key, and with it the connection made with it: off, its credentials erased, its links kept.

    Where a connection hangs on it `confirmed` must be the service's name, or NotConfirmed is raised. The connection
    ends first: cut short in between, the key is still live and revoked again. Returns and raises as `revocation`.
    """
    ends = revocation(context, actor, service, issuer)
    if ends is not None:
        if confirmed != service:
            raise NotConfirmed(ends)
        take_back(context, actor, service)
    with context.store.write() as session:
        SharedKeys(session).revoke(service, issuer, context.now())
        note(context, session, actor, "keys:revoke", service, issuer=issuer)
    return ends


def list_keys(context: Context, actor: Person | None) -> list[SharedKey]:
    """Every key ever issued, the latest first; administrators only."""
    require_administrator(context, actor, "keys:list")
    with context.store.read() as session:
        return SharedKeys(session).all()


def connect_with_key(context: Context, actor: Person | None, service: str, issuer: str, key: str) -> Connection:
    """Connect the organisation another user issued a key for; CRM administrators only.

    A wrong, revoked or foreign key, an unknown issuer and one who was deactivated are refused alike (KeyRefused),
    in the same time, and after several tries not looked at for a while.
    """
    require_administrator(context, actor, f"connect {service}")
    subject = f"{service}:{issuer.strip().lower()}"
    with context.store.write() as session:
        tries = SharedKeys(session).refusals(subject, context.now() - _WITHIN)
        found = SharedKeys(session).live(service, issuer)
    fits = hmac.compare_digest(_digest(key), found.digest if found else _NOTHING)
    draft = _tried(context, found) if found and fits and tries < _TRIES else None
    if draft is None or found is None:
        with context.store.write() as session:
            SharedKeys(session).refused(subject, context.now())
        raise KeyRefused(who=actor.email if actor else "", service=service)
    return connect_draft(context, draft, organization_id=found.organization_id, actor=actor, shared_by=found.issuer)


def _tried(context: Context, key: SharedKey) -> Draft | None:
    """The issuer's settings and credentials, if they work and the issuer still is an administrator there."""
    with context.store.read() as session:
        sealed = SharedKeys(session).secrets(key.id)
    values = entered_values(key.settings, sealed)
    kind = context.registry.connector(key.service)
    try:
        draft = draft_connection(context, kind, values, key.organization_id)
        with draft.connector(draft.choose(key.organization_id)) as connector:
            _administrator(key.service, connector)
    except (PermissionDenied, ConfigError):
        return None
    except ConnectorError as error:
        if error.retryable:
            raise
        return None
    return draft


def _administrator(service: str, connector: Connector) -> Person:
    if not isinstance(connector, Directory):
        raise ConfigError(
            Text(
                en=f"The plugin of '{service}' does not report who administers an organisation.",
                ja=f"「{service}」のプラグインは組織の管理者を確認できません。",
            )
        )
    me = connector.me()
    if not (me.active and me.administrator):
        raise PermissionDenied(
            Text(
                en=f"Only an administrator of the organisation may do this; {me.email} is '{me.profile}'.",
                ja=f"組織の管理者だけが行えます。{me.email} の役割は「{me.profile}」です。",
            ),
            who=me.email,
            what=f"keys:issue {service}",
        )
    return me


def _digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()
