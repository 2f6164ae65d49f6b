"""A CRM and a finance organisation, as their plans describe them."""

from collections.abc import Callable

import pytest

from tsunagi import FinanceSide, ServicePlan, Text
from tsunagi_zoho.editions import Edition

MakePlan = Callable[..., ServicePlan]
MakeFinance = Callable[..., FinanceSide]


def _plan(
    edition: Edition = "professional",
    base: str = "JPY",
    *currencies: str,
    multi: bool | None = None,
    used: bool = False,
) -> ServicePlan:
    """`multi` is whether there are several currencies, unless told otherwise."""
    return ServicePlan(edition, base, bool(currencies) if multi is None else multi, (base, *currencies), used)


def _finance(*currencies: str, base: str = "JPY", multi: bool | None = None, used: bool = False) -> FinanceSide:
    plan = _plan("standard", base, *currencies, multi=multi, used=used)
    return FinanceSide("ledger", Text(en="Ledger", ja="レジャー会計"), "10001", "Acme KK", plan)


@pytest.fixture(scope="session")
def plan() -> MakePlan:
    return _plan


@pytest.fixture(scope="session")
def finance() -> MakeFinance:
    return _finance
