"""Who is asking: everything is done for a user of the CRM, and what only administrators may do asks who they are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tsunagi.app.access import permissions, tokens
from tsunagi.app.connections import keys, organizations, services
from tsunagi.app.connections.connecting import connect
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError, PermissionDenied, RateLimited

HANAKO = "hanako.sato@example.com"
ICHIRO = "ichiro.suzuki@example.com"
EMILY = "emily.carter@example.net"

FOR_ADMINISTRATORS: dict[str, Callable[[Any, Person], object]] = {
    "connecting a service": lambda desk, who: connect(desk.hub.context, "books", desk.zoho.credentials(), actor=who),
    "looking for organisations": lambda desk, who: organizations.discover(
        desk.hub.context, who, {"books": desk.zoho.credentials()}
    ),
    "settling several services": lambda desk, who: organizations.provision(
        desk.hub.context, who, {"books": desk.zoho.credentials()}
    ),
    "connecting with a key": lambda desk, who: keys.connect_with_key(
        desk.hub.context, who, "books", EMILY, "BOO-guess"
    ),
    "looking at the keys": lambda desk, who: keys.list_keys(desk.hub.context, who),
    "revoking somebody's key": lambda desk, who: keys.revoke_key(desk.hub.context, who, "books", EMILY),
    "making a token": lambda desk, who: tokens.create_token(desk.hub.context, who, ICHIRO),
    "looking at the tokens": lambda desk, who: tokens.list_tokens(desk.hub.context, who),
    "revoking a token": lambda desk, who: tokens.revoke_token(desk.hub.context, who, "0123456789ab"),
    "choosing features": lambda desk, who: services.set_feature(desk.hub.context, who, "books", "estimates", on=False),
    "switching a service off": lambda desk, who: services.disable(desk.hub.context, who, "crm", confirmed="crm"),
    "switching a service on": lambda desk, who: services.enable(desk.hub.context, who, "crm"),
    "forgetting a service": lambda desk, who: services.forget(desk.hub.context, who, "crm", confirmed="crm"),
}


def test_whoever_connects_the_crm_counts_as_its_administrator(desk: Any) -> None:
    assert desk.hub.connectors.connection("crm").connected_by == HANAKO
    hanako = desk.person()
    assert (hanako.name, hanako.profile, hanako.administrator) == ("Hanako Sato", "Administrator", True)


def test_the_crm_is_not_connected_with_the_credentials_of_somebody_else(open_desk: Any, zoho: Any) -> None:
    desk = open_desk()

    with pytest.raises(PermissionDenied) as refused:
        connect(desk.hub.context, "crm", zoho.credentials(ICHIRO))

    assert "ichiro.suzuki@example.com has the profile 'Standard'" in refused.value.message.en
    assert "管理者" in refused.value.message.ja
    assert desk.hub.connectors.all() == []


def test_what_only_an_administrator_may(desk: Any, zoho: Any) -> None:
    before = desk.hub.connectors.all()

    for deed, do in FOR_ADMINISTRATORS.items():
        with pytest.raises(PermissionDenied) as refused:
            do(desk, desk.person(ICHIRO))
        assert ICHIRO in refused.value.message.en, deed
        assert refused.value.hint is not None, deed

    assert desk.hub.connectors.all() == before
    assert zoho.writes() == []


def test_everybody_may_look_and_nobody_else_may_do(desk: Any) -> None:
    ichiro, hanako = desk.person(ICHIRO), desk.person()

    looking = permissions.decide(desk.hub.context, ichiro, "books.invoice:view")
    assert (looking.allowed, looking.determining) == (True, ("everyone_views",))
    mailing = permissions.decide(desk.hub.context, ichiro, "books.invoice:email")
    assert not mailing.allowed
    assert mailing.determining == ()
    assert "ichiro.suzuki@example.com (Standard) may not books.invoice:email" in mailing.reason.en
    assert permissions.decide(desk.hub.context, hanako, "books.invoice:email").determining == (
        "administrators_everything",
    )
    with pytest.raises(PermissionDenied, match=r"may not books\.invoice:email"):
        permissions.require(desk.hub.context, ichiro, "books.invoice:email")


def test_a_profile_that_was_taken_away_counts_at_once(desk: Any, zoho: Any) -> None:
    akiko = "akiko.mori@example.com"
    zoho.make_person("Akiko", "Mori", akiko, "Administrator")
    person = desk.person(akiko)
    assert person.administrator
    tokens.create_token(desk.hub.context, person, ICHIRO)

    zoho.change_person(akiko, crm_profile="Standard")

    # The hub still remembers an administrator, and asks.
    with pytest.raises(PermissionDenied, match="has the profile 'Standard'"):
        tokens.create_token(desk.hub.context, person, ICHIRO)
    assert not desk.person(akiko).administrator


def test_a_profile_that_was_given_counts_at_once(desk: Any, zoho: Any) -> None:
    ichiro = desk.person(ICHIRO)
    zoho.change_person(ICHIRO, crm_profile="Administrator")

    assert tokens.create_token(desk.hub.context, ichiro, ICHIRO).token.email == ICHIRO


def test_who_left_the_company_may_nothing_any_more(desk: Any, zoho: Any) -> None:
    akiko = "akiko.mori@example.com"
    zoho.make_person("Akiko", "Mori", akiko, "Administrator")
    person = desk.person(akiko)
    zoho.change_person(akiko, crm_active=False)

    with pytest.raises(PermissionDenied):
        tokens.create_token(desk.hub.context, person, ICHIRO)
    assert not permissions.decide(desk.hub.context, desk.person(akiko), "books.invoice:view").allowed


def test_nobody_is_taken_at_their_word_while_the_crm_does_not_answer(desk: Any, zoho: Any) -> None:
    hanako = desk.person()
    zoho.fault("rate_limit", path="/crm/v8/users", seconds=7200, count=None)

    with pytest.raises(RateLimited):
        tokens.create_token(desk.hub.context, hanako, ICHIRO)
    assert tokens.list_tokens(desk.hub.context, None) == []


def test_a_token_is_shown_once_and_kept_as_a_hash(desk: Any, tmp_path: Path) -> None:
    made = tokens.create_token(desk.hub.context, desk.person(), ICHIRO, label="laptop")

    assert tokens.person_with_token(desk.hub.context, made.text).email == ICHIRO
    (listed,) = tokens.list_tokens(desk.hub.context, desk.person())
    assert (listed.email, listed.label, listed.revoked_at) == (ICHIRO, "laptop", None)
    assert listed.used_at is not None
    kept = b"".join(path.read_bytes() for path in (tmp_path / "hub").rglob("*") if path.is_file())
    assert made.text.encode() not in kept
    assert ICHIRO.encode() in kept


def test_revoked_unknown_and_malformed_tokens_are_refused_alike(desk: Any) -> None:
    hanako = desk.person()
    made = tokens.create_token(desk.hub.context, hanako, ICHIRO)
    tokens.revoke_token(desk.hub.context, hanako, made.token.id)

    said = set()
    for text in (made.text, tokens.PREFIX + "x" * 43, "", "正しくない"):
        with pytest.raises(PermissionDenied) as refused:
            tokens.person_with_token(desk.hub.context, text)
        said.add(refused.value.message.en)

    assert said == {"This token is not valid."}
    with pytest.raises(ConfigError, match="no live token"):
        tokens.revoke_token(desk.hub.context, hanako, made.token.id)


def test_a_token_ends_with_its_user(desk: Any, zoho: Any) -> None:
    made = tokens.create_token(desk.hub.context, desk.person(), ICHIRO)

    zoho.change_person(ICHIRO, crm_active=False)
    permissions.refresh_people(desk.hub.context)

    with pytest.raises(PermissionDenied, match="active"):
        tokens.person_with_token(desk.hub.context, made.text)
    with pytest.raises(ConfigError, match="deactivated"):
        tokens.create_token(desk.hub.context, desk.person(), ICHIRO)


def test_somebody_from_outside_gets_no_token(desk: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        tokens.create_token(desk.hub.context, desk.person(), EMILY)

    assert refused.value.message.en == f"The CRM has no user '{EMILY}'."
    assert refused.value.hint is not None


def test_an_e_mail_address_is_known_however_it_is_written(desk: Any) -> None:
    made = tokens.create_token(desk.hub.context, desk.person(), "Ichiro.Suzuki@Example.com")

    assert tokens.person_with_token(desk.hub.context, made.text).email == ICHIRO


def test_the_api_lets_nobody_in_without_a_token_and_each_do_what_they_may(office: Any) -> None:
    def asks(method: str, path: str, json: Any = None) -> int:
        return int(office.client.request(method, f"{office.page_url}/api{path}", json=json).status_code)

    office.client.headers.pop("Authorization")
    office.client.cookies.clear()
    for path in ("/accounts", "/services/books/consequences", "/tokens", "/keys"):
        assert asks("GET", path) == 401, path

    office.sign_in(ICHIRO)
    assert asks("GET", "/accounts") == 200
    assert asks("GET", "/tokens") == 403
    assert asks("POST", "/services/books/disable", {"confirm": "books"}) == 403
    assert office.hub.connectors.connection("books").active

    office.sign_in(HANAKO)
    assert asks("GET", "/tokens") == 200
    assert asks("POST", "/services/books/disable", {"confirm": "books"}) == 200
    assert not office.hub.connectors.connection("books").active
