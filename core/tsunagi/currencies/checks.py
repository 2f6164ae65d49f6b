"""The rules of plans and base currencies: may this CRM and this finance organisation be joined, and what then?"""

from collections.abc import Iterator

from tsunagi.currencies import wording
from tsunagi.currencies.findings import Finding, Kind, Severity, refusals
from tsunagi.currencies.sides import FinanceSide
from tsunagi.domain.money import is_known, minor_digits
from tsunagi.domain.plans import Edition, ServicePlan

TOO_LOW: frozenset[Edition] = frozenset({"free", "standard"})


def check(crm: ServicePlan, finance: FinanceSide) -> tuple[Finding, ...]:
    """Everything there is to say before the two are connected, the weightiest first; never empty.

    While anything refuses, nothing acts: see `refusals`. An ENABLE_MULTI_CURRENCY finding is to be carried out with
    its `currency` as base currency, and remembered as the hub's own doing (see `switching_off`).
    """
    found = [*_edition(crm), *_base_currency(crm, finance), *_unknown(crm, finance)]
    if not refusals(found):
        found += _several_currencies(crm, finance)
    if all(finding.severity is Severity.FINE for finding in found):
        found.append(Finding(Kind.FITS, Severity.FINE, "both", wording.fits(finance)))
    found += _digits(crm, finance)
    weights = list(Severity)
    return tuple(sorted(found, key=lambda finding: weights.index(finding.severity)))


def _edition(crm: ServicePlan) -> Iterator[Finding]:
    if crm.edition in TOO_LOW:
        message, what_to_do = wording.edition_too_low(crm.edition)
        yield Finding(Kind.EDITION_TOO_LOW, Severity.REFUSES, "crm", message, what_to_do)
    elif crm.edition == "unknown":
        message, what_to_do = wording.edition_unknown()
        yield Finding(Kind.EDITION_UNKNOWN, Severity.TELLS, "crm", message, what_to_do)


def _base_currency(crm: ServicePlan, finance: FinanceSide) -> Iterator[Finding]:
    if crm.base_currency == finance.plan.base_currency:
        return
    # Documents carry base amounts at their own rates, so a service does not let go of its base currency any more.
    locked = finance.plan.has_transactions
    kind = Kind.BASE_CURRENCY_LOCKED if locked else Kind.BASE_CURRENCY_DIFFERS
    what_to_do = wording.ask_support(crm, finance) if locked else wording.change_base(crm, finance)
    message = wording.base_differs(crm, finance)
    yield Finding(kind, Severity.REFUSES, "finance", message, what_to_do, finance.plan.base_currency)


def _unknown(crm: ServicePlan, finance: FinanceSide) -> Iterator[Finding]:
    bases = {crm.base_currency, finance.plan.base_currency}
    for code in sorted(code for code in _all_currencies(crm, finance) if not is_known(code)):
        message, what_to_do = wording.unknown_currency(code)
        side = wording.side_of(code, crm, finance)
        if code in bases:
            yield Finding(Kind.UNKNOWN_BASE_CURRENCY, Severity.REFUSES, side, message, what_to_do, code)
        else:
            yield Finding(Kind.UNKNOWN_CURRENCY, Severity.TELLS, side, message, what_to_do, code)


def _several_currencies(crm: ServicePlan, finance: FinanceSide) -> Iterator[Finding]:
    base = finance.plan.base_currency
    if finance.foreign_currencies and not crm.multi_currency:
        if crm.edition == "professional":
            message = wording.enable_multi_currency(finance)
            yield Finding(Kind.ENABLE_MULTI_CURRENCY, Severity.ACTS, "crm", message, None, base)
        else:
            # Here it is the administrator's own feature to turn on: it cannot be undone there.
            message, what_to_do = wording.multi_currency_off(finance)
            yield Finding(Kind.MULTI_CURRENCY_OFF, Severity.TELLS, "crm", message, what_to_do, base)
    unbillable = sorted(set(crm.currencies) - {crm.base_currency})
    if crm.multi_currency and unbillable and not finance.plan.multi_currency:
        message, what_to_do = wording.single_currency_finance(finance, unbillable)
        yield Finding(Kind.SINGLE_CURRENCY_FINANCE, Severity.TELLS, "finance", message, what_to_do, base)


def _digits(crm: ServicePlan, finance: FinanceSide) -> Iterator[Finding]:
    for code in sorted(filter(is_known, _all_currencies(crm, finance))):
        digits = minor_digits(code)
        if digits == 0:
            yield Finding(Kind.NO_MINOR_UNIT, Severity.FINE, "both", wording.no_minor_unit(code), None, code)
        elif digits > 2:
            message, what_to_do = wording.many_decimals(code, digits)
            yield Finding(Kind.THREE_DECIMALS, Severity.TELLS, "crm", message, what_to_do, code)


def _all_currencies(crm: ServicePlan, finance: FinanceSide) -> frozenset[str]:
    bases = {crm.base_currency, finance.plan.base_currency}
    return frozenset(bases | set(crm.currencies) | set(finance.plan.currencies))
