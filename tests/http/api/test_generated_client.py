"""A client that is made from the description alone, with classes for all it says: what it reads is as described."""

from typing import Any

import httpx2
import pytest
from aiopenapi3 import OpenAPI
from aiopenapi3.errors import HTTPClientError
from filled_hub import AOZORA, WON_DEAL


def client_of(api: httpx2.Client, **authentication: str) -> Any:
    """Made from what the hub says of itself; the address of the description is that of the hub."""
    address = str(api.base_url.join("/api/openapi.json"))
    made = OpenAPI.loads(address, api.get("/api/openapi.json").text, session_factory=httpx2.Client)
    made.authenticate(**authentication)
    return made


@pytest.fixture(scope="module")
def client(api: httpx2.Client, token: str) -> Any:
    return client_of(api, HTTPBearer=token)


def of_desk(desk: Any) -> Any:
    return client_of(desk.api, HTTPBearer=desk.api.headers["authorization"].removeprefix("Bearer "))


def problem_of(client: Any, error: HTTPClientError) -> Any:
    return client.components.schemas["Problem"].get_type().model_validate_json(error.data)


def test_a_list_is_read_to_its_end_by_cursors(client: Any) -> None:
    names: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = client._.accounts_list_accounts(parameters={"limit": 25, **after})
        names += [each.title for each in page.items]
        if page.next is None:
            break
        after = {"after": page.next}
    assert len(names) == len(set(names)) > 50
    assert "株式会社あおぞら精機" in names


def test_one_record_with_money_and_times(client: Any) -> None:
    page = client._.accounts_read_account(parameters={"id": AOZORA.id})
    assert page.title == "株式会社あおぞら精機"
    assert page.modified_at.tzinfo is not None
    (invoices,) = [panel for panel in page.panels if (panel.service, panel.name) == ("books", "invoices")]
    assert {each.number for each in invoices.documents.items} >= {"INV-000042"}
    assert all(len(each.total.currency) == 3 for each in invoices.documents.items)
    assert client._.records_read_deal(parameters={"id": WON_DEAL.id}).model_dump()["account"]["id"] == AOZORA.id


def test_an_error_is_a_problem(client: Any, api: httpx2.Client) -> None:
    with pytest.raises(HTTPClientError) as refused:
        client._.accounts_read_account(parameters={"id": "0"})
    assert refused.value.status_code == 404
    problem = problem_of(client, refused.value)
    assert (problem.type, problem.status) == ("urn:tsunagi:problem:NotHere", 404)
    assert problem.hint == "See GET /api/accounts"
    with pytest.raises(HTTPClientError) as stranger:
        client_of(api, HTTPBearer="wrong")._.accounts_list_accounts()
    assert problem_of(client, stranger.value).status == 401


def test_a_token_is_made_once_by_its_key(desk: Any) -> None:
    client = of_desk(desk)
    asked = {"user": "ichiro.suzuki@example.com", "label": "by a generated client"}
    first = client._.people_create(parameters={"Idempotency-Key": "client-1"}, data=asked)
    again = client._.people_create(parameters={"Idempotency-Key": "client-1"}, data=asked)
    assert first.text == again.text
    labels = [each.label for each in client._.people_list_tokens().items]
    assert labels.count("by a generated client") == 1


def test_every_answer_of_a_plain_read_is_as_described(desk: Any) -> None:
    """Those that ask for nothing: all lists and settings the hub has."""
    client = of_desk(desk)
    read = []
    for path, operations in client.paths.items():
        if operations.get is None or "{" in path or not path.startswith("/api/"):
            continue
        needed = [each.name for each in operations.get.parameters if each.required]
        if not needed and "application/json" in operations.get.responses["200"].content:
            getattr(client._, operations.get.operationId)()
            read.append(path)
    assert len(read) >= 15
