"""Connecting somebody else's organisation: they issue a key, and e-mail address plus key connect it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tsunagi.app.connections import keys
from tsunagi.app.connections.connecting import connect
from tsunagi.app.connections.services import CredentialsTakenBack, NotConfirmed, enable
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError, PermissionDenied, RateLimited, ServiceOff
from tsunagi.store.connections import Connections
from tsunagi.store.shared_keys import SharedKeys

HANAKO = "hanako.sato@example.com"
ICHIRO = "ichiro.suzuki@example.com"
EMILY = "emily.carter@example.net"
OURS, HERS = "Sandbox Company", "Second Company"


@pytest.fixture
def key(desk: Any, zoho: Any) -> keys.NewKey:
    """Emily administers another company's organisation and lets this hub in."""
    return keys.issue_key(desk.hub.context, "books", zoho.credentials(EMILY))


def test_e_mail_address_and_key_connect_somebody_elses_organisation(desk: Any, key: Any) -> None:
    connection = keys.connect_with_key(desk.hub.context, desk.person(), "books", " Emily.Carter@Example.net ", key.text)

    assert connection.organization.name == HERS
    assert connection.connected_by == HANAKO
    assert desk.hub.connectors.get("books").organization().name == HERS


def test_of_a_key_only_a_hash_is_kept_and_of_the_issuer_nothing_is_shown(
    desk: Any, key: Any, zoho: Any, tmp_path: Path
) -> None:
    kept = b"".join(path.read_bytes() for path in (tmp_path / "hub").rglob("*") if path.is_file())
    assert key.text.encode() not in kept
    assert zoho.credentials(EMILY)["refresh_token"].encode() not in kept

    (listed,) = keys.list_keys(desk.hub.context, desk.person())
    assert (listed.issuer, listed.service, listed.revoked_at) == (EMILY, "books", None)
    assert listed.organization_name == HERS
    assert "1000.sandbox-other" not in str(listed)
    assert "sandbox-secret" not in str(listed)


def test_who_does_not_administer_the_organisation_issues_no_key(desk: Any, zoho: Any) -> None:
    with pytest.raises(PermissionDenied) as refused:
        keys.issue_key(desk.hub.context, "books", zoho.credentials(ICHIRO))

    assert "ichiro.suzuki@example.com is 'staff'" in refused.value.message.en
    assert keys.list_keys(desk.hub.context, desk.person()) == []


def _wrong(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    return "books", EMILY, key.text[:-1] + "~"


def _none(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    return "books", "nobody@example.net", key.text


def _of_another_service(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    return "invoice", EMILY, key.text


def _of_another_issuer(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    return "books", HANAKO, key.text


def _revoked(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    keys.revoke_key(desk.hub.context, desk.person(), "books", EMILY)
    return "books", EMILY, key.text


def _regenerated(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    keys.issue_key(desk.hub.context, "books", zoho.credentials(EMILY))
    return "books", EMILY, key.text


def _issuer_deactivated(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    zoho.join(HERS, HANAKO, role="admin")
    zoho.change_member(HERS, EMILY, status="inactive")
    return "books", EMILY, key.text


def _issuer_demoted(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    zoho.join(HERS, HANAKO, role="admin")
    zoho.change_member(HERS, EMILY, role="staff")
    return "books", EMILY, key.text


def _issuer_gone(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    zoho.change_person(EMILY, active=False)
    return "books", EMILY, key.text


@pytest.mark.parametrize(
    "spoil",
    [
        _wrong,
        _none,
        _of_another_service,
        _of_another_issuer,
        _revoked,
        _regenerated,
        _issuer_deactivated,
        _issuer_demoted,
        _issuer_gone,
    ],
)
def test_a_key_that_does_not_fit_is_refused_like_any_other(
    desk: Any, zoho: Any, key: Any, spoil: Callable[[Any, Any, Any], tuple[str, str, str]]
) -> None:
    service, issuer, text = spoil(desk, zoho, key)

    with pytest.raises(keys.KeyRefused) as refused:
        keys.connect_with_key(desk.hub.context, desk.person(), service, issuer, text)

    alike = keys.KeyRefused(who=desk.person().email, service=service)
    assert vars(refused.value) == vars(alike)
    assert str(refused.value) == str(alike)
    assert [each.service for each in desk.hub.connectors.all()] == ["crm"]


def test_regenerating_leaves_one_live_key(desk: Any, zoho: Any, key: Any, clock: Any) -> None:
    clock.pass_(minutes=1)
    again = keys.issue_key(desk.hub.context, "books", zoho.credentials(EMILY))

    assert again.text != key.text
    assert [each.revoked_at is None for each in keys.list_keys(desk.hub.context, desk.person())] == [True, False]
    assert keys.connect_with_key(desk.hub.context, desk.person(), "books", EMILY, again.text).organization.name == HERS


def test_guessing_is_throttled_and_the_owner_waits_too(desk: Any, key: Any, clock: Any) -> None:
    for guess in range(5):
        with pytest.raises(keys.KeyRefused):
            keys.connect_with_key(desk.hub.context, desk.person(), "books", EMILY, f"BOO-{guess}")

    with pytest.raises(keys.KeyRefused):
        keys.connect_with_key(desk.hub.context, desk.person(), "books", EMILY, key.text)
    clock.pass_(minutes=16)
    assert keys.connect_with_key(desk.hub.context, desk.person(), "books", EMILY, key.text).organization.name == HERS


def test_guessing_for_one_issuer_hinders_no_other(desk: Any, zoho: Any, key: Any) -> None:
    own = keys.issue_key(desk.hub.context, "books", zoho.credentials())
    for guess in range(5):
        with pytest.raises(keys.KeyRefused):
            keys.connect_with_key(desk.hub.context, desk.person(), "books", EMILY, f"BOO-{guess}")

    assert keys.connect_with_key(desk.hub.context, desk.person(), "books", HANAKO, own.text).organization.name == OURS
    assert key.text != own.text


def test_a_service_that_is_away_is_no_wrong_key(desk: Any, zoho: Any, key: Any, clock: Any) -> None:
    zoho.fault("rate_limit", path="/books/v3/users/me", seconds=7200, count=1)
    with pytest.raises(RateLimited):
        keys.connect_with_key(desk.hub.context, desk.person(), "books", EMILY, key.text)

    with desk.hub.store.write() as session:
        assert SharedKeys(session).refusals(f"books:{EMILY}", clock().replace(year=2000)) == 0
    clock.pass_(hours=3)
    assert keys.connect_with_key(desk.hub.context, desk.person(), "books", EMILY, key.text).organization.name == HERS


def test_the_issuer_takes_their_own_key_back(desk: Any, key: Any) -> None:
    emily = Person("books", key.key.issuer_id, EMILY, "Emily Carter", "admin", administrator=True)
    keys.revoke_key(desk.hub.context, emily, "books", EMILY)

    with pytest.raises(keys.KeyRefused):
        keys.connect_with_key(desk.hub.context, desk.person(), "books", EMILY, key.text)
    with pytest.raises(ConfigError, match="no live key"):
        keys.revoke_key(desk.hub.context, emily, "books", EMILY)


def test_a_key_does_not_get_round_the_base_currency(desk: Any, zoho: Any) -> None:
    zoho.control("POST", "/organizations", {"name": "Boston Office", "currency_code": "USD", "owner_email": EMILY})
    boston = zoho.organization("Boston Office")["organization_id"]
    key = keys.issue_key(desk.hub.context, "books", zoho.credentials(EMILY), organization_id=boston)

    with pytest.raises(ConfigError, match="USD"):
        keys.connect_with_key(desk.hub.context, desk.person(), "books", EMILY, key.text)
    assert [each.service for each in desk.hub.connectors.all()] == ["crm"]


def test_revoking_a_key_ends_the_connection_made_with_it(desk: Any, zoho: Any, key: Any) -> None:
    context = desk.hub.context
    keys.connect_with_key(context, desk.person(), "books", EMILY, key.text)
    with pytest.raises(NotConfirmed) as asked:
        keys.revoke_key(context, desk.person(), "books", EMILY)
    assert asked.value.consequences.organization == HERS
    assert desk.hub.connectors.connection("books").active

    ended = keys.revoke_key(context, desk.person(), "books", EMILY, confirmed="books")
    assert ended == asked.value.consequences
    with pytest.raises(ServiceOff):
        desk.hub.connectors.get("books")
    with desk.hub.store.read() as session:
        assert Connections(session).secrets("books") == {}
        assert SharedKeys(session).secrets(key.key.id) == {}
    with pytest.raises(CredentialsTakenBack):
        enable(context, desk.person(), "books")
    with pytest.raises(ConfigError, match="no live key"):
        keys.revoke_key(context, desk.person(), "books", EMILY, confirmed="books")

    again = keys.issue_key(context, "books", zoho.credentials(EMILY))
    assert keys.connect_with_key(context, desk.person(), "books", EMILY, again.text).active
    assert desk.hub.connectors.get("books").organization().name == HERS


def test_revoking_leaves_a_connection_of_ones_own_alone(desk: Any, zoho: Any, key: Any) -> None:
    hers = keys.connect_with_key(desk.hub.context, desk.person(), "books", EMILY, key.text).organization
    connect(desk.hub.context, "books", zoho.credentials(EMILY), organization_id=hers.id, actor=desk.person())

    assert keys.revoke_key(desk.hub.context, desk.person(), "books", EMILY) is None
    assert desk.hub.connectors.get("books").organization().name == HERS


def test_a_regenerated_key_is_what_the_connection_hangs_on(desk: Any, zoho: Any, key: Any) -> None:
    keys.connect_with_key(desk.hub.context, desk.person(), "books", EMILY, key.text)
    keys.issue_key(desk.hub.context, "books", zoho.credentials(EMILY))
    assert desk.hub.connectors.get("books").organization().name == HERS

    assert keys.revoke_key(desk.hub.context, desk.person(), "books", EMILY, confirmed="books") is not None
    assert not desk.hub.connectors.connection("books").active
