import pytest


def test_a_customer_keeps_its_crm_ids_and_is_found_by_them(billing) -> None:
    made = billing.customer("株式会社あさひ", zcrm_account_id="460000000000777", first_name="葵", last_name="佐藤")
    assert made["is_linked_with_zohocrm"]
    found = billing.get("/customers/reference/460000000000777", reference_id_type="zcrm_account_id")
    assert found.body["customer"] == made
    assert billing.get("/customers/reference/1", reference_id_type="zcrm_contact_id").body["code"] == 1002
    assert billing.get("/customers/reference/1", reference_id_type="other").body["code"] == 2
    (row,) = billing.get("/customers", filter_by="Status.Crm").body["customers"]
    assert row["customer_id"] == made["customer_id"]


def test_a_customer_is_changed_marked_and_deleted(billing) -> None:
    made = billing.customer(billing_address={"street": "1-2-3", "city": "横浜市"})
    path = f"/customers/{made['customer_id']}"
    changed = billing.put(path, {"phone": "045", "billing_address": {"city": "川崎市"}}).body["customer"]
    assert changed["billing_address"] == made["billing_address"] | {"city": "川崎市"}
    assert (changed["phone"], changed["email"]) == ("045", made["email"])
    assert billing.post(f"{path}/markasinactive").status == 200
    assert billing.get("/customers", filter_by="Status.Active").body["customers"] == []
    refused = billing.post("/subscriptions", {"customer_id": made["customer_id"], "plan": {"plan_code": "x"}})
    assert "inactive" in refused.body["message"]
    assert billing.post(f"{path}/markasactive").status == 200
    assert billing.delete(path).status == 200
    assert billing.get(path).status == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 2),
        ({"display_name": "acme "}, 3062),
        ({"display_name": "B", "email": "nobody"}, 2),
        ({"display_name": "B", "currency_code": "XYZ"}, 2),
        ({"display_name": "B" * 201}, 15),
    ],
)
def test_a_wrong_customer_is_refused(billing, body, code) -> None:
    billing.customer("Acme")
    reply = billing.post("/customers", body)
    assert (reply.status, reply.body["code"]) == (400, code)


def test_contact_persons(billing) -> None:
    customer = billing.customer(first_name="Ada", last_name="King")
    path = f"/customers/{customer['customer_id']}/contactpersons"
    (primary,) = billing.get(path).body["contact_persons"]
    assert (primary["first_name"], primary["contactperson_id"]) == ("Ada", customer["primary_contactperson_id"])
    made = billing.made(path, {"first_name": "Ben", "email": "ben@acme.example"})
    one = f"{path}/{made['contactperson_id']}"
    assert billing.put(one, {"phone": "1"}).body["contact_person"]["phone"] == "1"
    assert billing.get(one).body["contact_person"]["first_name"] == "Ben"
    assert billing.delete(one).status == 200
    assert billing.delete(f"{path}/{primary['contactperson_id']}").status == 400
    billing.put(f"/customers/{customer['customer_id']}", {"first_name": "Augusta"})
    assert billing.get(path).body["contact_persons"][0]["first_name"] == "Augusta"


def test_customers_are_polled_by_last_change(billing) -> None:
    first, second = billing.customer("One"), billing.customer("Two")
    billing.at("2026-01-31T11:00:00+09:00")
    billing.put(f"/customers/{first['customer_id']}", {"notes": "changed"})
    rows = billing.get("/customers", sort_column="last_modified_time", sort_order="D").body["customers"]
    assert [row["customer_id"] for row in rows] == [first["customer_id"], second["customer_id"]]
    assert rows[0]["updated_time"] == "2026-01-31T11:00:00+0900"


def test_products_plans_and_addons(billing) -> None:
    product = billing.product("Cloud monitoring")
    plan = billing.plan("pro", product_id=product["product_id"], recurring_price=12000, trial_period=14)
    assert (plan["interval_unit"], plan["billing_cycles"], plan["status"]) == ("months", -1, "active")
    assert billing.post("/plans", plan).body["code"] == 1001
    assert billing.put("/plans/pro", {"description": "All sensors"}).body["plan"]["recurring_price"] == 12000
    addon = billing.made(
        "/addons",
        {
            "addon_code": "sms",
            "name": "SMS alerts",
            "product_id": product["product_id"],
            "price_brackets": [{"start_quantity": 1, "end_quantity": 1, "price": 800}],
        },
    )
    assert addon["type"] == "recurring"
    assert billing.post("/plans/pro/markasinactive").status == 200
    assert billing.get("/plans", filter_by="PlanStatus.ACTIVE").body["plans"] == []
    assert [row["plan_code"] for row in billing.get("/plans", product_id=product["product_id"]).body["plans"]] == [
        "pro"
    ]
    assert billing.delete(f"/products/{product['product_id']}").status == 400
    assert billing.delete("/addons/sms").status == 200
    assert billing.delete("/plans/pro").status == 200
    assert billing.get("/plans/pro").status == 404
    assert billing.delete(f"/products/{product['product_id']}").status == 200


@pytest.mark.parametrize(
    "wrong",
    [{"plan_code": ""}, {"recurring_price": -1}, {"interval_unit": "days"}, {"billing_cycles": 0}, {"product_id": "7"}],
)
def test_a_wrong_plan_is_refused(billing, wrong) -> None:
    body = {"plan_code": "x", "name": "X", "recurring_price": 1, "product_id": billing.product()["product_id"]}
    assert billing.post("/plans", body | wrong).status in (400, 404)
