"""An organisation's money: its currencies, read once and kept for an hour, its plan and rates, amounts in base."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Lock

from tsunagi import BrokenAnswer, Money, Rate, RateDirection, RecordRejected, ServicePlan, Text, Value
from tsunagi_zoho.editions import FINANCE_EDITIONS
from tsunagi_zoho.finance.organization import PAGE_SIZE, OrganizationClient, list_in, object_in
from tsunagi_zoho.finance.wire import Row

# Rates are entered by hand or fed once a day.
KEPT_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Currency:
    """`rate` is base-currency units for one unit of this currency; None where none is stored."""

    id: str
    code: str
    is_base: bool
    rate: Decimal | None = None

    @classmethod
    def of(cls, row: Row) -> "Currency":
        # A currency without a stored rate, and the base itself, are listed with the rate 0.
        return cls(
            id=row.required_text("currency_id"),
            code=row.currency(),
            is_base=row.data.get("is_base_currency") is True,
            rate=row.number("exchange_rate") or None,
        )


def currencies(calls: OrganizationClient) -> tuple[Currency, ...]:
    """All the organisation has set up. One call."""
    answer = calls.get("/settings/currencies", {"per_page": str(PAGE_SIZE)})
    rows = list_in(answer, "currencies")
    return tuple(Currency.of(Row(calls.service, "currency", data)) for data in rows)


def base_of(service: str, known: Sequence[Currency]) -> Currency:
    """The base among an organisation's currencies. Raises BrokenAnswer where there is none."""
    base = next((currency for currency in known if currency.is_base), None)
    if base is not None:
        return base
    codes = ", ".join(sorted(currency.code for currency in known)) or "-"
    raise BrokenAnswer(
        Text(
            en=f"{service} lists no base currency among: {codes}.",
            ja=f"{service} の通貨一覧に基準通貨がありません: {codes}",
        ),
        service=service,
    )


class Ledger:
    """What translating amounts needs to know of the organisation. Safe to use from several threads."""

    def __init__(self, service: str, currencies: Callable[[], Sequence[Currency]], now: Callable[[], datetime]) -> None:
        self.service = service
        self._fetch = currencies
        self._now = now
        self._lock = Lock()
        self._known: dict[str, Currency] = {}
        self._until: datetime | None = None
        self._base = ""

    @property
    def base(self) -> str:
        """The code of the base currency."""
        return self._base or self._load().code

    @property
    def known_base(self) -> str:
        """As `base`, but empty rather than a call where it was not needed yet."""
        return self._base

    def remember_base(self, code: str) -> None:
        """Spare a call: the base currency of an organisation with documents never changes."""
        self._base = self._base or code

    def currency(self, code: str) -> Currency:
        """Raises RecordRejected where the organisation does not have this currency."""
        with self._lock:
            stale = self._until is None or self._now() >= self._until
            # A currency we do not know may have been added a minute ago.
            if stale or code not in self._known:
                self._refresh()
            known = self._known
        if code not in known:
            raise self._missing(code, known)
        return known[code]

    def _load(self) -> Currency:
        with self._lock:
            if not self._base:
                self._refresh()
            return next(currency for currency in self._known.values() if currency.is_base)

    def _refresh(self) -> None:
        found = self._fetch()
        self._base = base_of(self.service, found).code
        self._known, self._until = {currency.code: currency for currency in found}, self._now() + KEPT_FOR

    def _missing(self, code: str, known: dict[str, Currency]) -> RecordRejected:
        have = ", ".join(sorted(known))
        return RecordRejected(
            Text(
                en=f"The currency {code} is not set up in {self.service}, which has: {have}.",
                ja=f"通貨 {code} は {self.service} に登録されていません(登録済み: {have})。",
            ),
            service=self.service,
            problems={"currency": f"{code} is not one of {have}"},
            hint=Text(
                en=f"Add {code} under Settings > Currencies there, with its exchange rate.",
                ja=f"設定 > 通貨 で {code} と為替レートを追加してください。",
            ),
        )


def amounts(row: Row, key: str, name: str, ledger: Ledger) -> dict[str, Value]:
    """The figure under `key` as `name` and `base_<name>`, at the document's own rate.

    Raises BrokenAnswer where a foreign document has neither the base figure nor its rate.
    """
    amount = row.money(key, row.currency())
    return {name: amount, f"base_{name}": in_base(row, key, amount, ledger)}


def in_base(row: Row, key: str, amount: Money, ledger: Ledger) -> Money:
    """The service's own figure where it gives one, else computed at the document's rate."""
    if amount.currency == ledger.base:
        return amount
    if row.number(f"bcy_{key}") is not None:
        return row.money(f"bcy_{key}", ledger.base)
    rate = row.number("exchange_rate")
    if not rate:
        raise row.broken("exchange_rate", row.data.get("exchange_rate"), "the rate of a foreign document")
    return Money(amount.amount * rate, ledger.base).rounded()


def tells_base(row: Row, ledger: Ledger, *keys: str) -> bool:
    """Whether the row has enough to compute these figures in the base currency."""
    if row.currency() == ledger.base or row.number("exchange_rate"):
        return True
    return all(row.number(f"bcy_{key}") is not None for key in keys)


def read_plan(calls: OrganizationClient, documents: Mapping[str, str]) -> ServicePlan:
    """Two calls; where it is not known whether the organisation has transactions, one more a kind of document.

    `documents` is where each kind is listed, and under which key.

    A currency is in use when it has a rate: organisations come with a list of others that have none.
    """
    answer = calls.client.get(f"/organizations/{calls.organization_id}")
    row = Row(calls.service, "organization", object_in(answer, "organization"))
    known = currencies(calls)
    base = base_of(calls.service, known)
    foreign = sorted(each.code for each in known if not each.is_base and each.rate is not None)
    return ServicePlan(
        edition=FINANCE_EDITIONS.get(row.text("plan_name").upper(), "unknown"),
        base_currency=base.code,
        multi_currency=len(known) > 1,
        currencies=(base.code, *foreign),
        has_transactions=_has_transactions(row, calls, documents),
    )


def read_rates(calls: OrganizationClient) -> tuple[Rate, ...]:
    """One call."""
    known = currencies(calls)
    base = base_of(calls.service, known)
    return tuple(_rate(base, each) for each in known if not each.is_base and each.rate is not None)


def _rate(base: Currency, foreign: Currency) -> Rate:
    assert foreign.rate is not None
    return Rate(base.code, foreign.code, foreign.rate, RateDirection.BASE_PER_FOREIGN)


def _has_transactions(row: Row, calls: OrganizationClient, documents: Mapping[str, str]) -> bool:
    flag = row.data.get("is_transaction_available")
    if flag is not None and flag != "":
        return str(flag).strip().casefold() == "true"
    return any(list_in(calls.get(f"/{path}", {"per_page": "1"}), key) for path, key in documents.items())
