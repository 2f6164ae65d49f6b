"""A document as JSON, as PDF and as an email with the PDF attached."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from zoho_sandbox import mail
from zoho_sandbox.calls import Answer
from zoho_sandbox.finance import contact_persons, contacts, document_store, document_views
from zoho_sandbox.finance.contact_persons import ContactPerson
from zoho_sandbox.finance.document_kind import DocumentKind
from zoho_sandbox.finance.document_kinds import ESTIMATE
from zoho_sandbox.finance.document_store import Document
from zoho_sandbox.finance.errors import MAIL_CODE, FinanceError, invalid_value
from zoho_sandbox.finance.operations import FinanceCall, Offer, offer, resource_answer, success
from zoho_sandbox.finance.organizations import Organization
from zoho_sandbox.finance.payload import Fields
from zoho_sandbox.finance.pdf import Sheet, SheetLine, document_pdf
from zoho_sandbox.mail import Attachment, Letter, MailRefused

_SEVERAL = 25


def answer(call: FinanceCall, document: Document) -> Answer:
    """`GET` of one document in the format its query or header accepts: JSON, or PDF."""
    if document.kind.mailed and wants_pdf(call):
        return printed(call, [document])
    return resource_answer(document.kind.one, document_views.detail(call, document))


def wants_pdf(call: FinanceCall) -> bool:
    """Whether a call's query or header accepts a PDF rather than JSON; raises FinanceError for another format."""
    wanted = call.query.get("accept") or ""
    if wanted not in ("", "json", "pdf"):
        raise invalid_value("accept")
    asks_for_pdf = call.request.headers.get("accept", "").startswith("application/pdf")
    return wanted == "pdf" or (not wanted and asks_for_pdf)


def printed(call: FinanceCall, documents: list[Document]) -> Answer:
    content = document_pdf([sheet_of(call, document) for document in documents])
    name = f"{documents[0].number}.pdf" if len(documents) == 1 else f"{documents[0].kind.plural}.pdf"
    return Answer(
        200,
        content,
        {"content-type": "application/pdf", "content-disposition": f'attachment; filename="{file_name(name)}"'},
    )


def file_name(name: str) -> str:
    """Numbers given by hand may have any character; names of files, and headers, may not."""
    return "".join(mark if mark.isascii() and (mark.isalnum() or mark in "-_.") else "_" for mark in name)


def several_as_pdf(kind: DocumentKind) -> Callable[[FinanceCall], Answer]:
    """`GET /{kind}s/pdf?{kind}_ids=a,b`: up to 25 documents in one file."""

    def handler(call: FinanceCall) -> Answer:
        name = f"{kind.kind}_ids"
        ids = [part.strip() for part in call.query.get(name, "").split(",") if part.strip()]
        if not 0 < len(ids) <= _SEVERAL:
            raise invalid_value(name)
        return printed(call, [document_store.find(call, kind, each) for each in dict.fromkeys(ids)])

    return handler


def templates_offer(kind: DocumentKind) -> Offer:
    """`GET /{kind}s/templates`: the one look documents of the sandbox have."""
    template = {"template_name": "Standard Template", "template_id": "982000000000143", "template_type": "standard"}

    def handler(_call: FinanceCall) -> Answer:
        return success(templates=[template])

    return offer("GET", f"/{kind.plural}/templates", handler, scope=f"{kind.plural}.READ")


def mail_offers(kind: DocumentKind) -> tuple[Offer, Offer]:
    """The letter a document would be sent with, and sending it."""
    path = f"/{kind.plural}/{{{kind.id_key}}}/email"

    def default(call: FinanceCall) -> Answer:
        return _default(call, document_store.find(call, kind, call.id(kind.id_key)))

    def mailed(call: FinanceCall) -> Answer:
        return send(call, document_store.find(call, kind, call.id(kind.id_key)))

    return (
        offer("GET", path, default, scope=f"{kind.plural}.READ"),
        offer("POST", path, mailed, scope=f"{kind.plural}.CREATE"),
    )


def _default(call: FinanceCall, document: Document) -> Answer:
    content = _default_content(call, document)
    # Estimates answer their content bare; that is how the service grew.
    return success(**content) if document.kind is ESTIMATE else resource_answer("data", content)


def _default_content(call: FinanceCall, document: Document) -> dict[str, Any]:
    people = contact_persons.of_contact(call.db, document.contact_id)
    chosen = document.content["contact_persons"]
    to = _recipients(call, document)
    attachment = file_name(f"{document.number}.pdf")
    sender = sender_of(call, Fields({}))
    return {
        "subject": _subject(call, document),
        "body": _body(call, document),
        "to_contacts": to_contacts(people, chosen),
        "to_mails_str": ",".join(to),
        "cc_mails_list": [],
        "cc_mails_str": "",
        "bcc_mails": [],
        "bcc_mails_str": "",
        "from_emails": from_emails(call),
        "from_email": sender,
        "from_address": sender,
        "emailtemplates": [],
        "emailtemplate_documents": [],
        "error_list": [],
        "file_name": attachment,
        "file_name_without_extension": attachment.removesuffix(".pdf"),
        "attachment_name": attachment,
        "attach_pdf": True,
        "entity_id": document.document_id,
        document.kind.party_key: document.contact_id,
    }


def to_contacts(people: Sequence[ContactPerson], chosen: Collection[str]) -> list[dict[str, Any]]:
    """The people a letter may go to, the chosen ones marked."""
    names = ("salutation", "first_name", "last_name", "email", "phone", "mobile")
    return [
        {
            "contact_person_id": person.contact_person_id,
            "selected": person.contact_person_id in chosen,
            **{name: person.details[name] for name in names},
        }
        for person in people
    ]


def from_emails(call: FinanceCall) -> list[dict[str, Any]]:
    return [{"user_name": call.user.name, "selected": True, "email": sender_of(call, Fields({}))}]


def post(
    call: FinanceCall, document_id: str, to: Sequence[str], subject: str, body: str, attachment: Attachment
) -> None:
    """Mail something to the addresses the request names, or to `to`; subject and body are those of the request, or
    these. Raises FinanceError where there is no address or the mail is refused.
    """
    fields = call.fields
    to = addresses(fields, "to_mail_ids") if call.request.body else to
    if not to:
        raise invalid_value("to_mail_ids")
    letter = Letter(
        service=call.service.name,
        organization_id=call.organization_id,
        document_id=document_id,
        sender=sender_of(call, fields),
        sender_name=call.organization.name,
        to=to,
        cc=addresses(fields, "cc_mail_ids"),
        bcc=addresses(fields, "bcc_mail_ids"),
        subject=fields.text("subject", 1000) or subject,
        body=fields.text("body", 100_000) or body,
        attachments=(attachment,),
    )
    try:
        mail.send(call.sandbox, letter)
    except MailRefused as refusal:
        raise FinanceError(400, MAIL_CODE, f"The email could not be sent: {refusal}") from refusal


def _recipients(call: FinanceCall, document: Document) -> list[str]:
    """The addresses of the people the document is for."""
    people = contact_persons.of_contact(call.db, document.contact_id)
    chosen = document.content["contact_persons"]
    return [p.details["email"] for p in people if p.contact_person_id in chosen and p.details["email"]]


def _subject(call: FinanceCall, document: Document) -> str:
    return f"{document.kind.titles[0]} - {document.number} from {call.organization.name}"


def _body(call: FinanceCall, document: Document) -> str:
    name = document_views.detail(call, document)[document.kind.party_name_key]
    total = f"{document.content['currency_code']} {amount_text(document.total)}"
    return (
        f"<p>{escape(name)}</p><p>{escape(document.kind.titles[0])} {escape(document.number)} over {total} is attached."
        f"<br>{document.kind.titles[1]}を添付いたします。</p><p>{escape(call.organization.name)}</p>"
    )


def send(call: FinanceCall, document: Document) -> Answer:
    """Mail the document; the first email takes it out of draft. Without a body everything is as by default."""
    pdf = Attachment(file_name(f"{document.number}.pdf"), document_pdf([sheet_of(call, document)]))
    subject, body = _subject(call, document), _body(call, document)
    post(call, document.document_id, _recipients(call, document), subject, body, pdf)
    stage = document.kind.live if document.stage in ("draft", "approved") else document.stage
    document_store.save(call, document, document.content | {"is_emailed": True}, stage)
    return success(document.kind.mailed, status=document.kind.mailed_status)


def sender_of(call: FinanceCall, fields: Fields) -> str:
    """The user who calls, or the organisation where the request asks for it and it has an address."""
    own = call.organization.details.get("email", "")
    return own if fields.flag("send_from_org_email_id") and mail.is_address(own) else call.user.email


def addresses(fields: Fields, name: str) -> list[str]:
    given = fields.raw(name)
    if given is None:
        return []
    if not isinstance(given, list) or not all(mail.is_address(address) for address in given):
        raise invalid_value(name)
    return list(dict.fromkeys(given))


_END_LABELS = {
    "due_date": "Due date 支払期限",
    "expiry_date": "Valid until 有効期限",
    "shipment_date": "Shipment date 出荷予定日",
    "delivery_date": "Delivery date 納期",
}


def sheet_of(call: FinanceCall, document: Document) -> Sheet:
    """The document as it is printed, in the currency it is written in."""
    content = document.content
    party = contacts.find(call.db, call.ledger, document.contact_id)
    number = (f"{document.kind.titles[0]} no. 番号", document.number)
    return Sheet(
        titles=document.kind.titles,
        sender=_sender(call.organization),
        recipient=[party.name, *_address(content["billing_address"], ("attention", "address", "street2"))],
        facts=[
            number,
            ("Date 日付", content["date"]),
            *_present((_END_LABELS.get(document.kind.end_date, ""), document.end_date)),
            *_present(("Reference 参照番号", content["reference_number"])),
        ],
        lines=[_line(line) for line in content["line_items"]],
        totals=list(_totals(content)),
        notes=[*_present(("Notes 備考", content["notes"])), *_present(("Terms 取引条件", content["terms"]))],
    )


def _present(*pairs: tuple[str, str]) -> list[tuple[str, str]]:
    return [pair for pair in pairs if pair[1]]


def _sender(organization: Organization) -> list[str]:
    details = organization.details
    address = {**(details.get("address") or {})}
    lines = _address(address, ("street_address1", "street_address2"))
    return [organization.name, *(lines or [details.get("country", "")]), *filter(None, [details.get("email", "")])]


def _address(address: dict[str, str], streets: tuple[str, ...]) -> list[str]:
    place = " ".join(filter(None, (address.get(name, "") for name in ("zip", "city", "state"))))
    lines = [*(address.get(name, "") for name in streets), place, address.get("country", "")]
    return [line for line in lines if line]


def _line(line: dict[str, Any]) -> SheetLine:
    tax = f"{_plain(line['tax_percentage'])}%" if line["tax_id"] else ""
    return SheetLine(
        name=line["name"] or line["description"],
        description=line["description"] if line["name"] else "",
        quantity=" ".join(filter(None, (_plain(line["quantity"]), line["unit"]))),
        rate=amount_text(line["rate"]),
        tax=tax,
        amount=amount_text(line["item_total"]),
    )


def amount_text(amount: Decimal | int) -> str:
    """A figure as it is printed: 1,234.50. Stored ones without decimal places are whole numbers."""
    return f"{Decimal(amount):,f}"


def _plain(number: Decimal | int) -> str:
    """A number without idle zeros."""
    value = Decimal(number)
    whole = value == value.to_integral_value()
    return amount_text(value.quantize(Decimal(1)) if whole else value.normalize())


def _totals(content: dict[str, Any]) -> list[tuple[str, str]]:
    shown = [("Subtotal 小計", amount_text(content["sub_total"]))]
    if content["discount_total"]:
        shown.append(("Discount 値引", f"-{amount_text(content['discount_total'])}"))
    shown += [(tax["tax_name"], amount_text(tax["tax_amount"])) for tax in content["taxes"]]
    if content["shipping_charge"]:
        shown.append(("Shipping 送料", amount_text(content["shipping_charge"])))
    if content["adjustment"]:
        shown.append((content["adjustment_description"] or "Adjustment 調整", amount_text(content["adjustment"])))
    return [*shown, ("Total 合計", f"{content['currency_code']} {amount_text(content['total'])}")]
