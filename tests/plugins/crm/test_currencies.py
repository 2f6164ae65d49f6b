"""The CRM's edition and currencies, and which documents of its own it has."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tsunagi import (
    AccessRefused,
    BrokenAnswer,
    ChoiceLabels,
    Money,
    MultiCurrency,
    NewRecord,
    OwnDocuments,
    Plans,
    Rate,
    RateDirection,
    RateInvalid,
    RecordRejected,
    ServicePlan,
)
from tsunagi_crm.connector import CrmConnector
from zoho_sandbox.crm import metadata
from zoho_sandbox.sandbox import Sandbox

Open = Callable[..., CrmConnector]
Serve = Callable[..., Any]


DOLLARS = Money(Decimal("10.50"), "USD")


def rate(code: str, value: str) -> Rate:
    return Rate("JPY", code, Decimal(value), RateDirection.FOREIGN_PER_BASE)


def dollars(sandbox: Sandbox) -> None:
    metadata.add_currency(sandbox, "USD", "0.006600000")


def edition(name: str) -> Callable[[Sandbox], None]:
    return lambda sandbox: metadata.set_org(sandbox, edition=name)


def licence(sandbox: Any, **details: Any) -> None:
    org = {"id": "1", "currency": "Japanese Yen - JPY", "mc_status": False, "license_details": details}
    sandbox.fault("status", method="GET", path="/crm/v8/org", status=200, body={"org": [org]})


def test_one_currency_until_several_are_switched_on(sandbox: Any, connect: Open) -> None:
    connector = connect(sandbox.harness())
    assert isinstance(connector, Plans | MultiCurrency)
    assert connector.plan() == ServicePlan("enterprise", "JPY", multi_currency=False, currencies=("JPY",))
    assert connector.rates() == ()


def test_several_currencies_with_their_rates(serve: Serve, connect: Open) -> None:
    connector = connect(serve(dollars).harness())
    assert connector.plan() == ServicePlan(
        "enterprise", "JPY", multi_currency=True, currencies=("JPY", "USD"), has_transactions=True
    )
    assert connector.rates() == (rate("USD", "0.0066"),)


@pytest.mark.parametrize("name", ["free", "standard", "professional", "ultimate"])
def test_the_edition_is_the_one_paid_for(serve: Serve, connect: Open, name: str) -> None:
    assert connect(serve(edition(name)).harness()).plan().edition == name


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"paid": False, "paid_type": "free", "trial_type": "enterprise", "trial_expiry": None}, "enterprise"),
        ({"paid": False, "paid_type": "free", "trial_type": "ultimate", "trial_expiry": "2099-01-01"}, "ultimate"),
        ({"paid": False, "paid_type": "free", "trial_type": "ultimate", "trial_expiry": "2020-01-01"}, "free"),
        ({"paid": True, "paid_type": "standard", "trial_type": "ultimate"}, "standard"),
        ({"paid": True, "paid_type": "something new"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_trial_counts_while_it_lasts(sandbox: Any, connect: Open, details: dict[str, Any], expected: str) -> None:
    if details.get("trial_expiry"):
        details["trial_expiry"] += "T00:00:00+09:00"
    licence(sandbox, **details)
    assert connect(sandbox.harness()).plan().edition == expected


def test_several_currencies_can_be_switched_on_and_added(serve: Serve, connect: Open) -> None:
    connector = connect(serve().harness())
    assert connector.organization().base_currency == "JPY"
    connector.enable_multi_currency("JPY")
    connector.add_currency(rate("USD", "0.0066"))
    connector.add_currency(rate("KRW", "9.125"))
    assert connector.rates() == (rate("KRW", "9.125"), rate("USD", "0.0066"))
    assert connector.plan().multi_currency
    # Records carry their currency from now on: how the organisation is set up is asked again.
    made = connector.create("deal", NewRecord("k", {"name": "D", "stage": "Qualification", "amount": DOLLARS}))
    assert connector.get(made.ref).fields["amount"] == DOLLARS


def test_switching_on_and_adding_again_is_no_error(serve: Serve, connect: Open) -> None:
    connector = connect(serve().harness())
    for _ in range(2):
        connector.enable_multi_currency("JPY")
        connector.add_currency(rate("USD", "0.0066"))
    assert connector.rates() == (rate("USD", "0.0066"),)


def test_another_base_currency_than_the_one_that_stands_is_refused(serve: Serve, connect: Open) -> None:
    connector = connect(serve(dollars).harness())
    with pytest.raises(RecordRejected, match="with JPY as their base and not USD"):
        connector.enable_multi_currency("USD")


@pytest.mark.parametrize("name", ["free", "standard"])
def test_an_edition_without_the_feature_refuses_it(serve: Serve, connect: Open, name: str) -> None:
    with pytest.raises(AccessRefused) as refused:
        connect(serve(edition(name)).harness()).enable_multi_currency("JPY")
    assert refused.value.hint is not None
    assert "edition" in refused.value.hint.en


def test_a_rate_with_more_digits_than_the_crm_keeps_is_not_cut(serve: Serve, connect: Open) -> None:
    connector = connect(serve(dollars).harness())
    with pytest.raises(RateInvalid, match="EUR"):
        connector.add_currency(rate("EUR", "0.0061234567891"))
    with pytest.raises(ValueError, match="quotes foreign units"):
        connector.add_currency(Rate("JPY", "EUR", Decimal(160), RateDirection.BASE_PER_FOREIGN))


def test_a_lost_answer_is_asked_again(serve: Serve, connect: Open) -> None:
    served = serve()
    connector = connect(served.harness())
    served.fault("drop_after", method="POST", path="/crm/v8/org/currencies/actions/enable")
    connector.enable_multi_currency("JPY")
    served.fault("drop_after", method="POST", path="/crm/v8/org/currencies")
    connector.add_currency(rate("USD", "0.0066"))
    assert connector.rates() == (rate("USD", "0.0066"),)


def test_a_rate_that_is_no_text_is_named(serve: Serve, connect: Open) -> None:
    served = serve(dollars)
    listed = [{"iso_code": "JPY", "is_base": True}, {"iso_code": "USD", "exchange_rate": 1}]
    served.fault("status", method="GET", path="/crm/v8/org/currencies", status=200, body={"currencies": listed})
    with pytest.raises(BrokenAnswer, match="the rate of USD as a text was expected, got 1"):
        connect(served.harness()).rates()


def test_the_crms_own_documents_are_named(sandbox: Any, connect: Open) -> None:
    connector = connect(sandbox.harness())
    assert isinstance(connector, OwnDocuments)
    shown = {"Quotes": "visible", "Invoices": "visible", "Sales_Orders": "user_hidden", "Deals": "visible"}
    modules = [{"api_name": name, "status": status, "visible": True} for name, status in shown.items()]
    sandbox.fault("status", method="GET", path="/crm/v8/settings/modules", status=200, body={"modules": modules})
    assert connector.own_documents() == ("Quotes", "Invoices")


def test_values_go_by_the_labels_the_organisation_gave_them(sandbox: Any, connect: Open) -> None:
    connector = connect(sandbox.harness())
    assert isinstance(connector, ChoiceLabels)
    choices = [
        {"actual_value": "Closed Won", "display_value": "成約", "forecast_type": "Closed Won"},
        {"actual_value": "Qualification", "display_value": "Qualification", "forecast_type": "Open"},
    ]
    industry = {"api_name": "Industry", "pick_list_values": [{"actual_value": "Education", "display_value": "学校"}]}
    stage = {"api_name": "Stage", "pick_list_values": choices}
    fields = {"fields": [industry, stage]}
    sandbox.fault("status", method="GET", path="/crm/v8/settings/fields", status=200, body=fields, count=2)
    assert connector.choice_labels() == {
        "account": {"industry": {"Education": "学校"}},
        "deal": {"stage": {"Closed Won": "成約"}},
    }
