"""Nobody sees a page without saying who they are."""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from filled_hub import AOZORA
from signing_in import CLERK, bearer, form_token, let_in, sign_in

import tsunagi.http.web
from tsunagi.app.access import tokens
from tsunagi.http.auth import SESSION
from tsunagi.hub import Hub

# A widget is opened by a signed address; tests/http/test_widgets.py says by which.
OPEN = {"/consent", "/embed/{kind}/{id}", "/set-up", "/sign-in", "/sign-out"}


def pages() -> list[tuple[str, str]]:
    """Every address the modules of the pages answer."""
    modules = [
        import_module(f"tsunagi.http.web.{found.name}") for found in pkgutil.iter_modules(tsunagi.http.web.__path__)
    ]
    routes = [route for module in modules for route in getattr(module, "router", APIRouter()).routes]
    return [(method, route.path) for route in routes if isinstance(route, APIRoute) for method in route.methods]


def test_every_page_sends_a_stranger_to_the_sign_in_page(stranger: httpx2.Client) -> None:
    closed = [(method, path) for method, path in pages() if path not in OPEN]
    assert len(closed) >= 10
    for method, path in closed:
        answer = stranger.request(method, path.replace("{id}", AOZORA.id))
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/sign-in"), (method, path)


def test_after_signing_in_one_is_where_one_wanted_to_be(stranger: httpx2.Client, token: str) -> None:
    wanted = f"/accounts/{AOZORA.id}?service=ledger"
    sent = stranger.get(wanted).headers["location"]
    form = stranger.get(sent).text
    to = parse_qs(urlsplit(sent).query)["to"][0]
    assert to == wanted
    answer = stranger.post("/sign-in", data={"token": f" {token} ", "to": to, "form_token": form_token(form)})
    assert (answer.status_code, answer.headers["location"]) == (303, wanted)
    assert "DN-1" in stranger.get(wanted).text


def test_the_cookie_is_out_of_reach_and_holds_no_token(stranger: httpx2.Client, token: str) -> None:
    fields = {"token": token, "form_token": form_token(stranger.get("/sign-in").text)}
    cookie = stranger.post("/sign-in", data=fields).headers["set-cookie"]
    assert cookie.startswith(f"{SESSION}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert token not in cookie
    assert tokens.digest(token) not in cookie


@pytest.mark.parametrize("wrong", ["", "tsunagi_guessed", "鍵", "\x00"])
def test_a_wrong_token_is_refused_in_words(stranger: httpx2.Client, wrong: str) -> None:
    for language, words in (("en", "This token is not valid."), ("ja", "このトークンは無効です。")):
        form = stranger.get("/sign-in", params={"lang": language}).text
        answer = stranger.post("/sign-in", data={"token": wrong, "form_token": form_token(form)})
        assert answer.status_code == 401
        assert words in answer.text
        assert SESSION not in stranger.cookies


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_sign_in_page_leads_nowhere_else(stranger: httpx2.Client, token: str, to: str) -> None:
    form = stranger.get("/sign-in", params={"to": to}).text
    assert "evil.example" not in form.split("<form method", 1)[1]
    answer = stranger.post("/sign-in", data={"token": token, "to": to, "form_token": form_token(form)})
    assert answer.headers["location"] == "/accounts"


def test_a_sign_in_form_of_another_site_is_refused(stranger: httpx2.Client, token: str) -> None:
    assert stranger.post("/sign-in", data={"token": token}).status_code == 403
    assert SESSION not in stranger.cookies


def test_signing_out_ends_it(reader: httpx2.Client) -> None:
    page = reader.get("/accounts").text
    assert "管理 花子" in page
    assert reader.post("/sign-out", data={"form_token": form_token(page)}).headers["location"] == "/sign-in"
    assert reader.get("/accounts").status_code == 303


def test_a_form_from_before_signing_in_is_of_no_use(stranger: httpx2.Client, token: str) -> None:
    before = form_token(stranger.get("/sign-in").text)
    sign_in(stranger, token)
    assert stranger.post("/sync-runs", data={"form_token": before}).status_code == 403


def test_a_revoked_token_ends_every_session_made_with_it(stranger: httpx2.Client, hub: Hub) -> None:
    text = let_in(hub)
    sign_in(stranger, text)
    assert stranger.get("/accounts").status_code == 200
    tokens.revoke_token(hub.context, None, tokens.sign_in(hub.context, text).id)
    assert stranger.get("/accounts").status_code == 303


@pytest.mark.parametrize("cookie", ["", "nonsense", "ImFkbWluIg.aaaa.bbbb"])
def test_a_cookie_we_did_not_sign_is_no_session(stranger: httpx2.Client, cookie: str) -> None:
    stranger.cookies.set(SESSION, cookie)
    assert stranger.get("/accounts").status_code == 303


def test_a_part_of_a_page_leads_to_the_sign_in_page_as_a_whole(stranger: httpx2.Client) -> None:
    answer = stranger.get("/accounts", headers={"HX-Request": "true"})
    assert answer.headers["hx-redirect"] == "/sign-in"
    assert answer.text == ""


def test_a_token_of_the_api_is_no_session_and_a_session_is_no_token(
    stranger: httpx2.Client, reader: httpx2.Client, token: str
) -> None:
    assert stranger.get("/accounts", headers=bearer(token)).status_code == 303
    assert reader.get("/api/accounts").status_code == 401


def test_a_clerk_may_look_and_not_sync(stranger: httpx2.Client, hub: Hub) -> None:
    sign_in(stranger, let_in(hub, CLERK))
    page = stranger.get(f"/accounts/{AOZORA.id}").text
    assert "INV-000042" in page
    assert "/mail?" not in page
    assert 'action="/sync-runs"' not in stranger.get("/sync-runs").text
    answer = stranger.post("/sync-runs", data={"form_token": form_token(page)})
    assert answer.status_code == 403
    assert "clerk@minato.example (Standard) may not" in answer.text
    mail = stranger.get("/documents/books/invoice/9001/mail")
    assert mail.status_code == 403


def test_a_hub_without_a_crm_says_how_to_get_in(serve_new: Callable[[], httpx2.Client]) -> None:
    client = serve_new()
    assert client.get("/").headers["location"].startswith("/sign-in")
    page = client.get("/sign-in").text
    assert "tsunagi connect crm" in page
    assert "tsunagi tokens create --user" in page
    assert 'name="token"' not in page
    assert "サインインできません" in client.get("/sign-in", params={"lang": "ja"}).text
