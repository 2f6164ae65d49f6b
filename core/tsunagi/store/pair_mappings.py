"""By which mapping the links of each pair were compared last."""

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.store.baselines import BaselineRow
from tsunagi.store.links import Link
from tsunagi.store.tables import Row, core
from tsunagi.store.upserts import upsert


class PairStateRow(Row, table=True):
    """What a pair's links were last compared by: a digest of its mapping."""

    __tablename__ = "pair_state"

    pair: str = Field(primary_key=True)
    mapping: str


_BASELINE = core(BaselineRow)
_LINK = core(Link)
_STATE = core(PairStateRow)


class PairMappings:
    """Reads and writes the digest of each pair's mapping."""

    def __init__(self, session: Session) -> None:
        self._session = session

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
