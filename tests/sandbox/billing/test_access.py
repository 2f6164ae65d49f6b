from zoho_sandbox.finance.organizations import default_organization, join


def test_only_organisations_that_use_billing_are_listed(serve, connect) -> None:
    client = connect(serve())
    assert client.get("/billing/v1/organizations").json()["organizations"] == []
    (books,) = client.get("/books/v3/organizations").json()["organizations"]
    answer = client.get("/billing/v1/customers", params={"organization_id": books["organization_id"]})
    assert answer.json()["code"] == 6041


def test_the_old_address_is_the_same_service(billing) -> None:
    made = billing.customer()
    billing.base = "/subscriptions/v1"
    assert billing.get(f"/customers/{made['customer_id']}").body["customer"] == made
    subscription = billing.subscription(customer_id=made["customer_id"])
    billing.base = "/billing/v1"
    assert billing.now(subscription)["status"] == "live"


def test_the_organisation_is_named_by_header_or_query(billing) -> None:
    organization_id, billing.organization_id = billing.organization_id, ""
    assert billing.get("/customers").body["code"] == 6041
    assert billing.get("/customers", organization_id=organization_id).body["customers"] == []


def test_scopes_are_those_of_subscriptions(billing) -> None:
    code = billing.http.post("/_sandbox/self-client", json={"scope": "ZohoSubscriptions.plans.READ"}).json()["code"]
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "1000.SANDBOX",
        "client_secret": "sandbox-secret",
    }
    token = billing.http.post("/oauth/v2/token", data=given).json()["access_token"]
    billing.http.headers["Authorization"] = f"Zoho-oauthtoken {token}"
    assert billing.get("/plans").status == 200
    assert (billing.get("/customers").status, billing.get("/customers").body["code"]) == (401, 57)


def test_limits_apply_per_minute_with_the_plans_daily_cap(serve, connect) -> None:
    def prepared(sandbox) -> None:
        join(sandbox, default_organization(sandbox.db).organization_id, "billing")

    client = connect(serve(limits="real", before=prepared))
    answers = [client.get("/subscriptions/v1/organizations" if turn % 2 else "/billing/v1/organizations")
               for turn in range(101)]  # fmt: skip
    assert {answer.status_code for answer in answers[:100]} == {200}
    assert (answers[100].status_code, answers[100].json()["code"]) == (429, 44)
    assert answers[0].headers["x-rate-limit-limit"] == "5000"


def test_unknown_paths_and_methods_are_refused(billing) -> None:
    assert billing.get("/unheard").body == {"code": 5, "message": "Invalid URL Passed"}
    assert billing.call("PATCH", "/customers").status == 400
