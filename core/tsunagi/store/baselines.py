"""What the two ends of a link last agreed on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.domain.records import Fields
from tsunagi.store.columns import JsonFields, Serial
from tsunagi.store.grouping import chunks
<<<<<<< HEAD
from tsunagi.store.sync_tables import PairStateRow
from tsunagi.store.tables import BaselineRow, LinkRow, core
=======
from tsunagi.store.tables import Row, core
>>>>>>> main
from tsunagi.store.upserts import upsert


class BaselineRow(Row, table=True):
    """A baseline under its link."""

    __tablename__ = "baseline"

    link_id: int = Field(primary_key=True, sa_type=Serial, foreign_key="link.id", ondelete="CASCADE")
    agreed: Fields = Field(sa_type=JsonFields)
    left_version: str
    right_version: str


_BASELINE = core(BaselineRow)
_LINK = core(LinkRow)
_STATE = core(PairStateRow)


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

    def mapping_of(self, pair: str) -> str | None:
        """The digest of the mapping a pair's links were last compared by."""
        found: str | None = self._session.execute(
            sa.select(_STATE.c.mapping).where(_STATE.c.pair == pair)
        ).scalar_one_or_none()
        return found

    def mapped_anew(self, pair: str, mapping: str, *, first: bool) -> None:
        """Links are compared by another mapping from now on: all are looked at again, but for the first one."""
        upsert(self._session, _STATE, [{"pair": pair, "mapping": mapping}])
        if first:
            return
        links = sa.select(_LINK.c.id).where(_LINK.c.pair == pair)
        chosen = sa.update(_BASELINE).where(_BASELINE.c.link_id.in_(links))
        self._session.execute(chosen.values(left_version="", right_version=""))

    def get(self, link_id: int) -> Baseline | None:
        return self.get_many([link_id]).get(link_id)

    def get_many(self, link_ids: Iterable[int]) -> dict[int, Baseline]:
        found: dict[int, Baseline] = {}
        for some in chunks(list(link_ids)):
            for row in self._session.execute(sa.select(_BASELINE).where(_BASELINE.c.link_id.in_(some))):
                found[row.link_id] = Baseline(row.agreed, row.left_version, row.right_version)
        return found
