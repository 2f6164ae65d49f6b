"""E-mailing a document to its customer: the letter arrives with the PDF, and who sent it to whom is kept."""

import io
import socket
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pypdf import PdfReader

from tsunagi.app.access.auditing import audit_log
from tsunagi.app.connections.services import disable
from tsunagi.app.connectors import ConnectorPool
from tsunagi.app.documents.mailing import email_document, mailings_of
from tsunagi.app.open_items.looking import OpenCounts, count_open, open_items, settle
from tsunagi.app.sync.ingest import ingest
from tsunagi.domain.connector import Connector
from tsunagi.domain.documents import Mail, Printed
from tsunagi.domain.records import RecordRef
from tsunagi.errors import (
    ConfigError,
    OutcomeUnknown,
    PermissionDenied,
    RecordNotFound,
    RecordRejected,
    RecordUnusable,
    ServiceOff,
)
from tsunagi.hub import Hub
from tsunagi.store.documents import Documents

HANAKO = "hanako.sato@example.com"
ICHIRO = "ichiro.suzuki@example.com"
MORI = "mori@example.com"


class PostOffice:
    """A mail server that keeps what it takes; it takes nothing for addresses at `closed.example`."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802 - the library looks for this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if address.endswith("@closed.example"):
            return "550 Nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        self.envelopes.append(envelope)
        return "250 OK"

    def letter(self) -> EmailMessage:
        """The only one."""
        (envelope,) = self.envelopes
        assert isinstance(envelope.content, bytes)
        return message_from_bytes(envelope.content, policy=default)


@pytest.fixture
def post() -> PostOffice:
    return PostOffice()


@pytest.fixture
def address(post: PostOffice) -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        host, port = free.getsockname()
    controller = Controller(post, hostname=host, port=port)
    controller.start()
    yield host, port
    controller.stop()


@pytest.fixture
def company(address: tuple[str, int]) -> dict[str, Any]:
    """The services send their letters there."""
    return {"smtp": f"{address[0]}:{address[1]}"}


def bill(desk: Any, zoho: Any, service: str = "books", *, email: str = MORI) -> RecordRef:
    """An invoice of a service, as the hub reads it."""
    person = [{"last_name": "森", "email": email, "is_primary_contact": True}] if email else []
    customer = zoho.finance(service, "POST", "/contacts", {"contact_name": "青葉商事", "contact_persons": person})
    contact = customer["contact"]
    persons = [each["contact_person_id"] for each in contact["contact_persons"]]
    body = {
        "customer_id": contact["contact_id"],
        "contact_persons": persons,
        "line_items": [{"name": "年間保守", "rate": Decimal(120_000), "quantity": 1}],
    }
    made = zoho.finance(service, "POST", "/invoices", body)["invoice"]
    ref = RecordRef(service, "invoice", made["invoice_id"])
    record = desk.hub.connectors.get(service).get(ref)
    ingest(desk.hub.context, desk.hub.registry.entity(service, "invoice"), [record], batch="by hand", initial=True)
    return ref


def words_of(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def attached(letter: EmailMessage) -> tuple[str, bytes]:
    (part,) = letter.iter_attachments()
    assert part.get_content_type() == "application/pdf"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return str(part.get_filename()), content


@pytest.mark.parametrize("service", ["books", "invoice"])
def test_an_invoice_is_mailed_to_its_customer_with_the_pdf(
    desk: Any, zoho: Any, post: PostOffice, service: str
) -> None:
    zoho.use("books", "invoice")
    desk.connect(service)
    ref = bill(desk, zoho, service)
    number = desk.hub.connectors.get(service).get(ref).text("number")

    kept = email_document(
        desk.hub.context,
        desk.hub.settings,
        desk.person(),
        ref,
        Mail((), subject="ご請求書", body="よろしくお願いします。"),
    )

    (envelope,) = post.envelopes
    assert envelope.rcpt_tos == [MORI]
    letter = post.letter()
    assert letter["Subject"] == "ご請求書"
    body = letter.get_body(("plain", "html"))
    assert body is not None
    assert "よろしくお願いします。" in body.get_content()
    name, content = attached(letter)
    assert name.endswith(".pdf")
    assert number in words_of(content)
    assert "120,000" in words_of(content)

    assert (kept.sender, kept.recipients, kept.through, kept.state) == (HANAKO, (MORI,), service, "sent")
    assert list(mailings_of(desk.hub.context, ref)) == [kept]
    # To the customer a draft has gone out.
    assert desk.hub.connectors.get(service).get(ref).text("status") == "sent"
    with desk.hub.store.read() as session:
        shown = Documents(session).get(ref)
    assert shown is not None
    assert shown.status == "sent"


def test_others_can_be_named_and_get_a_copy(desk: Any, zoho: Any, post: PostOffice) -> None:
    desk.connect("books")
    ref = bill(desk, zoho)
    kept = email_document(
        desk.hub.context,
        desk.hub.settings,
        None,
        ref,
        Mail(("keiri@example.com",), cc=("buchou@example.com",)),
    )

    (envelope,) = post.envelopes
    assert sorted(envelope.rcpt_tos) == ["buchou@example.com", "keiri@example.com"]
    assert kept.recipients == ("keiri@example.com", "buchou@example.com")
    assert kept.sender == "hub"


def test_who_may_only_look_sends_nothing(desk: Any, zoho: Any, post: PostOffice) -> None:
    desk.connect("books")
    ref = bill(desk, zoho)

    with pytest.raises(PermissionDenied, match=r"may not books\.invoice:email"):
        email_document(desk.hub.context, desk.hub.settings, desk.person(ICHIRO), ref, Mail(()))
    assert post.envelopes == []
    assert list(mailings_of(desk.hub.context, ref)) == []


def test_a_customer_without_an_address_is_asked_about(desk: Any, zoho: Any, post: PostOffice) -> None:
    desk.connect("books")
    ref = bill(desk, zoho, email="")

    with pytest.raises(RecordUnusable) as refused:
        email_document(desk.hub.context, desk.hub.settings, desk.person(), ref, Mail(()))
    assert refused.value.field == "to"
    assert refused.value.hint is not None
    assert post.envelopes == []


def test_an_unknown_document_and_one_that_is_gone(desk: Any, zoho: Any) -> None:
    desk.connect("books")
    with pytest.raises(RecordUnusable, match="no document"):
        email_document(
            desk.hub.context,
            desk.hub.settings,
            desk.person(),
            RecordRef("books", "invoice", "1"),
            Mail(()),
        )

    ref = bill(desk, zoho)
    zoho.finance("books", "DELETE", f"/invoices/{ref.id}")
    with pytest.raises(RecordNotFound):
        email_document(desk.hub.context, desk.hub.settings, desk.person(), ref, Mail((MORI,)))
    (kept,) = mailings_of(desk.hub.context, ref)
    assert kept.state == "failed"


def test_a_letter_that_is_not_taken_is_kept_as_failed_with_the_reason(
    desk: Any, zoho: Any, post: PostOffice, clock: Any
) -> None:
    desk.connect("books")
    ref = bill(desk, zoho)
    with pytest.raises(RecordRejected):
        email_document(desk.hub.context, desk.hub.settings, desk.person(), ref, Mail(("nobody@closed.example",)))

    (kept,) = mailings_of(desk.hub.context, ref)
    assert kept.state == "failed"
    assert kept.problem is not None
    assert "Nobody here" in kept.problem.en
    assert desk.hub.connectors.get("books").get(ref).text("status") == "draft"

    (item,) = open_items(desk.hub.context, None, kind="mail").items
    assert (item.reason, item.records, item.resolver) == ("mail_failed", (ref,), "person")

    # Sent again by a person, both tries are on record, the latest first.
    clock.pass_(minutes=1)
    email_document(desk.hub.context, desk.hub.settings, desk.person(), ref, Mail((MORI,)))
    assert [each.state for each in mailings_of(desk.hub.context, ref)] == ["sent", "failed"]
    assert count_open(desk.hub.context) == OpenCounts(0, 0)
    assert len(post.envelopes) == 1


def test_a_lost_answer_is_not_sent_again_by_itself(desk: Any, zoho: Any, post: PostOffice) -> None:
    desk.connect("books")
    ref = bill(desk, zoho)
    zoho.fault("drop_after", method="POST", path="/books/v3/invoices/*")

    with pytest.raises(OutcomeUnknown):
        email_document(desk.hub.context, desk.hub.settings, desk.person(), ref, Mail((MORI,)))
    (kept,) = mailings_of(desk.hub.context, ref)
    assert kept.state == "unknown"
    assert len(post.envelopes) == 1

    # Only a person can know that it arrived.
    (item,) = open_items(desk.hub.context, None).items
    assert item.reason == "mail_unknown"
    settle(desk.hub.context, desk.person(), item.key)
    assert count_open(desk.hub.context) == OpenCounts(0, 0)
    (act,) = audit_log(desk.hub.context, None, action="open_items:settle").entries.items
    assert (act.person, act.subject) == (desk.person().email, item.key)
    with pytest.raises(ConfigError):
        settle(desk.hub.context, desk.person(), item.key)


def test_a_service_that_is_off_mails_nothing(desk: Any, zoho: Any, post: PostOffice) -> None:
    desk.connect("books")
    ref = bill(desk, zoho)
    disable(desk.hub.context, desk.person(), "books", confirmed="books")

    with pytest.raises(ServiceOff):
        email_document(desk.hub.context, desk.hub.settings, desk.person(), ref, Mail((MORI,)))
    assert post.envelopes == []


def test_two_letters_at_one_moment_are_told_apart(desk: Any, zoho: Any) -> None:
    desk.connect("books")
    ref = bill(desk, zoho)
    moment = desk.hub.context.now()
    desk.hub.context = replace(desk.hub.context, now=lambda: moment)

    for number in range(6):
        kept = email_document(
            desk.hub.context,
            desk.hub.settings,
            desk.person(),
            ref,
            Mail((f"reader{number}@example.com",)),
        )
        assert kept.recipients == (f"reader{number}@example.com",)


class OnlyPrints:
    """A service that gives documents as PDF and mails none: Books without its post room."""

    def __init__(self, books: Any) -> None:
        self._books = books
        self.service = books.service
        self.capabilities = books.capabilities

    def pdf(self, ref: RecordRef) -> Printed:
        printed: Printed = self._books.pdf(ref)
        return printed

    def close(self) -> None:
        self._books.close()


@pytest.fixture
def printing(open_desk: Any, zoho: Any) -> Any:
    """Opens a desk at which the service of the invoice prints, and the hub has to mail."""

    def opened(**settings: Any) -> tuple[Hub, RecordRef]:
        desk = open_desk("crm", "books", **settings)
        ref = bill(desk, zoho)
        kind = desk.hub.registry.connectors["books"]
        build = kind.build

        def only_prints(context: Any) -> Connector:
            prints: Any = OnlyPrints(build(context))
            return prints  # type: ignore[no-any-return]  # what mailing asks of a connector is all it has

        kinds = {**desk.hub.registry.connectors, "books": replace(kind, build=only_prints)}
        hub = desk.hub
        hub.connectors.close()
        hub.registry = replace(hub.registry, connectors=kinds)
        hub.connectors = ConnectorPool(
            hub.store, hub.registry, hub.meter, hub.context.now, allowed_hosts=hub.settings.allowed_hosts
        )
        hub.context = replace(hub.context, registry=hub.registry, connectors=hub.connectors)
        return desk.hub, ref

    return opened


def test_where_the_service_does_not_mail_the_hub_does(
    printing: Any, post: PostOffice, address: tuple[str, int]
) -> None:
    sender = {"mail_from": "billing@example.com", "mail_from_name": "経理部"}
    hub, ref = printing(smtp_host=address[0], smtp_port=address[1], **sender)

    kept = email_document(
        hub.context, hub.settings, None, ref, Mail((MORI,), subject="ご請求書", body="ご確認ください。")
    )

    assert kept.through == "hub"
    letter = post.letter()
    assert str(letter["From"]).endswith("<billing@example.com>")
    assert letter["To"] == MORI
    assert letter["Message-ID"]
    assert letter["Date"]
    assert "120,000" in words_of(attached(letter)[1])


def test_a_hub_without_a_mail_server_says_so(printing: Any) -> None:
    hub, ref = printing()

    with pytest.raises(ConfigError, match="no mail server") as refused:
        email_document(hub.context, hub.settings, None, ref, Mail((MORI,)))
    assert "smtp_host" in refused.value.hint.en
    assert mailings_of(hub.context, ref)[0].state == "failed"


def test_a_mail_server_that_refuses_is_named_without_its_password(
    printing: Any, address: tuple[str, int], post: PostOffice
) -> None:
    hub, ref = printing(
        smtp_host=address[0], smtp_port=address[1], mail_from="a@example.com", smtp_user="u", smtp_password="geheim"
    )

    with pytest.raises(ConfigError) as refused:
        email_document(hub.context, hub.settings, None, ref, Mail((MORI,)))
    assert f"{address[0]}:{address[1]}" in refused.value.message.en
    assert "geheim" not in str(refused.value)
    assert post.envelopes == []


def test_it_is_sent_through_the_api_by_who_may(open_office: Any, zoho: Any, post: PostOffice) -> None:
    office = open_office(listening=False)
    ref = bill(office, zoho)
    path = f"{office.page_url}/api/documents/books/invoice/{ref.id}"

    office.sign_in(ICHIRO)
    assert office.client.post(f"{path}/email", json={}).status_code == 403
    office.sign_in(HANAKO)
    answer = office.client.post(f"{path}/email", json={"subject": "ご請求書"})

    assert answer.status_code == 201, answer.text
    assert (answer.json()["sender"], answer.json()["state"]) == (HANAKO, "sent")
    assert post.letter()["Subject"] == "ご請求書"
    assert [each["recipients"] for each in office.client.get(f"{path}/mailings").json()["items"]] == [[MORI]]
