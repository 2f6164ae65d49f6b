"""Wrong tokens, one after another."""

from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest
from filled_hub import NOW

from tsunagi.http.auth import TRIES, WINDOW, WrongTokens
from tsunagi.http.errors import TooManyTries

Serve = Callable[..., httpx2.Client]


def try_token(client: httpx2.Client, token: str) -> httpx2.Response:
    return client.get("/api/accounts", headers={"Authorization": f"Bearer {token}"})


def test_trying_many_tokens_is_slowed_down_for_programs_and_people(serve_empty: Serve) -> None:
    client = serve_empty("crm")
    right = client.headers["authorization"].removeprefix("Bearer ")
    assert {try_token(client, f"tsunagi_{number}").status_code for number in range(TRIES)} == {401}
    refused = try_token(client, right)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= WINDOW.total_seconds()
    assert client.post("/sign-in", data={"token": right}, headers={"sec-fetch-site": "same-origin"}).status_code != 303
    # Whoever is signed in already tries no token, and goes on.
    assert client.get("/accounts").status_code == 200


def test_it_ends_by_itself_and_concerns_one_address() -> None:
    moment = NOW
    tries = WrongTokens(lambda: moment)
    for _ in range(TRIES):
        tries.check("198.51.100.7")
        tries.add("198.51.100.7")
    with pytest.raises(TooManyTries):
        tries.check("198.51.100.7")
    tries.check("198.51.100.8")
    moment = NOW + WINDOW + timedelta(seconds=1)
    tries.check("198.51.100.7")


@pytest.mark.parametrize(("path", "setting"), [("/metrics", "metrics_open"), ("/api/openapi.json", "description_open")])
def test_figures_and_description_need_a_token_unless_a_setting_opens_them(
    serve_empty: Serve, address: str, path: str, setting: str
) -> None:
    assert httpx2.get(f"{address}{path}").status_code == 401
    opened = serve_empty("crm", **{setting: True})
    assert httpx2.get(f"{opened.base_url}{path}").status_code == 200
