"""Documents as PDF files, and mailed by the service itself."""

from dataclasses import replace
from email.message import Message
from html import escape
from typing import Any

from tsunagi import BrokenAnswer, Mail, Printed, Record, RecordRef, RecordRejected, Tax, Text, names_record
from tsunagi_zoho.answers import Answer, Json
from tsunagi_zoho.finance.connector import FinanceConnector
from tsunagi_zoho.finance.document_types import editable_fields, read_taxes
from tsunagi_zoho.finance.kinds import Kind, record_of
from tsunagi_zoho.finance.organization import OrganizationClient, missing


class DocumentConnector(FinanceConnector):
    """A finance organisation with documents to be had as PDF (tsunagi.Printing), by e-mail (tsunagi.Mailing), and to be
    made and changed by people (tsunagi.DocumentEditing)."""

    def taxes(self) -> tuple[Tax, ...]:
        return read_taxes(self._calls)

    @names_record
    def for_editing(self, ref: RecordRef) -> Record:
        """One call."""
        kind = self._document_kind(ref)
        row = self._read(kind, ref)
        record = record_of(kind, row, self._ledger)
        return replace(record, fields={**record.fields, **editable_fields(row, self._ledger)})

    @names_record
    def pdf(self, ref: RecordRef) -> Printed:
        return printed(self._calls, self._document_kind(ref), ref)

    @names_record
    def email(self, ref: RecordRef, mail: Mail) -> None:
        send(self._calls, self._document_kind(ref), ref, mail)

    @names_record
    def addresses(self, ref: RecordRef) -> tuple[str, ...]:
        """Whom the service would mail the document to; empty where the customer has no address. One call."""
        kind = self._document_kind(ref)
        if not kind.address_key:
            return proposed_addresses(self._calls, kind, ref)
        address = self._read(kind, ref).text(kind.address_key)
        return (address,) if address else ()

    def _document_kind(self, ref: RecordRef) -> Kind:
        """Raises RecordRejected for a record that is no document."""
        kind = self._kind(ref.entity)
        if kind.prints:
            return kind
        printable = ", ".join(each.entity for each in self._kinds.values() if each.prints)
        raise RecordRejected(
            Text(
                en=f"{ref} is no document; {self.service} prints and mails only: {printable}.",
                ja=f"{ref} は書類ではありません。{self.service} で印刷・送信できるもの: {printable}",
            ),
            service=self.service,
            problems={"entity": f"'{ref.entity}' is not one of {printable}"},
        )


_PDF = "application/pdf"
_SIGNATURE = b"%PDF-"


def printed(calls: OrganizationClient, kind: Kind, ref: RecordRef) -> Printed:
    """One call."""
    answer = calls.download(f"/{kind.path}/{ref.id}", _PDF, {"accept": "pdf"})
    if not answer.content.startswith(_SIGNATURE):
        raise BrokenAnswer(
            Text(
                en=f"{answer.request}: a PDF was expected, its {len(answer.content)} bytes are none.",
                ja=f"{answer.request}: PDF ではない内容を受け取りました({len(answer.content)} バイト)。",
            ),
            service=calls.service,
        )
    return Printed(_name(answer) or f"{ref.entity}-{ref.id}.pdf", answer.content)


def _name(answer: Answer) -> str:
    """As the service calls the file, without any folder."""
    header = Message()
    header["content-disposition"] = answer.headers.get("content-disposition", "")
    return (header.get_filename() or "").replace("\\", "/").rpartition("/")[2].strip()


def send(calls: OrganizationClient, kind: Kind, ref: RecordRef, mail: Mail) -> None:
    """One call, never repeated; the service attaches the PDF. A draft that is mailed counts as sent from then on."""
    if not mail.to:
        raise RecordRejected(
            Text(en=f"{ref} needs somebody to be mailed to.", ja=f"{ref} の送信先がありません。"),
            service=calls.service,
            problems={"to": "is empty, at least one address is needed"},
        )
    calls.post(f"/{kind.path}/{ref.id}/email", _body(mail))


def proposed_addresses(calls: OrganizationClient, kind: Kind, ref: RecordRef) -> tuple[str, ...]:
    answer = calls.get(f"/{kind.path}/{ref.id}/email")
    # An estimate's e-mail is a plain object, an order's is documented as a list of one.
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
    proposed = [address.strip() for address in str(proposal.get("to_mails_str") or "").split(",")]
    return chosen or [address for address in proposed if address]
