"""The outbox over HTTP: every letter the services sent, or kept because no SMTP server was named."""

import sqlite3
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.control.pages import html_answer, link, prefers_html, table

_SHOWN = 200


def listed(call: Call) -> Answer:
    """`GET /_sandbox/mail?to=&document_id=&organization_id=&service=`, newest first."""
    rows = call.sandbox.db.query(
        "SELECT * FROM sandbox_mail WHERE (:service IS NULL OR service = :service)"
        " AND (:organization_id IS NULL OR organization_id = :organization_id)"
        " AND (:document_id IS NULL OR document_id = :document_id)"
        " AND (:to IS NULL OR EXISTS (SELECT 1 FROM json_each(recipients, '$.to') WHERE value = :to))"
        " ORDER BY id DESC LIMIT :limit",
        {name: call.query.get(name) for name in ("service", "organization_id", "document_id", "to")}
        | {"limit": _SHOWN},
    )
    letters = [_letter(row) for row in rows]
    if not prefers_html(call.headers):
        return Answer(200, {"mail": letters})
    head = ("#", "Time", "To", "Subject", "Service", "Delivery")
    cells = (
        (
            link(f"/_sandbox/mail/{m['id']}", m["id"]),
            m["time"],
            ", ".join(m["to"]),
            m["subject"],
            m["service"],
            m["delivery"],
        )
        for m in letters
    )
    return html_answer("Mail", table(head, cells))


def one(call: Call) -> Answer:
    """`GET /_sandbox/mail/{id}`: a letter with its texts and the names and sizes of its attachments."""
    row = _row(call)
    if row is None:
        return _absent(call)
    message = _message(row)
    shown = _letter(row) | {
        "from": str(message["From"]),
        "text": _content(message, "plain"),
        "html": _content(message, "html"),
        "attachments": [
            {"name": part.get_filename(), "content_type": part.get_content_type(), "size": len(_bytes(part))}
            for part in message.iter_attachments()
        ],
    }
    if not prefers_html(call.headers):
        return Answer(200, shown)
    files = "".join(
        "<li>" + link(f"/_sandbox/mail/{shown['id']}/attachments/{place}", each["name"]) + "</li>"
        for place, each in enumerate(shown["attachments"])
    )
    facts = table(("", ""), ((name, shown[name]) for name in ("time", "from", "to", "cc", "bcc", "delivery")))
    body = f"{facts}<pre>{escape(shown['text'])}</pre><ul>{files}</ul>"
    return html_answer(row["subject"], body + link(f"/_sandbox/mail/{row['id']}/message", "the message as it was sent"))


def message(call: Call) -> Answer:
    """`GET /_sandbox/mail/{id}/message`: as it went over the wire."""
    row = _row(call)
    return _absent(call) if row is None else Answer(200, row["message"], {"content-type": "message/rfc822"})


def attachment(call: Call) -> Answer:
    """`GET /_sandbox/mail/{id}/attachments/{place}`, counted from 0."""
    row = _row(call)
    parts = [] if row is None else list(_message(row).iter_attachments())
    place = call.path["place"]
    if not place.isdigit() or int(place) >= len(parts):
        return _absent(call)
    part = parts[int(place)]
    return Answer(200, _bytes(part), {"content-type": part.get_content_type()})


def clear(call: Call) -> Answer:
    """`DELETE /_sandbox/mail`: forget the letters."""
    call.sandbox.db.execute("DELETE FROM sandbox_mail")
    return Answer(204)


def _row(call: Call) -> sqlite3.Row | None:
    return call.sandbox.db.one("SELECT * FROM sandbox_mail WHERE id = ?", (call.path["id"],))


def _absent(call: Call) -> Answer:
    return Answer(404, {"message": f"There is nothing at {call.url_path}."})


def _letter(row: sqlite3.Row) -> dict[str, Any]:
    names = ("id", "time", "service", "organization_id", "document_id", "subject", "delivery")
    recipients: dict[str, Any] = wire.decode(row["recipients"])
    return {name: row[name] for name in names} | recipients


def _message(row: sqlite3.Row) -> EmailMessage:
    return message_from_bytes(row["message"], policy=default)


def _content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return "" if part is None else str(part.get_content())


def _bytes(part: Any) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
