"""What becomes of the CRM's multi-currency when a service is switched off."""

from collections.abc import Callable

import pytest

from tsunagi import Finding, ServicePlan, Severity, Text
from tsunagi_zoho.compatibility import Kind, ZohoCompatibility
from tsunagi_zoho.editions import Edition

MakePlan = Callable[..., ServicePlan]
LEDGER = Text(en="Ledger", ja="レジャー会計")


def after(crm: ServicePlan, *still_needed_by: Text) -> tuple[Finding, ...]:
    return ZohoCompatibility().after_disabling(crm, still_needed_by)


def test_a_person_is_told_how_to_be_rid_of_it(plan: MakePlan) -> None:
    (found,) = after(plan("professional", "JPY", "USD"))
    assert (found.kind, found.severity) == (Kind.DISABLE_BY_HAND, Severity.TELLS)
    assert found.what_to_do is not None
    assert "every currency but JPY" in found.what_to_do.en
    assert "JPY 以外の通貨" in found.what_to_do.ja


def test_what_another_service_needs_stays_on(plan: MakePlan) -> None:
    (found,) = after(plan("professional", "JPY", "USD"), LEDGER)
    assert (found.kind, found.severity) == (Kind.KEEP_MULTI_CURRENCY, Severity.FINE)
    assert "Ledger still needs it" in found.message.en
    assert "レジャー会計で必要" in found.message.ja


@pytest.mark.parametrize("edition", ["enterprise", "ultimate"])
def test_an_edition_that_has_it_by_now_keeps_it(edition: Edition, plan: MakePlan) -> None:
    (found,) = after(plan(edition, "JPY", "USD"))
    assert found.kind is Kind.KEEP_MULTI_CURRENCY


def test_what_is_off_already_is_left_alone(plan: MakePlan) -> None:
    assert after(plan("professional", "JPY", multi=False)) == ()
