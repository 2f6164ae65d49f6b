import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tsunagi import (
    ActionCall,
    Capabilities,
    Connector,
    Document,
    Event,
    Money,
    OutsideWrite,
    PlannedWrite,
    Record,
    RecordRef,
    RecordUnusable,
    Text,
)
from tsunagi_zoho.finance.deal_documents import EstimateOfDeal, InvoiceOfDeal, estimate_of_deal, invoice_of_deal

ACTION = invoice_of_deal("books", Text.same("Books"))
ESTIMATING = estimate_of_deal("books", Text.same("Books"))
DEAL, ACCOUNT = RecordRef("crm", "deal", "77"), RecordRef("crm", "account", "1")
CUSTOMER = RecordRef("books", "customer", "9")
WON: Mapping[str, Any] = {
    "name": "Machines for Osaka",
    "account": ACCOUNT,
    "amount": Money(Decimal("1054.50"), "USD"),
    "closing_date": dt.date(2026, 1, 31),
}


@dataclass
class Crm:
    """A CRM that has related products, or lacks the list altogether."""

    products: tuple[Record, ...] | None = None
    asked: int = 0

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        return {"deal": Capabilities(related=() if self.products is None else ("products",))}

    def related(self, ref: RecordRef, relation: str) -> tuple[Record, ...]:
        assert (ref, relation) == (DEAL, "products")
        self.asked += 1
        return self.products or ()


@dataclass
class ActionContext:
    """What the action sees of the hub."""

    deal: Mapping[str, Any] | None = field(default_factory=lambda: WON)
    customer: RecordRef | None = CUSTOMER
    documents: tuple[Document, ...] = ()
    crm: Crm = field(default_factory=Crm)
    to_be: tuple[PlannedWrite, ...] = ()
    items: Mapping[RecordRef, RecordRef] | None = None

    def record(self, ref: RecordRef) -> Record | None:
        return None if self.deal is None else Record(ref, self.deal, "1")

    def is_paired(self, kind: str, service: str, entity: str) -> bool:
        assert (kind, service, entity) == ("crm.product", "books", "item")
        return self.items is not None

    def linked(self, ref: RecordRef, service: str, entity: str) -> RecordRef | None:
        if entity == "item":
            assert self.items is not None
            return self.items.get(ref)
        assert (ref, service, entity) == (ACCOUNT, "books", "customer")
        return self.customer

    def written(self, ref: RecordRef) -> None:
        raise AssertionError("not needed")

    def documents_of(self, ref: RecordRef, service: str, entity: str) -> tuple[Document, ...]:
        assert (ref, service) == (DEAL, "books")
        return tuple(document for document in self.documents if document.ref.entity == entity)

    def planned_for(self, ref: RecordRef, service: str, entity: str) -> tuple[PlannedWrite, ...]:
        assert (ref, service) == (DEAL, "books")
        return tuple(each for each in self.to_be if each.write.entity == entity)

    def related(self, ref: RecordRef, relation: str) -> tuple[Record, ...]:
        return self.crm.related(ref, relation) if self.crm.products is not None else ()

    def connector(self, service: str) -> Connector:
        assert service == "crm"
        return cast("Connector", self.crm)


def planned(desk: ActionContext, *, ref: RecordRef = DEAL, **parameters: Any) -> tuple[OutsideWrite, ...]:
    event = Event("e", "deal.won", ref, None, WON, dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
    return ACTION.plan(ActionCall("deal-won", ACTION.name, InvoiceOfDeal(**parameters), event), desk)


def product(**fields: Any) -> Record:
    return Record(RecordRef("crm", "product", "5"), {"name": "Press", **fields}, "1")


def document(status: str, entity: str = "invoice") -> Document:
    nothing = Money.zero("JPY")
    ref = RecordRef("books", entity, "7")
    return Document(ref, "INV-7", status, None, None, nothing, nothing, nothing, nothing, CUSTOMER, DEAL, "")


def test_a_deal_without_products_is_billed_at_its_amount() -> None:
    (write,) = planned(ActionContext())
    assert (write.operation, write.service, write.entity, write.relates) == ("create", "books", "invoice", DEAL)
    assert write.fields == {
        "customer": CUSTOMER,
        "deal": DEAL,
        "date": dt.date(2026, 1, 31),
        "currency": "USD",
        "lines": ({"name": "Machines for Osaka", "rate": Decimal("1054.50"), "quantity": Decimal(1)},),
        "status": "draft",
    }


@pytest.mark.parametrize(
    ("amount", "currency", "billed"),
    [("1000.5", "JPY", "1001"), ("1000.0", "JPY", "1000"), ("10.005", "USD", "10.01"), ("1.2345", "KWD", "1.235")],
)
def test_an_amount_finer_than_its_currency_is_rounded_and_said(amount: str, currency: str, billed: str) -> None:
    (write,) = planned(ActionContext(deal={**WON, "amount": Money(Decimal(amount), currency)}))
    (line,) = cast("Any", write.fields["lines"])
    assert line["rate"] == Decimal(billed)
    assert (write.remark is None) == (Decimal(amount) == Decimal(billed))
    if write.remark:
        assert f"{billed} {currency}" in write.remark.en
        assert f"{billed} {currency}" in write.remark.ja


def test_less_than_the_smallest_coin_is_nothing_to_bill() -> None:
    with pytest.raises(RecordUnusable, match="nothing to charge"):
        planned(ActionContext(deal={**WON, "amount": Money(Decimal("0.4"), "JPY")}))


def test_the_line_is_named_by_the_deals_product() -> None:
    (write,) = planned(ActionContext(deal={**WON, "product": "GTX Pro"}))
    assert write.fields["lines"] == ({"name": "GTX Pro", "rate": Decimal("1054.50"), "quantity": Decimal(1)},)


def test_products_become_lines() -> None:
    crm = Crm((product(rate=Money(Decimal(10), "USD"), quantity=Decimal(3)), product(rate=Decimal("0.5"))))
    (write,) = planned(ActionContext(crm=crm))
    assert write.fields["lines"] == (
        {"name": "Press", "rate": Decimal(10), "quantity": Decimal(3)},
        {"name": "Press", "rate": Decimal("0.5"), "quantity": Decimal(1)},
    )


@pytest.mark.parametrize(("crm", "lines", "asked"), [(Crm(), "auto", 0), (Crm(()), "auto", 1), (Crm(()), "amount", 0)])
def test_no_call_is_spent_on_products_that_cannot_be_there(crm: Crm, lines: str, asked: int) -> None:
    planned(ActionContext(crm=crm), lines=lines)
    assert crm.asked == asked


def test_the_invoice_comes_to_the_agreed_amount_whatever_the_list_says() -> None:
    (write,) = planned(ActionContext(crm=Crm((product(rate=Money(Decimal("1100.00"), "USD")),))))
    lines = cast("tuple[Mapping[str, Any], ...]", write.fields["lines"])
    assert write.fields["adjustment"] == Decimal("1054.50") - lines[0]["rate"] * lines[0]["quantity"]


def test_prices_of_the_list_are_brought_into_the_deals_currency_at_its_own_rate() -> None:
    priced = product(rate=Money(Decimal(150_000), "JPY"), base_currency="JPY", quantity=Decimal(1))
    deal = {**WON, "exchange_rate": Decimal("0.0064")}
    (write,) = planned(ActionContext(deal=deal, crm=Crm((priced,))))
    (line,) = cast("tuple[Mapping[str, Any], ...]", write.fields["lines"])
    assert line["rate"] == Decimal("960.00")
    assert write.fields["adjustment"] == Decimal("94.50")
    assert write.fields["currency"] == "USD"


@given(
    amount=st.decimals("0.01", "99999999", places=2),
    rates=st.lists(st.decimals("0.01", "99999", places=2), min_size=1, max_size=5),
    quantities=st.lists(st.decimals("0.001", "999", places=3), min_size=5, max_size=5),
)
def test_lines_and_adjustment_always_come_to_the_amount(
    amount: Decimal, rates: list[Decimal], quantities: list[Decimal]
) -> None:
    rows = tuple(
        product(rate=Money(rate, "USD"), quantity=quantity) for rate, quantity in zip(rates, quantities, strict=False)
    )
    (write,) = planned(ActionContext(deal={**WON, "amount": Money(amount, "USD")}, crm=Crm(rows)))
    lines = cast("tuple[Mapping[str, Any], ...]", write.fields["lines"])
    billed = sum((Money(line["rate"] * line["quantity"], "USD").rounded().amount for line in lines), Decimal(0))
    adjustment = write.fields.get("adjustment") or Decimal(0)
    assert isinstance(adjustment, Decimal)
    assert billed + adjustment == amount


def test_what_the_rule_says_goes_on_the_invoice() -> None:
    parameters = {"terms_days": 30, "status": "sent", "notes": "毎度ありがとうございます", "date": dt.date(2026, 3, 1)}
    (write,) = planned(ActionContext(), **parameters)
    assert {name: write.fields[name] for name in parameters} == parameters


def test_a_deal_without_closing_date_is_billed_on_the_day_it_was_won() -> None:
    (write,) = planned(ActionContext(deal={**WON, "closing_date": None}))
    assert write.fields["date"] == dt.date(2026, 2, 1)


def test_a_deal_the_store_does_not_hold_yet_is_taken_from_the_event() -> None:
    assert planned(ActionContext(deal=None)) == planned(ActionContext())


@pytest.mark.parametrize(("entity", "writes"), [("invoice", 0), ("estimate", 1)])
def test_a_deal_whose_invoice_is_on_its_way_gets_no_other(entity: str, writes: int) -> None:
    decided = PlannedWrite("another-rule", OutsideWrite("create", "books", entity, relates=DEAL))
    assert len(planned(ActionContext(to_be=(decided,)))) == writes


@pytest.mark.parametrize(("status", "writes"), [("draft", 0), ("paid", 0), ("void", 1)])
def test_a_deal_is_billed_once(status: str, writes: int) -> None:
    assert len(planned(ActionContext(documents=(document(status),)))) == writes


@pytest.mark.parametrize(
    ("desk", "parameters", "field", "words"),
    [
        (ActionContext(deal={**WON, "account": None}), {}, "account", "it has no account"),
        (ActionContext(customer=None), {}, "account", "its account 1 has no customer in books"),
        (ActionContext(deal={**WON, "amount": None}), {}, "amount", "has no amount and no products"),
        (ActionContext(deal={**WON, "amount": Money.zero("USD")}), {}, "amount", "has the amount 0 USD"),
        (ActionContext(crm=Crm(())), {"lines": "products"}, "products", "it has no products"),
        (ActionContext(crm=Crm((product(rate=None),))), {}, "rate", "'rate' is None, a number is needed"),
        (
            ActionContext(crm=Crm((product(rate=Money(Decimal(1), "EUR")),))),
            {},
            "rate",
            "priced in EUR, the deal in USD",
        ),
    ],
)
def test_a_deal_that_cannot_be_billed_says_what_it_lacks(
    desk: ActionContext, parameters: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(RecordUnusable, match=words) as unusable:
        planned(desk, **parameters)
    assert unusable.value.field == field
    assert unusable.value.hint is not None


def test_the_action_is_for_deals() -> None:
    with pytest.raises(RecordUnusable, match="is about deals, but the rule 'deal-won' ran for crm:account:1"):
        planned(ActionContext(), ref=ACCOUNT)


@pytest.mark.parametrize("parameters", [{"lines": "some"}, {"terms_days": -1}, {"status": "paid"}, {"colour": "red"}])
def test_parameters_that_mean_nothing_are_refused(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        InvoiceOfDeal(**parameters)


class TestEstimates:
    def planned(self, desk: ActionContext, **parameters: Any) -> tuple[OutsideWrite, ...]:
        event = Event("e", "deal.created", DEAL, None, WON, dt.datetime(2026, 2, 1, tzinfo=dt.UTC))
        return ESTIMATING.plan(ActionCall("deal-created", ESTIMATING.name, EstimateOfDeal(**parameters), event), desk)

    def test_a_deal_is_estimated_on_the_day_it_was_made(self) -> None:
        (write,) = self.planned(ActionContext())
        assert (write.operation, write.service, write.entity, write.relates) == ("create", "books", "estimate", DEAL)
        assert write.fields == {
            "customer": CUSTOMER,
            "deal": DEAL,
            "date": dt.date(2026, 2, 1),
            "currency": "USD",
            "lines": ({"name": "Machines for Osaka", "rate": Decimal("1054.50"), "quantity": Decimal(1)},),
            "status": "draft",
        }

    def test_it_can_expire(self) -> None:
        (write,) = self.planned(ActionContext(), valid_days=30, status="sent")
        assert (write.fields["due_date"], write.fields["status"]) == (dt.date(2026, 3, 3), "sent")

    @pytest.mark.parametrize(
        ("status", "writes"), [("draft", 0), ("sent", 0), ("accepted", 0), ("declined", 1), ("expired", 1)]
    )
    def test_a_deal_has_one_estimate_that_stands(self, status: str, writes: int) -> None:
        assert len(self.planned(ActionContext(documents=(document(status, "estimate"),)))) == writes

    def test_its_invoices_are_another_matter(self) -> None:
        assert len(self.planned(ActionContext(documents=(document("paid"),)))) == 1


PRODUCT, ITEM = RecordRef("crm", "product", "5"), RecordRef("books", "item", "31")
PRICED = {"rate": Money(Decimal(500), "USD"), "quantity": Decimal(2)}


def test_lines_name_the_items_that_products_are() -> None:
    context = ActionContext(crm=Crm((product(**PRICED),)), items={PRODUCT: ITEM})
    (write,) = planned(context)
    (line,) = cast("Any", write.fields["lines"])
    assert (line["name"], line["item"]) == ("Press", ITEM)


def test_a_product_that_is_no_item_yet_is_awaited_with_the_customer() -> None:
    sold = Crm((product(**PRICED),))
    with pytest.raises(RecordUnusable, match="no item in books yet") as blocked:
        planned(ActionContext(crm=sold, items={}))
    assert blocked.value.awaits == (str(PRODUCT),)
    with pytest.raises(RecordUnusable, match="has no customer in books") as blocked:
        planned(ActionContext(crm=sold, items={}, customer=None))
    assert blocked.value.awaits == (str(ACCOUNT), str(PRODUCT))
    (write,) = planned(ActionContext(crm=sold, items={}), items="any")
    assert "item" not in cast("Any", write.fields["lines"])[0]
