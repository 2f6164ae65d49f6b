"""Rules mail documents: each once, whatever gets lost; without a reader it is left, and that is said."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tsunagi.app.sync.making import make
from tsunagi.store.intents import Intents

MORI, KEIRI = "mori@example.com", "keiri@example.com"
RULE = """version: 1
automation: bill
title: Bill a won deal and mail it
trigger: {event: deal.won}
repeat: every_time
actions:
  - action: books.invoice.create
    parameters: {lines: amount}
  - action: books.invoice.email
    parameters: {%s}
"""
OWN = """version: 1
automation: offer
title: Mail an estimate that was entered by hand
trigger: {event: estimate.created, service: books}
conditions:
  - {field: estimate.status, equals: draft}
actions:
  - action: books.estimate.email
    parameters: {to: "%s", subject: "${estimate.number}"}
run_as: %s
"""


class PostOffice:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(  # noqa: N802 - the library looks for this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def readers(self) -> list[list[str]]:
        return [sorted(each.rcpt_tos) for each in self.envelopes]


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


def rules(folder: Path, **texts: str) -> Path:
    (folder / "automations").mkdir(parents=True)
    for name, text in texts.items():
        (folder / "automations" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def deal_with_contact(zoho: Any, *, email: str | None = MORI) -> tuple[str, str, str]:
    account, deal = zoho.account_and_deal()
    given = {"Last_Name": "森", "Account_Name": {"id": account}, **({"Email": email} if email else {})}
    contact = zoho.add("Contacts", **given)
    zoho.change("Deals", deal, Contact_Name={"id": contact})
    return account, deal, contact


def settled(office: Any, times: int = 3) -> None:
    for _ in range(times):
        assert office.sync().state == "done"


def test_the_invoice_is_mailed_once_whatever_gets_lost(
    open_office: Any, zoho: Any, post: PostOffice, tmp_path: Path
) -> None:
    folder = rules(tmp_path / "rules", bill=RULE % 'to: "${contact.email}", cc: keiri@example.com')
    office = open_office(listening=False, rules_dir=folder)
    _, deal, _ = deal_with_contact(zoho)
    office.sync()
    # The answer is lost: the letter may have gone out, so it is not sent again, and a person is asked.
    zoho.fault("drop_after", path="/books/v3/invoices/*/email", method="POST")
    zoho.win(deal)
    settled(office)
    assert post.readers == [[KEIRI, MORI]]
    said = office.page("/open-items")
    assert "INV-000001" in said
    assert "is not known" in said
    assert MORI in office.page("/open-items", "ja")
    # Won once more: the document was mailed, or may have been.
    zoho.change("Deals", deal, Stage="Negotiation/Review")
    settled(office, 1)
    zoho.win(deal)
    settled(office)
    assert len(post.envelopes) == 1


def test_a_process_that_died_while_sending_does_not_send_again(
    open_office: Any, zoho: Any, post: PostOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = rules(tmp_path / "rules", bill=RULE % 'to: "${contact.email}"')
    office = open_office(listening=False, rules_dir=folder)
    _, deal, _ = deal_with_contact(zoho)
    office.sync()
    zoho.win(deal)
    connector = type(office.hub.connectors.get("books"))

    def power_cut(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(connector, "email", power_cut)
        with office.hub.store.read() as session:
            assert Intents(session).count_states().get("planned") is None
        with pytest.raises(BaseException):  # noqa: B017, PT011 - whatever the workflow makes of it
            office.sync()
    with office.hub.store.read() as session:
        keys = [
            intent.key
            for batch in Intents(session).pending_batches()
            for intent in Intents(session).pending(batch).items
            if intent.write.verb == "email"
        ]
    (key,) = keys
    (outcome,) = make(office.hub.context, [key])
    assert outcome["state"] == "abandoned"
    assert post.envelopes == []
    assert "is not known" in office.page("/open-items")


def test_without_a_reader_it_is_left_and_said_until_there_is_one(
    open_office: Any, zoho: Any, post: PostOffice, tmp_path: Path
) -> None:
    folder = rules(tmp_path / "rules", bill=RULE % 'to: "${contact.email}"')
    office = open_office(listening=False, rules_dir=folder)
    _, deal, contact = deal_with_contact(zoho, email=None)
    office.sync()
    zoho.win(deal)
    settled(office)
    assert post.envelopes == []
    assert "has nobody to be mailed to" in office.page("/open-items")
    assert "送信先メールアドレスがありません" in office.page("/open-items", "ja")
    zoho.change("Contacts", contact, Email=MORI)
    settled(office)
    assert post.readers == [[MORI]]
    assert "has nobody to be mailed to" not in office.page("/open-items")


def test_whom_the_service_proposes_is_asked_for_once_the_document_is_there(
    open_office: Any, zoho: Any, post: PostOffice, tmp_path: Path
) -> None:
    folder = rules(tmp_path / "rules", bill=RULE % "subject: Invoice")
    office = open_office(listening=False, rules_dir=folder)
    _, deal, _ = deal_with_contact(zoho)
    office.sync()
    zoho.win(deal)
    settled(office)
    assert post.readers == [[MORI]]
    (invoice,) = zoho.invoices()
    assert invoice["status"] != "draft"


def test_a_document_of_its_own_is_mailed_as_somebody_who_may(
    open_office: Any, zoho: Any, post: PostOffice, tmp_path: Path
) -> None:
    folder = rules(tmp_path / "rules", offer=OWN % (KEIRI, "ichiro.suzuki@example.com"))
    office = open_office(listening=False, rules_dir=folder)
    zoho.account_and_deal()
    office.sync()
    customer = zoho.customers()[0]["contact_id"]
    body = {"customer_id": customer, "line_items": [{"name": "保守", "rate": 100, "quantity": 1}]}
    zoho.finance("books", "POST", "/estimates", body)
    settled(office)
    # Ichiro may not mail estimates: the rule did not load.
    assert post.envelopes == []
    assert "books.estimate:email" in office.page("/open-items")
    (folder / "automations" / "offer.yaml").write_text(OWN % (KEIRI, "hanako.sato@example.com"), encoding="utf-8")
    office.wait_until(lambda: "offer" in office.hub.context.rules.automations)
    zoho.finance("books", "POST", "/estimates", body)
    settled(office)
    assert post.readers == [[KEIRI]]
