"""The editions of the CRM, and the finance services' plans in the same words."""

from collections.abc import Mapping
from typing import Literal

Edition = Literal["free", "standard", "professional", "enterprise", "ultimate", "unknown"]

CRM_EDITIONS: Mapping[str, Edition] = {
    "free": "free",
    "standard": "standard",
    "professional": "professional",
    "enterprise": "enterprise",
    "ultimate": "ultimate",
}
FINANCE_EDITIONS: Mapping[str, Edition] = {
    "FREE": "free",
    "STANDARD": "standard",
    "PROFESSIONAL": "professional",
    "PREMIUM": "enterprise",
    "ELITE": "enterprise",
    "ULTIMATE": "ultimate",
}
