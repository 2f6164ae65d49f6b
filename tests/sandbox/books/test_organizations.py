"""Organisations, their services, users and roles."""

from collections.abc import Callable
from typing import Any

import pytest

ADMINISTRATOR, STANDARD, OTHER = "1000.sandbox-refresh", "1000.sandbox-standard", "1000.sandbox-other"
NEW = {"name": "Minato", "currency_code": "JPY", "time_zone": "Asia/Tokyo", "portal_name": "minato"}
AnotherUser = Callable[..., Any]


def names(client: Any) -> list[str]:
    return [each["name"] for each in client.get("/organizations").body["organizations"]]


def test_everybody_sees_their_own_organisations(another_user: AnotherUser) -> None:
    assert names(another_user(STANDARD)) == ["Sandbox Company"]
    assert names(another_user(OTHER)) == ["Second Company"]
    assert "Sandbox Company" in names(another_user(ADMINISTRATOR))
    assert "Second Company" not in names(another_user(ADMINISTRATOR))


def test_roles_and_statuses_are_shown(another_user: AnotherUser) -> None:
    staff = another_user(STANDARD)
    (mine,) = staff.get("/organizations").body["organizations"]
    assert (mine["user_role"], mine["user_status"], mine["email"]) == ("staff", "active", "ichiro.suzuki@example.com")
    staff.organization_id = mine["organization_id"]
    me = staff.get("/users/me").body["user"]
    assert (me["user_role"], me["status"]) == ("staff", "active")
    listed = staff.get("/users", sort_column="user_role").body["users"]
    assert [(user["user_role"], user["is_current_user"]) for user in listed] == [("admin", False), ("staff", True)]
    assert staff.post("/contacts", {"contact_name": "By staff"}).status == 201


def test_only_administrators_manage(another_user: AnotherUser) -> None:
    staff = another_user(STANDARD)
    staff.organization_id = staff.get("/organizations").body["organizations"][0]["organization_id"]
    me = staff.get("/users/me").body["user"]["user_id"]
    for reply in (
        staff.put(f"/organizations/{staff.organization_id}", {"name": "Mine"}),
        staff.post("/users", {"name": "X", "email": "x@example.com"}),
        staff.put(f"/users/{me}", {"name": "X", "email": "x@example.com"}),
        staff.post(f"/users/{me}/inactive"),
        staff.delete(f"/users/{me}"),
    ):
        assert (reply.status, reply.code) == (401, 57)


def test_a_strangers_organisation_is_out_of_reach(another_user: AnotherUser, books: Any) -> None:
    stranger = another_user(OTHER, books.organization_id)
    assert (stranger.get("/contacts").status, stranger.get("/contacts").code) == (400, 6041)
    assert stranger.get(f"/organizations/{books.organization_id}").code == 6041
    assert stranger.put(f"/organizations/{books.organization_id}", {"name": "X"}).code == 6041
    assert stranger.post("/organizations", NEW, organization_id=books.organization_id).code == 6041


def test_a_user_is_invited_activated_deactivated_and_removed(another_user: AnotherUser, books: Any) -> None:
    colleague = another_user(STANDARD, books.organization_id)
    assert colleague.get("/contacts").code == 6041
    invited = books.post("/users", {"name": "Ichiro", "email": "ichiro.suzuki@example.com"})
    assert invited.message == "Your invitation has been sent."
    assert books.post("/users", {"name": "Ichiro", "email": "ICHIRO.suzuki@example.com"}).code == 1001
    assert colleague.get("/contacts").code == 6041, "an invitation is not accepted yet"
    (user,) = books.get("/users", filter_by="Status.Invited").body["users"]
    assert books.post(f"/users/{user['user_id']}/active").message == "The user has been marked as active."
    assert colleague.get("/contacts").status == 200
    assert books.post(f"/users/{user['user_id']}/inactive").status == 200
    refused = colleague.get("/contacts")
    assert (refused.status, refused.code) == (401, 57)
    assert books.organization_id not in [
        o["organization_id"] for o in colleague.get("/organizations").body["organizations"]
    ]
    assert [u["email"] for u in books.get("/users", filter_by="Status.Inactive").body["users"]] == [user["email"]]
    assert books.delete(f"/users/{user['user_id']}").status == 200
    assert colleague.get("/contacts").code == 6041


def test_a_role_is_changed_by_its_id(another_user: AnotherUser, books: Any) -> None:
    colleague = another_user(STANDARD, books.organization_id)
    books.post("/users", {"name": "Ichiro", "email": "ichiro.suzuki@example.com"})
    me = books.get("/users/me").body["user"]
    (user,) = books.get("/users", filter_by="Status.Invited").body["users"]
    books.post(f"/users/{user['user_id']}/active")
    promoted = {"name": "Ichiro S", "email": user["email"], "role_id": me["role_id"]}
    assert books.put(f"/users/{user['user_id']}", promoted).status == 200
    shown = books.get(f"/users/{user['user_id']}").body["user"]
    assert (shown["user_role"], shown["name"]) == ("admin", "Ichiro S")
    assert colleague.put(f"/organizations/{books.organization_id}", {"name": "Ours"}).status == 200
    assert books.put(f"/users/{user['user_id']}", promoted | {"role_id": "1"}).message.endswith("role_id")


def test_an_organisation_keeps_an_administrator(books: Any) -> None:
    me = books.get("/users/me").body["user"]["user_id"]
    for reply in (books.post(f"/users/{me}/inactive"), books.delete(f"/users/{me}")):
        assert reply.status == 400
        assert "administrator" in reply.message


def test_an_organisation_is_changed(books: Any) -> None:
    path = f"/organizations/{books.organization_id}"
    given = {
        "name": "Acme KK",
        "time_zone": "Asia/Tokyo",
        "email": "office@acme.example",
        "website": "https://acme.example",
        "fiscal_year_start_month": "april",
        "address": {"city": "Osaka"},
    }
    assert books.put(path, given).status == 200
    assert books.put(path, {"address": {"zip": "530-0001"}}).status == 200
    shown = books.get(path).body["organization"]
    assert (shown["name"], shown["time_zone"], shown["email"]) == ("Acme KK", "Asia/Tokyo", "office@acme.example")
    assert (shown["fiscal_year_start_month"], shown["address"]["city"], shown["address"]["zip"]) == (
        "4",
        "Osaka",
        "530-0001",
    )
    assert books.put(path, {"time_zone": "Mars"}).message == "Invalid value passed for time_zone"


@pytest.mark.parametrize("service", ["books", "invoice"])
def test_the_base_currency_stays_once_there_are_transactions(books: Any, service: str) -> None:
    path = f"/organizations/{books.organization_id}"
    euro = books.currency("EUR", rate="1.1")
    assert books.put(path, {"currency_id": euro["currency_id"]}).body["organization"]["currency_code"] == "EUR"
    customer = books.customer()
    assert books.put(path, {"currency_code": "JPY"}).body["organization"]["currency_code"] == "JPY"
    if service == "books":
        books.invoice(customer)
    else:
        books.http.put(
            f"/_sandbox/organizations/{books.organization_id}/services", json={"services": ["books", service]}
        )
        books.base = "/invoice/v3"
        books.estimate(books.customer())
        books.base = "/books/v3"
    refused = books.put(path, {"currency_code": "USD"})
    assert (refused.status, refused.code) == (400, 3005)
    assert "base currency" in refused.message
    assert books.put(path, {"currency_code": "JPY", "name": "Still"}).body["organization"]["name"] == "Still"


def test_an_organisation_joins_another_service_under_its_id(served: Any, books: Any, another_user: AnotherUser) -> None:
    invoice = another_user(ADMINISTRATOR)
    invoice.base = "/invoice/v3"
    assert books.organization_id not in str(invoice.get("/organizations").body)
    invoice.organization_id = books.organization_id
    assert invoice.get("/contacts").code == 6041
    assert invoice.post("/organizations", NEW).message == "Invalid value passed for currency_code"
    joined = invoice.made("/organizations", {**NEW, "currency_code": "USD"})
    assert joined["organization_id"] == books.organization_id
    assert joined["name"] == served.get(f"/organizations/{books.organization_id}").body["organization"]["name"]
    again = invoice.made("/organizations", {**NEW, "currency_code": "USD"})
    assert again["organization_id"] == books.organization_id, "joining twice is joining once"
    assert invoice.get("/contacts").body["contacts"] == []


def test_organisations_are_set_up_by_hand_where_the_vendor_has_no_call(served: Any, another_user: AnotherUser) -> None:
    control = served.http
    body = {"name": "By hand", "services": ["expense", "billing"], "owner_email": "emily.carter@example.net"}
    made = control.post("/_sandbox/organizations", json=body)
    assert made.status_code == 201
    organization = made.json()["organization"]
    assert (organization["services"], organization["currency_code"]) == (["expense", "billing"], "JPY")
    emily = another_user(OTHER)
    assert "By hand" not in names(emily)
    path = f"/_sandbox/organizations/{organization['organization_id']}"
    assert control.put(f"{path}/services", json={"services": ["books"]}).json()["organization"]["services"] == ["books"]
    assert "By hand" in names(emily)
    added = control.post(f"{path}/users", json={"email": "ichiro.suzuki@example.com", "role": "admin"})
    user = next(u for u in added.json()["organization"]["users"] if u["email"] == "ichiro.suzuki@example.com")
    assert (user["role"], user["status"]) == ("admin", "active")
    assert "By hand" in names(another_user(STANDARD))
    control.put(f"{path}/users/{user['user_id']}", json={"status": "inactive"})
    assert "By hand" not in names(another_user(STANDARD))
    assert "By hand" in control.get("/_sandbox/organizations", headers={"accept": "text/html"}).text
    for call, wrong in (
        (f"{path}/services", {"services": ["crm"]}),
        ("/_sandbox/organizations/1/services", {"services": []}),
        (f"{path}/users/1", {"status": "active"}),
    ):
        assert control.put(call, json=wrong).status_code == 400
    for call, wrong in (
        ("/_sandbox/organizations", {}),
        ("/_sandbox/organizations", {"name": "X", "currency_code": "ZZZ"}),
        ("/_sandbox/organizations", {"name": "X", "owner_email": "who@example.com"}),
        ("/_sandbox/organizations", {"name": "X", "colour": "red"}),
        (f"{path}/users", {"email": "ichiro.suzuki@example.com"}),
        (f"{path}/users", {"email": "new@example.com", "name": "New", "role": "king"}),
    ):
        refused = control.post(call, json=wrong)
        assert refused.status_code == 400
        assert refused.json()["message"]
