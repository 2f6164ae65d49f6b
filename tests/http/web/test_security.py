"""What browsers are told, and what is refused."""

import re

import httpx2
import pytest
from signing_in import sign_in

from tsunagi.hub import Hub

PAGES = ["/accounts", "/accounts/1001", "/sync-runs", "/rules", "/plugins", "/nothing/here"]


@pytest.mark.parametrize("path", [*PAGES, "/api/accounts", "/health", "/static/tsunagi.css"])
def test_every_answer_carries_the_headers(reader: httpx2.Client, path: str) -> None:
    headers = reader.get(path).headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_no_script_and_no_style_of_their_own(reader: httpx2.Client, path: str) -> None:
    page = reader.get(path).text
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=|hx-on", page)


def test_pages_are_kept_in_no_cache_and_files_for_long(reader: httpx2.Client) -> None:
    page = reader.get("/accounts")
    assert page.headers["cache-control"] == "no-store"
    sheet = re.search(r'href="(/static/tsunagi\.css\?v=\w+)"', page.text)
    assert sheet
    assert "immutable" in reader.get(sheet.group(1)).headers["cache-control"]
    assert "immutable" not in reader.get("/static/tsunagi.css").headers["cache-control"]


def form_token(reader: httpx2.Client) -> str:
    # The button is there once a run is.
    found = re.search(r'name="form_token" value="(\w+)"', reader.get("/sync-runs").text)
    assert found
    return found.group(1)


def runs(hub: Hub) -> int:
    from tsunagi.app.sync import runs

    return len(runs.runs(hub.context, limit=100).items)


def test_a_form_without_its_token_is_refused(reader: httpx2.Client, hub: Hub) -> None:
    before = runs(hub)
    for data in ({}, {"form_token": "0" * 64}, {"form_token": "é"}):
        answer = reader.post("/sync-runs", data=data)
        assert answer.status_code == 403
        assert "out of date" in answer.text
    assert runs(hub) == before


def test_a_token_of_another_visit_is_refused(reader: httpx2.Client, address: str, hub: Hub, token: str) -> None:
    before = runs(hub)
    taken = form_token(reader)
    with httpx2.Client(base_url=address) as stranger:
        sign_in(stranger, token)
        assert stranger.post("/sync-runs", data={"form_token": taken}).status_code == 403
    assert runs(hub) == before


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
@pytest.mark.parametrize("path", ["/sync-runs", "/api/sync-runs"])
def test_what_another_site_sends_is_refused_even_with_a_token(
    reader: httpx2.Client, hub: Hub, headers: dict[str, str], path: str
) -> None:
    before = runs(hub)
    answer = reader.post(path, data={"form_token": form_token(reader)}, headers=headers)
    assert answer.status_code == 403
    assert runs(hub) == before


def test_on_this_machine_only_its_own_names_are_answered(reader: httpx2.Client) -> None:
    assert reader.get("/accounts", headers={"Host": "evil.example"}).status_code == 400
    assert reader.get("/accounts", headers={"Host": "localhost:1234"}).status_code == 200


def test_the_visit_cookie_is_out_of_reach_of_scripts(stranger: httpx2.Client) -> None:
    cookie = stranger.get("/sign-in").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_programs_are_given_no_cookie(stranger: httpx2.Client) -> None:
    assert "set-cookie" not in stranger.get("/api/accounts").headers
