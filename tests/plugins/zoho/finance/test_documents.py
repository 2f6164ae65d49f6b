import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagi import BrokenAnswer, Document, Money, RecordRef, RecordRejected
from tsunagi_zoho.answers import Json, decode_body, encode_body
from tsunagi_zoho.finance.documents import ESTIMATE, INVOICE, PURCHASE_ORDER, SALES_ORDER
from tsunagi_zoho.finance.kinds import Kind, record_of, row_of
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.wire import Row

CUSTOMER, DEAL = RecordRef("books", "customer", "9"), RecordRef("crm", "deal", "77")
VENDOR = RecordRef("books", "vendor", "8")
AMOUNTS = st.decimals(0, 10**12, places=3)


def written(fields: dict[str, Any], ledger: Ledger, kind: Kind = INVOICE) -> Json:
    assert kind.write is not None
    return kind.write(fields, None, ledger)


def invoice(**data: Any) -> Row:
    row = {
        "invoice_id": "7",
        "invoice_number": "INV-000007",
        "status": "sent",
        "date": "2026-01-05",
        "due_date": "",
        "customer_id": "9",
        "currency_code": "USD",
        "exchange_rate": Decimal("151.25"),
        "total": Decimal("10.5"),
        "balance": Decimal("0.1"),
        "reference_number": "key",
        "last_modified_time": "2026-01-05T09:00:00+0900",
    }
    return row_of(INVOICE, {**row, **data}, "books")


def test_an_invoice_is_a_document(ledger: Ledger) -> None:
    record = record_of(INVOICE, invoice(zcrm_potential_id="77"), ledger)
    assert Document.of(record) == Document(
        ref=RecordRef("books", "invoice", "7"),
        number="INV-000007",
        status="sent",
        date=dt.date(2026, 1, 5),
        due_date=None,
        total=Money(Decimal("10.5"), "USD"),
        balance=Money(Decimal("0.1"), "USD"),
        base_total=Money(Decimal(1588), "JPY"),
        base_balance=Money(Decimal(15), "JPY"),
        customer=CUSTOMER,
        deal=DEAL,
        reference="key",
    )
    assert (record.version, record.complete) == ("2026-01-05T00:00:00+00:00", True)


def test_nothing_is_owed_on_an_invoice_that_is_void(ledger: Ledger) -> None:
    document = Document.of(record_of(INVOICE, invoice(status="void"), ledger))
    assert (document.balance, document.base_balance) == (Money.zero("USD"), Money.zero("JPY"))
    assert document.total == Money(Decimal("10.5"), "USD")


def test_the_same_moment_in_another_offset_is_the_same_version(ledger: Ledger) -> None:
    moved = invoice(last_modified_time="2026-01-04T19:00:00-0500")
    assert record_of(INVOICE, moved, ledger).version == record_of(INVOICE, invoice(), ledger).version


def test_a_row_without_the_deal_does_not_say_there_is_none(ledger: Ledger) -> None:
    record = record_of(INVOICE, invoice(), ledger)
    assert "deal" not in record.fields
    assert not record.complete


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(AMOUNTS, AMOUNTS)
def test_the_services_base_figures_are_believed(ledger: Ledger, total: Decimal, bcy: Decimal) -> None:
    fields = record_of(INVOICE, invoice(total=total, bcy_total=bcy), ledger).fields
    assert (fields["total"], fields["base_total"]) == (Money(total, "USD"), Money(bcy, "JPY"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(AMOUNTS)
def test_amounts_in_the_base_currency_stay_what_they_are(ledger: Ledger, total: Decimal) -> None:
    fields = record_of(INVOICE, invoice(currency_code="JPY", exchange_rate=0, total=total), ledger).fields
    assert fields["total"] == fields["base_total"] == Money(total, "JPY")


def test_a_foreign_document_without_its_rate_cannot_be_told(ledger: Ledger) -> None:
    row = invoice(exchange_rate=0)
    assert not INVOICE.complete(row, ledger)
    with pytest.raises(BrokenAnswer, match=r"invoice 7: 'exchange_rate' is 0"):
        record_of(INVOICE, row, ledger)


def test_nothing_is_owed_on_an_estimate(ledger: Ledger) -> None:
    data = {"estimate_id": "3", "estimate_number": "EST-3", "customer_id": "9", "currency_code": "JPY", "total": 500}
    document = Document.of(record_of(ESTIMATE, row_of(ESTIMATE, data, "books"), ledger))
    assert (document.total, document.balance) == (Money(Decimal(500), "JPY"), Money.zero("JPY"))


LINES = st.lists(st.fixed_dictionaries({"name": st.just("Widget"), "rate": AMOUNTS, "quantity": AMOUNTS}), min_size=1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(LINES)
def test_no_figure_changes_on_its_way_to_the_service(ledger: Ledger, lines: list[dict[str, Any]]) -> None:
    body = written({"customer": CUSTOMER, "lines": tuple(lines), "currency": "USD"}, ledger)
    arrived = decode_body(encode_body(body))
    assert arrived is not None
    assert [(line["rate"], line["quantity"]) for line in arrived["line_items"]] == [
        (line["rate"], line["quantity"]) for line in lines
    ]
    assert (arrived["currency_id"], arrived["exchange_rate"]) == ("2", Decimal("151.25"))


def test_a_whole_invoice(ledger: Ledger) -> None:
    fields = {
        "customer": CUSTOMER,
        "deal": DEAL,
        "date": dt.date(2026, 1, 5),
        "terms_days": 30,
        "currency": "EUR",
        "reference": "key",
        "lines": ({"name": "Widget", "rate": Decimal(5), "quantity": Decimal(2)},),
    }
    assert written(fields, ledger) == {
        "customer_id": "9",
        "zcrm_potential_id": "77",
        "date": "2026-01-05",
        "payment_terms": 30,
        "payment_terms_label": "Net 30",
        # No rate is stored for it: the service decides.
        "currency_id": "3",
        "reference_number": "key",
        "line_items": [{"name": "Widget", "rate": Decimal(5), "quantity": Decimal(2)}],
    }


def test_a_long_line_name_goes_on_in_the_description(ledger: Ledger) -> None:
    line = {"name": "n" * 101, "description": "more", "rate": Decimal(1)}
    (item,) = written({"customer": CUSTOMER, "lines": (line,)}, ledger)["line_items"]
    assert item["name"] == "n" * 99 + "…"
    assert item["description"] == "n" * 101 + "\nmore"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"lines": ({"name": "a", "rate": Decimal(1)},)}, "customer"),
        ({"customer": CUSTOMER}, "lines"),
        ({"customer": CUSTOMER, "lines": ()}, "lines"),
        ({"customer": CUSTOMER, "lines": ({"name": "a", "rate": 1.5},)}, r"lines\[1\].rate"),
        ({"customer": CUSTOMER, "lines": ({"name": "a", "rate": Decimal(1)},), "currency": "GBP"}, "GBP"),
        ({"customer": CUSTOMER, "lines": ({"name": "a", "rate": Decimal(1)},), "notes": "n" * 5001}, "notes"),
    ],
)
def test_what_cannot_be_a_document_is_refused_before_any_call(
    ledger: Ledger, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(RecordRejected, match=field):
        written(fields, ledger)


def test_an_estimate_says_until_when_it_stands(ledger: Ledger) -> None:
    line = {"name": "Widget", "rate": Decimal(1)}
    fields = {"customer": CUSTOMER, "lines": (line,), "due_date": dt.date(2026, 3, 1)}
    assert written(fields, ledger, ESTIMATE)["expiry_date"] == "2026-03-01"
    assert written(fields, ledger, SALES_ORDER)["shipment_date"] == "2026-03-01"


SALES = {
    "salesorder_id": "5",
    "salesorder_number": "SO-5",
    "status": "open",
    "date": "2026-01-05",
    "shipment_date": "2026-01-20",
    "customer_id": "9",
    "currency_code": "USD",
    "total": Decimal("10.5"),
    "bcy_total": Decimal(1588),
    "reference_number": "",
    "zcrm_potential_id": "77",
}
PURCHASE = {
    "purchaseorder_id": "6",
    "purchaseorder_number": "PO-6",
    "status": "billed",
    "date": "2026-01-06",
    "delivery_date": "",
    "vendor_id": "8",
    "currency_code": "JPY",
    "total": 700,
    "reference_number": "ref",
}


class TestOrders:
    """Sales orders are for customers, purchase orders for vendors."""

    def test_a_sales_order_is_a_document_on_which_nothing_is_owed(self, ledger: Ledger) -> None:
        row = row_of(SALES_ORDER, SALES, "books")
        assert SALES_ORDER.complete(row, ledger)
        assert Document.of(record_of(SALES_ORDER, row, ledger)) == Document(
            ref=RecordRef("books", "sales_order", "5"),
            number="SO-5",
            status="open",
            date=dt.date(2026, 1, 5),
            due_date=dt.date(2026, 1, 20),
            total=Money(Decimal("10.5"), "USD"),
            balance=Money.zero("USD"),
            base_total=Money(Decimal(1588), "JPY"),
            base_balance=Money.zero("JPY"),
            customer=CUSTOMER,
            deal=DEAL,
            reference="",
        )

    def test_a_purchase_order_is_for_a_vendor(self, ledger: Ledger) -> None:
        record = record_of(PURCHASE_ORDER, row_of(PURCHASE_ORDER, PURCHASE, "books"), ledger)
        document = Document.of(record)
        assert (document.customer, document.total, document.due_date) == (VENDOR, Money(Decimal(700), "JPY"), None)
        # The row does not say whether it names a deal: what is known of that stands.
        assert (record.complete, "deal" in record.fields) == (False, False)

    def test_one_that_names_its_deal_is_told_with_it(self, ledger: Ledger) -> None:
        row = row_of(PURCHASE_ORDER, {**PURCHASE, "zcrm_potential_id": "77"}, "books")
        assert Document.of(record_of(PURCHASE_ORDER, row, ledger)).deal == DEAL

    @pytest.mark.parametrize(
        ("reference", "deal"),
        [
            ("460000000000123456", RecordRef("crm", "deal", "460000000000123456")),
            ("PO for Osaka", None),
            ("4711", None),
        ],
    )
    def test_an_order_that_cannot_name_its_deal_names_it_by_reference(
        self, ledger: Ledger, reference: str, deal: RecordRef | None
    ) -> None:
        row = row_of(PURCHASE_ORDER, {**PURCHASE, "reference_number": reference}, "books")
        assert record_of(PURCHASE_ORDER, row, ledger).fields.get("deal") == deal

    @pytest.mark.parametrize("kind", [SALES_ORDER, PURCHASE_ORDER], ids=lambda kind: kind.entity)
    def test_a_foreign_row_without_its_rate_is_read_whole(self, ledger: Ledger, kind: Kind) -> None:
        data = {**SALES, **PURCHASE, "currency_code": "USD"}
        bare = {key: value for key, value in data.items() if key != "bcy_total"}
        assert kind.complete(row_of(kind, data, "books"), ledger)
        assert not kind.complete(row_of(kind, bare, "books"), ledger)
        assert kind.complete(row_of(kind, {**bare, "exchange_rate": Decimal("151.25")}, "books"), ledger)

    def test_a_new_purchase_order_names_its_vendor(self, ledger: Ledger) -> None:
        line = {"name": "Widget", "rate": Decimal(1)}
        body = written({"customer": VENDOR, "deal": DEAL, "lines": (line,)}, ledger, PURCHASE_ORDER)
        assert (body["vendor_id"], body["zcrm_potential_id"]) == ("8", "77")
        with pytest.raises(RecordRejected, match="must be a vendor, got RecordRef"):
            written({"customer": CUSTOMER, "lines": (line,)}, ledger, PURCHASE_ORDER)
