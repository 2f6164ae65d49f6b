"""People who may use a hub of the tests, and clients that are signed in as one."""

import datetime as dt
import re
import secrets
from typing import Any

import httpx2

from tsunagi.app.access.tokens import digest
from tsunagi.domain.directory import Person
from tsunagi.http.auth import SESSION
from tsunagi.hub import Hub
from tsunagi.store.people import ApiToken, ApiTokens, People

READ_AT = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
ADMINISTRATOR = Person("crm", "1", "admin@minato.example", "管理 花子", "Administrator", administrator=True)
CLERK = Person("crm", "2", "clerk@minato.example", "Kai Clerk", "Standard")


def let_in(hub: Hub, person: Person = ADMINISTRATOR) -> str:
    """A token of this person, on a hub that has no CRM to ask for them."""
    text = "tsunagi_" + secrets.token_urlsafe(32)
    token = ApiToken(digest=digest(text), id=secrets.token_hex(6), email=person.email, label="", created_at=READ_AT)
    with hub.store.write() as session:
        People(session).replace_all("crm", [ADMINISTRATOR, CLERK, person], READ_AT)
        ApiTokens(session).add(token)
    return text


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def form_token(page: str) -> str:
    """The hidden field of a page's forms."""
    found = re.search(r'name="form_token" value="(\w+)"', page)
    assert found, page
    return found.group(1)


def sign_in(client: httpx2.Client, token: str, address: str = "") -> None:
    """Through the sign-in page, as a person does; the client keeps the cookie."""
    fields = {"token": token, "form_token": form_token(client.get(f"{address}/sign-in").text)}
    answer = client.post(f"{address}/sign-in", data=fields)
    assert answer.status_code == 303, answer.text


def kept_by_browser(hub: Hub, address: str) -> Any:
    """What a browser keeps of an administrator who has signed in at this address, as Playwright takes it."""
    with httpx2.Client() as client:
        sign_in(client, let_in(hub), address)
        return {"cookies": [{"name": SESSION, "value": client.cookies[SESSION], "url": address}]}
