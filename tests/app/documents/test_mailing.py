"""Mailing where the service has no part in it, or not the whole."""

from typing import Any

import pytest
from trade import BILL, NOON, yen

from tsunagi.app.connections.services import disable
from tsunagi.app.documents.mailing import email_document, mailings_of
from tsunagi.app.sync.ingest import ingest
from tsunagi.domain.documents import Mail
from tsunagi.domain.records import Record, RecordRef
from tsunagi.errors import ConfigError, PermissionDenied, RecordUnusable, ServiceOff

REF = RecordRef("ledger", "bill", "1")


@pytest.fixture
def billed(house: Any) -> Any:
    zero = dict.fromkeys(("total", "balance", "base_total", "base_balance"), yen(100))
    fields = {"number": "B-1", "status": "draft", **zero}
    ingest(house.hub.context, BILL, [Record(REF, fields, "v1", NOON)], batch="seed", initial=True)
    return house


def test_a_service_that_neither_mails_nor_prints_is_said_to(billed: Any) -> None:
    with pytest.raises(ConfigError, match="neither mails documents nor gives them as PDF"):
        email_document(billed.hub.context, billed.hub.settings, None, REF, Mail(("a@example.com",)))

    (kept,) = mailings_of(billed.hub.context, REF)
    assert (kept.state, kept.through, kept.recipients) == ("failed", "hub", ("a@example.com",))
    assert kept.problem is not None


def test_nobody_to_send_it_to_leaves_no_trace(billed: Any) -> None:
    with pytest.raises(RecordUnusable, match="nobody to be mailed to"):
        email_document(billed.hub.context, billed.hub.settings, None, REF, Mail(()))
    assert list(mailings_of(billed.hub.context, REF)) == []


def test_who_may_not_learns_nothing_of_the_document(billed: Any) -> None:
    with pytest.raises(PermissionDenied):
        email_document(
            billed.hub.context,
            billed.hub.settings,
            billed.crm.people[1],
            RecordRef("ledger", "bill", "404"),
            Mail(()),
        )


def test_a_service_that_is_off_is_not_asked(billed: Any) -> None:
    disable(billed.hub.context, None, "ledger", confirmed="ledger")
    with pytest.raises(ServiceOff):
        email_document(billed.hub.context, billed.hub.settings, None, REF, Mail(("a@example.com",)))
