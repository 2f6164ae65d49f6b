"""What a finance organisation's plan is, and how it keeps currencies; read afresh each time."""

from collections.abc import Iterable

from tsunagi import Edition, Rate, RateDirection, ServicePlan
from tsunagi_zoho.finance.calls import OrganizationCalls, list_in, object_in
from tsunagi_zoho.finance.kinds import Kind
from tsunagi_zoho.finance.ledger import Currency, base_of, currencies
from tsunagi_zoho.finance.row import Row

_EDITIONS: dict[str, Edition] = {
    "FREE": "free",
    "STANDARD": "standard",
    "PROFESSIONAL": "professional",
    "PREMIUM": "enterprise",
    "ELITE": "enterprise",
    "ULTIMATE": "ultimate",
}


def read_plan(calls: OrganizationCalls, documents: Iterable[Kind]) -> ServicePlan:
    """Two calls; where the organisation does not say whether it has transactions, one more a kind of document.

    A currency is in use when it has a rate: organisations come with a list of others that have none.
    """
    answer = calls.client.get(f"/organizations/{calls.organization_id}")
    row = Row(calls.service, "organization", object_in(answer, "organization"))
    known = currencies(calls)
    base = base_of(calls.service, known)
    foreign = sorted(each.code for each in known if not each.is_base and each.rate is not None)
    return ServicePlan(
        edition=_EDITIONS.get(row.text("plan_name").upper(), "unknown"),
        base_currency=base.code,
        multi_currency=len(known) > 1,
        currencies=(base.code, *foreign),
        has_transactions=_has_transactions(row, calls, documents),
    )


def read_rates(calls: OrganizationCalls) -> tuple[Rate, ...]:
    """One call."""
    known = currencies(calls)
    base = base_of(calls.service, known)
    return tuple(_rate(base, each) for each in known if not each.is_base and each.rate is not None)


def _rate(base: Currency, foreign: Currency) -> Rate:
    assert foreign.rate is not None
    return Rate(base.code, foreign.code, foreign.rate, RateDirection.BASE_PER_FOREIGN)


def _has_transactions(row: Row, calls: OrganizationCalls, documents: Iterable[Kind]) -> bool:
    said = row.data.get("is_transaction_available")
    if said is not None and said != "":
        return str(said).strip().casefold() == "true"
    return any(list_in(calls.get(f"/{kind.path}", {"per_page": "1"}), kind.many) for kind in documents)
