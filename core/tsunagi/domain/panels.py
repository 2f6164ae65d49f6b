"""Blocks on record pages, declared by plugins and filled by the hub from its own store."""

from dataclasses import dataclass

from tsunagi.domain.documents import StatusLabel
from tsunagi.text import Text


@dataclass(frozen=True, slots=True)
class Panel:
    """A list of one service's documents on the pages of `places` ("account", "contact", "deal").

    Each row shows number, date, status, total, balance (in the document's and in the base currency) and
    why the document exists. `statuses` says how each status reads.
    """

    service: str
    name: str
    entity: str
    label: Text
    places: tuple[str, ...]
    statuses: tuple[StatusLabel, ...] = ()

    def status(self, status: str) -> StatusLabel:
        found = next((item for item in self.statuses if item.status == status), None)
        return found or StatusLabel(status, Text.same(status))
