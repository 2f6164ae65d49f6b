"""The settings one sandbox process was started with."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SeedData = Literal["demo", "empty"]
Limits = Literal["real", "off"]
Edition = Literal["free", "standard", "professional", "enterprise", "ultimate"]
ProfessionalMulticurrency = Literal["allow", "refuse"]

# Lets a test suite record the exchanges of every sandbox it starts, however it starts them.
EXCHANGE_LOG_VARIABLE = "ZOHO_SANDBOX_EXCHANGE_LOG"


def _exchange_log_of_environment() -> Path | None:
    given = os.environ.get(EXCHANGE_LOG_VARIABLE)
    return Path(given) if given else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """Where the sandbox listens, keeps its data, and how strict it is.

    `port` 0 takes any free port. `base_url` is what the sandbox calls itself in `api_domain` and in
    callbacks; the server fills it in once its port is known. `limits` "real" applies the vendor's credit,
    rate, concurrency and token limits. `exchange_log` appends every exchange to a file as one
    JSON line, or to a file of its own in an existing folder; the environment's ZOHO_SANDBOX_EXCHANGE_LOG stands
    in for it. With `documents` the demo company starts with orders in Books, and the contacts they are for.
    `smtp` is the `host:port` letters go to; without one they are only kept. `crm_edition` changes the CRM's
    edition at opening (None: as it is, Enterprise in a new file); `crm_professional_multicurrency` tells whether
    the Professional edition lets several currencies be switched on.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 0
    seed_data: SeedData = "demo"
    seed: int = 1
    documents: bool = False
    limits: Limits = "off"
    base_url: str = "http://127.0.0.1"
    exchange_log: Path | None = field(default_factory=_exchange_log_of_environment)
    shutdown_with_parent: bool = False
    smtp: str | None = None
    crm_edition: Edition | None = None
    crm_professional_multicurrency: ProfessionalMulticurrency = "allow"
