"""Money is a Decimal with its currency; no float ever touches it."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_CODE = re.compile("[A-Z]{3}")
# Unicode lists the digits of cash, ISO 4217 those of invoices; where they differ, ISO 4217 applies.
_ISO_DIGITS = {"IQD": 3} | dict.fromkeys(
    ("AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SLL", "SOS", "SYP", "YER"), 2
)


def minor_digits(currency: str) -> int:
    """Digits after the point that the currency is paid in: JPY 0, USD 2, BHD 3; 2 for an unknown one."""
    # Imported with the first amount: what only declares kinds of records needs none.
    from babel.numbers import get_currency_precision

    known = _ISO_DIGITS.get(currency)
    return get_currency_precision(currency) if known is None else known


def is_known(currency: str) -> bool:
    """Is this the code of a currency that there is, or was?"""
    from babel.numbers import is_currency

    return is_currency(currency)


def require_code(currency: str) -> None:
    """Raises ValueError for what cannot be an ISO 4217 code, known or not."""
    if not isinstance(currency, str) or not _CODE.fullmatch(currency):
        raise ValueError(f"a currency needs an ISO 4217 code such as JPY, got {currency!r}")


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency (ISO 4217 code).

    Adding or comparing two currencies raises ValueError: a rate is a decision, never a default.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        # Typed callers cannot pass a float; data read from outside can.
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"money needs a Decimal, got {type(self.amount).__name__} {self.amount!r}")
        if not self.amount.is_finite():
            raise ValueError(f"money needs a finite amount, got {self.amount}")
        require_code(self.currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(Decimal(0), currency)

    def rounded(self) -> "Money":
        """To the digits the currency is paid in, halves away from zero."""
        step = Decimal(1).scaleb(-minor_digits(self.currency))
        return Money(self.amount.quantize(step, ROUND_HALF_UP), self.currency)

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same_currency(other)
        return self.amount < other.amount

    def __le__(self, other: "Money") -> bool:
        self._same_currency(other)
        return self.amount <= other.amount

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self} and {other} are different currencies")
