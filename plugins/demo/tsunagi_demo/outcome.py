"""What a demo came to, as one JSON object and as what the summary is printed from."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import simplejson
from pydantic import BaseModel, ConfigDict

Calls = Mapping[str, Mapping[str, int]]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sum(_Value):
    """Documents of one currency. `total` is in that currency, `base_total` in the organisation's own."""

    count: int
    total: Decimal
    base_total: Decimal


class Invoices(_Value):
    """Invoices the books hold now. `total` is in `currency`: theirs where they have one, else the base currency.

    `numbers` are the newest, at most 100.
    """

    count: int
    total: Decimal
    currency: str
    base_currency: str
    by_currency: Mapping[str, Sum]
    numbers: tuple[str, ...]


class Condition(_Value):
    """A condition of a rule as a sentence, with the value it saw; `depth` counts from 1."""

    text: str
    verdict: str
    seen: str | None
    depth: int = 1


class Why(_Value):
    """Which rule made an invoice, what it does, and where it is written; texts in the language of the run."""

    rule: str
    title: str
    action: str
    event: str
    place: str
    conditions: tuple[Condition, ...]


class Bill(_Value):
    """An invoice of a deal; `why` is None where people made it."""

    number: str
    status: str
    total: Decimal
    currency: str
    base_total: Decimal
    base_currency: str
    why: Why | None


class Deal(_Value):
    """A deal that was won before our eyes, and what came of it."""

    id: str
    name: str
    account: str
    account_id: str
    stage: str
    invoices: tuple[Bill, ...]


class LeftOut(_Value):
    """What of a service the demo does not show, and why; in the language of the run."""

    what: str
    why: str


class Service(_Value):
    """A service that was connected, or would have been; `organization` is empty where it was not."""

    label: str
    organization: str
    left_out: tuple[LeftOut, ...] = ()


class OnPage(_Value):
    """An account on whose page documents of a kind appear: how many, and the numbers of the first of them."""

    account: str
    account_id: str
    count: int
    numbers: tuple[str, ...]


class Kept(_Value):
    """The documents of one kind the hub holds; `page` is None where there are none on any account's page."""

    label: str
    count: int
    base_total: Decimal
    base_currency: str
    page: OnPage | None = None


class Seconds(_Value):
    """Where the time went.

    `wall`: from the command's start to its summary. `services`: the hub's calls added up, several of which run at the
    same time. `own`: processor time of this process, which is the hub and the little the demo does itself.
    `preparing`: starting and filling the sandbox. `crm_user`: the demo's own calls as somebody who works in the CRM,
    partly while the hub works.
    """

    services: float
    own: float
    wall: float
    preparing: float
    crm_user: float


class Trouble(_Value):
    """What of the data could not be used: one kind of problem, how often, with a few examples."""

    file: str
    column: str
    reason: str
    consequence: str
    count: int
    examples: tuple[str, ...] = ()


class Outcome(_Value):
    """All of it. `resumed`: an interrupted demo was continued; calls and seconds are the rest's only.

    `rules_fired` counts, by rule, the events it acted on; `verdicts` has every answer a rule gave.
    `moved` counts the deals the demo closed by the stage it set. `services` are by their short names, `documents`
    by service and kind.
    """

    home: str
    seed: int
    data: str | None
    mapping: str | None
    resumed: bool
    services: Mapping[str, Service] = {}
    synced: Mapping[str, int]
    sync: Mapping[str, Mapping[str, int]]
    moved: Mapping[str, int]
    rules_fired: Mapping[str, int]
    verdicts: Mapping[str, Mapping[str, int]]
    invoices: Invoices
    documents: Mapping[str, Mapping[str, Kept]] = {}
    deals: tuple[Deal, ...]
    api_calls: Calls
    crm_user_calls: Mapping[str, int]
    seconds: Seconds
    peak_memory_mb: int | None
    problems: tuple[Trouble, ...] = ()
    problem_file: str | None = None

    def as_json(self) -> str:
        """One JSON object; amounts are decimal strings."""
        return simplejson.dumps(self.plain(), ensure_ascii=False, indent=2)

    def plain(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
