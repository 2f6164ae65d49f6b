"""Documents by e-mail: to whom, with what, and what becomes of the document."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx2
import pytest
from aiosmtpd.smtp import SMTP

from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings


class Postman:
    """An SMTP server's handler; refuses recipients of `refused.example`."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], EmailMessage]] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.endswith("@refused.example"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return "250 OK"


@pytest.fixture
def postman() -> Iterator[tuple[Postman, str]]:
    """A running SMTP server and its address."""
    handler = Postman()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield handler, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def mailing(tmp_path: Path, postman: tuple[Postman, str], make_client: Callable[[httpx2.Client], Any]) -> Iterator[Any]:
    """A client of a sandbox that sends its mail to the postman."""
    settings = SandboxSettings(data=tmp_path / "sandbox.db", seed_data="empty", smtp=postman[1])
    with running(settings) as sandbox, httpx2.Client(base_url=sandbox.base_url) as http:
        yield make_client(http)


PEOPLE = [{"first_name": "Aoi", "email": "aoi@example.jp"}, {"first_name": "Ken", "email": "ken@example.jp"}]


def test_an_invoice_is_mailed_over_smtp_with_its_pdf(mailing: Any, postman: tuple[Postman, str]) -> None:
    invoice = mailing.invoice(mailing.customer("青木商店", contact_persons=PEOPLE))
    body = {
        "to_mail_ids": ["aoi@example.jp"],
        "cc_mail_ids": ["boss@example.com"],
        "bcc_mail_ids": ["archive@example.com"],
        "subject": "ご請求\r\nBcc: evil@example.com",
        "body": "<p>お世話に<br>なります &amp; thanks</p>",
    }
    reply = mailing.post(f"/invoices/{invoice['invoice_id']}/email", body)
    assert (reply.status, reply.message) == (200, "Your invoice has been sent.")
    ((recipients, letter),) = postman[0].letters
    assert recipients == ["aoi@example.jp", "boss@example.com", "archive@example.com"]
    assert (letter["To"], letter["Cc"], letter["Bcc"]) == ("aoi@example.jp", "boss@example.com", None)
    assert letter["Subject"] == "ご請求 Bcc: evil@example.com"
    assert letter["From"].addresses[0].addr_spec == "hanako.sato@example.com"
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["お世話に", "なります & thanks"]
    assert "<br>" in html.get_content()
    (pdf,) = letter.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content_type()) == ("INV-000001.pdf", "application/pdf")
    assert pdf.get_content().startswith(b"%PDF-")


def test_the_first_mail_marks_a_draft_as_sent(mailing: Any, postman: tuple[Postman, str]) -> None:
    customer, vendor = mailing.customer(contact_persons=PEOPLE), mailing.vendor(contact_persons=PEOPLE)
    made = {
        "estimate": (mailing.estimate(customer), "sent", 200),
        "invoice": (mailing.invoice(customer), "sent", 200),
        "salesorder": (mailing.order(customer), "open", 201),
        "purchaseorder": (mailing.order(vendor), "open", 201),
    }
    for kind, (document, status, http_status) in made.items():
        assert mailing.post(f"/{kind}s/{document[f'{kind}_id']}/email").status == http_status
        shown = mailing.shown(kind, document)
        assert (shown["status"], shown["is_emailed"]) == (status, True)
    estimate = made["estimate"][0]
    path = f"/estimates/{estimate['estimate_id']}"
    mailing.post(f"{path}/status/accepted")
    mailing.post(f"{path}/email")
    assert mailing.shown("estimate", estimate)["status"] == "accepted", "a later mail changes no status"
    assert len(postman[0].letters) == 5
    assert {tuple(to) for to, _ in postman[0].letters} == {("aoi@example.jp",)}, "the primary person by default"


def test_a_letter_nobody_takes_is_refused_and_changes_nothing(mailing: Any, postman: tuple[Postman, str]) -> None:
    invoice = mailing.invoice(mailing.customer())
    path = f"/invoices/{invoice['invoice_id']}"
    reply = mailing.post(f"{path}/email", {"to_mail_ids": ["x@refused.example"]})
    assert (reply.status, reply.code) == (400, 4101)
    assert "550 no such user" in reply.message
    assert mailing.shown("invoice", invoice) == invoice
    assert mailing.http.get("/_sandbox/mail").json() == {"mail": []}
    both = mailing.post(f"{path}/email", {"to_mail_ids": ["x@refused.example", "y@example.jp"]})
    assert both.status == 200
    (kept,) = mailing.http.get("/_sandbox/mail").json()["mail"]
    assert "x@refused.example: 550" in kept["delivery"]


def test_an_smtp_server_that_is_away_is_told(tmp_path: Path, make_client: Callable[[httpx2.Client], Any]) -> None:
    settings = SandboxSettings(data=tmp_path / "s.db", seed_data="empty", smtp="127.0.0.1:1")
    with running(settings) as sandbox, httpx2.Client(base_url=sandbox.base_url) as http:
        books = make_client(http)
        invoice = books.invoice(books.customer())
        reply = books.post(f"/invoices/{invoice['invoice_id']}/email", {"to_mail_ids": ["a@example.jp"]})
        assert (reply.status, reply.code) == (400, 4101)
        assert books.shown("invoice", invoice)["status"] == "draft"


@pytest.mark.parametrize(
    "given",
    [
        {"subject": "no recipients"},
        {"to_mail_ids": []},
        {"to_mail_ids": "a@example.jp"},
        {"to_mail_ids": ["nobody"]},
        {"to_mail_ids": ["a@example.jp\r\nX: y"]},
        {"to_mail_ids": ["A <a@example.jp>"]},
        {"to_mail_ids": [3]},
    ],
)
def test_recipients_are_checked(books: Any, given: dict[str, Any]) -> None:
    invoice = books.invoice(books.customer())
    reply = books.post(f"/invoices/{invoice['invoice_id']}/email", given)
    assert (reply.status, reply.code, reply.message) == (400, 2, "Invalid value passed for to_mail_ids")


def test_without_a_body_somebody_must_be_there_to_receive_it(books: Any) -> None:
    invoice = books.invoice(books.customer())
    assert books.post(f"/invoices/{invoice['invoice_id']}/email").message == "Invalid value passed for to_mail_ids"
    wrong = {"to_mail_ids": ["a@example.jp"], "cc_mail_ids": ["b"]}
    reply = books.post(f"/invoices/{invoice['invoice_id']}/email", wrong)
    assert reply.message == "Invalid value passed for cc_mail_ids"


def test_the_default_content_can_be_asked_for(books: Any) -> None:
    customer = books.customer("青木商店", contact_persons=PEOPLE)
    invoice = books.invoice(customer)
    content = books.get(f"/invoices/{invoice['invoice_id']}/email").body["data"]
    assert invoice["invoice_number"] in content["subject"]
    assert "青木商店" in content["body"]
    assert [(who["email"], who["selected"]) for who in content["to_contacts"]] == [
        ("aoi@example.jp", True),
        ("ken@example.jp", False),
    ]
    assert (content["to_mails_str"], content["file_name"]) == ("aoi@example.jp", "INV-000001.pdf")
    estimate = books.estimate(customer)
    bare = books.get(f"/estimates/{estimate['estimate_id']}/email").body
    assert "QT-000001" in bare["subject"]
    for kind, order in (("sales", books.order(customer)), ("purchase", books.order(books.vendor()))):
        assert books.get(f"/{kind}orders/{order[f'{kind}order_id']}/email").body["data"]["body"]


def test_without_a_server_letters_are_kept_to_look_at(books: Any) -> None:
    books.http.delete("/_sandbox/mail")
    invoice = books.invoice(books.customer())
    books.post(f"/invoices/{invoice['invoice_id']}/email", {"to_mail_ids": ["a@example.jp"], "body": "<b>Hi</b>"})
    (kept,) = books.http.get("/_sandbox/mail", params={"document_id": invoice["invoice_id"]}).json()["mail"]
    assert (kept["to"], kept["delivery"], kept["service"]) == (["a@example.jp"], "kept", "books")
    assert books.http.get("/_sandbox/mail", params={"to": "b@example.jp"}).json() == {"mail": []}
    letter = books.http.get(f"/_sandbox/mail/{kept['id']}").json()
    assert (letter["text"], letter["attachments"][0]["name"]) == ("Hi\n", "INV-000001.pdf")
    attached = books.http.get(f"/_sandbox/mail/{kept['id']}/attachments/0")
    assert attached.headers["content-type"] == "application/pdf"
    assert attached.content.startswith(b"%PDF-")
    assert b"Subject:" in books.http.get(f"/_sandbox/mail/{kept['id']}/message").content
    for path in ("/_sandbox/mail", f"/_sandbox/mail/{kept['id']}"):
        page = books.http.get(path, headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "a@example.jp" in page.text
    for path in ("999", "999/message", f"{kept['id']}/attachments/1", f"{kept['id']}/attachments/x"):
        assert books.http.get(f"/_sandbox/mail/{path}").status_code == 404
    assert books.http.delete("/_sandbox/mail").status_code == 204
