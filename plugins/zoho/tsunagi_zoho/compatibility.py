"""Exchange rates as the CRM writes them, and whether a CRM and a finance organisation may be joined."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum

from babel.numbers import is_currency

from tsunagi import (
    FinanceSide,
    Finding,
    Person,
    Rate,
    RateDirection,
    RateInvalid,
    ServicePlan,
    Severity,
    SupportRequest,
    Text,
    minor_digits,
)
from tsunagi_zoho import compatibility_messages as messages
from tsunagi_zoho.editions import Edition

INTEGER_DIGITS = 9
PLACES = 9
_NINE_DIGITS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def parse_rate(base: str, foreign: str, text: str) -> Rate:
    """Foreign units for one of the base currency, from a text such as "0.006600000". Raises RateInvalid."""
    if not isinstance(text, str):
        raise TypeError(f"a rate is read from a text, got {type(text).__name__} {text!r}")
    if not _NINE_DIGITS.fullmatch(text) or not Decimal(text):
        raise RateInvalid(_not_nine_digits(foreign, text), currency=foreign)
    return Rate(base, foreign, Decimal(text), RateDirection.FOREIGN_PER_BASE)


def format_rate(rate: Rate) -> str:
    """Always with nine decimals. Raises RateInvalid where digits would be lost: rounding a rate is a decision."""
    whole, _, decimals = f"{rate.value:f}".partition(".")
    text = f"{whole}.{decimals.rstrip('0').ljust(PLACES, '0')}"
    if not _NINE_DIGITS.fullmatch(text):
        raise RateInvalid(_not_nine_digits(rate.foreign, f"{rate.value:f}"), currency=rate.foreign)
    return text


def _not_nine_digits(currency: str, text: str) -> Text:
    return Text(
        en=f"The exchange rate of {currency} must be a number above zero with at most {INTEGER_DIGITS} digits before "
        f"the point and {PLACES} after it, such as 0.006600000; got '{text}'.",
        ja=f"{currency} の為替レートは、整数部 {INTEGER_DIGITS} 桁以内、小数部 {PLACES} 桁以内の 0 より大きい数"
        f"(例: 0.006600000)で指定してください。受け取った値: 「{text}」",
    )


# The vendor connects its own CRM with finance services from Professional on.
TOO_LOW: frozenset[Edition] = frozenset({"free", "standard"})


class Kind(StrEnum):
    """What was found; LOCKED is DIFFERS where only the vendor's support can change the finance side."""

    EDITION_TOO_LOW = "edition_too_low"
    EDITION_UNKNOWN = "edition_unknown"
    BASE_CURRENCY_DIFFERS = "base_currency_differs"
    BASE_CURRENCY_LOCKED = "base_currency_locked"
    UNKNOWN_BASE_CURRENCY = "unknown_base_currency"
    UNKNOWN_CURRENCY = "unknown_currency"
    ENABLE_MULTI_CURRENCY = "enable_multi_currency"
    MULTI_CURRENCY_OFF = "multi_currency_off"
    SINGLE_CURRENCY_FINANCE = "single_currency_finance"
    THREE_DECIMALS = "three_decimals"
    NO_MINOR_UNIT = "no_minor_unit"
    FITS = "fits"
    DISABLE_BY_HAND = "disable_by_hand"
    KEEP_MULTI_CURRENCY = "keep_multi_currency"


class ZohoCompatibility:
    """See tsunagi.Compatibility."""

    def check(self, crm: ServicePlan, finance: FinanceSide) -> tuple[Finding, ...]:
        """Never empty: it also reports that there is nothing to fix."""
        found = [*_edition(crm), *_base_currency(crm, finance), *_unknown(crm, finance)]
        # While anything refuses, nothing is changed: what multi-currency would need is not relevant yet.
        if not any(finding.severity is Severity.REFUSES for finding in found):
            found += _several_currencies(crm, finance)
        if all(finding.severity is Severity.FINE for finding in found):
            found.append(Finding(Kind.FITS, Severity.FINE, "both", messages.fits(finance)))
        return (*found, *_digits(crm, finance))

    def after_disabling(self, crm: ServicePlan, still_needed_by: Sequence[Text]) -> tuple[Finding, ...]:
        """At most one finding. No API turns multi-currency off again, whatever the edition."""
        if not crm.multi_currency:
            return ()
        if still_needed_by:
            return (_keep(messages.still_needed(still_needed_by)),)
        if crm.edition in ("enterprise", "ultimate"):
            # The company moved to an edition that has the feature itself: it is theirs now.
            return (_keep(messages.theirs_now()),)
        message, what_to_do = messages.disable_by_hand(crm.base_currency)
        return (Finding(Kind.DISABLE_BY_HAND, Severity.TELLS, "crm", message, what_to_do, crm.base_currency),)

    def support_request(self, actor: Person, finance: FinanceSide, to_currency: str) -> SupportRequest:
        """Names the person, the organisation, from which currency to which, and why."""
        return messages.base_currency_change(actor, finance, to_currency)


def _keep(message: Text) -> Finding:
    return Finding(Kind.KEEP_MULTI_CURRENCY, Severity.FINE, "crm", message)


def _edition(crm: ServicePlan) -> Iterator[Finding]:
    if crm.edition in TOO_LOW:
        message, what_to_do = messages.edition_too_low(crm.edition)
        yield Finding(Kind.EDITION_TOO_LOW, Severity.REFUSES, "crm", message, what_to_do)
    elif crm.edition == "unknown":
        message, what_to_do = messages.edition_unknown()
        yield Finding(Kind.EDITION_UNKNOWN, Severity.TELLS, "crm", message, what_to_do)


def _base_currency(crm: ServicePlan, finance: FinanceSide) -> Iterator[Finding]:
    if crm.base_currency == finance.plan.base_currency:
        return
    # Documents carry base amounts at their own rates, so a service does not let go of its base currency any more.
    locked = finance.plan.has_transactions
    kind = Kind.BASE_CURRENCY_LOCKED if locked else Kind.BASE_CURRENCY_DIFFERS
    what_to_do = messages.ask_support(crm, finance) if locked else messages.change_base(crm, finance)
    message = messages.base_differs(crm, finance)
    yield Finding(
        kind,
        Severity.REFUSES,
        "finance",
        message,
        what_to_do,
        finance.plan.base_currency,
        needs_support=locked,
    )


def _unknown(crm: ServicePlan, finance: FinanceSide) -> Iterator[Finding]:
    bases = {crm.base_currency, finance.plan.base_currency}
    for code in sorted(code for code in _all_currencies(crm, finance) if not is_currency(code)):
        message, what_to_do = messages.unknown_currency(code)
        side = messages.side_of(code, crm, finance)
        if code in bases:
            yield Finding(Kind.UNKNOWN_BASE_CURRENCY, Severity.REFUSES, side, message, what_to_do, code)
        else:
            yield Finding(Kind.UNKNOWN_CURRENCY, Severity.TELLS, side, message, what_to_do, code)


def _several_currencies(crm: ServicePlan, finance: FinanceSide) -> Iterator[Finding]:
    base = finance.plan.base_currency
    if finance.foreign_currencies and not crm.multi_currency:
        if crm.edition == "professional":
            message = messages.enable_multi_currency(finance)
            yield Finding(
                Kind.ENABLE_MULTI_CURRENCY, Severity.ACTS, "crm", message, None, base, effect="enable_multi_currency"
            )
        else:
            # Here it is the administrator's own feature to turn on: it cannot be undone there.
            message, what_to_do = messages.multi_currency_off(finance)
            yield Finding(Kind.MULTI_CURRENCY_OFF, Severity.TELLS, "crm", message, what_to_do, base)
    unbillable = sorted(set(crm.currencies) - {crm.base_currency})
    if crm.multi_currency and unbillable and not finance.plan.multi_currency:
        message, what_to_do = messages.single_currency_finance(finance, unbillable)
        yield Finding(Kind.SINGLE_CURRENCY_FINANCE, Severity.TELLS, "finance", message, what_to_do, base)


def _digits(crm: ServicePlan, finance: FinanceSide) -> Iterator[Finding]:
    for code in sorted(filter(is_currency, _all_currencies(crm, finance))):
        digits = minor_digits(code)
        if digits == 0:
            yield Finding(Kind.NO_MINOR_UNIT, Severity.FINE, "both", messages.no_minor_unit(code), None, code)
        elif digits > 2:
            message, what_to_do = messages.many_decimals(code, digits)
            yield Finding(Kind.THREE_DECIMALS, Severity.TELLS, "crm", message, what_to_do, code)


def _all_currencies(crm: ServicePlan, finance: FinanceSide) -> frozenset[str]:
    bases = {crm.base_currency, finance.plan.base_currency}
    return frozenset(bases | set(crm.currencies) | set(finance.plan.currencies))
