"""What the two ends of a link last agreed on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import Fields
from tsunagi.store.columns import JsonFields, Serial
from tsunagi.store.tables import Row, chunks, core, upsert


class BaselineRow(Row, table=True):
    """A baseline under its link."""

    __tablename__ = "baseline"

    link_id: int = Field(primary_key=True, sa_type=Serial, foreign_key="link.id", ondelete="CASCADE")
    agreed: Fields = Field(sa_type=JsonFields)
    left_version: str
    right_version: str


_BASELINE = core(BaselineRow)


@dataclass(frozen=True, slots=True)
class Baseline:
    """Canonical values both ends had, and the versions of the two records that showed them."""

    agreed: Fields
    left_version: str
    right_version: str


class Baselines:
    """Reads and writes baselines by the id of their link."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, link_id: int, baseline: Baseline) -> None:
        self.save_many({link_id: baseline})

    def save_many(self, baselines: Mapping[int, Baseline]) -> None:
        rows = [
            {
                "link_id": link_id,
                "agreed": baseline.agreed,
                "left_version": baseline.left_version,
                "right_version": baseline.right_version,
            }
            for link_id, baseline in sorted(baselines.items())
        ]
        upsert(self._session, _BASELINE, rows)

    def doubt(self, link_ids: Iterable[int]) -> None:
        """A record of each changed without a new version: these links are looked at again."""
        for some in chunks(list(link_ids)):
            chosen = sa.update(_BASELINE).where(_BASELINE.c.link_id.in_(some))
            self._session.execute(chosen.values(left_version="", right_version=""))

    def get(self, link_id: int) -> Baseline | None:
        return self.get_many([link_id]).get(link_id)

    def get_many(self, link_ids: Iterable[int]) -> dict[int, Baseline]:
        found: dict[int, Baseline] = {}
        for some in chunks(list(link_ids)):
            for row in self._session.execute(sa.select(_BASELINE).where(_BASELINE.c.link_id.in_(some))):
                found[row.link_id] = Baseline(row.agreed, row.left_version, row.right_version)
        return found
