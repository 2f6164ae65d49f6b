"""What becomes of the CRM's multi-currency when a service is switched off."""

from collections.abc import Callable

import pytest

from tsunagi.currencies.findings import Kind, Severity
from tsunagi.currencies.switching_off import multi_currency_after
from tsunagi.domain.plans import Edition, ServicePlan
from tsunagi.text import Text

MakePlan = Callable[..., ServicePlan]
LEDGER = Text(en="Ledger", ja="レジャー会計")


def test_what_the_hub_turned_on_it_turns_off_where_it_can(plan: MakePlan) -> None:
    (found,) = multi_currency_after(plan("professional", "JPY", "USD"), ours=True, still_needed_by=(), can_disable=True)
    assert (found.kind, found.severity) == (Kind.DISABLE_MULTI_CURRENCY, Severity.ACTS)


def test_elsewhere_a_person_is_told_how(plan: MakePlan) -> None:
    (found,) = multi_currency_after(
        plan("professional", "JPY", "USD"), ours=True, still_needed_by=(), can_disable=False
    )
    assert (found.kind, found.severity) == (Kind.DISABLE_BY_HAND, Severity.TELLS)
    assert found.what_to_do is not None
    assert "every currency but JPY" in found.what_to_do.en
    assert "JPY 以外の通貨" in found.what_to_do.ja


@pytest.mark.parametrize("can_disable", [True, False])
def test_what_another_service_needs_stays_on(can_disable: bool, plan: MakePlan) -> None:
    (found,) = multi_currency_after(
        plan("professional", "JPY", "USD"), ours=True, still_needed_by=(LEDGER,), can_disable=can_disable
    )
    assert (found.kind, found.severity) == (Kind.KEEP_MULTI_CURRENCY, Severity.FINE)
    assert "Ledger still needs it" in found.message.en
    assert "レジャー会計で必要" in found.message.ja


@pytest.mark.parametrize("edition", ["enterprise", "ultimate"])
def test_an_edition_that_has_it_by_now_keeps_it(edition: Edition, plan: MakePlan) -> None:
    (found,) = multi_currency_after(plan(edition, "JPY", "USD"), ours=True, still_needed_by=(), can_disable=True)
    assert found.kind is Kind.KEEP_MULTI_CURRENCY


@pytest.mark.parametrize(("ours", "on"), [(False, True), (True, False), (False, False)])
def test_what_the_hub_did_not_turn_on_or_is_off_is_left_alone(ours: bool, on: bool, plan: MakePlan) -> None:
    crm = plan("professional", "JPY", multi=on)
    assert multi_currency_after(crm, ours=ours, still_needed_by=(), can_disable=True) == ()
