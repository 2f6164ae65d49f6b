"""The rate by which a condition compares money of different currencies: written in the rule, or the CRM's own.

Without one, yen and dollars cannot be compared. Whatever is compared is multiplied, never divided: it stays exact.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from tsunagi.domain.money import Money, is_known
from tsunagi.domain.records import Value
from tsunagi.rules.comparing import money_in
from tsunagi.rules.derived import RATES
from tsunagi.rules.facts import Facts
from tsunagi.text import Text
from tsunagi.wording import shown

CRM = "crm"
# More than an amount and a rate have together.
_DIGITS = 80


@dataclass(frozen=True, slots=True)
class Rates:
    """What one unit of each currency is worth. `worth` is empty for the CRM's own rate, which is among the facts."""

    worth: tuple[tuple[str, Money], ...] = ()

    def __str__(self) -> str:
        return ", ".join(f"1 {currency} = {money}" for currency, money in self.worth) or "CRM"

    def alike(self, value: Money, other: Money, facts: Facts) -> tuple[Money, Money] | Text:
        """Both in one currency, or why they cannot be."""
        if value.currency == other.currency:
            return value, other
        known = dict(self.worth) or _of_crm(facts)
        for one in _in_other_words(value, known):
            for another in _in_other_words(other, known):
                if one.currency == another.currency:
                    return one, another
        return _no_rate(value, other, self)


def rates_of(given: object) -> Rates | Text:
    """What a rule writes behind `rate`: crm, or what a unit of a currency is worth, as {USD: 151.5 JPY}."""
    if given == CRM:
        return Rates()
    if not isinstance(given, Mapping) or not given:
        return _WANTED
    worth: list[tuple[str, Money]] = []
    for currency, written in given.items():
        money = money_in(written) if isinstance(written, str) else None
        if money is None or money.amount <= 0 or money.currency == currency:
            return Text(
                en=f"{shown(written)} is not what one {currency} is worth: write 151.5 JPY.",
                ja=f"{shown(written)} は 1 {currency} の価値として使えません。151.5 JPY のように書いてください。",
            )
        unknown = next((each for each in (str(currency), money.currency) if not is_known(each)), None)
        if unknown is not None:
            return Text(en=f"There is no currency '{unknown}'.", ja=f"通貨「{unknown}」はありません。")
        worth.append((str(currency), money))
    return Rates(tuple(worth))


def _in_other_words(money: Money, known: Mapping[str, Money]) -> Iterator[Money]:
    yield money
    worth = known.get(money.currency)
    if worth is not None:
        with localcontext(prec=_DIGITS):
            yield Money(money.amount * worth.amount, worth.currency)


def _of_crm(facts: Facts) -> Mapping[str, Money]:
    return {currency: worth for currency, worth in facts.get(RATES, {}).items() if isinstance(worth, Money)}


def crm_rate(base: str, money: Value, rate: Value) -> dict[str, Value]:
    """The facts for `rate: crm`, of a record with its own rate: units of its currency for one of the base."""
    if not isinstance(money, Money) or not isinstance(rate, Decimal) or not rate.is_finite() or rate <= 0:
        return {}
    return {} if money.currency == base else {base: Money(rate, money.currency)}


def _no_rate(value: Money, other: Money, rates: Rates) -> Text:
    if rates.worth:
        return Text(
            en=f"{value} and {other} are different currencies, and the rule's rate ({rates}) is not of these two",
            ja=f"{value} と {other} は通貨が異なり、ルールのレート（{rates}）ではこの二つを換算できません",
        )
    return Text(
        en=f"{value} and {other} are different currencies, and the CRM says no rate of these two for this record",
        ja=f"{value} と {other} は通貨が異なり、CRM のこのレコードにはこの二つのレートがありません",
    )


_WANTED = Text(
    en="A rate is crm, or what a unit of a currency is worth: {USD: 151.5 JPY}.",
    ja="rate には crm、または {USD: 151.5 JPY} のように 1 単位の価値を書いてください。",
)
