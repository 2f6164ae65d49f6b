"""Connecting: one's own organisation, somebody else's with a key, and organisations that do not exist yet."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tsunagi.app import founding, sharing
from tsunagi.app.connections import OrganizationUnclear, connect
from tsunagi.app.features import features, set_feature
from tsunagi.domain.connector import NewOrganization
from tsunagi.domain.directory import Person
from tsunagi.errors import AuthenticationFailed, ConfigError, PermissionDenied, RateLimited
from tsunagi.store.shared_keys import SharedKeys

HANAKO = "hanako.sato@example.com"
ICHIRO = "ichiro.suzuki@example.com"
EMILY = "emily.carter@example.net"
OURS, HERS = "Sandbox Company", "Second Company"

Ask = dict[str, dict[str, Any]]


def asked(zoho: Any, *services: str) -> Ask:
    return {service: zoho.credentials() for service in services}


def states(settled: Any) -> dict[str, str]:
    return {each.service: each.state for each in settled}


# One's own organisation.


def test_ones_own_organisation_is_connected(desk: Any, zoho: Any) -> None:
    connection = connect(desk.hub, "books", zoho.credentials(), asker=desk.person())

    assert connection.organization.name == OURS
    assert connection.organization.base_currency == "JPY"
    # Whom the CRM knows them as, not what somebody typed.
    assert connection.connected_by == HANAKO
    assert desk.hub.connector("books").organization() == connection.organization


def test_what_was_entered_in_secret_stays_so(desk: Any, zoho: Any, tmp_path: Path) -> None:
    connection = connect(desk.hub, "books", zoho.credentials(), asker=desk.person())

    kept = b"".join(path.read_bytes() for path in (tmp_path / "hub").rglob("*") if path.is_file())
    for secret in ("sandbox-secret", "1000.sandbox-refresh"):
        assert secret.encode() not in kept
        assert secret not in str(connection)


def test_organisations_are_listed_across_services_and_one_is_chosen(desk: Any, zoho: Any) -> None:
    zoho.use("books", "invoice")
    zoho.control("POST", "/organizations", {"name": "Osaka Branch", "services": ["books", "invoice"]})
    osaka = zoho.organization("Osaka Branch")["organization_id"]
    wanted = asked(zoho, "books", "invoice", "expense")

    offer = founding.survey(desk.hub, desk.person(), wanted)
    assert {service: sorted(each.name for each in reached) for service, reached in offer.reached.items()} == {
        "books": ["Osaka Branch", OURS],
        "invoice": ["Osaka Branch", OURS],
        "expense": [],
    }

    unclear = founding.settle(desk.hub, desk.person(), asked(zoho, "books", "invoice"))
    assert states(unclear) == {"books": "refused", "invoice": "refused"}
    assert "Osaka Branch" in unclear[0].message.en
    assert [each.service for each in desk.hub.connections()] == ["crm"]

    chosen = founding.settle(desk.hub, desk.person(), asked(zoho, "books", "invoice"), organization_id=osaka)
    assert states(chosen) == {"books": "connected", "invoice": "connected"}
    assert {each.connection.organization.id for each in chosen} == {osaka}


def test_an_organisation_the_credentials_do_not_reach_is_not_connected(desk: Any, zoho: Any) -> None:
    hers = zoho.organization(HERS)["organization_id"]

    with pytest.raises(OrganizationUnclear) as unclear:
        connect(desk.hub, "books", zoho.credentials(), organization_id=hers, asker=desk.person())

    assert [each.name for each in unclear.value.reached] == [OURS]


def test_credentials_that_do_not_work_connect_nothing(desk: Any, zoho: Any) -> None:
    with pytest.raises(AuthenticationFailed) as refused:
        connect(desk.hub, "books", zoho.credentials("1000.never-issued"), asker=desk.person())

    assert "1000.never-issued" not in str(refused.value)
    assert [each.service for each in desk.hub.connections()] == ["crm"]


def test_settings_that_make_no_sense_are_named_and_no_secret_is_repeated(desk: Any, zoho: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        connect(desk.hub, "books", {**zoho.credentials(), "refresh_tokem": "1000.secret"}, asker=desk.person())

    assert "refresh_tokem" in refused.value.message.en
    assert "1000.secret" not in refused.value.message.en
    assert "refresh_token" in refused.value.hint.en


def test_connecting_the_crm_again_keeps_everybody_known(desk: Any, zoho: Any) -> None:
    assert desk.person(ICHIRO).profile == "Standard"
    zoho.fault("rate_limit", path="/crm/v8/users", skip=1, seconds=7200, count=None)
    desk.connect("crm")

    assert desk.person(ICHIRO).profile == "Standard"


# Somebody else's organisation: a key.


@pytest.fixture
def key(desk: Any, zoho: Any) -> sharing.NewKey:
    """Emily administers another company's organisation and lets this hub in."""
    return sharing.issue_key(desk.hub, "books", zoho.credentials(EMILY))


def test_e_mail_address_and_key_connect_somebody_elses_organisation(desk: Any, key: Any) -> None:
    connection = sharing.connect_with_key(desk.hub, desk.person(), "books", " Emily.Carter@Example.net ", key.text)

    assert connection.organization.name == HERS
    assert connection.connected_by == HANAKO
    assert desk.hub.connector("books").organization().name == HERS


def test_of_a_key_only_a_hash_is_kept_and_of_the_issuer_nothing_is_shown(
    desk: Any, key: Any, zoho: Any, tmp_path: Path
) -> None:
    kept = b"".join(path.read_bytes() for path in (tmp_path / "hub").rglob("*") if path.is_file())
    assert key.text.encode() not in kept
    assert zoho.credentials(EMILY)["refresh_token"].encode() not in kept

    (listed,) = sharing.list_keys(desk.hub, desk.person())
    assert (listed.issuer, listed.service, listed.revoked_at) == (EMILY, "books", None)
    assert "1000.sandbox-other" not in str(listed)
    assert "sandbox-secret" not in str(listed)


def test_who_does_not_administer_the_organisation_issues_no_key(desk: Any, zoho: Any) -> None:
    with pytest.raises(PermissionDenied) as refused:
        sharing.issue_key(desk.hub, "books", zoho.credentials(ICHIRO))

    assert "ichiro.suzuki@example.com is 'staff'" in refused.value.message.en
    assert sharing.list_keys(desk.hub, desk.person()) == []


def _wrong(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    return "books", EMILY, key.text[:-1] + "~"


def _none(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    return "books", "nobody@example.net", key.text


def _of_another_service(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    return "invoice", EMILY, key.text


def _of_another_issuer(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    return "books", HANAKO, key.text


def _revoked(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    sharing.revoke_key(desk.hub, desk.person(), "books", EMILY)
    return "books", EMILY, key.text


def _regenerated(desk: Any, zoho: Any, key: Any) -> tuple[str, str, str]:
    sharing.issue_key(desk.hub, "books", zoho.credentials(EMILY))
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

    with pytest.raises(sharing.KeyRefused) as refused:
        sharing.connect_with_key(desk.hub, desk.person(), service, issuer, text)

    assert str(refused.value) == str(sharing.KeyRefused())
    assert refused.value.hint == sharing.KeyRefused().hint
    assert [each.service for each in desk.hub.connections()] == ["crm"]


def test_regenerating_leaves_one_live_key(desk: Any, zoho: Any, key: Any, clock: Any) -> None:
    clock.pass_(minutes=1)
    again = sharing.issue_key(desk.hub, "books", zoho.credentials(EMILY))

    assert again.text != key.text
    assert [each.revoked_at is None for each in sharing.list_keys(desk.hub, desk.person())] == [True, False]
    assert sharing.connect_with_key(desk.hub, desk.person(), "books", EMILY, again.text).organization.name == HERS


def test_guessing_is_throttled_and_the_owner_waits_too(desk: Any, key: Any, clock: Any) -> None:
    for guess in range(5):
        with pytest.raises(sharing.KeyRefused):
            sharing.connect_with_key(desk.hub, desk.person(), "books", EMILY, f"BOO-{guess}")

    with pytest.raises(sharing.KeyRefused):
        sharing.connect_with_key(desk.hub, desk.person(), "books", EMILY, key.text)
    clock.pass_(minutes=16)
    assert sharing.connect_with_key(desk.hub, desk.person(), "books", EMILY, key.text).organization.name == HERS


def test_guessing_for_one_issuer_hinders_no_other(desk: Any, zoho: Any, key: Any) -> None:
    own = sharing.issue_key(desk.hub, "books", zoho.credentials())
    for guess in range(5):
        with pytest.raises(sharing.KeyRefused):
            sharing.connect_with_key(desk.hub, desk.person(), "books", EMILY, f"BOO-{guess}")

    assert sharing.connect_with_key(desk.hub, desk.person(), "books", HANAKO, own.text).organization.name == OURS
    assert key.text != own.text


def test_a_service_that_is_away_is_no_wrong_key(desk: Any, zoho: Any, key: Any, clock: Any) -> None:
    zoho.fault("rate_limit", path="/books/v3/users/me", seconds=7200, count=1)
    with pytest.raises(RateLimited):
        sharing.connect_with_key(desk.hub, desk.person(), "books", EMILY, key.text)

    with desk.hub.store.write() as session:
        assert SharedKeys(session).refusals(f"books:{EMILY}", clock().replace(year=2000)) == 0
    clock.pass_(hours=3)
    assert sharing.connect_with_key(desk.hub, desk.person(), "books", EMILY, key.text).organization.name == HERS


def test_the_issuer_takes_their_own_key_back(desk: Any, key: Any) -> None:
    emily = Person("books", key.key.issuer_id, EMILY, "Emily Carter", "admin", administrator=True)
    sharing.revoke_key(desk.hub, emily, "books", EMILY)

    with pytest.raises(sharing.KeyRefused):
        sharing.connect_with_key(desk.hub, desk.person(), "books", EMILY, key.text)
    with pytest.raises(ConfigError, match="no live key"):
        sharing.revoke_key(desk.hub, emily, "books", EMILY)


def test_a_key_does_not_get_round_the_base_currency(desk: Any, zoho: Any) -> None:
    zoho.control("POST", "/organizations", {"name": "Boston Office", "currency_code": "USD", "owner_email": EMILY})
    boston = zoho.organization("Boston Office")["organization_id"]
    key = sharing.issue_key(desk.hub, "books", zoho.credentials(EMILY), organization_id=boston)

    with pytest.raises(ConfigError, match="USD"):
        sharing.connect_with_key(desk.hub, desk.person(), "books", EMILY, key.text)
    assert [each.service for each in desk.hub.connections()] == ["crm"]


# Organisations that do not exist yet.

NEW = NewOrganization("青葉商事株式会社", "Japan", "JPY", "Asia/Tokyo", "ja")


@pytest.fixture
def nothing_anywhere(zoho: Any) -> None:
    """Nobody of the company has an organisation in any finance service."""
    zoho.use()


@pytest.mark.usefixtures("nothing_anywhere")
def test_without_any_organisation_one_is_offered_and_created(desk: Any, zoho: Any) -> None:
    wanted = asked(zoho, "books", "invoice", "expense", "subscriptions")

    offer = founding.survey(desk.hub, desk.person(), wanted)
    assert not offer.anywhere
    assert offer.problems == {}
    assert set(offer.creatable) == {"books", "invoice"}
    assert states(founding.settle(desk.hub, desk.person(), asked(zoho, "books"))) == {"books": "refused"}

    (made,) = founding.settle(desk.hub, desk.person(), asked(zoho, "books"), new=NEW)

    assert made.state == "created"
    there = zoho.organization("青葉商事株式会社")
    assert (there["currency_code"], there["time_zone"], there["services"]) == ("JPY", "Asia/Tokyo", ["books"])
    assert made.connection.organization.id == there["organization_id"]
    assert desk.hub.connection("books").organization == made.connection.organization


@pytest.mark.usefixtures("nothing_anywhere")
def test_an_organisation_that_would_not_fit_is_not_even_created(desk: Any, zoho: Any) -> None:
    before = zoho.organizations()
    dollars = NewOrganization("Boston Office", "U.S.A.", "USD", "America/New_York")

    (refused,) = founding.settle(desk.hub, desk.person(), asked(zoho, "books"), new=dollars)

    assert refused.state == "refused"
    assert "USD" in refused.message.en
    assert zoho.organizations() == before


@pytest.mark.usefixtures("nothing_anywhere")
def test_a_creation_whose_answer_is_lost_makes_one_organisation(desk: Any, zoho: Any) -> None:
    zoho.fault("drop_after", method="POST", path="/books/v3/organizations")
    (first,) = founding.settle(desk.hub, desk.person(), asked(zoho, "books"), new=NEW)
    assert first.state == "refused"

    (second,) = founding.settle(desk.hub, desk.person(), asked(zoho, "books"), new=NEW)

    assert second.state == "connected"
    assert [each["name"] for each in zoho.organizations()].count(NEW.name) == 1


@pytest.mark.parametrize("order", [("books", "invoice"), ("invoice", "books")])
def test_what_exists_in_one_service_only_is_created_in_the_others(desk: Any, zoho: Any, order: Any) -> None:
    settled = founding.settle(desk.hub, desk.person(), asked(zoho, *order))

    assert [each.service for each in settled] == list(order)
    assert states(settled) == {"books": "connected", "invoice": "created"}
    there = zoho.organization(OURS)
    assert there["services"] == ["books", "invoice"]
    assert {each.connection.organization.id for each in settled} == {there["organization_id"]}


def test_where_the_vendor_has_no_call_it_is_done_by_hand_and_checked_afterwards(desk: Any, zoho: Any) -> None:
    services = ("books", "expense", "subscriptions")
    settled = {each.service: each for each in founding.settle(desk.hub, desk.person(), asked(zoho, *services))}

    assert states(settled.values()) == {"books": "connected", "expense": "by_hand", "subscriptions": "by_hand"}
    assert "Sign in to Zoho Expense" in settled["expense"].message.en
    assert "Zoho Billing" in settled["subscriptions"].message.ja

    # Not done yet: the same words again, and nothing that was connected is lost.
    again = founding.settle(desk.hub, desk.person(), asked(zoho, *services))
    assert states(again)["expense"] == "by_hand"

    zoho.use("books", "expense", "subscriptions")
    done = founding.settle(desk.hub, desk.person(), asked(zoho, *services))
    assert set(states(done).values()) == {"connected"}
    assert [each.service for each in desk.hub.connections()] == ["books", "crm", "expense", "subscriptions"]


def test_a_service_that_goes_away_half_way_leaves_nothing_half_done(desk: Any, zoho: Any) -> None:
    zoho.use("books", "invoice", "expense")
    zoho.fault("rate_limit", path="/invoice/v3/*", seconds=7200, count=None)
    services = ("books", "invoice", "expense")

    offer = founding.survey(desk.hub, desk.person(), asked(zoho, *services))
    assert set(offer.reached) == {"books", "expense"}
    assert set(offer.problems) == {"invoice"}
    settled = founding.settle(desk.hub, desk.person(), asked(zoho, *services))
    assert states(settled) == {"books": "connected", "invoice": "refused", "expense": "connected"}
    assert [each.service for each in desk.hub.connections()] == ["books", "crm", "expense"]

    zoho.control("DELETE", "/faults")
    assert set(states(founding.settle(desk.hub, desk.person(), asked(zoho, *services))).values()) == {"connected"}


def test_connecting_again_keeps_what_was_chosen_unless_it_is_another_organisation(desk: Any, zoho: Any) -> None:
    connect(desk.hub, "books", zoho.credentials(), asker=desk.person())
    set_feature(desk.hub, desk.person(), "books", "estimates", on=False)

    connect(desk.hub, "books", zoho.credentials(), asker=desk.person())
    assert [state.feature.name for state in features(desk.hub, "books") if not state.on] == ["estimates"]

    key = sharing.issue_key(desk.hub, "books", zoho.credentials(EMILY))
    sharing.connect_with_key(desk.hub, desk.person(), "books", EMILY, key.text)
    assert all(state.on for state in features(desk.hub, "books"))
