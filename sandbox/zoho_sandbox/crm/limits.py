"""Who may call the CRM at all, and how often: credits in a rolling day and calls at the same time, by edition."""

from collections import deque

from zoho_sandbox.calls import Answer, Call, Refusal
from zoho_sandbox.crm.errors import refuse
from zoho_sandbox.crm.organization import Organization, organization
from zoho_sandbox.crm.users import may_sign_in

# Edition: credits a day, credits a user more, most credits, calls at the same time.
_LIMITS = {
    "free": (5_000, 0, 5_000, 5),
    "standard": (50_000, 250, 100_000, 10),
    "professional": (50_000, 500, 3_000_000, 15),
    "enterprise": (50_000, 1_000, 5_000_000, 20),
    "ultimate": (50_000, 2_000, 5_000_000, 25),
}
_DAY = 24 * 3600
_RECORDS_A_CREDIT = 10
_SPENT = "crm.credits"


def admit(call: Call) -> Answer | None:
    """Turn away who is no active user of this CRM; where limits apply, count the call against the credits too."""
    if call.is_signed_in and not may_sign_in(call.sandbox, call.grant.user_id):
        return refuse(Refusal(reason="invalid_token", status=401))
    if not call.sandbox.limits_apply:
        return None
    org = organization(call.sandbox)
    if call.in_flight > _LIMITS[org.edition][3]:
        return refuse(Refusal(reason="rate_limit", status=429))
    spent = _recent(call)
    cost = _cost(call)
    if sum(credits for _, credits in spent) + cost > _allowance(org):
        return refuse(Refusal(reason="rate_limit", status=429))
    _spend(call, spent, cost)
    return None


def _allowance(org: Organization) -> int:
    base, per_user, most, _ = _LIMITS[org.edition]
    return min(base + per_user * org.user_licenses, most)


def _cost(call: Call) -> int:
    """One credit a call, and one for every ten records written."""
    rows = call.body.get("data")
    return -(-len(rows) // _RECORDS_A_CREDIT) if isinstance(rows, list) and rows else 1


def _recent(call: Call) -> deque[tuple[int, int]]:
    """Minutes with the credits spent in each, of the last day."""
    spent: deque[tuple[int, int]] = call.sandbox.memory.setdefault(_SPENT, deque())
    oldest = (call.sandbox.clock.now().timestamp() - _DAY) // 60
    while spent and spent[0][0] < oldest:
        spent.popleft()
    return spent


def _spend(call: Call, spent: deque[tuple[int, int]], cost: int) -> None:
    minute = int(call.sandbox.clock.now().timestamp() // 60)
    if spent and spent[-1][0] == minute:
        spent[-1] = (minute, spent[-1][1] + cost)
    else:
        spent.append((minute, cost))
