"""Addresses of widgets: a record's documents inside a page of the CRM, for one person, for some minutes.

Another site's frame has no cookies of ours, so the address itself says who reads, which record, and until when, signed
with a key of its own purpose. Nothing is kept: whoever is let go by then, or may see less, sees that much.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from itsdangerous import BadSignature, URLSafeSerializer

from tsunagi.app.access.permissions import LOOK, known_person, require
from tsunagi.app.context import Context
from tsunagi.app.settings import Settings, derived_key
from tsunagi.domain.directory import Person
from tsunagi.domain.records import RecordRef
from tsunagi.errors import PermissionDenied, RecordNotFound
from tsunagi.store.records import Records
from tsunagi.text import Text

KINDS = ("account", "contact", "deal")
MINUTES, MOST_MINUTES = 10, 60
OPEN_WIDGET = "widgets:open"


@dataclass(frozen=True, slots=True)
class WidgetAddress:
    """`path` is below where the pages are; whoever has it sees what `person` may see until `expires_at` (UTC)."""

    path: str
    person: Person
    record: RecordRef
    expires_at: datetime


def widget_address(
    context: Context, settings: Settings, actor: Person | None, record: RecordRef, email: str, minutes: int = MINUTES
) -> WidgetAddress:
    """An address for the CRM's user of this e-mail address: oneself, or for administrators anybody.

    Raises PermissionDenied, also for a user the CRM did not list or who may not look; RecordNotFound.
    """
    if actor is not None and actor.email.lower() != email.strip().lower() and not actor.administrator:
        raise PermissionDenied(
            Text(
                en=f"Only administrators of the CRM make a widget's address for somebody else; {actor.email} is none.",
                ja=f"{actor.email} は CRM の管理者ではないため、ほかの利用者のウィジェットの URL を作成できません。",
            ),
            who=actor.email,
            what="widgets:create",
        )
    person = _person(context, email)
    with context.store.read() as session:
        if record.entity not in KINDS or Records(session).get(record) is None:
            raise RecordNotFound(
                Text(
                    en=f"The hub knows no account, contact or deal {record}.",
                    ja=f"取引先、連絡先、商談に {record} はありません。",
                ),
                service=record.service,
            )
    # Whole seconds: what is signed is what is told.
    expires_at = context.now().astimezone(UTC).replace(microsecond=0) + timedelta(minutes=minutes)
    said = [record.service, record.entity, record.id, person.email, int(expires_at.timestamp())]
    signed = _signer(settings).dumps(said)
    path = f"/embed/{record.entity}/{quote(record.id, safe='')}?signed={signed}"
    return WidgetAddress(path, person, record, expires_at)


def widget_reader(context: Context, settings: Settings, record: RecordRef, signed: str) -> Person:
    """Who reads this record by this address. Raises PermissionDenied where it is not, or no longer, good for that."""
    try:
        *named, email, expires = _signer(settings).loads(signed)
    except (BadSignature, TypeError, ValueError):
        raise _refused() from None
    if named != [record.service, record.entity, record.id]:
        raise _refused()
    if context.now().timestamp() >= expires:
        raise PermissionDenied(
            Text(en="This view has expired.", ja="この表示の有効期限が切れました。"),
            who=email,
            what=OPEN_WIDGET,
            hint=Text(en="Reload the record in the CRM.", ja="CRM でレコードを再読み込みしてください。"),
        )
    return _person(context, email)


def _person(context: Context, email: str) -> Person:
    """As last read of the CRM: no page waits for it."""
    person = known_person(context, email)
    if person is None or not person.active:
        raise PermissionDenied(
            Text(en=f"The CRM has no active user {email}.", ja=f"CRM に有効な利用者 {email} はいません。"),
            who=email,
            what=OPEN_WIDGET,
        )
    require(context, person, LOOK)
    return person


def _signer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(derived_key(settings, b"widgets"), salt="widget")


def _refused() -> PermissionDenied:
    return PermissionDenied(
        Text(en="This address is not valid.", ja="この URL は無効です。"),
        who="",
        what=OPEN_WIDGET,
        hint=Text(en="Reload the record in the CRM.", ja="CRM でレコードを再読み込みしてください。"),
    )
