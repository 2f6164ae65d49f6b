"""Connecting: one's own organisation, several services at once, and organisations that do not exist yet."""

from pathlib import Path
from typing import Any

import pytest

from tsunagi.app.connections import keys, organizations
from tsunagi.app.connections.connecting import OrganizationUnclear, connect
from tsunagi.app.connections.services import features, set_feature
from tsunagi.domain.connector import NewOrganization
from tsunagi.errors import AuthenticationFailed, ConfigError

HANAKO = "hanako.sato@example.com"
ICHIRO = "ichiro.suzuki@example.com"
EMILY = "emily.carter@example.net"
OURS, HERS = "Sandbox Company", "Second Company"

Ask = dict[str, dict[str, Any]]


def asked(zoho: Any, *services: str) -> Ask:
    return {service: zoho.credentials() for service in services}


def states(settled: Any) -> dict[str, str]:
    return {each.service: each.state for each in settled}


def test_ones_own_organisation_is_connected(desk: Any, zoho: Any) -> None:
    connection = connect(desk.hub.context, "books", zoho.credentials(), actor=desk.person())

    assert connection.organization.name == OURS
    assert connection.organization.base_currency == "JPY"
    # Whom the CRM knows them as, not what somebody typed.
    assert connection.connected_by == HANAKO
    assert desk.hub.connectors.get("books").organization() == connection.organization


def test_what_was_entered_in_secret_stays_so(desk: Any, zoho: Any, tmp_path: Path) -> None:
    connection = connect(desk.hub.context, "books", zoho.credentials(), actor=desk.person())

    kept = b"".join(path.read_bytes() for path in (tmp_path / "hub").rglob("*") if path.is_file())
    for secret in ("sandbox-secret", "1000.sandbox-refresh"):
        assert secret.encode() not in kept
        assert secret not in str(connection)


def test_organisations_are_listed_across_services_and_one_is_chosen(desk: Any, zoho: Any) -> None:
    zoho.use("books", "invoice")
    zoho.control("POST", "/organizations", {"name": "Osaka Branch", "services": ["books", "invoice"]})
    osaka = zoho.organization("Osaka Branch")["organization_id"]
    wanted = asked(zoho, "books", "invoice", "expense")

    offer = organizations.discover(desk.hub.context, desk.person(), wanted)
    assert {service: sorted(each.name for each in reached) for service, reached in offer.reached.items()} == {
        "books": ["Osaka Branch", OURS],
        "invoice": ["Osaka Branch", OURS],
        "expense": [],
    }

    unclear = organizations.provision(desk.hub.context, desk.person(), asked(zoho, "books", "invoice"))
    assert states(unclear) == {"books": "refused", "invoice": "refused"}
    assert "Osaka Branch" in unclear[0].message.en
    assert [each.service for each in desk.hub.connectors.all()] == ["crm"]

    chosen = organizations.provision(
        desk.hub.context, desk.person(), asked(zoho, "books", "invoice"), organization_id=osaka
    )
    assert states(chosen) == {"books": "connected", "invoice": "connected"}
    assert {each.connection.organization.id for each in chosen} == {osaka}


def test_an_organisation_the_credentials_do_not_reach_is_not_connected(desk: Any, zoho: Any) -> None:
    hers = zoho.organization(HERS)["organization_id"]

    with pytest.raises(OrganizationUnclear) as unclear:
        connect(desk.hub.context, "books", zoho.credentials(), organization_id=hers, actor=desk.person())

    assert [each.name for each in unclear.value.reached] == [OURS]


def test_credentials_that_do_not_work_connect_nothing(desk: Any, zoho: Any) -> None:
    with pytest.raises(AuthenticationFailed) as refused:
        connect(desk.hub.context, "books", zoho.credentials("1000.never-issued"), actor=desk.person())

    assert "1000.never-issued" not in str(refused.value)
    assert [each.service for each in desk.hub.connectors.all()] == ["crm"]


def test_settings_that_make_no_sense_are_named_and_no_secret_is_repeated(desk: Any, zoho: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        connect(desk.hub.context, "books", {**zoho.credentials(), "refresh_tokem": "1000.secret"}, actor=desk.person())

    assert "refresh_tokem" in refused.value.message.en
    assert "1000.secret" not in refused.value.message.en
    assert "refresh_token" in refused.value.hint.en


def test_connecting_the_crm_again_keeps_everybody_known(desk: Any, zoho: Any) -> None:
    assert desk.person(ICHIRO).profile == "Standard"
    zoho.fault("rate_limit", path="/crm/v8/users", skip=1, seconds=7200, count=None)
    desk.connect("crm")

    assert desk.person(ICHIRO).profile == "Standard"


NEW = NewOrganization("青葉商事株式会社", "Japan", "JPY", "Asia/Tokyo", "ja")


@pytest.fixture
def nothing_anywhere(zoho: Any) -> None:
    """Nobody of the company has an organisation in any finance service."""
    zoho.use()


@pytest.mark.usefixtures("nothing_anywhere")
def test_without_any_organisation_one_is_offered_and_created(desk: Any, zoho: Any) -> None:
    wanted = asked(zoho, "books", "invoice", "expense", "subscriptions")

    offer = organizations.discover(desk.hub.context, desk.person(), wanted)
    assert not offer.anywhere
    assert offer.problems == {}
    assert set(offer.creatable) == {"books", "invoice"}
    assert states(organizations.provision(desk.hub.context, desk.person(), asked(zoho, "books"))) == {
        "books": "refused"
    }

    (made,) = organizations.provision(desk.hub.context, desk.person(), asked(zoho, "books"), new=NEW)

    assert made.state == "created"
    there = zoho.organization("青葉商事株式会社")
    assert (there["currency_code"], there["time_zone"], there["services"]) == ("JPY", "Asia/Tokyo", ["books"])
    assert made.connection.organization.id == there["organization_id"]
    assert desk.hub.connectors.connection("books").organization == made.connection.organization


@pytest.mark.usefixtures("nothing_anywhere")
def test_an_organisation_that_would_not_fit_is_not_even_created(desk: Any, zoho: Any) -> None:
    before = zoho.organizations()
    dollars = NewOrganization("Boston Office", "U.S.A.", "USD", "America/New_York")

    (refused,) = organizations.provision(desk.hub.context, desk.person(), asked(zoho, "books"), new=dollars)

    assert refused.state == "refused"
    assert "USD" in refused.message.en
    assert zoho.organizations() == before


@pytest.mark.usefixtures("nothing_anywhere")
def test_a_creation_whose_answer_is_lost_makes_one_organisation(desk: Any, zoho: Any) -> None:
    zoho.fault("drop_after", method="POST", path="/books/v3/organizations")
    (first,) = organizations.provision(desk.hub.context, desk.person(), asked(zoho, "books"), new=NEW)
    assert first.state == "refused"

    (second,) = organizations.provision(desk.hub.context, desk.person(), asked(zoho, "books"), new=NEW)

    assert second.state == "connected"
    assert [each["name"] for each in zoho.organizations()].count(NEW.name) == 1


@pytest.mark.parametrize("order", [("books", "invoice"), ("invoice", "books")])
def test_what_exists_in_one_service_only_is_created_in_the_others(desk: Any, zoho: Any, order: Any) -> None:
    settled = organizations.provision(desk.hub.context, desk.person(), asked(zoho, *order))

    assert [each.service for each in settled] == list(order)
    assert states(settled) == {"books": "connected", "invoice": "created"}
    there = zoho.organization(OURS)
    assert there["services"] == ["books", "invoice"]
    assert {each.connection.organization.id for each in settled} == {there["organization_id"]}


def test_each_service_is_probed_once_whatever_becomes_of_it(desk: Any, zoho: Any) -> None:
    services = ("books", "invoice", "expense")

    def probes(service: str) -> int:
        kept = zoho.control("GET", "/requests?method=GET&limit=1000")["requests"]
        return sum(f"/{service}/v" in each["path"] and each["path"].endswith("/organizations") for each in kept)

    before = {service: probes(service) for service in services}
    settled = organizations.provision(desk.hub.context, desk.person(), asked(zoho, *services))
    assert states(settled) == {"books": "connected", "invoice": "created", "expense": "by_hand"}
    assert {service: probes(service) - before[service] for service in services} == dict.fromkeys(services, 1)

    # What was discovered a moment ago with the same credentials is not discovered again.
    wanted = asked(zoho, "books")
    offer = organizations.discover(desk.hub.context, desk.person(), wanted)
    organizations.provision(desk.hub.context, desk.person(), wanted, offer=offer)
    assert probes("books") - before["books"] == 2


def test_where_the_vendor_has_no_call_it_is_done_by_hand_and_checked_afterwards(desk: Any, zoho: Any) -> None:
    services = ("books", "expense", "subscriptions")
    settled = {
        each.service: each for each in organizations.provision(desk.hub.context, desk.person(), asked(zoho, *services))
    }

    assert states(settled.values()) == {"books": "connected", "expense": "by_hand", "subscriptions": "by_hand"}
    assert "Sign in to Zoho Expense" in settled["expense"].message.en
    assert "Zoho Billing" in settled["subscriptions"].message.ja

    # Not done yet: the same words again, and nothing that was connected is lost.
    again = organizations.provision(desk.hub.context, desk.person(), asked(zoho, *services))
    assert states(again)["expense"] == "by_hand"

    zoho.use("books", "expense", "subscriptions")
    done = organizations.provision(desk.hub.context, desk.person(), asked(zoho, *services))
    assert set(states(done).values()) == {"connected"}
    assert [each.service for each in desk.hub.connectors.all()] == ["books", "crm", "expense", "subscriptions"]


def test_a_service_that_goes_away_half_way_leaves_nothing_half_done(desk: Any, zoho: Any) -> None:
    zoho.use("books", "invoice", "expense")
    zoho.fault("rate_limit", path="/invoice/v3/*", seconds=7200, count=None)
    services = ("books", "invoice", "expense")

    offer = organizations.discover(desk.hub.context, desk.person(), asked(zoho, *services))
    assert set(offer.reached) == {"books", "expense"}
    assert set(offer.problems) == {"invoice"}
    settled = organizations.provision(desk.hub.context, desk.person(), asked(zoho, *services))
    assert states(settled) == {"books": "connected", "invoice": "refused", "expense": "connected"}
    assert [each.service for each in desk.hub.connectors.all()] == ["books", "crm", "expense"]

    zoho.control("DELETE", "/faults")
    assert set(states(organizations.provision(desk.hub.context, desk.person(), asked(zoho, *services))).values()) == {
        "connected"
    }


def test_connecting_again_keeps_what_was_chosen_unless_it_is_another_organisation(desk: Any, zoho: Any) -> None:
    connect(desk.hub.context, "books", zoho.credentials(), actor=desk.person())
    set_feature(desk.hub.context, desk.person(), "books", "estimates", on=False)

    connect(desk.hub.context, "books", zoho.credentials(), actor=desk.person())
    assert [state.feature.name for state in features(desk.hub.context, "books") if not state.on] == ["estimates"]

    key = keys.issue_key(desk.hub.context, "books", zoho.credentials(EMILY))
    keys.connect_with_key(desk.hub.context, desk.person(), "books", EMILY, key.text)
    assert all(state.on for state in features(desk.hub.context, "books"))


def test_several_are_settled_through_the_api_and_each_says_what_became_of_it(open_office: Any, zoho: Any) -> None:
    office = open_office(listening=False, services=("crm",))
    address = f"{office.page_url}/api/connections"
    given = {"settings": asked(zoho, "books", "invoice", "expense")}

    office.sign_in(ICHIRO)
    assert office.client.post(f"{address}/provision", json=given).status_code == 403
    office.sign_in(HANAKO)
    answer = office.client.post(f"{address}/provision", json=given)

    assert answer.status_code == 200, answer.text
    settled = {each["service"]: each for each in answer.json()["items"]}
    assert {service: each["state"] for service, each in settled.items()} == {
        "books": "connected",
        "invoice": "created",
        "expense": "by_hand",
    }
    assert "Zoho Expense" in settled["expense"]["message"]
    assert "1000.sandbox-refresh" not in answer.text
    listed = office.client.get(address).json()["items"]
    assert {each["service"] for each in listed} == {"crm", "books", "invoice"}
