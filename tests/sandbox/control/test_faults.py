"""Faults that can be injected: which calls they hit and what the caller sees."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoho_sandbox.faults import Faults, InvalidFaultError
from zoho_sandbox.server import Running

ACCOUNT = {"data": [{"Account_Name": "Fault Ltd"}]}


@pytest.fixture(autouse=True)
def _no_faults_left(api: httpx2.Client) -> Iterator[None]:
    yield
    api.delete("/_sandbox/faults")


def add(client: httpx2.Client, **fault: Any) -> dict[str, Any]:
    answer = client.post("/_sandbox/faults", json=fault)
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["fault"])


def accounts(client: httpx2.Client, name: str) -> int:
    found = client.get("/crm/v8/Accounts/search", params={"criteria": f"(Account_Name:equals:{name})"})
    return 0 if found.status_code == 204 else int(found.json()["info"]["count"])


def test_a_status_comes_in_the_services_own_words_and_only_so_often(api: httpx2.Client) -> None:
    add(api, kind="status", status=500, method="GET", path="/crm/v8/org", count=2)
    answers = [api.get("/crm/v8/org") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [500, 500, 200]
    assert answers[0].json() == {
        "code": "INTERNAL_ERROR",
        "details": {},
        "message": "Internal server error occurred.",
        "status": "error",
    }


def test_a_status_may_carry_a_body_of_ones_own(api: httpx2.Client) -> None:
    add(api, kind="status", status=503, path="/crm/v8/org", body={"down": True})
    answer = api.get("/crm/v8/org")
    assert (answer.status_code, answer.json()) == (503, {"down": True})


def test_an_answer_may_be_no_json_at_all(api: httpx2.Client) -> None:
    add(api, kind="status", status=200, path="/crm/v8/org", body="<html>Be right back</html>")
    answer = api.get("/crm/v8/org")
    assert (answer.text, answer.headers["content-type"]) == ("<html>Be right back</html>", "text/html;charset=UTF-8")


def test_a_throttled_call_may_be_told_how_long_to_wait(api: httpx2.Client) -> None:
    add(api, kind="rate_limit", seconds=90, path="/crm/v8/org")
    assert [api.get("/crm/v8/org").headers.get("retry-after") for _ in range(2)] == ["90", None]


def test_a_dropped_answer_leaves_the_write_done(api: httpx2.Client) -> None:
    add(api, kind="drop_after", method="POST", path="/crm/v8/Accounts")
    with pytest.raises(httpx2.TransportError):
        api.post("/crm/v8/Accounts", json=ACCOUNT)
    assert accounts(api, "Fault Ltd") == 1


def test_a_dropped_request_leaves_nothing_done(api: httpx2.Client) -> None:
    add(api, kind="drop_before", method="POST", path="/crm/v8/Accounts")
    with pytest.raises(httpx2.TransportError):
        api.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "Never"}]})
    assert accounts(api, "Never") == 0


def test_a_delay_makes_the_answer_wait(api: httpx2.Client) -> None:
    add(api, kind="delay", seconds=0.2, path="/crm/v8/org")
    started = time.monotonic()
    assert api.get("/crm/v8/org").status_code == 200
    assert time.monotonic() - started >= 0.2


def test_an_expired_token_is_refused_until_it_is_refreshed(
    api: httpx2.Client, connect: Callable[[Running], httpx2.Client], shared: Running
) -> None:
    add(api, kind="expire_token", path="/crm/v8/org")
    assert api.get("/crm/v8/org").json()["code"] == "INVALID_TOKEN"
    assert api.get("/crm/v8/org").status_code == 401
    assert connect(shared).get("/crm/v8/org").status_code == 200


def test_a_rate_limit_answers_429(api: httpx2.Client) -> None:
    add(api, kind="rate_limit", path="/crm/*")
    refused = api.get("/crm/v8/org")
    assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert api.get("/crm/v8/org").status_code == 200


def test_skip_and_method_choose_the_call(api: httpx2.Client) -> None:
    add(api, kind="status", status=502, method="GET", path="/crm/v8/*", skip=1)
    api.post("/crm/v8/Accounts", json={"data": [{"Account_Name": "Skipped"}]})
    assert [api.get("/crm/v8/org").status_code for _ in range(3)] == [200, 502, 200]


def test_faults_can_be_listed_and_taken_back(api: httpx2.Client) -> None:
    fault = add(api, kind="status", path="/crm/*", count=None)
    assert api.get("/crm/v8/org").status_code == 500
    listed = api.get("/_sandbox/faults").json()["faults"]
    assert [(f["id"], f["hits"]) for f in listed] == [(fault["id"], 1)]
    assert api.delete(f"/_sandbox/faults/{fault['id']}").status_code == 204
    assert api.delete(f"/_sandbox/faults/{fault['id']}").status_code == 404
    assert api.get("/crm/v8/org").status_code == 200


def test_the_controls_cannot_be_hit(api: httpx2.Client) -> None:
    add(api, kind="status", path="*", count=None)
    assert api.get("/_sandbox/faults").status_code == 200


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "explode"}, "valid are"),
        ({"kind": "delay", "wait": 3}, "unknown keys ['wait']"),
        ({"kind": "status", "count": "many"}, "count is 'many'"),
        ({"kind": "delay", "seconds": "soon"}, "seconds is 'soon'"),
    ],
)
def test_a_wrong_fault_is_explained(api: httpx2.Client, fault: dict[str, Any], reason: str) -> None:
    answer = api.post("/_sandbox/faults", json=fault)
    assert answer.status_code == 400
    assert reason in answer.json()["message"]


@given(seed=st.integers(0, 2**32), probability=st.floats(0, 1), calls=st.integers(0, 60))
def test_the_same_seed_hits_the_same_calls(seed: int, probability: float, calls: int) -> None:
    def hits() -> list[bool]:
        faults = Faults()
        faults.add({"kind": "status", "count": None, "seed": seed, "probability": probability})
        return [bool(faults.striking("GET", "/crm/v8/Deals")) for _ in range(calls)]

    assert hits() == hits()


def test_a_count_bounds_the_hits() -> None:
    faults = Faults()
    faults.add({"kind": "status", "count": 2})
    assert [len(faults.striking("GET", "/x")) for _ in range(4)] == [1, 1, 0, 0]
    with pytest.raises(InvalidFaultError):
        faults.add({"kind": "unheard"})
