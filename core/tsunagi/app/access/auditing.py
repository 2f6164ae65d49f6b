"""The audit log: acts are noted in the transaction of what they change, and read by administrators."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from tsunagi.app.context import Context
from tsunagi.domain.directory import Person
from tsunagi.errors import PermissionDenied
from tsunagi.store.audit import Audit, AuditEntry
from tsunagi.store.paging import Slice
from tsunagi.text import Text

HUB = "hub"
# Every act that is noted, as people read it.
ACTIONS = {
    "tokens:create": Text(en="Made a token", ja="トークンの作成"),
    "tokens:revoke": Text(en="Revoked a token", ja="トークンの失効"),
    "keys:issue": Text(en="Issued a connection key", ja="接続キーの発行"),
    "keys:revoke": Text(en="Revoked a connection key", ja="接続キーの失効"),
    "services:connect": Text(en="Connected an organisation", ja="組織の接続"),
    "services:disable": Text(en="Switched a service off", ja="サービスの無効化"),
    "services:enable": Text(en="Switched a service on", ja="サービスの有効化"),
    "services:forget": Text(en="Erased a service", ja="サービスの消去"),
    "features:set": Text(en="Switched a feature", ja="機能の切り替え"),
    "sync:settings": Text(en="Changed a sync pair", ja="同期ペアの変更"),
    "sync:review": Text(en="Answered a sync review", ja="同期の確認への回答"),
    "rules:edit": Text(en="Changed a rule", ja="ルールの変更"),
    "rules:backfill": Text(en="Had rules act on earlier records", ja="過去のレコードへのルールの適用"),
    "permissions:edit": Text(en="Changed permissions", ja="権限の変更"),
    "plans:make": Text(en="Made a plan", ja="計画の作成"),
    "plans:apply": Text(en="Applied a plan", ja="計画の適用"),
    "sync:start": Text(en="Started a sync", ja="同期の開始"),
    "sync:pause": Text(en="Paused a sync", ja="同期の一時停止"),
    "sync:resume": Text(en="Resumed a sync", ja="同期の再開"),
    "sync:cancel": Text(en="Cancelled a sync", ja="同期の中止"),
    "sync:undo": Text(en="Undid a sync", ja="同期の取り消し"),
    "open_items:retry": Text(en="Had open items tried again", ja="未解決の項目の再試行"),
    "open_items:settle": Text(en="Marked an open item as resolved", ja="未解決の項目を解決済みに変更"),
    "documents:create": Text(en="Made a document", ja="書類の作成"),
    "documents:edit": Text(en="Changed a document", ja="書類の変更"),
    "documents:email": Text(en="E-mailed a document", ja="書類のメール送信"),
}


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the log, with everybody and every action in it, to choose from."""

    entries: Slice[AuditEntry]
    people: Sequence[str]
    actions: Sequence[str]


def note(
    context: Context, session: Session, actor: Person | str | None, action: str, subject: str, **details: object
) -> None:
    """Within the transaction of what is done: both are kept or neither is. Never give a secret in `details`.

    `actor` may be an e-mail address, for somebody who need not be a user of the CRM; None is the hub itself.
    """
    email = actor.email if isinstance(actor, Person) else actor
    person = email.lower() if email else HUB
    Audit(session).add(context.now(), person, action, subject, details)


@contextmanager
def noted(context: Context, actor: Person | None, action: str, subject: str, **details: object) -> Iterator[None]:
    """Around the writing of a file: where it fails, nothing is noted."""
    with context.store.write() as session:
        note(context, session, actor, action, subject, **details)
        yield


def audit_log(
    context: Context,
    actor: Person | None,
    *,
    person: str = "",
    action: str = "",
    after: str | None = None,
    limit: int = 50,
) -> AuditPage:
    """The latest acts first. Raises PermissionDenied for whoever does not administer the CRM, NoSuchPlace."""
    require_known_administrator(actor)
    with context.store.read() as session:
        audit = Audit(session)
        found = audit.page(person=person, action=action, after=after, limit=limit)
        return AuditPage(found, audit.people(), audit.actions())


def require_known_administrator(actor: Person | None) -> None:
    """As last read of the CRM, which is not asked: for looking at what the hub itself does. Raises PermissionDenied."""
    if actor is not None and not (actor.active and actor.administrator):
        raise PermissionDenied(
            Text(
                en=f"Operations are for administrators of the CRM; {actor.email} has the profile '{actor.profile}'.",
                ja=f"運用情報は CRM の管理者のみ閲覧できます。{actor.email} のプロファイルは「{actor.profile}」です。",
            ),
            who=actor.email,
            what="operations:view",
        )
