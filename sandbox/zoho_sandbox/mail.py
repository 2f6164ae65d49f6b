"""Letters the services send: over SMTP where a server was named, and always into an outbox to look at."""

import re
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import unescape

from zoho_sandbox import wire
from zoho_sandbox.sandbox import Sandbox

SCHEMA = """
CREATE TABLE IF NOT EXISTS sandbox_mail (
    id INTEGER PRIMARY KEY, time TEXT NOT NULL, service TEXT NOT NULL, organization_id TEXT NOT NULL,
    document_id TEXT NOT NULL, recipients TEXT NOT NULL, subject TEXT NOT NULL, delivery TEXT NOT NULL,
    message BLOB NOT NULL);
"""
# The caller, and everybody else, waits for the server's answer.
_PATIENCE_SECONDS = 5
_KEPT = 1000
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class MailRefused(Exception):
    """The SMTP server could not be reached or accepted no recipient; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter; `content_type` is like "application/pdf"."""

    name: str
    content: bytes
    content_type: str = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter to send. `body` is HTML; addresses are plain (`somebody@example.com`) and checked with `is_address`."""

    service: str
    organization_id: str
    document_id: str = ""
    sender: str
    sender_name: str = ""
    to: Sequence[str]
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    subject: str
    body: str
    attachments: Sequence[Attachment] = field(default=())


def is_address(text: object) -> bool:
    """Whether a text is a plain e-mail address."""
    return isinstance(text, str) and len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def send(sandbox: Sandbox, letter: Letter) -> None:
    """Send a letter and keep it in the outbox; raises MailRefused."""
    message = _message(sandbox, letter)
    delivery = _deliver(sandbox.settings.smtp, message, letter)
    mail_id = sandbox.db.execute(
        "INSERT INTO sandbox_mail (time, service, organization_id, document_id, recipients, subject, delivery, message)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            sandbox.clock.now().isoformat(timespec="milliseconds"),
            letter.service,
            letter.organization_id,
            letter.document_id,
            wire.encode({"to": list(letter.to), "cc": list(letter.cc), "bcc": list(letter.bcc)}).decode(),
            letter.subject,
            delivery,
            message.as_bytes(),
        ),
    ).lastrowid
    sandbox.db.execute("DELETE FROM sandbox_mail WHERE id <= ?", ((mail_id or 0) - _KEPT,))


def _message(sandbox: Sandbox, letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address(_one_line(letter.sender_name), addr_spec=letter.sender)
    message["To"] = [Address(addr_spec=address) for address in letter.to]
    if letter.cc:
        message["Cc"] = [Address(addr_spec=address) for address in letter.cc]
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = format_datetime(sandbox.clock.now())
    message["Message-ID"] = f"<{sandbox.new_id()}@zoho-sandbox.invalid>"
    message.set_content(_plain(letter.body))
    message.add_alternative(letter.body, subtype="html")
    for attachment in letter.attachments:
        kind, _, subtype = attachment.content_type.partition("/")
        message.add_attachment(attachment.content, maintype=kind, subtype=subtype, filename=attachment.name)
    return message


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(html: str) -> str:
    broken = re.sub(r"<(br|/p|/div|/tr|/li|/h\d)\b[^>]*>", "\n", html, flags=re.IGNORECASE)
    return unescape(re.sub(r"<[^>]+>", "", broken)).strip() + "\n"


def _deliver(server: str | None, message: EmailMessage, letter: Letter) -> str:
    """What became of the message, in words for the outbox."""
    if server is None:
        return "kept"
    host, _, port = server.rpartition(":")
    recipients = [*letter.to, *letter.cc, *letter.bcc]
    try:
        with smtplib.SMTP(host, int(port), "zoho-sandbox", _PATIENCE_SECONDS) as smtp:
            refused = smtp.send_message(message, letter.sender, recipients)
    except smtplib.SMTPRecipientsRefused as error:
        raise MailRefused(_reasons(error.recipients)) from error
    except smtplib.SMTPResponseException as error:
        raise MailRefused(f"{error.smtp_code} {_text(error.smtp_error)}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailRefused(f"{server}: {error}") from error
    return f"sent to {server}" + (f"; refused: {_reasons(refused)}" if refused else "")


def _reasons(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{address}: {code} {_text(reason)}" for address, (code, reason) in refused.items())


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
