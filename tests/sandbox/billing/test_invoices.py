from decimal import Decimal


def draft(billing, **fields):
    customer = billing.customer()
    items = [{"name": "Installation", "price": 1200, "quantity": 2}]
    return billing.made("/invoices", {"customer_id": customer["customer_id"], "invoice_items": items, **fields})


def test_a_draft_is_opened_voided_and_opened_again(billing) -> None:
    made = draft(billing)
    path = f"/invoices/{made['invoice_id']}"
    assert (made["status"], made["total"], made["number"]) == ("draft", 2400, "INV-000001")
    for action, status in (("converttoopen", "sent"), ("converttoopen", "sent"), ("void", "void"), ("void", "void")):
        assert billing.post(f"{path}/{action}").status == 200
        assert billing.get(path).body["invoice"]["status"] == status
    assert billing.post(f"{path}/converttoopen").status == 200
    assert billing.get(path).body["invoice"]["balance"] == 2400


def test_status_void_is_no_path_here(billing) -> None:
    made = draft(billing)
    assert billing.post(f"/invoices/{made['invoice_id']}/status/void").body["code"] == 5


def test_payments_settle_and_voiding_frees_them(billing) -> None:
    made = draft(billing)
    payment = billing.pay(made, 1000)
    shown = billing.get(f"/invoices/{made['invoice_id']}").body["invoice"]
    assert (shown["balance"], shown["payment_made"], shown["status"]) == (1400, 1000, "partially_paid")
    assert shown["payments"][0]["payment_id"] == payment["payment_id"]
    customer = f"/customers/{made['customer_id']}"
    assert billing.get(customer).body["customer"]["outstanding"] == 1400
    billing.post(f"/invoices/{made['invoice_id']}/void")
    owed = billing.get(customer).body["customer"]
    assert (owed["outstanding"], owed["unused_credits"]) == (0, 1000)
    assert billing.get(f"/payments/{payment['payment_id']}").body["payment"]["unused_amount"] == 1000


def test_too_much_is_not_taken(billing) -> None:
    made = draft(billing)
    share = {"invoice_id": made["invoice_id"], "amount_applied": 2401}
    body = {"customer_id": made["customer_id"], "amount": 5000, "invoices": [share]}
    assert billing.post("/payments", body).status == 400
    body["invoices"][0]["amount_applied"], body["amount"] = 2000, 1999
    assert billing.post("/payments", body).status == 400
    assert billing.get(f"/invoices/{made['invoice_id']}").body["invoice"]["payment_made"] == 0


def test_lists_by_status_customer_and_change(billing) -> None:
    first = draft(billing)
    other = billing.customer("Other")
    items = [{"name": "Visit", "price": 300}]
    second = billing.made("/invoices", {"customer_id": other["customer_id"], "invoice_items": items}, send="true")

    def ids(**query):
        return [row["invoice_id"] for row in billing.invoices(**query)]

    assert ids(filter_by="Status.Draft") == [first["invoice_id"]]
    assert ids(status="sent") == [second["invoice_id"]]
    assert ids(customer_id=other["customer_id"]) == [second["invoice_id"]]
    billing.on("2026-02-20")
    assert ids(filter_by="Status.OverDue") == [second["invoice_id"]]
    billing.post(f"/invoices/{first['invoice_id']}/converttoopen")
    rows = billing.get("/invoices", sort_column="last_modified_time", sort_order="D").body["invoices"]
    assert [row["invoice_id"] for row in rows] == [first["invoice_id"], second["invoice_id"]]
    assert rows[0]["updated_time"] > rows[1]["updated_time"]


def test_the_pdf(billing) -> None:
    made = draft(billing)
    answer = billing.http.get(
        f"/billing/v1/invoices/{made['invoice_id']}",
        params={"accept": "pdf", "organization_id": billing.organization_id},
    )
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_letter_without_a_body_goes_to_the_customer(billing) -> None:
    made = draft(billing)
    assert billing.post(f"/invoices/{made['invoice_id']}/email").status == 200
    (letter,) = billing.http.get("/_sandbox/mail", params={"document_id": made["invoice_id"]}).json()["mail"]
    assert letter["to"] == ["billing@acme.example"]
    assert made["number"] in letter["subject"]
    assert billing.post(f"/invoices/{made['invoice_id']}/email", {"subject": "Hello"}).status == 400


def test_the_letter_opens_a_draft(billing) -> None:
    made = draft(billing)
    path = f"/invoices/{made['invoice_id']}"
    assert billing.post(f"{path}/email", {"to_mail_ids": ["not an address"]}).status == 400
    assert billing.post(f"{path}/email", {"to_mail_ids": ["pay@acme.example"]}).body["code"] == 0
    shown = billing.get(path).body["invoice"]
    assert (shown["status"], shown["is_emailed"]) == ("sent", True)
    billing.post(f"{path}/void")
    assert billing.post(f"{path}/email", {"to_mail_ids": ["pay@acme.example"]}).status == 400


def test_taxes_are_added(billing) -> None:
    tax = billing.http.post(
        "/books/v3/settings/taxes",
        params={"organization_id": billing.organization_id},
        json={"tax_name": "消費税", "tax_percentage": 10},
    ).json()["tax"]
    items = [{"name": "Work", "price": 999, "tax_id": tax["tax_id"]}]
    made = billing.made("/invoices", {"customer_id": billing.customer()["customer_id"], "invoice_items": items})
    assert (made["sub_total"], made["tax_total"], made["total"]) == (999, 100, 1099)
    assert made["taxes"][0]["tax_amount"] == Decimal(100)


def test_only_an_unpaid_invoice_of_no_subscription_is_deleted(billing) -> None:
    made = draft(billing)
    assert billing.delete(f"/invoices/{made['invoice_id']}").status == 200
    billing.subscription(customer_id=made["customer_id"])
    (renewal,) = billing.invoices()
    assert billing.delete(f"/invoices/{renewal['invoice_id']}").status == 400


def test_payments_are_listed(billing) -> None:
    first = billing.pay(draft(billing), 1000)
    other = billing.customer("Other")
    billing.made("/payments", {"customer_id": other["customer_id"], "amount": 300})
    rows = billing.get("/payments").body["payments"]
    assert [row["amount"] for row in rows] == [300, 1000]
    (row,) = billing.get("/payments", customer_id=first["customer_id"]).body["payments"]
    assert (row["payment_id"], row["invoice_numbers"]) == (first["payment_id"], "INV-000001")
    assert billing.get("/payments", per_page=1).body["page_context"]["has_more_page"] is True
