"""E-mails that rules have sent: each once at most, since nobody can take a letter back.

A message is stored before it is sent. One that was begun and has no ending may have arrived: it is not sent again, and
a person is asked to look.
"""

from dataclasses import dataclass
from typing import Any

from tsunagi.app.context import Context
from tsunagi.app.open_items.looking import MAIL
from tsunagi.app.open_items.reasons import MAIL_UNKNOWN, Reason
from tsunagi.app.open_items.reporting import Trouble, report, resolve
from tsunagi.domain.actions import MAIL_VERB
from tsunagi.domain.connector import Connector
from tsunagi.domain.documents import Document, Mail, Mailing
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import ConnectorError, OutcomeUnknown, RecordNotFound, RecordUnusable, TsunagiError
from tsunagi.logging import Log
from tsunagi.store.documents import Documents
from tsunagi.store.intents import Intent
from tsunagi.store.mailings import Mailing as KeptMailing
from tsunagi.store.mailings import Mailings
from tsunagi.text import Text

log = Log(__name__)

# Who sent it, where it was nobody in particular.
HUB = "hub"


class PerhapsMailed(TsunagiError):
    """Whether the message was mailed is not known, since no answer came; the standing list has it."""


def is_mail(intent: Intent) -> bool:
    return intent.write.operation == "perform" and intent.write.verb == MAIL_VERB


def mailed(context: Context, connector: Connector, intent: Intent) -> Record:
    """Mail a document, and return it as it is afterwards.

    Raises RecordUnusable where nobody would get it, PerhapsMailed, and what the service answers.
    """
    assert intent.write.target is not None
    assert isinstance(connector, Mailing), "an action that mails is of a service that does"
    sending = _Sending.of(context, intent)
    if sending.before is not None and sending.before.state == "sent":
        return sending.record
    if sending.before is not None and sending.before.state != "failed":
        raise sending.unknown(context)
    mail = _mail(connector, sending.document, intent)
    sending.begin(context, mail)
    try:
        connector.email(intent.write.target, mail)
    except OutcomeUnknown as error:
        raise sending.unknown(context) from error
    except TsunagiError as error:
        sending.end(context, "failed", error.message)
        raise
    sending.end(context, "sent")
    try:
        return connector.get(intent.write.target)
    except ConnectorError as error:
        # The mail is on its way whatever becomes of this; the next sync shows the document as it is now.
        log.warning("mailed_document_not_read_again", document=str(intent.write.target), reason=str(error))
        return sending.record


@dataclass(slots=True)
class _Sending:
    """One message of one intent. `before` is what an earlier try has stored of it."""

    intent: Intent
    record: Record
    document: Document
    before: KeptMailing | None
    sender: str

    @classmethod
    def of(cls, context: Context, intent: Intent) -> "_Sending":
        ref = intent.write.target
        assert ref is not None
        with context.store.read() as session:
            record = Documents(session).known([ref]).get(ref)
            before = Mailings(session).get(intent.key)
        if record is None:
            raise RecordNotFound(
                Text(en=f"There is no document {ref}.", ja=f"書類 {ref} はありません。"),
                service=ref.service,
                ref=str(ref),
            )
        rule = context.rules.automations.get(intent.rule)
        return cls(intent, record, Document.of(record), before, (rule and rule.run_as) or HUB)

    def begin(self, context: Context, mail: Mail) -> None:
        kept = KeptMailing(
            id=self.intent.key,
            document=self.record.ref,
            sender=self.sender,
            recipients=(*mail.to, *mail.cc),
            subject=mail.subject,
            through=self.record.ref.service,
            state="sending",
            problem=None,
            at=context.now(),
        )
        with context.store.write() as session:
            Mailings(session).begin(kept)
        self.before = kept

    def end(self, context: Context, state: Any, problem: Text | None = None) -> None:
        with context.store.write() as session:
            Mailings(session).ended(self.intent.key, state, problem)
            if state == "sent":
                resolve(context, session, [mail_key(self.record.ref)])

    def unknown(self, context: Context) -> PerhapsMailed:
        """It is on the standing list once; a person settles it there."""
        assert self.before is not None
        trouble = mail_trouble(self.document, self.before, MAIL_UNKNOWN)
        with context.store.write() as session:
            Mailings(session).ended(self.intent.key, "unknown")
            report(context, session, trouble)
        number = self.document.number
        return PerhapsMailed(
            Text(
                en=f"Whether {number} was mailed is not known; it is not sent again.",
                ja=f"{number} が送信されたか確認できないため、再送しません。",
            )
        )


def _mail(connector: Mailing, document: Document, intent: Intent) -> Mail:
    fields = intent.write.fields
    to = _addresses(fields.get("to")) or connector.addresses(document.ref)
    if not to:
        raise nobody_to_mail(document)
    # A line break in a subject could begin another header.
    subject = " ".join(str(fields.get("subject") or "").split())
    return Mail(to, subject, str(fields.get("body") or ""), _addresses(fields.get("cc")))


def _addresses(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, tuple) else ()


def nobody_to_mail(document: Document) -> RecordUnusable:
    return RecordUnusable(
        Text(
            en=f"{document.number} has nobody to be mailed to.",
            ja=f"{document.number} の送信先メールアドレスがありません。",
        ),
        ref=str(document.ref),
        field="to",
        hint=Text(en="Name the recipients.", ja="宛先を指定してください。"),
    )


def mail_trouble(document: Document, kept: KeptMailing, reason: Reason, error: TsunagiError | None = None) -> Trouble:
    """The line of the standing list about a message that was not sent, or perhaps not."""
    detail = {"said": error.message} if error else {}
    return Trouble(
        key=mail_key(document.ref),
        kind=MAIL,
        service=document.ref.service,
        reason=reason,
        parameters={"document": document.number, "recipients": ", ".join(kept.recipients), **detail},
        records=[document.ref],
        hint=error.hint if error else None,
        facts={"mailing": kept.id},
    )


def mail_key(document: RecordRef) -> str:
    """One for a document: whatever was not mailed, the next message about it that is sent puts it in order."""
    return f"mail:{document}"
