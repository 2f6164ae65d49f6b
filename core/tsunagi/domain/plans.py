"""What an organisation's plan lets it do, and how it keeps currencies."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tsunagi.domain.rates import Rate

# The name from when the hub knew the editions itself; plugins written then import it.
Edition = str


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """The facts that decide whether two organisations can be joined.

    `edition` is the plan in the plugin's own words, which its Compatibility reads; "unknown" where it is not told.
    `multi_currency` says whether more than the base currency can be used, `currencies` which are in use (ISO
    codes), `has_transactions` whether there are documents, after which a base currency cannot be changed.
    """

    edition: str
    base_currency: str
    multi_currency: bool
    currencies: tuple[str, ...] = ()
    has_transactions: bool = False


@runtime_checkable
class Plans(Protocol):
    """A connector that can tell its organisation's plan and rates. Nothing is cached."""

    def plan(self) -> ServicePlan: ...

    def rates(self) -> tuple[Rate, ...]:
        """The current rate of every foreign currency that has one, in the service's own direction."""
        ...


@runtime_checkable
class MultiCurrency(Protocol):
    """A connector whose service can be told to use several currencies."""

    def enable_multi_currency(self, base: str) -> None:
        """Turn it on with this base currency; on already with the same base is no error. AccessRefused by edition."""
        ...

    def add_currency(self, rate: Rate) -> None:
        """Add a foreign currency at a rate, in the service's own direction; there already is no error."""
        ...
