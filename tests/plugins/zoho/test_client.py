"""Calls to the sandbox, in good order and in trouble."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tsunagi import (
    AccessRefused,
    AuthenticationFailed,
    Limits,
    OutcomeUnknown,
    RateLimited,
    RecordRejected,
    ServiceUnavailable,
)
from tsunagi_zoho import ZohoClient, crm_item

Connect = Callable[..., ZohoClient]
FIELDS = {"fields": "Account_Name,Annual_Revenue"}
ACME = {"data": [{"Account_Name": "Acme", "Annual_Revenue": Decimal("1000000.10")}]}


def test_records_come_and_go_with_exact_amounts(sandbox: Any, crm: Connect) -> None:
    with crm(sandbox.harness()) as client:
        created = crm_item(client.post("/Accounts", ACME))["details"]["id"]
        answer = client.get(f"/Accounts/{created}", params=FIELDS)
        assert answer.body["data"][0]["Annual_Revenue"] == Decimal("1000000.10")
        crm_item(client.put(f"/Accounts/{created}", {"data": [{"Account_Name": "Acme Ltd"}]}))
        crm_item(client.delete("/Accounts", params={"ids": created}))
        assert client.get(f"/Accounts/{created}", params=FIELDS).body == {}


def test_every_call_is_reported_without_ids_and_queries(sandbox: Any, crm: Connect) -> None:
    harness = sandbox.harness()
    with crm(harness) as client:
        created = crm_item(client.post("/Accounts", ACME))["details"]["id"]
        client.get(f"/Accounts/{created}/Deals", params={"fields": "Deal_Name"})
    assert harness.seen() == ["POST /crm/v8/Accounts 201", "GET /crm/v8/Accounts/{id}/Deals 204"]
    assert harness.token_calls() == 1
    assert all(call.service == "crm" and call.seconds > 0 for call in harness.calls)


def test_a_refused_record_names_its_field(sandbox: Any, crm: Connect) -> None:
    with crm(sandbox.harness()) as client, pytest.raises(RecordRejected) as failure:
        crm_item(client.post("/Accounts", {"data": [{"Phone": "1"}]}))
    assert failure.value.code == "MANDATORY_NOT_FOUND"
    assert "Account_Name" in failure.value.problems


def test_a_refused_call_is_made_again_when_its_time_has_come(sandbox: Any, crm: Connect) -> None:
    sandbox.fault("rate_limit", path="/crm/v8/Accounts", count=2)
    harness = sandbox.harness()
    with crm(harness) as client:
        client.post("/Accounts", ACME)
    assert harness.seen() == [f"POST /crm/v8/Accounts {status}" for status in (429, 429, 201)]
    assert harness.buckets[0].penalties == [1, 2]
    assert sum(harness.time.slept) == pytest.approx(3, abs=0.1)


def test_a_service_that_only_refuses_is_left_alone_in_the_end(sandbox: Any, crm: Connect) -> None:
    sandbox.fault("rate_limit", path="/crm/v8/*", count=None)
    harness = sandbox.harness()
    with crm(harness) as client, pytest.raises(RateLimited):
        client.get("/org")
    assert len(harness.seen()) == 7


def test_our_own_limit_is_kept_before_theirs_is_met(sandbox: Any, crm: Connect) -> None:
    harness = sandbox.harness()
    with crm(harness, limits=Limits(per_minute=60)) as client:
        for _ in range(3):
            client.get("/org")
    assert harness.buckets[0].calls == 3
    assert sum(harness.time.slept) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize(("chosen", "kept"), [(None, 100), (0, None), (7, 7)])
def test_the_administrator_can_change_the_limit(
    sandbox: Any, crm: Connect, chosen: int | None, kept: int | None
) -> None:
    harness = sandbox.harness(requests_per_minute=chosen)
    with crm(harness, limits=Limits(per_minute=100, concurrency=5)):
        assert harness.buckets[0].limits == Limits(per_minute=kept, concurrency=5)


def test_reading_survives_a_failing_service(sandbox: Any, crm: Connect) -> None:
    sandbox.fault("status", path="/crm/v8/org", status=503, count=2)
    harness = sandbox.harness()
    with crm(harness) as client:
        assert client.get("/org").status == 200
    assert harness.time.slept == [1, 2]
    assert [call.attempt for call in harness.calls if call.path.endswith("/org")] == [1, 2, 3]


def test_reading_gives_up_on_a_service_that_stays_down(sandbox: Any, crm: Connect) -> None:
    sandbox.fault("status", path="/crm/v8/org", status=500, count=None)
    with crm(sandbox.harness()) as client, pytest.raises(ServiceUnavailable, match="GET /crm/v8/org"):
        client.get("/org")


@pytest.mark.parametrize(("kind", "made"), [("drop_before", 0), ("drop_after", 1)])
def test_a_write_whose_answer_was_dropped_is_in_doubt(sandbox: Any, crm: Connect, kind: str, made: int) -> None:
    sandbox.fault(kind, method="POST", path="/crm/v8/Accounts")
    harness = sandbox.harness()
    with crm(harness) as client:
        with pytest.raises(OutcomeUnknown, match="POST /crm/v8/Accounts"):
            client.post("/Accounts", ACME)
        listed = client.get("/Accounts", params=FIELDS)
    assert len(listed.body.get("data", ())) == made
    assert harness.seen()[0] == "POST /crm/v8/Accounts 0"


def test_an_expired_token_is_renewed_even_for_a_write(sandbox: Any, crm: Connect) -> None:
    harness = sandbox.harness()
    with crm(harness) as client:
        client.get("/org")
        sandbox.fault("expire_token", path="/crm/v8/Accounts")
        client.post("/Accounts", ACME)
        assert len(client.get("/Accounts", params=FIELDS).body["data"]) == 1
    assert harness.seen()[1:3] == ["POST /crm/v8/Accounts 401", "POST /crm/v8/Accounts 201"]
    assert harness.token_calls() == 2


def test_a_token_that_is_rejected_when_new_is_not_renewed_for_ever(sandbox: Any, crm: Connect) -> None:
    sandbox.fault("status", path="/crm/v8/org", status=401, count=None)
    harness = sandbox.harness()
    with crm(harness) as client:
        for _ in range(3):
            with pytest.raises(AuthenticationFailed):
                client.get("/org")
    assert harness.token_calls() == 2


def test_a_missing_scope_says_what_to_check(sandbox: Any, crm: Connect) -> None:
    body = {"code": "OAUTH_SCOPE_MISMATCH", "details": {}, "message": "invalid oauth scope", "status": "error"}
    sandbox.fault("status", path="/crm/v8/org", status=401, body=body, count=None)
    harness = sandbox.harness()
    with crm(harness) as client, pytest.raises(AccessRefused) as failure:
        client.get("/org")
    assert failure.value.hint is not None
    assert "scopes" in failure.value.hint.en


def test_no_secret_is_logged_or_told(sandbox: Any, crm: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    sandbox.fault("drop_after", method="POST", path="/crm/v8/Accounts")
    harness = sandbox.harness()
    with crm(harness) as client, pytest.raises(OutcomeUnknown) as failure:
        client.post("/Accounts", ACME)
    token = harness.secrets.load()["access_token"]
    logs = [vars(record) for record in caplog.records if record.name.startswith("tsunagi_zoho")]
    told = f"{failure.value!r} {failure.value} {failure.value.hint} {logs} {harness.context!r} {harness.calls}"
    assert logs
    for secret in (token, "sandbox-secret", "1000.sandbox-refresh", "Acme"):
        assert secret not in told
