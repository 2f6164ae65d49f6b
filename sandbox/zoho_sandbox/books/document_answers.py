"""A document as JSON, as PDF and as a letter with the PDF attached."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from zoho_sandbox import mail
from zoho_sandbox.books import contact_persons, document_store, document_views
from zoho_sandbox.books.document_kinds import ESTIMATE, PURCHASE_ORDER, SALES_ORDER, DocumentKind
from zoho_sandbox.books.document_sheets import amount_text, sheet_of
from zoho_sandbox.books.document_store import Document
from zoho_sandbox.books.errors import MAIL_CODE, BooksError, invalid_value
from zoho_sandbox.books.operations import BooksCall, Offer, offer, resource_answer, success
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.books.pdf import document_pdf
from zoho_sandbox.calls import Answer
from zoho_sandbox.mail import Attachment, Letter, MailRefused

_SEVERAL = 25
_SENT = {
    "estimate": "Your estimate has been sent.",
    "invoice": "Your invoice has been sent.",
    "salesorder": "Your Sales Order has been sent.",
    "purchaseorder": "Your purchase order has been sent.",
}


def answer(books: BooksCall, document: Document) -> Answer:
    """`GET` of one document in the format its query or header accepts: JSON, or PDF."""
    if wants_pdf(books):
        return _printed(books, [document])
    return resource_answer(document.kind.kind, document_views.detail(books, document))


def wants_pdf(books: BooksCall) -> bool:
    """Whether a call's query or header accepts a PDF rather than JSON; raises BooksError for another format."""
    wanted = books.query.get("accept") or ""
    if wanted not in ("", "json", "pdf"):
        raise invalid_value("accept")
    asks_for_pdf = books.call.headers.get("accept", "").startswith("application/pdf")
    return wanted == "pdf" or (not wanted and asks_for_pdf)


def _printed(books: BooksCall, documents: list[Document]) -> Answer:
    content = document_pdf([sheet_of(books, document) for document in documents])
    name = f"{documents[0].number}.pdf" if len(documents) == 1 else f"{documents[0].kind.plural}.pdf"
    return Answer(
        200,
        content,
        {"content-type": "application/pdf", "content-disposition": f'attachment; filename="{_file_name(name)}"'},
    )


def _file_name(name: str) -> str:
    """A number of one's own may hold anything; a file's name, and a header, may not."""
    return "".join(mark if mark.isascii() and (mark.isalnum() or mark in "-_.") else "_" for mark in name)


def several_as_pdf(kind: DocumentKind) -> Callable[[BooksCall], Answer]:
    """`GET /{kind}s/pdf?{kind}_ids=a,b`: up to 25 documents in one file."""

    def handler(books: BooksCall) -> Answer:
        name = f"{kind.kind}_ids"
        ids = [part.strip() for part in books.query.get(name, "").split(",") if part.strip()]
        if not 0 < len(ids) <= _SEVERAL:
            raise invalid_value(name)
        return _printed(books, [document_store.find(books, kind, each) for each in dict.fromkeys(ids)])

    return handler


def mail_offers(kind: DocumentKind) -> tuple[Offer, Offer]:
    """The letter a document would be sent with, and sending it."""
    path = f"/{kind.plural}/{{{kind.id_key}}}/email"

    def default(books: BooksCall) -> Answer:
        return _default(books, document_store.find(books, kind, books.id(kind.id_key)))

    def send(books: BooksCall) -> Answer:
        return _send(books, document_store.find(books, kind, books.id(kind.id_key)))

    return (
        offer("GET", path, default, scope=f"{kind.plural}.READ"),
        offer("POST", path, send, scope=f"{kind.plural}.CREATE"),
    )


def _default(books: BooksCall, document: Document) -> Answer:
    content = _default_content(books, document)
    # Estimates answer their content bare; that is how the service grew.
    return success(**content) if document.kind is ESTIMATE else resource_answer("data", content)


def _default_content(books: BooksCall, document: Document) -> dict[str, Any]:
    people = contact_persons.of_contact(books.db, document.contact_id)
    chosen = document.content["contact_persons"]
    to = _recipients(books, document)
    file_name = _file_name(f"{document.number}.pdf")
    sender = _sender(books, Fields({}))
    return {
        "subject": _subject(books, document),
        "body": _body(books, document),
        "to_contacts": [
            {
                "contact_person_id": person.contact_person_id,
                "selected": person.contact_person_id in chosen,
                **{name: person.details[name] for name in ("salutation", "first_name", "last_name", "email")},
                **{name: person.details[name] for name in ("phone", "mobile")},
            }
            for person in people
        ],
        "to_mails_str": ",".join(to),
        "cc_mails_list": [],
        "cc_mails_str": "",
        "bcc_mails": [],
        "bcc_mails_str": "",
        "from_emails": [{"user_name": books.user.name, "selected": True, "email": sender}],
        "from_email": sender,
        "from_address": sender,
        "emailtemplates": [],
        "emailtemplate_documents": [],
        "error_list": [],
        "file_name": file_name,
        "file_name_without_extension": file_name.removesuffix(".pdf"),
        "attachment_name": file_name,
        "attach_pdf": True,
        "entity_id": document.document_id,
        document.kind.party_key: document.contact_id,
    }


def _recipients(books: BooksCall, document: Document) -> list[str]:
    """The addresses of the people the document is for."""
    people = contact_persons.of_contact(books.db, document.contact_id)
    chosen = document.content["contact_persons"]
    return [p.details["email"] for p in people if p.contact_person_id in chosen and p.details["email"]]


def _subject(books: BooksCall, document: Document) -> str:
    return f"{document.kind.titles[0]} - {document.number} from {books.organization.name}"


def _body(books: BooksCall, document: Document) -> str:
    name = document_views.detail(books, document)[document.kind.party_name_key]
    total = f"{document.content['currency_code']} {amount_text(document.total)}"
    return (
        f"<p>{escape(name)}</p><p>{escape(document.kind.titles[0])} {escape(document.number)} over {total} is attached."
        f"<br>{document.kind.titles[1]}を添付いたします。</p><p>{escape(books.organization.name)}</p>"
    )


def _send(books: BooksCall, document: Document) -> Answer:
    """Mail the document; the first letter takes it out of draft. Without a body everything is as by default."""
    letter = _letter(books, document)
    try:
        mail.send(books.sandbox, letter)
    except MailRefused as refusal:
        raise BooksError(400, MAIL_CODE, f"The email could not be sent: {refusal}") from refusal
    stage = document.kind.live if document.stage == "draft" else document.stage
    document_store.save(books, document, document.content | {"is_emailed": True}, stage)
    created = document.kind in (SALES_ORDER, PURCHASE_ORDER)
    return success(_SENT[document.kind.kind], status=201 if created else 200)


def _letter(books: BooksCall, document: Document) -> Letter:
    fields = books.fields
    to = _addresses(fields, "to_mail_ids") if books.call.body else _recipients(books, document)
    if not to:
        raise invalid_value("to_mail_ids")
    pdf = document_pdf([sheet_of(books, document)])
    return Letter(
        service=books.service.name,
        organization_id=books.organization_id,
        document_id=document.document_id,
        sender=_sender(books, fields),
        sender_name=books.organization.name,
        to=to,
        cc=_addresses(fields, "cc_mail_ids"),
        bcc=_addresses(fields, "bcc_mail_ids"),
        subject=fields.text("subject", 1000) or _subject(books, document),
        body=fields.text("body", 100_000) or _body(books, document),
        attachments=(Attachment(_file_name(f"{document.number}.pdf"), pdf),),
    )


def _sender(books: BooksCall, fields: Fields) -> str:
    """The user who calls, or the organisation where the request says so and it has an address."""
    own = books.organization.details.get("email", "")
    return own if fields.flag("send_from_org_email_id") and mail.is_address(own) else books.user.email


def _addresses(fields: Fields, name: str) -> list[str]:
    given = fields.raw(name)
    if given is None:
        return []
    if not isinstance(given, list) or not all(mail.is_address(address) for address in given):
        raise invalid_value(name)
    return list(dict.fromkeys(given))
