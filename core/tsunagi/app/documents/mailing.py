"""E-mailing a document to its customer: through the service, or by the hub where the service cannot."""

import smtplib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import formataddr, localtime, make_msgid
from uuid import uuid4

from tsunagi.app.access.auditing import note
from tsunagi.app.access.permissions import require_document
from tsunagi.app.context import Context
from tsunagi.app.open_items.reasons import MAIL_FAILED, MAIL_UNKNOWN
from tsunagi.app.open_items.reporting import report, resolve
from tsunagi.app.settings import Settings
from tsunagi.app.sync.ingest import ingest
from tsunagi.app.sync.mail_writes import HUB, mail_key, mail_trouble, nobody_to_mail
from tsunagi.domain.connector import Connector
from tsunagi.domain.directory import Person
from tsunagi.domain.documents import Document, Mail, Mailing, Printed, Printing
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError, ConnectorError, OutcomeUnknown, RecordUnusable, TsunagiError
from tsunagi.logging import Log
from tsunagi.rules.permissions_catalogue import VIEW
from tsunagi.store.documents import Documents
from tsunagi.store.mailings import Mailing as KeptMailing
from tsunagi.store.mailings import Mailings, MailingState
from tsunagi.store.paging import Slice
from tsunagi.text import Text

log = Log(__name__)

_SMTP_SECONDS = 30.0


def email_document(
    context: Context, settings: Settings, actor: Person | None, ref: RecordRef, mail: Mail
) -> KeptMailing:
    """Mail a document, attached as PDF, and keep who sent it to whom.

    `settings` name the mail server for services that do not mail themselves. Without recipients the service's own
    are taken. Raises PermissionDenied, RecordUnusable where nobody would get it, and what the sending raises; the
    try is kept as failed, or as unknown where its answer was lost.
    """
    require_document(context, actor, ref, "email")
    document = _document(context, ref)
    # A line break in a subject could begin another header.
    mail = replace(mail, subject=" ".join(mail.subject.split()))
    connector = context.connectors.get(ref.service)
    recipients = mail.to or _addresses(connector, ref)
    if not recipients:
        raise nobody_to_mail(document)
    kept = _begun(context, actor, document, Mail(recipients, mail.subject, mail.body, mail.cc), connector)
    try:
        _send(context, settings, connector, document, Mail(recipients, mail.subject, mail.body, mail.cc))
    except TsunagiError as error:
        state: MailingState = "unknown" if isinstance(error, OutcomeUnknown) else "failed"
        with context.store.write() as session:
            Mailings(session).ended(kept.id, state, error.message)
            if state == "failed":
                report(context, session, mail_trouble(document, kept, MAIL_FAILED, error))
        raise
    with context.store.write() as session:
        Mailings(session).ended(kept.id, "sent")
        resolve(context, session, [mail_key(ref)])
    if isinstance(connector, Mailing):
        _read_again(context, connector, ref, kept.id)
    kept.state = "sent"
    return kept


def recipients_of(context: Context, actor: Person | None, ref: RecordRef) -> tuple[str, ...]:
    """Whom the service itself would send the document to; nobody where it mails none. Asks the service.

    Raises PermissionDenied, RecordUnusable, and what the service answers.
    """
    require_document(context, actor, ref, "email")
    _document(context, ref)
    return _addresses(context.connectors.get(ref.service), ref)


def mailings_of(context: Context, ref: RecordRef, *, actor: Person | None = None) -> Sequence[KeptMailing]:
    """The latest messages about a document. Raises PermissionDenied."""
    return mailing_page(context, actor, ref).items


def mailing_page(
    context: Context, actor: Person | None, ref: RecordRef, *, after: str | None = None, limit: int = 50
) -> Slice[KeptMailing]:
    """Messages about a document, the latest first. Raises PermissionDenied, NoSuchPlace."""
    require_document(context, actor, ref, VIEW)
    with context.store.read() as session:
        return Mailings(session).of_document(ref, after=after, limit=limit)


def _read_again(context: Context, connector: Connector, ref: RecordRef, mailing: str) -> None:
    """A mailed document is a sent one: what pages show of it follows at once."""
    try:
        record = connector.get(ref)
    except ConnectorError as error:
        # The mail is on its way whatever becomes of this; the next sync shows the document as it is now.
        log.warning("mailed_document_not_read_again", document=str(ref), reason=str(error))
        return
    ingest(context, context.registry.entity(ref.service, ref.entity), [record], batch=f"mail-{mailing}")


def _document(context: Context, ref: RecordRef) -> Document:
    with context.store.read() as session:
        found = Documents(session).get(ref)
    if found is None:
        raise RecordUnusable(
            Text(en=f"There is no document {ref}.", ja=f"書類 {ref} はありません。"), ref=str(ref), field=""
        )
    return found


def _addresses(connector: Connector, ref: RecordRef) -> tuple[str, ...]:
    return connector.addresses(ref) if isinstance(connector, Mailing) else ()


def _begun(context: Context, actor: Person | None, document: Document, mail: Mail, connector: Connector) -> KeptMailing:
    kept = KeptMailing(
        id=uuid4().hex[:12],
        document=document.ref,
        sender=actor.email if actor else HUB,
        recipients=(*mail.to, *mail.cc),
        subject=mail.subject,
        through=document.ref.service if isinstance(connector, Mailing) else HUB,
        state="sending",
        problem=None,
        at=context.now(),
    )
    with context.store.write() as session:
        Mailings(session).add(kept)
        to = ", ".join(kept.recipients)
        note(context, session, actor, "documents:email", str(document.ref), number=document.number, recipients=to)
        # Until its end is known: a process that dies while it sends leaves just this behind.
        report(context, session, mail_trouble(document, kept, MAIL_UNKNOWN))
    return kept


def _send(context: Context, settings: Settings, connector: Connector, document: Document, mail: Mail) -> None:
    if isinstance(connector, Mailing):
        connector.email(document.ref, mail)
        return
    if not isinstance(connector, Printing):
        raise ConfigError(
            Text(
                en=f"'{document.ref.service}' neither mails documents nor gives them as PDF.",
                ja=f"「{document.ref.service}」は書類のメール送信にも PDF 出力にも対応していません。",
            )
        )
    printed = connector.pdf(document.ref)
    message = _message(settings, document, mail, context.now())
    message.add_attachment(printed.content, maintype="application", subtype="pdf", filename=printed.name)
    _deliver(settings, message)


def _message(settings: Settings, document: Document, mail: Mail, at: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"] = formataddr((settings.mail_from_name, settings.mail_from))
    message["To"] = ", ".join(mail.to)
    if mail.cc:
        message["Cc"] = ", ".join(mail.cc)
    message["Subject"] = mail.subject or document.number
    # Without them many a server takes a letter for spam.
    message["Date"] = localtime(at)
    message["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2] or None)
    message.set_content(mail.body or document.number)
    return message


def _deliver(settings: Settings, message: EmailMessage) -> None:
    if not settings.smtp_host or not settings.mail_from:
        raise ConfigError(
            Text(en="The hub has no mail server to send through.", ja="メールサーバーが設定されていません。"),
            hint=Text(en="Set smtp_host and mail_from.", ja="smtp_host と mail_from を設定してください。"),
        )
    try:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=_SMTP_SECONDS) as server:
            if settings.smtp_starttls:
                server.starttls()
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        # A server's message about a refused login may repeat what was sent to it.
        why = type(error).__name__
        raise ConfigError(
            Text(
                en=f"The mail server {settings.smtp_host}:{settings.smtp_port} did not take the message ({why}).",
                ja=f"メールサーバー {settings.smtp_host}:{settings.smtp_port} が受け付けませんでした({why})。",
            )
        ) from error


def print_document(context: Context, actor: Person | None, ref: RecordRef) -> Printed:
    """Raises PermissionDenied, RecordUnusable for an unknown one, ConfigError where the service gives no PDF."""
    require_document(context, actor, ref, VIEW)
    with context.store.read() as session:
        known = Documents(session).get(ref)
    if known is None:
        raise RecordUnusable(
            Text(en=f"There is no document {ref}.", ja=f"書類 {ref} はありません。"), ref=str(ref), field=""
        )
    connector = context.connectors.get(ref.service)
    if not isinstance(connector, Printing):
        raise ConfigError(
            Text(
                en=f"'{ref.service}' does not give documents as PDF.",
                ja=f"「{ref.service}」は書類の PDF 出力に対応していません。",
            )
        )
    return connector.pdf(ref)
