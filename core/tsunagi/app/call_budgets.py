"""The calls of the day of each organisation: spent by every process, a share kept for what people wait for."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from tsunagi.domain.connector import Allowance, ApiCall, Limits
from tsunagi.store.database import Store
from tsunagi.store.day_budgets import DayBudgets
from tsunagi.text import Text

if TYPE_CHECKING:
    from tsunagi.registry import Registry

# Seconds. What services say with each answer is kept so often; whoever decides by it has it kept first.
_KEEP_EVERY = 1.0


class CallBudget:
    """What one organisation's calls cost: kept in the store for all processes, now and then. Safe to use from threads.

    Where the service says nothing of its day, the hub's own calls are counted against `limits.per_day`.
    """

    def __init__(self, store: Store, name: str, limits: Limits, now: Callable[[], datetime]) -> None:
        self._store, self._name, self._per_day, self._now = store, name, limits.per_day, now
        self._lock = threading.Lock()
        self._told: Allowance | None = None
        self._spent = 0
        self._next = 0.0

    def observe(self, call: ApiCall) -> None:
        with self._lock:
            if call.allowance is not None:
                self._told = call.allowance
            elif self._per_day is not None:
                self._spent += call.cost
            else:
                return
            due = monotonic() >= self._next
        if due:
            self.keep()

    def keep(self) -> None:
        with self._lock:
            told, spent = self._told, self._spent
            self._told, self._spent = None, 0
            self._next = monotonic() + _KEEP_EVERY
        if told is None and not spent:
            return
        with self._store.write(lasting=False) as session:
            if told is not None:
                DayBudgets(session).keep(self._name, told)
            elif self._per_day is not None:
                DayBudgets(session).spent(self._name, spent, self._per_day, self._now())


class CallBudgets:
    """The budgets of all organisations. `reserved` percent of each day's calls are left for what people wait for."""

    def __init__(self, store: Store, now: Callable[[], datetime], reserved: int) -> None:
        self._store, self._now, self.reserved = store, now, reserved
        self._budgets: dict[str, CallBudget] = {}

    def of(self, name: str, limits: Limits) -> CallBudget:
        """The budget of an organisation's allowance of this name."""
        return self._budgets.setdefault(name, CallBudget(self._store, name, limits, self._now))

    def keep(self) -> None:
        for budget in list(self._budgets.values()):
            budget.keep()

    def waits_until(self, name: str) -> datetime | None:
        """When a sync may call there again, as far as that can be foreseen; None where it may now."""
        if name in self._budgets:
            self._budgets[name].keep()
        with self._store.read() as session:
            found = DayBudgets(session).of(name, self._now())
        return found.waits_until(self.reserved, self._now()) if found else None

    def days_for(self, name: str, calls: int) -> int:
        if name in self._budgets:
            self._budgets[name].keep()
        with self._store.read() as session:
            found = DayBudgets(session).of(name, self._now())
        return found.days_for(calls, self.reserved) if found else 0

    def ran_out(self, name: str, seconds: float | None) -> None:
        """A call was refused, for so long where the service said so."""
        now = self._now()
        with self._store.write() as session:
            DayBudgets(session).ran_out(name, None if seconds is None else now + timedelta(seconds=seconds), now)


def out_of_calls(registry: "Registry", service: str, until: datetime) -> dict[str, str]:
    """Why a sync stops at a service for today, as a step's result; `until` (ISO) is when it goes on."""
    label = labels_of(registry, [service])
    return {
        "en": f"The calls of the day that syncs may make to {label.en} are used up; it goes on when there are more.",
        "ja": f"{label.ja} で同期に使える本日の呼び出し回数を使い切りました。回数が回復すると再開します。",
        "service": service,
        "until": until.isoformat(),
    }


def labels_of(registry: "Registry", services: Iterable[str]) -> Text:
    """Services as people know them."""
    kinds = registry.connectors
    found = [kinds[service].label if service in kinds else Text.same(service) for service in services]
    return Text(en=", ".join(each.en for each in found), ja="、".join(each.ja for each in found))
