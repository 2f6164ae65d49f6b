"""Who may call, how a wrong call is told, and how often one may."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from zoho_sandbox.sandbox import Sandbox
from zoho_sandbox.server import running
from zoho_sandbox.settings import SandboxSettings


def test_without_a_token_the_answer_is_401_code_14(books: Any) -> None:
    answer = httpx2.get(f"{books.http.base_url}/books/v3/contacts")
    assert answer.status_code == 401
    assert answer.json()["code"] == 14
    assert answer.headers["x-rate-limit-limit"] == "10000"


def test_a_dead_token_is_401_code_57(books: Any) -> None:
    headers = {"Authorization": "Zoho-oauthtoken 1000.dead"}
    answer = httpx2.get(f"{books.http.base_url}/books/v3/contacts", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"code": 57, "message": "You are not authorized to perform this operation"}


@pytest.mark.parametrize("organization_id", ["", "123", "x"])
def test_a_missing_or_foreign_organization_is_named(books: Any, organization_id: str) -> None:
    reply = books.get("/contacts", organization_id=organization_id)
    assert (reply.status, reply.code) == (400, 6041)
    assert organization_id in reply.message


def test_unknown_urls_and_methods(books: Any) -> None:
    assert (books.get("/nothing").status, books.get("/nothing").code) == (404, 5)
    wrong = books.call("PATCH", "/contacts")
    assert (wrong.status, wrong.code) == (400, 37)


@pytest.mark.parametrize("word", ["organizations/none", "estimates/none", "contacts/none", "users/none"])
def test_a_word_in_place_of_an_id_is_a_path_nobody_knows(books: Any, word: str) -> None:
    reply = books.get(f"/{word}")
    assert (reply.status, reply.code) == (404, 5)


@pytest.mark.parametrize("kind", ["estimates", "invoices", "salesorders", "purchaseorders"])
def test_every_kind_of_document_has_a_template(books: Any, kind: str) -> None:
    (template,) = books.get(f"/{kind}/templates").body["templates"]
    assert template["template_name"] == "Standard Template"


def test_the_organisations_of_the_caller_have_a_path_of_their_own(books: Any) -> None:
    found = books.get("/organizations/user", show_admin_orgs_only="true").body["organizations"]
    assert books.organization_id in {each["organization_id"] for each in found}


def test_a_path_may_end_in_a_slash(books: Any) -> None:
    customer = books.customer("Slash")
    assert books.get("/contacts/").body["contacts"][0]["contact_name"] == "Slash"
    assert books.get(f"/contacts/{customer['contact_id']}/").body["contact"]["contact_name"] == "Slash"
    assert books.post("/contacts/", {"contact_name": "Slash too"}).status == 201
    assert books.get("/nothing/").status == 404


@pytest.mark.parametrize(
    "written",
    [
        {"content": b"null"},
        {"content": b'""'},
        {"data": {"JSONString": ""}},
        {"data": {"JSONString": '""'}},
        {"data": {"JSONString": "null"}},
    ],
)
def test_calls_without_a_body_may_say_so_in_many_ways(books: Any, written: dict[str, Any]) -> None:
    customer = books.customer("Idle")
    where = f"/books/v3/contacts/{customer['contact_id']}/inactive"
    answer = books.http.post(where, params={"organization_id": books.organization_id}, **written)
    assert answer.status_code == 200
    refused = books.http.post("/books/v3/contacts", params={"organization_id": books.organization_id}, **written)
    assert (refused.status_code, refused.json()["message"]) == (400, "Invalid value passed for contact_name")


def test_a_body_that_is_no_json_object_is_refused(books: Any) -> None:
    answer = books.http.post("/books/v3/contacts", params={"organization_id": books.organization_id}, content=b"[1]")
    assert (answer.status_code, answer.json()["code"]) == (400, 4)


def test_the_old_form_field_is_still_read(books: Any) -> None:
    answer = books.http.post(
        "/books/v3/contacts",
        params={"organization_id": books.organization_id},
        data={"JSONString": '{"contact_name": "Form & Sons"}'},
    )
    assert answer.status_code == 201
    assert answer.json()["contact"]["contact_name"] == "Form & Sons"


def test_every_answer_counts_down_the_day(books: Any) -> None:
    first, second = books.get("/contacts"), books.get("/contacts/1")
    assert second.status == 404
    assert int(first.headers["x-rate-limit-remaining"]) - 1 == int(second.headers["x-rate-limit-remaining"])
    assert 0 < int(second.headers["x-rate-limit-reset"]) <= 86400


def test_an_organization_belongs_to_who_made_it(served: Any, books: Any) -> None:
    listed = served.get("/organizations").body["organizations"]
    assert books.organization_id in [each["organization_id"] for each in listed]
    assert sum(each["is_default_org"] for each in listed) == 1
    detail = served.get(f"/organizations/{books.organization_id}").body["organization"]
    assert (detail["currency_code"], detail["price_precision"]) == ("USD", 2)
    assert served.get("/organizations/99").code == 6041


def test_an_organization_needs_a_known_currency_and_zone(served: Any) -> None:
    good = {"name": "X", "currency_code": "USD", "time_zone": "PST", "portal_name": "x"}
    for name, wrong in {"currency_code": "ZZZ", "time_zone": "Mars/Base", "name": "", "portal_name": None}.items():
        reply = served.post("/organizations", good | {name: wrong})
        assert (reply.status, reply.code, reply.message) == (400, 2, f"Invalid value passed for {name}")


def test_users(books: Any) -> None:
    me = books.get("/users/me").body["user"]
    listed = books.get("/users").body["users"]
    assert [(user["user_id"], user["is_current_user"]) for user in listed] == [(me["user_id"], True)]
    assert books.get(f"/users/{me['user_id']}").body["user"]["email"] == me["email"]
    assert books.get("/users", filter_by="Status.Inactive").body["users"] == []
    assert books.get("/users/1").message == "User does not exist."


@pytest.fixture
def strict(tmp_path: Path, make_client: Callable[[httpx2.Client], Any]) -> Iterator[Any]:
    """A client of a sandbox with real limits, of an organisation on the free plan; the clock stands still."""

    def downgrade(sandbox: Sandbox) -> None:
        sandbox.clock.set(datetime(2026, 6, 9, 10, tzinfo=UTC), frozen=True)
        sandbox.db.execute("UPDATE finance_organizations SET plan_name = 'FREE'")

    settings = SandboxSettings(data=tmp_path / "sandbox.db", seed_data="empty", limits="real")
    with running(settings, before=downgrade) as sandbox, httpx2.Client(base_url=sandbox.base_url) as http:
        yield make_client(http)


def advance(client: Any, seconds: int) -> None:
    client.http.post("/_sandbox/clock/advance", json={"seconds": seconds})


def test_the_hundred_and_first_call_of_a_minute_is_refused(strict: Any) -> None:
    strict.get("/users/me")
    replies = [strict.get("/users/me") for _ in range(99)]
    assert [reply.code for reply in replies].count(44) == 1  # listing the organisations was a call too
    assert replies[-1].status == 429
    assert "blocked" in replies[-1].message
    advance(strict, 60)
    assert strict.get("/users/me").status == 200


def test_the_day_ends_a_tenth_after_the_calls_of_the_plan(strict: Any) -> None:
    for _ in range(11):
        replies = [strict.get("/users/me") for _ in range(95)]
        advance(strict, 61)
    beyond = replies[-1]
    assert (beyond.status, beyond.headers["x-rate-limit-remaining"]) == (200, "-46")
    replies = [strict.get("/users/me") for _ in range(95)]
    assert (replies[-1].status, replies[-1].code) == (429, 45)
    assert "1000" in replies[-1].message
    assert replies[-1].headers["x-rate-limit-remaining"] == "-100"
    advance(strict, int(replies[-1].headers["x-rate-limit-reset"]))
    strict.sign_in()
    assert strict.get("/users/me").headers["x-rate-limit-remaining"] == "999"


def test_too_many_calls_at_once_are_refused(strict: Any) -> None:
    strict.http.post("/_sandbox/faults", json={"kind": "delay", "seconds": 0.3, "path": "/books/*", "count": 8})
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: strict.get("/users/me"), range(8)))
    refused = [reply for reply in replies if reply.status == 429]
    assert {reply.code for reply in refused} == {1070}
    assert 0 < len(refused) < len(replies)
