"""Writes a sync run planned and did not make: why, how many, and which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tsunagi.store.columns import BothLanguages
from tsunagi.store.intents import Intent, IntentRow, Intents, State
from tsunagi.store.open_items import OpenItem
from tsunagi.store.paging import Slice, place, slice_of
from tsunagi.store.tables import core
from tsunagi.text import Text

UNMADE: tuple[State, ...] = ("failed", "abandoned", "planned")

_INTENT, _ITEM = core(IntentRow), core(OpenItem)
# As tsunagi.app.open_items.writes names the item of a write.
_CAUSE = sa.case((_INTENT.c.pair != "", _INTENT.c.pair), else_=_INTENT.c.rule)
_ITEM_OF_WRITE = sa.and_(_ITEM.c.key == "write:" + _CAUSE + ":" + _INTENT.c.key, _ITEM.c.resolved_at.is_(None))
_CODE = sa.func.coalesce(_ITEM.c.reason, "")
# What is on the standing list is told apart by its reason there, anything else by its words.
_WORDS = sa.case((_CODE.in_([""]), _INTENT.c.problem), else_=None)


@dataclass(frozen=True, slots=True)
class UnmadeCount:
    """So many writes of a kind of record are in one state for one reason.

    `code` is the reason they are on the standing list for, "" where they are not. `problem` is what all of them say,
    None where they differ or say nothing.
    """

    state: State
    service: str
    entity: str
    code: str
    problem: Text | None
    count: int


class UnmadeWrites:
    """Reads what sync runs planned and did not make."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def count(self, run: str) -> list[UnmadeCount]:
        """By reason, the most frequent first."""
        group = _INTENT.c.state, _INTENT.c.service, _INTENT.c.entity, _CODE, _WORDS
        problem = sa.type_coerce(_INTENT.c.problem, sa.Text)
        said = [sa.type_coerce(each(problem), BothLanguages) for each in (sa.func.min, sa.func.max)]
        query = sa.select(*group[:4], *said, sa.func.count().label("writes")).select_from(_joined())
        found = self._session.execute(query.where(*_of_run(run)).group_by(*group)).all()
        counts = [
            UnmadeCount(state, service, entity, code, least if least == most else None, writes)
            for state, service, entity, code, least, most, writes in found
        ]
        return sorted(counts, key=lambda each: (-each.count, each.service, each.entity, each.code))

    def page(
        self,
        run: str,
        state: State,
        *,
        code: str | None = None,
        problem: Text | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Slice[Intent]:
        """Those in one state, in the order they are made in; for one reason where a `code` is given, "" among them.

        Raises NoSuchPlace.
        """
        order = _INTENT.c.batch, _INTENT.c.position, _INTENT.c.key
        query = sa.select(*order).select_from(_joined()).where(*_of_run(run), _INTENT.c.state == state)
        if code is not None:
            query = query.where(*_because(code, problem))
        if after is not None:
            query = query.where(sa.tuple_(*order) > sa.tuple_(*place(after, 3)))
        places = [list(row) for row in self._session.execute(query.order_by(*order).limit(limit + 1))]
        return self._intents(places, limit)

    def _intents(self, places: Sequence[list[str | int]], limit: int) -> Slice[Intent]:
        keys = [str(key) for _, _, key in places]
        known = Intents(self._session).get_many(keys)
        return slice_of([known[key] for key in keys], limit, places)


def _joined() -> Any:
    return _INTENT.outerjoin(_ITEM, _ITEM_OF_WRITE)


def _of_run(run: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Batches that a run planned have names that start with the run's."""
    return _INTENT.c.batch.startswith(f"{run}:", autoescape=True), _INTENT.c.state.in_(UNMADE)


def _because(code: str, problem: Text | None) -> tuple[sa.ColumnElement[bool], ...]:
    listed = _CODE.in_([code])
    if code:
        return (listed,)
    return listed, _INTENT.c.problem.is_(None) if problem is None else _INTENT.c.problem == problem
