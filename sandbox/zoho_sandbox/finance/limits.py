"""How often an organisation may call a service: by minute, by day and at once, on the sandbox's clock."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from weakref import WeakKeyDictionary

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.finance import organizations
from zoho_sandbox.finance.errors import FinanceError
from zoho_sandbox.finance.organizations import Organization
from zoho_sandbox.finance.services import BOOKS, Service
from zoho_sandbox.sandbox import Sandbox

CALLS_PER_MINUTE = 100
# The daily cap is soft: a tenth more is answered, with fewer than no calls remaining.
_GRACE = 10
_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Meter:
    """The calls of one organisation: those of the last minute, and how many there were today (UTC)."""

    recent: deque[datetime] = field(default_factory=deque)
    day: date = date.min
    today: int = 0

    def advance(self, now: datetime) -> None:
        """Forget what lies more than a minute, or a midnight, back; a clock set back forgets everything."""
        if self.recent and self.recent[-1] > now:
            self.recent.clear()
        while self.recent and self.recent[0] <= now - _MINUTE:
            self.recent.popleft()
        if self.day != now.date():
            self.day, self.today = now.date(), 0

    def count(self, now: datetime) -> None:
        self.today += 1
        self.recent.append(now)


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls a day and a minute that were set for one organisation in place of its plan's; None: the plan's limit.

    They apply whether the sandbox applies the plans' limits or not.
    """

    per_day: int | None = None
    per_minute: int | None = None


@dataclass(slots=True)
class Meters:
    """The meters of one sandbox, by ledger, own limits where some were set, and the organisation last served.

    They live as long as the process.
    """

    of: dict[str, Meter] = field(default_factory=dict)
    last_called: dict[str, str] = field(default_factory=dict)
    own: dict[str, Limits] = field(default_factory=dict)

    def meter(self, service: Service, organization: Organization) -> Meter:
        return self.of.setdefault(service.ledger(organization.organization_id), Meter())


_METERS: WeakKeyDictionary[Sandbox, Meters] = WeakKeyDictionary()


def refusal(code: int, daily_calls: int) -> FinanceError:
    """The 429 of a limit: 44 by minute, 45 by day, 1070 at once."""
    messages = {
        44: "For security reasons your organization has been blocked for some time, as it has exceeded the maximum "
        "number of requests per minute.",
        45: f"The API call for this organization has exceeded the maximum call rate limit of {daily_calls}.",
        1070: "You have reached the maximum number of in process requests allowed. Kindly try again after some time.",
    }
    return FinanceError(429, code, messages[code])


def admit(call: Call, service: Service = BOOKS) -> FinanceError | None:
    """Count the call for its organisation; the refusal when it is one too many and limits apply."""
    organization = _called(call.sandbox, organizations.named(call, service))
    meters = _METERS.setdefault(call.sandbox, Meters())
    meters.last_called[service.name] = organization.organization_id
    meter = meters.meter(service, organization)
    now = call.sandbox.clock.now()
    meter.advance(now)
    own = meters.own.get(service.ledger(organization.organization_id))
    daily = _daily(own, service, organization)
    limited = call.sandbox.limits_apply or own is not None
    code = _exceeded(meter, organization, daily, call.in_flight, own or Limits()) if limited else None
    if code is not None:
        return refusal(code, daily)
    meter.count(now)
    return None


def _called(sandbox: Sandbox, organization_id: str) -> Organization:
    """The organisation a call counts for: the one it names, the default one where it names none we know."""
    try:
        return organizations.find(sandbox.db, organization_id)
    except FinanceError:
        return organizations.default_organization(sandbox.db)


def set_limits(sandbox: Sandbox, service: Service, organization_id: str, limits: Limits) -> None:
    """From now on the organisation has these limits in this service."""
    _METERS.setdefault(sandbox, Meters()).own[service.ledger(organization_id)] = limits


def _daily(own: Limits | None, service: Service, organization: Organization) -> int:
    return own.per_day if own and own.per_day is not None else service.daily_calls[organization.plan_name]


def _exceeded(meter: Meter, organization: Organization, daily: int, in_flight: int, own: Limits) -> int | None:
    if in_flight > organization.concurrent_calls:
        return 1070
    if meter.today >= daily + daily // _GRACE:
        return 45
    return 44 if len(meter.recent) >= (own.per_minute or CALLS_PER_MINUTE) else None


def headers(sandbox: Sandbox, service: Service = BOOKS) -> dict[str, str]:
    """The rate headers of the organisation that was called last."""
    meters = _METERS.setdefault(sandbox, Meters())
    organization = _called(sandbox, meters.last_called.get(service.name, ""))
    meter = meters.meter(service, organization)
    now = sandbox.clock.now()
    meter.advance(now)
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    daily = _daily(meters.own.get(service.ledger(organization.organization_id)), service, organization)
    return {
        "x-rate-limit-limit": str(daily),
        "x-rate-limit-remaining": str(daily - meter.today),
        "x-rate-limit-reset": str(int((midnight - now).total_seconds())),
    }


def stamp(sandbox: Sandbox, answer: Answer, service: Service = BOOKS) -> Answer:
    """The answer with the rate headers every answer of the service carries."""
    return Answer(answer.status, answer.body, {**headers(sandbox, service), **answer.headers})
