"""Keys and tokens: shown once, listed without their text, revoked; and the people they are for."""

import io
from pathlib import Path
from typing import Any

import pytest

from tsunagi.app.access.tokens import person_with_token
from tsunagi.app.settings import load_settings
from tsunagi.errors import PermissionDenied
from tsunagi.hub import Hub

HANAKO, ICHIRO, EMILY = "hanako.sato@example.com", "ichiro.suzuki@example.com", "emily.carter@example.net"


@pytest.fixture
def key(office: Any) -> str:
    """Emily's key for her company's Books."""
    office.connect("crm")
    office.sits(EMILY)
    issued = office("keys", "issue", "books", "--json")
    assert issued.code == 0, issued.err
    assert issued.json["issuer"] == EMILY
    office.sits(HANAKO)
    return str(issued.json["key"])


def test_another_users_organisation_is_connected_with_their_key(office: Any, key: str) -> None:
    ended = office("connect", "books", "--key", key, "--issuer", EMILY, "--json")
    assert ended.code == 0, ended.err
    assert ended.json["organization"]["name"] == "Second Company"
    assert ended.json["connected_by"] == HANAKO
    assert key not in ended.out + ended.err


def test_a_key_is_taken_from_standard_input(office: Any, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{key}\n"))
    assert office("connect", "books", "--key", "-", "--issuer", EMILY).code == 0


def test_a_key_that_is_wrong_or_revoked_is_refused_alike(office: Any, key: str) -> None:
    wrong = office("connect", "books", "--key", "BOO-guess", "--issuer", EMILY, "--json")
    office.sits(EMILY)
    again = office("keys", "regenerate", "books", "--json")
    assert again.json["key"] != key
    office.sits(HANAKO)
    old = office("connect", "books", "--key", key, "--issuer", EMILY, "--json")
    assert (wrong.code, old.code) == (1, 1)
    assert wrong.json == old.json
    assert wrong.json["error"]["type"] == "KeyRefused"
    alone = office("connect", "books", "--key", key)
    assert alone.code == 2
    assert "--issuer" in alone.err


def test_only_an_administrator_of_the_organisation_issues_keys(office: Any) -> None:
    office.connect("crm")
    office.sits(ICHIRO)
    refused = office("--language", "ja", "keys", "issue", "books", "--json")
    assert (refused.code, refused.json["error"]["type"]) == (1, "PermissionDenied")
    assert "管理者" in refused.json["error"]["message"]


def test_keys_are_listed_without_their_text_and_revoked(office: Any, key: str) -> None:
    listed = office("keys", "list", "--json")
    assert [(each["issuer"], each["revoked_at"]) for each in listed.json] == [(EMILY, None)]
    assert office("--as", ICHIRO, "keys", "revoke", "books", "--issuer", EMILY).code == 1
    assert office("keys", "revoke", "books", "--issuer", EMILY).out == f"The key of {EMILY} for books is revoked.\n"
    assert "失効" in office("--language", "ja", "keys", "list").out
    mine = office("keys", "revoke", "books", "--json")
    assert (mine.code, HANAKO in mine.json["error"]["message"]) == (2, True)
    assert not any(key in each.out + each.err for each in (listed, mine, office("keys", "list")))


def test_revoking_says_what_hangs_on_the_key_and_ends_it(office: Any, key: str) -> None:
    assert office("connect", "books", "--issuer", EMILY, "--key", key).code == 0
    revoke = ("keys", "revoke", "books", "--issuer", EMILY)
    assert office(*revoke, "--plan", "--json").json["ends"]["service"] == "books"
    unconfirmed = office(*revoke, "--json")
    assert (unconfirmed.code, unconfirmed.json["error"]["type"]) == (2, "NotConfirmed")

    assert office(*revoke, "--yes").code == 0
    refused = office("services", "enable", "books", "--json")
    assert (refused.code, refused.json["error"]["type"]) == (2, "CredentialsTakenBack")
    assert office(*revoke, "--yes").code == 2


def test_a_key_is_printed_alone_so_that_it_can_be_piped_and_never_logged(office: Any) -> None:
    issued = office("--log-level", "DEBUG", "keys", "issue", "books")
    (line,) = issued.out.splitlines()
    assert line.startswith("BOO-")
    assert line not in issued.err
    assert f"--issuer {HANAKO}" in issued.err


def test_a_token_lets_its_person_in_until_it_is_revoked(office: Any, tmp_path: Path) -> None:
    office.connect("crm")
    made = office("--log-level", "DEBUG", "tokens", "create", "--user", ICHIRO, "--label", "phone")
    (token,) = made.out.splitlines()
    assert token not in made.err
    (listed,) = office("tokens", "list", "--json").json
    assert (listed["user"], listed["label"], listed["revoked_at"]) == (ICHIRO, "phone", None)
    with Hub(load_settings(home=tmp_path / ".tsunagi")) as hub:
        assert person_with_token(hub.context, token).email == ICHIRO
        assert office("tokens", "revoke", listed["id"]).code == 0
        with pytest.raises(PermissionDenied):
            person_with_token(hub.context, token)
    assert office("tokens", "revoke", listed["id"]).code == 2
    assert "失効" in office("--language", "ja", "tokens", "list").out
    assert token not in office("tokens", "list").out


def test_tokens_are_made_by_administrators_for_people_the_crm_knows(office: Any) -> None:
    office.connect("crm")
    refused = office("--as", ICHIRO, "tokens", "create", "--user", ICHIRO, "--json")
    assert (refused.code, refused.json["error"]["type"]) == (1, "PermissionDenied")
    unknown = office("--language", "ja", "tokens", "create", "--user", EMILY, "--json")
    assert unknown.code == 2
    assert EMILY in unknown.json["error"]["message"]
    assert office("tokens", "list", "--json").json == []


def test_the_people_of_the_crm_are_listed(office: Any) -> None:
    assert office("people", "refresh").code == 3
    office.connect("crm")
    assert [each["email"] for each in office("people", "list", "--json").json] == [HANAKO]
    read = office("people", "refresh", "--json").json
    assert {each["email"]: each["administrator"] for each in read} == {HANAKO: True, ICHIRO: False}
    assert office("people", "list", "--json").json == read
    assert "管理者" in office("--language", "ja", "people", "list").out
