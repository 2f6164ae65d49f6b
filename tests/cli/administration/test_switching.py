"""Features and whole services, switched off and on again."""

import json
from typing import Any

import pytest

HANAKO, ICHIRO = "hanako.sato@example.com", "ichiro.suzuki@example.com"


@pytest.fixture
def running(office: Any) -> Any:
    """CRM and Books connected."""
    office.connect("crm", "books")
    return office


@pytest.fixture
def in_step(office: Any) -> Any:
    """The same after a sync, with one customer linked and one invoice read."""
    office.company.add("Accounts", {"Account_Name": "株式会社さくら商店"})
    office.invoice()
    office.connect("crm", "books")
    assert office("sync", "--start", "--json").code == 0
    return office


def test_a_feature_is_listed_and_switched(office: Any) -> None:
    office.connect("crm", "books")
    assert {each["feature"]: each["on"] for each in office("features", "list", "books", "--json").json} == {
        "estimates": True,
        "invoices": True,
        "sales_orders": True,
        "purchase_orders": True,
    }
    off = office("features", "set", "books", "invoices", "off")
    assert (off.code, off.out) == (0, "Zoho Books: Invoices off, neither fetched nor shown.\n")
    japanese = office("--language", "ja", "features", "list").out
    assert "請求書" in japanese
    assert "無効" in japanese
    refused = office("--as", ICHIRO, "features", "set", "books", "invoices", "on", "--json")
    assert (refused.code, refused.json["error"]["type"]) == (1, "PermissionDenied")
    unknown = office("features", "set", "books", "invoces", "on")
    assert unknown.code == 2
    assert "purchase_orders" in unknown.err
    assert office("features", "set", "books", "invoices", "maybe").code == 2
    assert office("features", "set", "books", "invoices", "on", "--json").json["on"] is True


def test_what_switching_off_means_is_told_before_anything_happens(in_step: Any) -> None:
    plan = in_step("services", "disable", "books", "--plan", "--json")
    assert plan.code == 0
    assert plan.json["traces"]["links"] == 1
    assert plan.json["traces"]["documents"] == 1
    assert "deal_won_invoice" in plan.json["rules"]
    assert plan.json["forget"] is None
    table = in_step("--language", "ja", "services", "disable", "books", "--plan", "--forget")
    assert "パネルとタブ" in table.out
    assert "消去は取り消せません" in table.out
    assert max(map(len, in_step("services", "disable", "books", "--plan").out.splitlines())) <= 80
    assert states(in_step)["books"] == "active"


def test_without_confirmation_nothing_happens(running: Any) -> None:
    unsaid = running("services", "disable", "books", "--json")
    assert unsaid.code == 2
    assert unsaid.json["error"]["type"] == "NotConfirmed"
    assert unsaid.json["error"]["consequences"]["traces"]["links"] == 0
    running.at_terminal("boks")
    mistyped = running("services", "disable", "books")
    assert mistyped.code == 2
    assert "--yes" in mistyped.err
    assert states(running)["books"] == "active"


def test_off_and_on_again_makes_nothing_twice(in_step: Any) -> None:
    before = in_step.company.customers()
    in_step.at_terminal("books")
    off = in_step("services", "disable", "books")
    assert off.code == 0, off.err
    assert "Type books to confirm" in off.err
    assert off.out.startswith("Zoho Books is off.\n")
    assert states(in_step)["books"] == "off"
    assert in_step("features", "list", "--json").json == []
    alone = in_step("documents", "refresh", "books")
    assert (alone.code, "switched off" in alone.err) == (3, True)

    on = in_step("services", "enable", "books", "--json")
    assert on.json["state"] == "active"
    assert in_step("sync", "--json").code == 0
    assert in_step.company.customers() == before


def test_forgetting_erases_what_the_hub_has(running: Any) -> None:
    done = running("services", "disable", "books", "--forget", "--yes", "--json")
    assert done.code == 0
    assert done.json["state"] == "forgotten"
    assert "cannot be undone" in done.json["forget"]
    assert states(running)["books"] == "not_connected"
    assert running("services", "enable", "books").code == 3


def test_who_may_only_look_looks(running: Any) -> None:
    assert running("--as", ICHIRO, "accounts", "list").code == 0
    refused = running("--as", ICHIRO, "sync", "--json")
    assert (refused.code, refused.json["error"]["type"]) == (1, "PermissionDenied")


def test_only_administrators_switch_off(running: Any) -> None:
    for arguments in (("disable", "books", "--plan"), ("disable", "books", "--yes"), ("enable", "books")):
        refused = running("--as", ICHIRO, "services", *arguments, "--json")
        assert (refused.code, refused.json["error"]["type"]) == (1, "PermissionDenied")
    assert states(running)["books"] == "active"


def test_the_crm_itself_is_switched_off_and_on_again(running: Any) -> None:
    assert running("services", "disable", "crm", "--yes").code == 0
    assert states(running)["crm"] == "off"
    assert running("services", "enable", "crm").code == 0
    assert states(running)["crm"] == "active"


def test_a_service_whose_plugin_is_missing_can_be_switched_off(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSUNAGI_DISABLED_PLUGINS", json.dumps(["books"]))
    assert states(running)["books"] == "plugin_missing"
    assert running("services", "disable", "books", "--yes").code == 0
    # Not even the CRM's own is needed: who connected it is remembered.
    monkeypatch.setenv("TSUNAGI_DISABLED_PLUGINS", json.dumps(["books", "crm"]))
    assert running("services", "disable", "crm", "--yes").code == 0
    assert states(running) | {"books": "off", "crm": "off"} == states(running)


def test_whoever_left_the_crm_acts_no_more(running: Any) -> None:
    people = running.control("GET", "/people")["people"]
    (id,) = [each["user_id"] for each in people if each["email"] == ICHIRO]
    running.control("PUT", f"/people/{id}", {"crm_active": False})
    assert running("people", "refresh").code == 0
    refused = running("--as", ICHIRO, "people", "list", "--json")
    assert (refused.code, refused.json["error"]["type"]) == (1, "PermissionDenied")


def states(office: Any) -> dict[str, str]:
    return {each["service"]: each["state"] for each in office("services", "list", "--json").json}


def test_everything_goes_off_with_one_plan_and_one_confirmation(running: Any) -> None:
    plan = running("services", "disable-all", "--plan", "--json").json
    assert [each["service"] for each in plan["services"]] == ["books", "crm"]
    unconfirmed = running("services", "disable-all", "--json")
    assert unconfirmed.code == 2
    assert len(unconfirmed.json["error"]["consequences"]) == 2
    refused = running("--as", ICHIRO, "services", "disable-all", "--yes", "--json")
    assert refused.json["error"]["type"] == "PermissionDenied"

    off = running("--language", "ja", "services", "disable-all", "--yes")
    assert (off.code, "無効にしました: books, crm" in off.out) == (0, True)
    assert running("services", "disable-all", "--yes").out == "No service is on.\n"
