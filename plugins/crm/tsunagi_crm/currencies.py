"""The CRM's edition, and its currencies: whether it uses several, and at which rates."""

from datetime import datetime
from typing import Any

from babel.numbers import get_currency_name, get_currency_symbol

from tsunagi import AccessRefused, Rate, RateDirection, RecordRejected, ServicePlan, Text, minor_digits
from tsunagi_crm.entities import SERVICE
from tsunagi_crm.metadata import broken, items_of, only_currency
from tsunagi_zoho import Answer, Json, ZohoClient, crm_item, parse_time
from tsunagi_zoho.compatibility import format_rate, parse_rate
from tsunagi_zoho.editions import CRM_EDITIONS, Edition

_ALREADY = "ALREADY_ENABLED"
_THERE_IS_ONE = "DUPLICATE_DATA"
_OFF = "CURRENCIES_NOT_ENABLED"


def read_plan(client: ZohoClient, now: datetime) -> ServicePlan:
    """One call, and one more where several currencies are used.

    The base currency of a CRM is fixed from the moment it uses several: that counts as having transactions.
    """
    answer = client.get("/org")
    org = items_of(answer, "org")[0]
    several = bool(org.get("mc_status"))
    edition = _edition(org, now)
    if not several:
        base = only_currency(answer, org)
        return ServicePlan(edition, base, multi_currency=False, currencies=(base,))
    listed = client.get("/org/currencies")
    active = [each for each in items_of(listed, "currencies") if each.get("is_active", True)]
    base = _base(listed, active)
    others = sorted(str(each["iso_code"]) for each in active if not each.get("is_base"))
    return ServicePlan(edition, base, multi_currency=True, currencies=(base, *others), has_transactions=True)


def read_rates(client: ZohoClient) -> tuple[Rate, ...]:
    """Foreign units for one of the base currency; none while one currency is used. One call."""
    try:
        answer = client.get("/org/currencies")
    except AccessRefused as refusal:
        if refusal.code == _OFF:
            return ()
        raise
    listed = items_of(answer, "currencies")
    base = _base(answer, listed)
    foreign = (each for each in listed if not each.get("is_base") and each.get("is_active", True))
    return tuple(_rate(answer, base, each) for each in foreign)


def enable(client: ZohoClient, base: str) -> None:
    """Use several currencies from now on. It cannot be undone by API."""
    body = {"base_currency": _currency(base, "1.000000000")}
    try:
        # The second time, the CRM answers that it was done before.
        client.post("/org/currencies/actions/enable", body, repeatable=True)
    except RecordRejected as refusal:
        if refusal.code != _ALREADY:
            raise
        _same_base(client, base, refusal)


def add(client: ZohoClient, rate: Rate) -> None:
    """Raises RateInvalid where the rate has more digits than the CRM keeps."""
    if rate.direction is not RateDirection.FOREIGN_PER_BASE:
        raise ValueError(f"the CRM quotes foreign units for one of the base currency, got {rate}")
    body = {"currencies": [_currency(rate.foreign, format_rate(rate)) | {"is_active": True}]}
    try:
        crm_item(client.post("/org/currencies", body, repeatable=True), "currencies")
    except RecordRejected as refusal:
        if refusal.code != _THERE_IS_ONE:
            raise


def _edition(org: Json, now: datetime) -> Edition:
    licence = org.get("license_details")
    licence = licence if isinstance(licence, dict) else {}
    kind = licence.get("paid_type")
    if not licence.get("paid") and _on_trial(licence, now):
        kind = licence.get("trial_type")
    return CRM_EDITIONS.get(str(kind or "").casefold(), "unknown")


def _on_trial(licence: Json, now: datetime) -> bool:
    if not licence.get("trial_type"):
        return False
    ends = licence.get("trial_expiry")
    return not ends or parse_time(str(ends)) > now


def _base(answer: Answer, listed: list[dict[str, Any]]) -> str:
    for currency in listed:
        if currency.get("is_base"):
            return str(currency["iso_code"])
    raise broken(answer, "one currency with is_base", "none")


def _rate(answer: Answer, base: str, currency: Json) -> Rate:
    code, rate = str(currency.get("iso_code") or ""), currency.get("exchange_rate")
    if not isinstance(rate, str):
        raise broken(answer, f"the rate of {code} as a text", repr(rate))
    return parse_rate(base, code, rate)


def _currency(code: str, rate: str) -> dict[str, Any]:
    return {
        "iso_code": code,
        "name": f"{get_currency_name(code, locale='en')} - {code}",
        "symbol": get_currency_symbol(code, locale="en"),
        "prefix_symbol": True,
        "exchange_rate": rate,
        "format": {
            "decimal_separator": "Period",
            "thousand_separator": "Comma",
            "decimal_places": str(min(minor_digits(code), 3)),
        },
    }


def _same_base(client: ZohoClient, wanted: str, refusal: RecordRejected) -> None:
    answer = client.get("/org/currencies")
    base = _base(answer, items_of(answer, "currencies"))
    if base == wanted:
        return
    raise RecordRejected(
        Text(
            en=f"The CRM uses several currencies already, with {base} as their base and not {wanted}.",
            ja=f"CRM の複数通貨はすでに有効で、基準通貨は {wanted} ではなく {base} です。",
        ),
        service=SERVICE,
        code=refusal.code,
        problems={"base_currency": f"{base} stands, {wanted} was asked for"},
    ) from refusal
