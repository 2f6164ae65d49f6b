from decimal import Decimal

import httpx2

from zoho_sandbox.finance.organizations import default_organization, join


def test_only_organisations_that_use_expense_are_listed(serve, connect) -> None:
    client = connect(serve())
    assert client.get("/expense/v1/organizations").json()["organizations"] == []
    books = client.get("/books/v3/organizations").json()["organizations"]
    assert len(books) == 1
    answer = client.get("/expense/v1/expenses", params={"organization_id": books[0]["organization_id"]})
    assert (answer.status_code, answer.json()["code"]) == (400, 6041)


def test_one_organisation_has_one_id_in_every_service(serve, connect) -> None:
    def prepared(sandbox) -> None:
        join(sandbox, default_organization(sandbox.db).organization_id, "expense")

    client = connect(serve(before=prepared))
    found = [client.get(f"/{path}/organizations").json()["organizations"] for path in ("books/v3", "expense/v1")]
    assert found[0][0]["organization_id"] == found[1][0]["organization_id"]
    one = client.get(f"/expense/v1/organizations/{found[0][0]['organization_id']}").json()["organization"]
    assert one["currency_code"] == "JPY"


def test_the_organisation_is_named_by_header_or_query(expense) -> None:
    organization_id, expense.organization_id = expense.organization_id, ""
    assert expense.get("/expenses").body["code"] == 6041
    assert expense.get("/expenses", organization_id=organization_id).status == 200


def test_an_organisation_id_in_the_path_is_no_url(expense) -> None:
    answer = expense.get(f"/organizations/{expense.organization_id}/expenses")
    assert (answer.status, answer.body) == (404, {"code": 5, "message": "Invalid URL Passed"})


def test_tokens_and_scopes_are_asked_for(expense) -> None:
    http = expense.http
    with httpx2.Client(base_url=http.base_url) as nobody:
        assert nobody.get("/expense/v1/expenses").json()["code"] == 14
    code = http.post("/_sandbox/self-client", json={"scope": "ZohoExpense.expense.READ"}).json()["code"]
    token = http.post(
        "/oauth/v2/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "client_id": "1000.SANDBOX",
            "client_secret": "sandbox-secret",
        },
    ).json()["access_token"]
    expense.http.headers["Authorization"] = f"Zoho-oauthtoken {token}"
    assert expense.get("/expenses").status == 200
    refused = expense.get("/expensereports")
    assert (refused.status, refused.body["code"]) == (401, 57)


def test_users_and_currencies_are_those_of_the_organisation(expense) -> None:
    me = expense.get("/users/me").body["user"]
    assert me["user_role"] == "admin"
    assert [user["user_id"] for user in expense.get("/users").body["users"]] == [me["user_id"]]
    (yen,) = expense.get("/settings/currencies").body["currencies"]
    assert yen["currency_code"] == "JPY"
    assert yen["exchange_rate"] == Decimal(0)
    assert expense.get(f"/settings/currencies/{yen['currency_id']}").body["currency"]["is_base_currency"]


def test_limits_are_counted_for_expense_alone(expense) -> None:
    before = int(expense.get("/users/me").headers["x-rate-limit-remaining"])
    expense.http.get("/books/v3/organizations")
    assert int(expense.get("/users/me").headers["x-rate-limit-remaining"]) == before - 1
