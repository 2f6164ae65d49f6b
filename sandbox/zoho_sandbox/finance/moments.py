"""When something happens to a subscription or invoice: its day in the organisation, and its time as stored."""

from __future__ import annotations

from datetime import date, datetime, time

from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.times import Moment, stamp, zone


def present(call: FinanceCall) -> Moment:
    return Moment(call.today, call.now())


def first_of_day(call: FinanceCall, day: date, *, earliest: int = 0) -> Moment:
    """Midnight where the organisation is, but not before `earliest`."""
    midnight = stamp(datetime.combine(day, time(), zone(call.organization.time_zone)))
    return Moment(day, max(midnight, earliest))
