"""Consent at a vendor that has PKCE: what is sent there, and what proves the answer to be ours."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from filled_hub import connect, empty_hub
from pydantic import BaseModel, SecretStr
from signing_in import form_token, let_in, sign_in

from tsunagi import AuthenticationFailed, ConnectorType, Consent, Organization, Text, hookimpl
from tsunagi.app.access import permissions
from tsunagi.http.server import running
from tsunagi.hub import Hub

VENDOR = "https://vendor.example/authorize?response_type=code"


Begin = Callable[[], tuple[httpx2.Client, str]]


class VaultSettings(BaseModel):
    client_id: str
    refresh_token: SecretStr


class Vendor:
    """Gives a code for a challenge, and a token for the code with the verifier of that challenge."""

    def __init__(self) -> None:
        self.challenges: dict[str, str] = {}
        self.verifiers: list[str] = []

    def agrees(self, address: str, code: str) -> str:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["code_challenge_method"] == "S256"
        self.challenges[code] = asked["code_challenge"]
        return f"/consent?state={asked['state']}&code={code}"

    def url(self, settings: BaseModel, redirect_uri: str, state: str) -> str:
        return f"{VENDOR}&redirect_uri={redirect_uri}&state={state}"

    def exchange(self, settings: BaseModel, code: str, redirect_uri: str) -> str:
        raise AssertionError("a service with PKCE is never asked without the verifier")

    def exchange_verified(self, settings: BaseModel, code: str, redirect_uri: str, verifier: str) -> str:
        self.verifiers.append(verifier)
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if self.challenges.get(code) != digest:
            raise AuthenticationFailed(Text.same("The verifier is not that of the code."), service="vault")
        return "refresh-token"

    def plugin(self) -> SimpleNamespace:
        kind = ConnectorType(
            "vault",
            Text.same("Vault"),
            "finance",
            VaultSettings,
            lambda _: SimpleNamespace(close=lambda: None),  # type: ignore[arg-type,return-value]
            lambda _: [Organization("1", "One", "JPY"), Organization("2", "Two", "JPY")],
            consent=Consent("refresh_token", self.url, self.exchange, self.exchange_verified),
        )
        return SimpleNamespace(tsunagi_contract=1, register_connectors=hookimpl(lambda: [kind]))


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def begin(tmp_path: Path, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Begin to connect as an administrator: their client, and the vendor's page they are sent to."""
    # There is no CRM here to read the administrator's profile from again.
    monkeypatch.setattr(permissions, "refresh_people", lambda _: ())
    with empty_hub(tmp_path / "hub", plugins={"vault": vendor.plugin()}) as hub:
        yield from _visits(hub)


def _visits(hub: Hub) -> Iterator[Begin]:
    connect(hub, "crm")
    token = let_in(hub)
    with running(hub, work=False) as served, httpx2.Client(base_url=served.base_url, timeout=20) as client:
        sign_in(client, token)

        def visit() -> tuple[httpx2.Client, str]:
            form = client.get("/services/vault/connect").text
            sent = client.post("/services/vault/connect", data={"client_id": "1000.X", "form_token": form_token(form)})
            (address,) = re.findall(r'rel="noreferrer" href="([^"]+)"', sent.text)
            return client, address.replace("&amp;", "&")

        yield visit


def test_the_challenge_is_sent_and_the_verifier_proves_the_answer(begin: Begin, vendor: Vendor) -> None:
    client, address = begin()
    answer = client.get(vendor.agrees(address, "code-1"))
    assert answer.status_code == 200
    # The settings are complete: what remains is to choose one of two organisations.
    assert "Two" in answer.text
    (verifier,) = vendor.verifiers
    assert len(verifier) >= 43
    assert verifier not in address


def test_a_code_of_another_consent_is_of_no_use(begin: Begin, vendor: Vendor) -> None:
    _, first = begin()
    vendor.agrees(first, "stolen")
    client, second = begin()
    back = vendor.agrees(second, "own").replace("code=own", "code=stolen")
    answer = client.get(back)
    assert answer.status_code >= 400
    assert "The verifier is not that of the code." in answer.text


def test_an_answer_is_taken_once(begin: Begin, vendor: Vendor) -> None:
    client, address = begin()
    back = vendor.agrees(address, "code-2")
    cookies = dict(client.cookies)
    assert client.get(back).status_code == 200
    client.cookies.update(cookies)
    assert client.get(back).status_code == 422
    assert len(vendor.verifiers) == 1
