"""Connecting, lending, and switching off by page, against services that answer; nothing on the command line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from filled_hub import empty_hub
from signing_in import form_token, sign_in

from tsunagi.app.connections.set_up import set_up_code
from tsunagi.http.server import running
from tsunagi.hub import Hub
from zoho_sandbox.server import running as sandbox_running
from zoho_sandbox.settings import SandboxSettings

SECRETS = ("sandbox-secret", "1000.sandbox-refresh", "1000.sandbox-other")


@dataclass
class Visitor:
    """Somebody with a browser; every page they see is checked for secrets."""

    client: httpx2.Client
    hub: Hub
    sandbox: str
    language: str = "en"
    _token: str = field(default="", repr=False)

    def credentials(self, refresh_token: str = "1000.sandbox-refresh") -> dict[str, str]:
        return {
            "base_url": self.sandbox,
            "client_id": "1000.SANDBOX",
            "client_secret": "sandbox-secret",
            "refresh_token": refresh_token,
            "requests_per_minute": "0",
        }

    def see(self, path: str, *, expect: int = 200, **parameters: str) -> str:
        return self._seen(
            self.client.get(httpx2.URL(path).copy_merge_params({**parameters, "lang": self.language})), expect
        )

    def send(self, path: str, *, expect: int = 303, **form: Any) -> str:
        """What comes of a form: the page it leads to, or the page that refuses it."""
        on = f"/set-up?code={form['code']}" if "code" in form else "/services"
        token = form_token(self.client.get(on).text)
        answer = self.client.post(path, data={**form, "form_token": token})
        shown = self._seen(answer, expect)
        return self.see(answer.headers["location"]) if answer.status_code == 303 else shown

    def use_other_services(self, organization: int, *services: str) -> None:
        listed = httpx2.get(f"{self.sandbox}/_sandbox/organizations").json()["organizations"]
        id = listed[organization]["organization_id"]
        httpx2.put(f"{self.sandbox}/_sandbox/organizations/{id}/services", json={"services": list(services)})

    def probes(self, service: str) -> int:
        """How often the service was asked for its organisations so far."""
        kept = httpx2.get(f"{self.sandbox}/_sandbox/requests?method=GET&limit=1000").json()["requests"]
        return sum(f"/{service}/v" in each["path"] and each["path"].endswith("/organizations") for each in kept)

    def _seen(self, answer: httpx2.Response, expect: int) -> str:
        assert answer.status_code == expect, answer.text
        assert not any(secret in answer.text for secret in SECRETS)
        return answer.text


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def visitor(tmp_path: Any) -> Iterator[Visitor]:
    """A new installation, and a browser that nobody has signed in with."""
    settings = SandboxSettings(data=tmp_path / "sandbox.db", seed_data="empty")
    with (
        sandbox_running(settings) as sandbox,
        empty_hub(tmp_path / "hub") as hub,
        running(hub, work=False) as served,
        httpx2.Client(base_url=served.base_url, timeout=20) as client,
    ):
        yield Visitor(client, hub, sandbox.base_url)


@pytest.fixture
def administrator(visitor: Visitor) -> Visitor:
    code = set_up_code(visitor.hub.settings)
    visitor.send("/set-up", expect=200, code=code, **visitor.credentials())
    return visitor


def test_a_new_installation_is_set_up_by_its_link_alone(visitor: Visitor) -> None:
    code = set_up_code(visitor.hub.settings)
    assert "does not set up" in visitor.see("/set-up", expect=403, code="guessed")
    assert 'type="password"' in visitor.see("/set-up", code=code)

    wrong = visitor.send("/set-up", expect=409, code=code, **visitor.credentials() | {"base_url": "not an address"})
    assert "must be an address such as" in wrong
    assert 'value="1000.SANDBOX"' in wrong
    assert visitor.hub.connectors.all() == []

    done = visitor.send("/set-up", expect=200, code=code, **visitor.credentials())
    assert "You are signed in" in done
    assert "tsunagi_" in done
    shown = text_of(visitor.see("/services"))
    assert "Connected by hanako.sato@example.com" in shown

    # The link is of no use a second time.
    assert "set up already" in visitor.see("/set-up", expect=403, code=code)


def test_a_service_is_connected_after_its_organisation_was_chosen(administrator: Visitor) -> None:
    assert "Connect Zoho Books" in administrator.see("/services")
    refused = administrator.send("/services/books/connect", expect=502, **administrator.credentials("1000.nobody"))
    assert "alert-danger" in refused
    assert "1000.nobody" not in refused

    shown = administrator.send("/services/books/connect", **administrator.credentials())
    assert "Zoho Books is connected." in text_of(shown)
    assert "First sync not started" in shown


def test_one_of_several_organisations_is_chosen_without_entering_anything_again(administrator: Visitor) -> None:
    made = httpx2.post(
        f"{administrator.sandbox}/_sandbox/organizations",
        json={"name": "Another Company", "currency_code": "JPY", "owner_email": "hanako.sato@example.com"},
    )
    assert made.status_code < 300, made.text
    before = administrator.probes("books")
    choice = administrator.send("/services/books/connect", expect=200, **administrator.credentials())
    assert administrator.probes("books") == before + 1
    ids = dict(re.findall(r'value="(\d+)" required>\s*<span class="form-check-label">([^<]+?) <', choice))
    assert set(ids.values()) >= {"Another Company"}
    (draft,) = set(re.findall(r'name="draft" value="([^"]+)"', choice))
    wanted = next(id for id, name in ids.items() if name == "Another Company")

    assert "Enter it again" in administrator.send(
        "/services/invoice/organization", expect=422, draft=draft, chosen=wanted
    )
    nowhere = administrator.send("/services/books/organization", expect=409, draft=draft, chosen="1")
    # The choice stands on the page: an option of the command line would be no help.
    assert "--organization" not in nowhere
    shown = administrator.send("/services/books/organization", draft=draft, chosen=wanted)
    assert "Another Company" in text_of(shown)


def test_what_switching_off_means_is_seen_and_confirmed_first(administrator: Visitor) -> None:
    administrator.send("/services/books/connect", **administrator.credentials())
    assert "Type “books” to confirm" in text_of(administrator.see("/services/books/disable"))
    refused = administrator.send("/services/books/disable", expect=409, confirm="bocks")
    assert "Nothing was changed" in refused

    administrator.send("/services/books/disable", confirm="books")
    assert not administrator.hub.connectors.connection("books").active
    administrator.send("/services/books/enable")
    assert administrator.hub.connectors.connection("books").active

    administrator.send("/services/disable", confirm="everything")
    assert administrator.hub.connectors.active() == []
    assert "No service is on" in administrator.see("/services/disable")


def test_a_feature_is_switched_off_and_on(administrator: Visitor) -> None:
    administrator.send("/services/books/connect", **administrator.credentials())
    found = re.findall(r'action="(/services/books/features/[\w-]+)"', administrator.see("/services"))
    assert found
    name = found[0].rsplit("/", 1)[1]

    administrator.send(found[0], on="false")
    assert administrator.hub.connectors.connection("books").features[name] is False
    administrator.send(found[0], on="true")
    assert administrator.hub.connectors.connection("books").features[name] is True


def test_a_key_is_issued_used_and_revoked(administrator: Visitor) -> None:
    theirs = administrator.credentials("1000.sandbox-other")
    issued = administrator.send("/services/books/keys", expect=200, **theirs)
    (key,) = re.findall(r'<code class="command">(BOO-[^<]+)</code>', issued)
    assert key not in administrator.see("/services/keys")

    form = {"issuer": "emily.carter@example.net", "key": key}
    assert "do not connect an organisation" in administrator.send(
        "/services/books/key", expect=403, **form | {"key": "BOO-guessed"}
    )
    assert "Lent by emily.carter@example.net" in text_of(administrator.send("/services/books/key", **form))

    issuer = {"issuer": "emily.carter@example.net"}
    assert "switched off and its credentials are erased" in administrator.see("/services/books/keys/revoke", **issuer)
    administrator.send("/services/books/keys/revoke", expect=409, **issuer)
    assert "Revoked" in administrator.send("/services/books/keys/revoke", confirm="books", **issuer)
    assert not administrator.hub.connectors.connection("books").active


def test_every_page_is_japanese_for_japanese_readers(administrator: Visitor) -> None:
    administrator.language = "ja"
    administrator.send("/services/books/connect", **administrator.credentials())
    for path in (
        "/services",
        "/services/books/connect",
        "/services/books/disable",
        "/services/keys",
        "/services/books/keys",
    ):
        page = text_of(administrator.see(path).split("<main", 1)[1].split("</main>")[0])
        for english in ("Connect", "Switch", "Organisation", "Features", "Type ", "Key "):
            assert english not in page.replace("Sandbox Company", ""), (path, english)


def consent_of(visitor: Visitor, page: str) -> str:
    """Agree at the vendor's page, and come back."""
    (address,) = re.findall(r'rel="noreferrer" href="([^"]+)"', page)
    assert visitor.client.get(address.replace("&amp;", "&"), follow_redirects=False).status_code == 200
    agreed = httpx2.get(address.replace("&amp;", "&") + "&prompt=none", follow_redirects=False)
    back = httpx2.URL(agreed.headers["location"])
    return back.raw_path.decode()


def test_consent_at_the_vendors_page_takes_the_place_of_a_refresh_token(visitor: Visitor) -> None:
    code = set_up_code(visitor.hub.settings)
    entered = {name: value for name, value in visitor.credentials().items() if name != "refresh_token"}
    back = consent_of(visitor, visitor.send("/set-up", expect=200, code=code, **entered))
    assert "You are signed in" in visitor.see(back)

    back = consent_of(visitor, visitor.send("/services/books/connect", expect=200, **entered))
    strangers = visitor.see(f"{back}x".replace("state=", "state=x"), expect=422)
    assert "does not belong to a request made here" in strangers
    refused = visitor.see(re.sub("code=[^&]+", "error=access_denied", back), expect=422)
    assert "Consent was not given" in refused
    cookies = dict(visitor.client.cookies)
    visitor.see(back, expect=303)
    assert visitor.hub.connectors.connection("books").organization.name == "Sandbox Company"
    # The answer is good for once.
    assert "not kept any more" in visitor.see(back, expect=422)
    with httpx2.Client(base_url=visitor.client.base_url, cookies=cookies) as kept:
        again = kept.get(back)
    assert again.status_code == 422
    assert "does not belong to a request made here" in again.text


def test_a_colleague_is_let_in_and_out_again(administrator: Visitor) -> None:
    made = administrator.send("/people/tokens", expect=200, user="ichiro.suzuki@example.com")
    (token,) = re.findall(r'<code class="command">(tsunagi_[^<]+)</code>', made)
    assert "Give this token to ichiro.suzuki@example.com" in made
    with httpx2.Client(base_url=administrator.client.base_url) as colleague:
        sign_in(colleague, token)
        assert colleague.get("/accounts").status_code == 200
        assert colleague.get("/people").status_code == 403
        page = administrator.see("/people")
        assert token not in page
        (id,) = re.findall(r"/people/tokens/(\w+)/revoke\"(?:(?!</tr>).)*ichiro", page, flags=re.DOTALL)
        administrator.send(f"/people/tokens/{id}/revoke")
        assert colleague.get("/accounts").status_code == 303
    unknown = administrator.send("/people/tokens", expect=409, user="nobody@example.com")
    assert "nobody@example.com" in unknown
