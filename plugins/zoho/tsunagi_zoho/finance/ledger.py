"""An organisation's currencies, read once and kept for an hour."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Lock

from tsunagi import BrokenAnswer, RecordRejected, Text
from tsunagi_zoho.finance.calls import PAGE_SIZE, OrganizationCalls, list_in
from tsunagi_zoho.finance.row import Row

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


def currencies(calls: OrganizationCalls) -> tuple[Currency, ...]:
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
