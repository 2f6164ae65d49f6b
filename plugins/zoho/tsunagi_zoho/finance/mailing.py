"""Documents mailed by the service itself."""

from html import escape
from typing import Any

from tsunagi import Mail, RecordRef, RecordRejected, Text
from tsunagi_zoho.answers import Json
from tsunagi_zoho.finance.calls import OrganizationCalls, missing
from tsunagi_zoho.finance.kinds import Kind


def send(calls: OrganizationCalls, kind: Kind, ref: RecordRef, mail: Mail) -> None:
    """One call, never repeated; the service attaches the PDF. A draft that is mailed counts as sent from then on."""
    if not mail.to:
        raise RecordRejected(
            Text(en=f"{ref} needs somebody to be mailed to.", ja=f"{ref} の送信先がありません。"),
            service=calls.service,
            problems={"to": "is empty, at least one address is needed"},
        )
    calls.post(f"/{kind.path}/{ref.id}/email", _body(mail))


def proposed_addresses(calls: OrganizationCalls, kind: Kind, ref: RecordRef) -> tuple[str, ...]:
    """Whom the service would mail the document to; empty where the customer has no address. One call."""
    answer = calls.get(f"/{kind.path}/{ref.id}/email")
    # An estimate's letter is told bare, an order's is documented as a list of one.
    data = answer.body.get("data", answer.body)
    proposal = data[0] if isinstance(data, list) and data else data
    if not isinstance(proposal, dict) or "to_contacts" not in proposal:
        raise missing(answer, "to_contacts")
    return tuple(dict.fromkeys(_addresses(proposal)))


def _body(mail: Mail) -> dict[str, Any]:
    body: dict[str, Any] = {"to_mail_ids": list(mail.to)}
    if mail.cc:
        body["cc_mail_ids"] = list(mail.cc)
    if mail.subject:
        body["subject"] = mail.subject
    if mail.body:
        # The service takes HTML, people write text.
        body["body"] = escape(mail.body).replace("\n", "<br>")
    return body


def _addresses(proposal: Json) -> list[str]:
    contacts = [each for each in proposal.get("to_contacts") or () if isinstance(each, dict) and each.get("email")]
    chosen = [str(each["email"]).strip() for each in contacts if each.get("selected")]
    said = [address.strip() for address in str(proposal.get("to_mails_str") or "").split(",")]
    return chosen or [address for address in said if address]
