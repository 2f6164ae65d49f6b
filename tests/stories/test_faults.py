"""What goes wrong between two companies' computers, and that each time one invoice comes of it."""

from typing import Any

import pytest


@pytest.fixture
def won(office: Any, zoho: Any) -> Any:
    """Wins a deal and waits until nothing is left to do."""
    _, deal = zoho.account_and_deal()
    office.sync()

    def win() -> list[dict[str, Any]]:
        zoho.win(deal)
        office.wait_until(lambda: len(zoho.invoices()) >= 1 and office.quiet())
        # Whatever was read twice or told twice would be billed by now.
        office.sync()
        return zoho.invoices()

    return win


def test_the_answer_is_lost_after_the_invoice_was_made(won: Any, zoho: Any) -> None:
    zoho.fault("drop_after", method="POST", path="/books/v3/invoices", count=1)
    assert len(won()) == 1


def test_the_request_is_lost_before_the_invoice_was_made(won: Any, zoho: Any) -> None:
    zoho.fault("drop_before", method="POST", path="/books/v3/invoices", count=1)
    assert len(won()) == 1


@pytest.mark.parametrize("code", ["44", "1070"])
def test_too_many_requests(won: Any, zoho: Any, code: str) -> None:
    zoho.fault("rate_limit", method="POST", path="/books/v3/invoices", count=1, code=code)
    assert len(won()) == 1


def test_an_expired_token(won: Any, zoho: Any) -> None:
    zoho.fault("expire_token", path="/crm/v8/Deals", method="GET", count=1)
    zoho.fault("expire_token", path="/books/v3/invoices", method="POST", count=1)
    assert len(won()) == 1


def test_a_notification_told_twice(won: Any, zoho: Any) -> None:
    zoho.fault("duplicate_callback", path="/crm/v8/Deals", count=3)
    assert len(won()) == 1


def test_a_service_that_fails_for_a_moment(won: Any, zoho: Any) -> None:
    zoho.fault("status", status=500, path="/crm/v8/Deals", method="GET", count=2)
    zoho.fault("status", status=500, path="/books/v3/invoices", method="POST", count=1)
    assert len(won()) == 1


def test_a_forged_notification_is_refused(office: Any, zoho: Any) -> None:
    _, deal = zoho.account_and_deal()
    office.sync()
    office.wait_until(office.quiet)
    forged = {
        "module": "Deals",
        "ids": [deal],
        "operation": "update",
        "channel_id": "1000000068001",
        "token": "guess",
        "query_params": {},
        "resource_uri": f"{zoho.base_url}/crm/v8/Deals",
        "server_time": 1718117126473,
        "affected_fields": [],
    }
    office.wait_until(office.quiet)
    answer = office.client.post(f"{office.page_url}/api/notifications/crm", json=forged)

    assert answer.status_code == 403
    assert "guess" not in answer.text
    assert office.quiet()
