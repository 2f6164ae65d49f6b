"""What a check of plans and currencies found, and how much it weighs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from tsunagi.text import Text

FindingSide = Literal["crm", "finance", "both"]


class Severity(Enum):
    """REFUSES: nothing may be connected or changed. ACTS: the hub does something about it once connected.
    TELLS: a person should know or do something. FINE: good to know.
    """

    REFUSES = "refuses"
    ACTS = "acts"
    TELLS = "tells"
    FINE = "fine"


class Kind(Enum):
    """What was found; LOCKED is DIFFERS where only the vendor's support can change the finance side."""

    EDITION_TOO_LOW = "edition_too_low"
    EDITION_UNKNOWN = "edition_unknown"
    BASE_CURRENCY_DIFFERS = "base_currency_differs"
    BASE_CURRENCY_LOCKED = "base_currency_locked"
    UNKNOWN_BASE_CURRENCY = "unknown_base_currency"
    UNKNOWN_CURRENCY = "unknown_currency"
    ENABLE_MULTI_CURRENCY = "enable_multi_currency"
    MULTI_CURRENCY_OFF = "multi_currency_off"
    SINGLE_CURRENCY_FINANCE = "single_currency_finance"
    THREE_DECIMALS = "three_decimals"
    NO_MINOR_UNIT = "no_minor_unit"
    FITS = "fits"
    DISABLE_MULTI_CURRENCY = "disable_multi_currency"
    DISABLE_BY_HAND = "disable_by_hand"
    KEEP_MULTI_CURRENCY = "keep_multi_currency"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `side` is the one it concerns, or the one to change; `currency` the code it is about.

    `what_to_do` is None where there is nothing for a person to do.
    """

    kind: Kind
    severity: Severity
    side: FindingSide
    message: Text
    what_to_do: Text | None = None
    currency: str = ""


def refusals(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that forbid connecting; empty when it may go on."""
    return tuple(finding for finding in findings if finding.severity is Severity.REFUSES)
