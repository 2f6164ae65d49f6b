"""The Books connector against the sandbox, over HTTP."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from tsunagi import (
    AccessRefused,
    ChangeNotKept,
    Document,
    Money,
    NewRecord,
    OutcomeUnknown,
    RecordNotFound,
    RecordRef,
    RecordRejected,
    StaleRecord,
)

DEAL = RecordRef("crm", "deal", "4600770000001")
ACME = {
    "name": "Acme 株式会社",
    "phone": "03-1234-5678",
    "website": "https://acme.example",
    "currency": "USD",
    "notes": "Pays late",
    "billing_street": "1-2-3 Ginza\n8F",
    "billing_city": "Chuo",
    "shipping_country": "Japan",
}
ABE = {"first_name": "Aki", "last_name": "Abe", "email": "abe@acme.example", "designation": "CEO"}


class TestOrganisation:
    def test_it_is_the_connected_one(self, office: Any) -> None:
        found = office.connector.organization()
        assert (found.base_currency, found.time_zone) == ("JPY", "Asia/Tokyo")
        assert office.seen() == ["GET /books/v3/organizations 200"]

    def test_one_the_credentials_do_not_reach_is_refused(self, office: Any) -> None:
        with pytest.raises(AccessRefused, match=r"books organisation 1, only: .*\(\d+\)"):
            office.again(organization_id="1").connector.organization()


class TestCustomers:
    def test_one_is_made_with_one_call_and_read_back_as_written(self, office: Any) -> None:
        made = office.connector.create("customer", NewRecord("k", {**ACME, "currency": None}))
        assert office.seen() == ["POST /books/v3/contacts 201"]
        assert {name: made.fields[name] for name in ACME} == {**ACME, "currency": "JPY"}
        assert office.connector.get(made.ref) == made
        assert made.complete

    def test_one_is_billed_in_its_own_currency(self, office: Any) -> None:
        made = office.connector.create("customer", NewRecord("k", ACME))
        assert made.fields["currency"] == "USD"
        assert office.seen() == ["GET /books/v3/settings/currencies 200", "POST /books/v3/contacts 201"]

    def test_a_name_that_is_taken_is_refused_in_the_services_words(self, office: Any) -> None:
        office.customer("Acme")
        with pytest.raises(RecordRejected, match="already exists"):
            office.customer("ACME")

    def test_what_is_too_long_costs_no_call(self, office: Any) -> None:
        with pytest.raises(RecordRejected, match="name: at most 200 characters, got 201"):
            office.customer("n" * 201)
        assert office.seen() == []

    def test_only_what_changed_is_written(self, office: Any) -> None:
        made = office.connector.create("customer", NewRecord("k", ACME))
        changes = {"billing_city": "Minato", "notes": None}
        changed = office.connector.update(made.ref, changes, expected_version=made.version)
        assert {name: changed.fields[name] for name in ACME} == {**ACME, **changes}

    def test_one_that_moved_on_is_stale(self, office: Any) -> None:
        made = office.connector.create("customer", NewRecord("k", ACME))
        office.time_passes()
        office.connector.update(made.ref, {"notes": "Pays"}, expected_version=None)
        with pytest.raises(StaleRecord, match="was changed in the meantime"):
            office.connector.update(made.ref, {"notes": "Pays never"}, expected_version=made.version)
        assert office.connector.get(made.ref).fields["notes"] == "Pays"

    def test_the_latest_changes_are_listed_until_what_is_known(self, office: Any) -> None:
        old = office.customer("Old")
        office.time_passes()
        known = office.customer("Known")
        records, cursor = office.changes("customer")
        assert [record.ref for record in records] == [known, old]
        office.time_passes()
        new = office.customer("New")
        # What was changed in the last second that was seen may be told again.
        assert [record.ref for record in office.changes("customer", cursor)[0]] == [new, known]

    def test_a_listed_one_has_the_version_of_the_write_and_says_less(self, office: Any) -> None:
        made = office.connector.create("customer", NewRecord("k", ACME))
        ((listed,), _) = office.changes("customer")
        assert (listed.ref, listed.version, listed.complete) == (made.ref, made.version, False)
        assert listed.fields.items() <= made.fields.items()

    def test_several_pages_are_one_call_each(self, office: Any) -> None:
        made = {office.customer(f"Customer {number}") for number in range(201)}
        before = len(office.seen())
        assert {record.ref for record in office.changes("customer")[0]} == made
        assert office.seen()[before:] == ["GET /books/v3/contacts 200"] * 2

    def test_none_is_left_out_that_changes_while_the_pages_are_read(self, office: Any) -> None:
        made = [office.customer(f"Customer {number}") for number in range(201)]
        page = office.connector.changes("customer", None)
        assert page.more
        office.time_passes()
        # The oldest would have come next; it moves to the front instead, and everybody else back.
        office.connector.update(made[0], {"notes": "Moved"}, expected_version=None)
        rest, cursor = office.changes("customer", page.cursor)
        later, _ = office.changes("customer", cursor)
        assert {record.ref for record in (*page.records, *rest, *later)} == set(made)
        assert made[0] in {record.ref for record in later}

    def test_a_deleted_one_is_gone_and_deleting_it_again_is_no_error(self, office: Any) -> None:
        acme, other = office.customer("Acme"), office.customer("Other")
        office.connector.delete(acme)
        office.connector.delete(acme)
        with pytest.raises(RecordNotFound):
            office.connector.get(acme)
        assert [record.ref for record in office.connector.get_many("customer", [acme.id, other.id])] == [other]


class TestContactPersons:
    def test_one_belongs_to_its_customer(self, office: Any) -> None:
        customer = office.customer()
        new = NewRecord("k", {**ABE, "customer": customer})
        made = office.connector.create("contact_person", new)
        assert office.seen()[-1] == "POST /books/v3/contacts/contactpersons 201"
        assert {name: made.fields[name] for name in new.fields} == new.fields
        assert office.connector.get(made.ref) == made
        assert office.connector.related(customer, "contact_persons") == (made,)

    def test_one_moves_to_another_customer(self, office: Any) -> None:
        """Made there and removed here: the service takes no other customer in a change."""
        acme, other = office.customer(), office.customer("Other")
        before = office.connector.create("contact_person", NewRecord("k", {**ABE, "customer": acme}))
        moved = office.connector.update(
            before.ref, {"customer": other, "mobile": "090"}, expected_version=before.version
        )
        assert {name: moved.fields[name] for name in (*ABE, "customer", "mobile")} == {
            **ABE,
            "customer": other,
            "mobile": "090",
        }
        assert office.connector.related(acme, "contact_persons") == ()
        assert office.connector.related(other, "contact_persons") == (moved,)

    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "drop_after", "method": "POST"},
            {"kind": "status", "method": "DELETE", "status": 400, "body": {"code": 3000, "message": "Not now"}},
        ],
        ids=["the answer was lost", "the old one stayed"],
    )
    def test_a_move_that_broke_off_is_finished(self, office: Any, fault: dict[str, Any]) -> None:
        acme, other = office.customer(), office.customer("Other")
        before = office.connector.create("contact_person", NewRecord("k", {**ABE, "customer": acme}))
        office.fault(**fault, path="/books/v3/contacts/contactpersons*")
        with pytest.raises((OutcomeUnknown, RecordRejected)):
            office.connector.update(before.ref, {"customer": other}, expected_version=before.version)
        assert office.connector.related(acme, "contact_persons") == (before,), "never is there none"
        moved = office.connector.update(before.ref, {"customer": other}, expected_version=None)
        assert office.connector.related(acme, "contact_persons") == ()
        assert office.connector.related(other, "contact_persons") == (moved,)

    def test_a_change_the_answer_does_not_show_is_not_done(self, office: Any) -> None:
        made = office.connector.create("contact_person", NewRecord("k", {**ABE, "customer": office.customer()}))
        data = office.call("GET", f"/contacts/contactpersons/{made.ref.id}")
        office.fault("status", method="PUT", path="/books/v3/contacts/contactpersons/*", status=200, body=data)
        with pytest.raises(ChangeNotKept, match="does not show it: mobile") as caught:
            office.connector.update(made.ref, {"mobile": "090", "email": "ABE@acme.example"}, expected_version=None)
        assert caught.value.problems == {"mobile": "'090' was written, None stands"}

    def test_there_is_no_list_of_them_all(self, office: Any) -> None:
        assert office.changes("contact_person") == ([], "")
        assert office.seen() == []

    def test_a_change_has_another_version(self, office: Any) -> None:
        made = office.connector.create("contact_person", NewRecord("k", {**ABE, "customer": office.customer()}))
        changed = office.connector.update(
            made.ref, {"first_name": None, "mobile": "090"}, expected_version=made.version
        )
        assert (changed.fields["first_name"], changed.fields["last_name"], changed.fields["mobile"]) == (
            None,
            "Abe",
            "090",
        )
        with pytest.raises(StaleRecord):
            office.connector.update(made.ref, {"mobile": "080"}, expected_version=made.version)

    def test_customers_have_no_other_relations(self, office: Any) -> None:
        assert office.connector.related(office.customer(), "documents") == ()


class TestInvoices:
    def test_one_is_made_with_one_call(self, office: Any) -> None:
        customer = office.customer()
        office.invoice(customer, "first")
        made = office.invoice(customer, "second", deal=DEAL, date=dt.date(2026, 1, 31), terms_days=30)
        assert office.seen()[-2:] == ["POST /books/v3/invoices 201"] * 2
        document = Document.of(made)
        assert (document.deal, document.customer, document.reference) == (DEAL, customer, "second")
        assert (document.date, document.due_date) == (dt.date(2026, 1, 31), dt.date(2026, 3, 2))
        assert (document.total, document.balance) == (Money(Decimal(21), "USD"), Money(Decimal(21), "USD"))
        assert document.base_total == Money(Decimal(3176), "JPY")
        assert made.fields["status"] == "draft"

    def test_the_listed_one_is_the_same_record(self, office: Any) -> None:
        made = office.invoice(office.customer(), deal=DEAL)
        assert office.changes("invoice")[0] == [made]

    def test_one_can_be_marked_as_sent_at_once(self, office: Any) -> None:
        made = office.invoice(office.customer(), status="sent")
        assert made.fields["status"] == "sent"
        assert not [entry for entry in office.requests() if "email" in entry["path"]]

    def test_a_deal_the_service_does_not_keep_is_known_all_the_same(self, office: Any) -> None:
        customer = office.customer()
        answer = {
            "invoice_id": "7",
            "customer_id": customer.id,
            "currency_code": "JPY",
            "total": 100,
            "balance": 100,
            "zcrm_potential_id": "",
        }
        body = {"code": 0, "message": "The invoice has been created.", "invoice": answer}
        office.fault("status", method="POST", path="/books/v3/invoices", status=201, body=body)
        assert office.invoice(customer, deal=DEAL).fields["deal"] == DEAL

    def test_an_answer_that_makes_no_sense_is_named(self, office: Any) -> None:
        customer = office.customer()
        office.fault("status", method="POST", path="/books/v3/invoices", status=201, body={"code": 0})
        with pytest.raises(OutcomeUnknown, match="'invoice' was expected"):
            office.invoice(customer)

    def test_a_currency_the_organisation_lacks_is_refused(self, office: Any) -> None:
        with pytest.raises(RecordRejected, match="EUR is not set up in books, which has: JPY, USD"):
            office.invoice(office.customer(), currency="EUR")

    def test_only_changes_are_listed(self, office: Any) -> None:
        customer = office.customer()
        first = office.invoice(customer, "first")
        records, cursor = office.changes("invoice")
        assert [record.ref for record in records] == [first.ref]
        office.time_passes()
        second = office.invoice(customer, "second")
        office.connector.perform(first.ref, "sent", {})
        records, cursor = office.changes("invoice", cursor)
        assert {(record.ref, record.fields["status"]) for record in records} >= {
            (second.ref, "draft"),
            (first.ref, "sent"),
        }

    def test_a_second_look_is_one_call_a_list_also_for_another_process(self, office: Any) -> None:
        customer = office.customer()
        office.invoice(customer)
        office.estimate(customer)
        cursors = {entity: office.changes(entity)[1] for entity in ("customer", "invoice", "estimate")}
        later = office.again()
        assert all(later.changes(entity, cursor)[1] == cursor for entity, cursor in cursors.items())
        # The list of estimates has no rate: one in another currency, changed in the last second seen, is read again.
        paths = ("contacts", "invoices", "estimates", "estimates/{id}")
        assert later.seen() == [f"GET /books/v3/{path} 200" for path in paths]


class TestOrders:
    @pytest.mark.parametrize(("entity", "path"), [("sales_order", "salesorders"), ("purchase_order", "purchaseorders")])
    def test_one_is_made_listed_and_found_again(self, office: Any, entity: str, path: str) -> None:
        party = office.vendor() if entity == "purchase_order" else office.customer()
        due = dt.date(2026, 2, 10)
        calls = office.calls_of(lambda: office.made(entity, party, "first"))
        assert calls[-1] == f"POST /books/v3/{path} 201"
        made = office.made(entity, party, "second", deal=DEAL, date=dt.date(2026, 1, 31), due_date=due)
        document = Document.of(made)
        assert (document.customer, document.deal, document.reference, document.due_date) == (party, DEAL, "second", due)
        assert (document.total, document.base_total) == (Money(Decimal(21), "USD"), Money(Decimal(3176), "JPY"))
        assert (document.balance, document.base_balance) == (Money.zero("USD"), Money.zero("JPY"))
        listed, _ = office.changes(entity)
        assert {record.ref: record.version for record in listed}[made.ref] == made.version
        assert office.connector.find(entity, office.new_document(party, "second")).ref == made.ref

    def test_a_look_at_what_did_not_change_is_one_call_a_list(self, office: Any) -> None:
        office.made("purchase_order", office.vendor())
        office.made("sales_order", office.customer())
        entities = ("sales_order", "vendor", "purchase_order")
        cursors = {entity: office.changes(entity)[1] for entity in entities}
        later = office.again()
        assert all(later.changes(entity, cursor)[1] == cursor for entity, cursor in cursors.items())
        paths = ("salesorders", "contacts", "purchaseorders", "purchaseorders/{id}")
        assert later.seen() == [f"GET /books/v3/{path} 200" for path in paths]

    def test_customers_and_vendors_are_told_apart(self, office: Any) -> None:
        customer, vendor = office.customer(), office.vendor()
        assert [record.ref for record in office.changes("customer")[0]] == [customer]
        ((listed,), _) = office.changes("vendor")
        assert (listed.ref, listed.fields["name"], listed.complete) == (vendor, "Supplies", False)
        assert office.connector.get(vendor).complete
        assert office.connector.find("vendor", NewRecord("k", {"name": "supplies"})).ref == vendor
        assert office.connector.find("customer", NewRecord("k", {"name": "supplies"})) is None

    def test_a_vendors_address_is_its_primary_persons(self, office: Any) -> None:
        made = office.connector.create("vendor", NewRecord("k", {"name": "Parts", "email": "old@parts.example"}))
        assert made.fields["email"] == "old@parts.example"
        changed = office.connector.update(made.ref, {"email": "new@parts.example"}, expected_version=made.version)
        assert (changed.fields["email"], changed.fields["name"]) == ("new@parts.example", "Parts")
        assert office.connector.update(made.ref, {"email": None}, expected_version=None).fields["email"] is None


class TestBalances:
    def test_what_is_owed_is_told_in_both_currencies(self, office: Any) -> None:
        known = office.again(base_currency="JPY")
        customer = office.customer(currency="USD")
        office.invoice(customer, status="sent")
        fields = known.connector.get(customer).fields
        assert (fields["receivable"], fields["receivable_base"]) == (
            Money(Decimal("21.00"), "USD"),
            Money(Decimal(3176), "JPY"),
        )
        assert (fields["payable"], fields["payable_base"]) == (Money.zero("USD"), Money.zero("JPY"))
        ((listed,), _) = known.changes("customer")
        assert listed.fields["receivable"] == fields["receivable"]
        assert "GET /books/v3/settings/currencies 200" not in known.seen()


class TestVerbs:
    @pytest.mark.parametrize(
        ("entity", "verbs", "status"),
        [
            ("invoice", ["sent"], "sent"),
            ("invoice", ["sent", "void"], "void"),
            ("invoice", ["void", "draft"], "draft"),
            ("estimate", ["sent"], "sent"),
            ("estimate", ["sent", "accepted"], "accepted"),
            ("estimate", ["sent", "declined"], "declined"),
            ("sales_order", ["open"], "open"),
            ("sales_order", ["open", "void"], "void"),
            ("purchase_order", ["open"], "open"),
            ("purchase_order", ["open", "billed"], "billed"),
            ("purchase_order", ["open", "cancelled"], "cancelled"),
        ],
    )
    def test_each_is_safe_to_repeat(self, office: Any, entity: str, verbs: list[str], status: str) -> None:
        party = office.vendor() if entity == "purchase_order" else office.customer()
        ref = office.made(entity, party).ref
        for verb in verbs:
            office.connector.perform(ref, verb, {})
        again = office.connector.perform(ref, verbs[-1], {})
        assert (again.ref, again.fields["status"]) == (ref, status)

    def test_what_somebody_moved_on_in_the_meantime_is_left_alone(self, office: Any) -> None:
        invoice = office.invoice(office.customer(), status="sent").ref
        with pytest.raises(StaleRecord, match="is sent by now: 'void' was meant for one that is draft"):
            office.connector.perform(invoice, "void", {"from": ("draft",)})
        assert office.connector.get(invoice).fields["status"] == "sent"
        assert office.connector.perform(invoice, "void", {"from": ("sent",)}).fields["status"] == "void"
        # Said again after a lost answer: it is done.
        assert office.connector.perform(invoice, "void", {"from": ("sent",)}).fields["status"] == "void"

    def test_what_the_status_does_not_allow_is_refused(self, office: Any) -> None:
        estimate = office.estimate(office.customer())
        with pytest.raises(RecordRejected, match="draft"):
            office.connector.perform(estimate, "accepted", {})

    def test_an_unknown_verb_names_those_there_are(self, office: Any) -> None:
        ref = RecordRef("books", "invoice", "1")
        with pytest.raises(RecordRejected, match="only: sent, void, draft, create"):
            office.connector.perform(ref, "paint", {})
        with pytest.raises(RecordRejected, match="no records called 'order', only: customer, contact_person"):
            office.connector.changes("order", None)


class TestLostAnswers:
    """The write took effect and its answer never came."""

    def lost(self, office: Any, path: str, entity: str, new: NewRecord) -> Any:
        office.fault("drop_after", method="POST", path=path)
        with pytest.raises(OutcomeUnknown):
            office.connector.create(entity, new)
        return office.connector.find(entity, new)

    def test_the_invoice_is_found_by_its_key(self, office: Any) -> None:
        customer = office.customer()
        office.invoice(customer, "another")
        found = self.lost(office, "/books/v3/invoices", "invoice", office.new_document(customer, deal=DEAL))
        assert (found.fields["reference"], found.fields["deal"]) == ("key", DEAL)
        assert len(office.changes("invoice")[0]) == 2

    def test_an_invoice_to_be_sent_is_sent_when_it_is_found(self, office: Any) -> None:
        new = office.new_document(office.customer(), status="sent")
        assert self.lost(office, "/books/v3/invoices", "invoice", new).fields["status"] == "sent"

    def test_an_invoice_that_could_not_be_marked_is_not_taken_for_one_that_was_not_made(self, office: Any) -> None:
        new = office.new_document(office.customer(), status="sent")
        office.fault("status", method="POST", path="/books/v3/invoices/*/status/sent", status=400, count=1)
        with pytest.raises(OutcomeUnknown):
            office.connector.create("invoice", new)
        assert office.connector.find("invoice", new).fields["status"] == "sent"
        assert len(office.changes("invoice")[0]) == 1

    @pytest.mark.parametrize("name", ["Acme 株式会社", "A & B + C / 50%", "n" * 200])
    def test_the_customer_is_found_by_its_name(self, office: Any, name: str) -> None:
        office.customer("Acme")
        new = NewRecord("k", {**ACME, "name": name})
        found = self.lost(office, "/books/v3/contacts", "customer", new)
        assert {field: found.fields[field] for field in ACME} == {**ACME, "name": name}
        assert len(office.changes("customer")[0]) == 2

    def test_the_person_is_found_among_those_of_the_customer(self, office: Any) -> None:
        customer = office.customer()
        office.connector.create("contact_person", NewRecord("1", {**ABE, "last_name": "Ono", "customer": customer}))
        new = NewRecord("2", {**ABE, "customer": customer})
        found = self.lost(office, "/books/v3/contacts/contactpersons", "contact_person", new)
        assert {name: found.fields[name] for name in new.fields} == new.fields
        assert len(office.connector.related(customer, "contact_persons")) == 2

    def test_what_was_never_made_is_not_found(self, office: Any) -> None:
        customer = office.customer()
        assert office.connector.find("customer", NewRecord("k", {"name": "Acme Trading"})) is None
        assert office.connector.find("contact_person", NewRecord("k", {**ABE, "customer": customer})) is None
        assert office.connector.find("invoice", office.new_document(customer)) is None

    def test_a_verb_is_simply_said_again(self, office: Any) -> None:
        invoice = office.invoice(office.customer()).ref
        office.fault("drop_after", method="POST", path="/books/v3/invoices/*/status/void")
        assert office.connector.perform(invoice, "void", {}).fields["status"] == "void"


def test_items_can_be_read(office: Any) -> None:
    assert office.changes("item") == ([], '{"base": "", "page": 1}')


def test_an_item_is_made_changed_and_put_out_of_use(office: Any) -> None:
    said = {"name": "Widget", "sku": "W-1", "rate": Money(Decimal(800), "JPY"), "taxable": False, "active": False}
    made = office.connector.create("item", NewRecord("k", said))
    assert {name: made.fields[name] for name in said} == said
    bought = {"purchase_rate": Money(Decimal(500), "JPY"), "active": True, "product_type": "service"}
    changed = office.connector.update(made.ref, bought, expected_version=made.version)
    assert {name: changed.fields[name] for name in bought} == bought
    # Without a price there is nothing to write but nothing.
    assert office.connector.create("item", NewRecord("l", {"name": "Free"})).fields["rate"] == Money(Decimal(0), "JPY")
    with pytest.raises(RecordRejected, match="priced in JPY") as refused:
        office.connector.create("item", NewRecord("m", {"name": "Dear", "rate": Money(Decimal(9), "USD")}))
    assert list(refused.value.problems) == ["rate"]
    (listed,) = [each for each in office.changes("item")[0] if each.ref == made.ref]
    assert "taxable" not in listed.fields
    assert not listed.complete
