"""By which mapping the links of each pair were compared last."""

from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import Field

from tsunagi.store.baselines import BaselineRow, Baselines
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

    def forget_fields(self, pair: str, fields: Iterable[str], *, after: int, limit: int = 1000) -> int | None:
        """Leave these fields out of the baselines of a pair's next links; returns the last one, None at the end."""
        chosen = sa.select(_LINK.c.id).where(_LINK.c.pair == pair, _LINK.c.id > after).order_by(_LINK.c.id)
        ids = list(self._session.execute(chosen.limit(limit)).scalars())
        left_out = frozenset(fields)
        Baselines(self._session).save_many(
            {
                id: replace(known, agreed={name: value for name, value in known.agreed.items() if name not in left_out})
                for id, known in Baselines(self._session).get_many(ids).items()
                if left_out & known.agreed.keys()
            }
        )
        return ids[-1] if ids else None
