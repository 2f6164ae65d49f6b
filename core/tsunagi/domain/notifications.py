"""Callbacks: what we ask a service to tell us, and what it told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Subscription:
    """Callbacks for changes of `entities`, sent to `url` until `expires_at` and signed with `secret`.

    `channel` is a numeric text that names the subscription at both ends.
    """

    channel: str
    url: str
    secret: str
    entities: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Notification:
    """A service says that records changed. It carries ids only: the records are read afterwards."""

    service: str
    entity: str
    operation: Literal["created", "updated", "deleted"]
    ids: tuple[str, ...]
    channel: str
    secret: str
