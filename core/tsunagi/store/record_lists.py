"""Records of one kind as lists show them: searched, filtered and sorted by any field, a page at a time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from tsunagi.domain.entities import FieldSpec, FieldType
from tsunagi.domain.records import Record, RecordRef
from tsunagi.store.columns import RefText
from tsunagi.store.links import Link
from tsunagi.store.open_items import OpenItem, OpenItemRecord
from tsunagi.store.paging import NoSuchPlace, Slice, place, slice_of
from tsunagi.store.presence import of_kind
from tsunagi.store.records import RecordRow, Records, title_key
from tsunagi.store.tables import core

# What a list may be narrowed to: what has a partner in a service, what has none, what somebody must look at, and
# what was not billed.
State = Literal["linked", "unlinked", "needs_somebody", "not_billed"]
STATES: tuple[State, ...] = get_args(State)

_RECORD, _LINK, _ITEM, _ABOUT = core(RecordRow), core(Link), core(OpenItem), core(OpenItemRecord)
_PLAIN_NAME = re.compile(r"\w+", re.ASCII)
_NUMBERS: frozenset[FieldType] = frozenset({"money", "decimal", "integer"})
# Where a value is in its field's JSON, see tsunagi.domain.values.
_INSIDE: dict[FieldType, tuple[str, ...]] = {
    "date": ("$date",),
    "time": ("$time",),
    "decimal": ("$decimal",),
    "money": ("$money", "0"),
}
# Records without a number come before all that have one.
_NO_NUMBER = "-1000000000000000000"


@dataclass(frozen=True, slots=True)
class ListedRecords:
    """Which records: of one kind, and what is asked of them; what is empty asks for nothing.

    `partners` are the services a partner counts in, `troubled` those whose open items count.
    """

    service: str
    entity: str
    search: str = ""
    state: State | None = None
    partners: Sequence[str] = ()
    troubled: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FieldOrder:
    """Sorted by a field, or by title where there is none; the least first unless asked otherwise."""

    field: FieldSpec | None = None
    descending: bool = False


BY_TITLE = FieldOrder()


def sortable(spec: FieldSpec) -> bool:
    """Whether lists can be sorted by the field: a reference is stored by its id, which says nothing."""
    return spec.type != "reference" and _PLAIN_NAME.fullmatch(spec.name) is not None


class RecordLists:
    """Reads lists of records; those marked deleted are left out."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(
        self, listed: ListedRecords, order: FieldOrder = BY_TITLE, *, after: str | None = None, limit: int = 50
    ) -> Slice[Record]:
        """Raises NoSuchPlace for an `after` of another list."""
        value, id = _sorted_by(order.field), _RECORD.c.id
        written = value if order.field is None or not _is_number(order.field) else _text_of(order.field)
        where = _chosen(listed)
        if after is not None:
            here, start = sa.tuple_(value, id), _start(order.field, after)
            where.append(here < start if order.descending else here > start)
        directed = (value.desc(), id.desc()) if order.descending else (value, id)
        keys = self._session.execute(
            sa.select(written.label("written"), id).where(*where).order_by(*directed).limit(limit + 1)
        ).all()
        refs = [RecordRef(listed.service, listed.entity, key.id) for key in keys]
        known = Records(self._session).get_many(refs)
        return slice_of([known[ref] for ref in refs], limit, [[str(key.written), key.id] for key in keys])

    def count(self, listed: ListedRecords, *, most: int | None = None) -> int:
        """How many there are; it stops counting at one more than `most`."""
        if most is None:
            return self._session.execute(sa.select(sa.func.count()).where(*_chosen(listed))).scalar_one()
        some = sa.select(_RECORD.c.id).where(*_chosen(listed)).limit(most + 1).subquery()
        return self._session.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()


def _chosen(listed: ListedRecords) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = [
        of_kind(_RECORD, listed.service, listed.entity),
        _RECORD.c.deleted_at.is_(None),
    ]
    if listed.search:
        where.append(_RECORD.c.title_key.contains(title_key(listed.search), autoescape=True))
    match listed.state:
        case "linked":
            where.append(_has_partner(listed.partners))
        case "unlinked":
            where.append(~_has_partner(listed.partners))
        case "needs_somebody":
            where.append(_is_about(_ITEM.c.resolver == "person", listed.troubled))
        case "not_billed":
            where.append(_is_about(_ITEM.c.kind == "billing", listed.troubled))
        case None:
            pass
    return where


def _has_partner(services: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.or_(*(_linked(side, other, services) for side, other in (("left", "right"), ("right", "left"))))


def _linked(side: str, other: str, services: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        *(_LINK.c[f"{side}_{name}"] == _RECORD.c[name] for name in ("service", "entity", "id")),
        _LINK.c[f"{other}_service"].in_(services),
        _LINK.c.orphaned.is_(False),
    )


def _is_about(asked: sa.ColumnElement[bool], services: Sequence[str]) -> sa.ColumnElement[bool]:
    named = sa.type_coerce(_RECORD.c.service + ":" + _RECORD.c.entity + ":" + _RECORD.c.id, RefText)
    open_now = _ITEM.c.resolved_at.is_(None), _ITEM.c.service.in_(services)
    # The list of open items is short, and records are many.
    about = sa.select(_ABOUT.c.ref).join(_ITEM, _ITEM.c.key == _ABOUT.c.item).where(*open_now, asked)
    return named.in_(about)


def _is_number(spec: FieldSpec) -> bool:
    return spec.type in _NUMBERS


def _sorted_by(spec: FieldSpec | None) -> sa.ColumnElement[Any]:
    if spec is None:
        return _RECORD.c.title_key
    return _number(_text_of(spec)) if _is_number(spec) else _text_of(spec)


def _number(text: sa.ColumnElement[str]) -> sa.ColumnElement[Any]:
    return sa.cast(text, sa.Numeric)


def _text_of(spec: FieldSpec) -> sa.ColumnElement[str]:
    """A field as text: without case, and something also where the record has none."""
    found = _json_text(_RECORD.c.fields, *_paths((spec.name, *_INSIDE.get(spec.type, ()))))
    return sa.func.coalesce(found, _NO_NUMBER) if _is_number(spec) else sa.func.coalesce(sa.func.lower(found), "")


def _paths(steps: Sequence[str]) -> tuple[str, str]:
    """The way into a JSON value, as SQLite and as PostgreSQL write it."""
    sqlite = "".join(f"[{step}]" if step.isdigit() else f'."{step}"' for step in steps)
    return f"${sqlite}", "{" + ",".join(f'"{step}"' for step in steps) + "}"


class _json_text(FunctionElement[str]):  # noqa: N801 - named as the SQL function it represents
    """A value inside a column of JSON text, as text; NULL where there is none."""

    type = sa.Text()
    inherit_cache = True


@compiles(_json_text)
def _in_postgresql(element: _json_text, compiler: Any, **kwargs: Any) -> str:
    column, _sqlite, path = (compiler.process(each, **kwargs) for each in element.clauses)
    return f"(CAST({column} AS JSONB) #>> CAST({path} AS TEXT[]))"


@compiles(_json_text, "sqlite")
def _in_sqlite(element: _json_text, compiler: Any, **kwargs: Any) -> str:
    column, path, *_postgresql = (compiler.process(each, **kwargs) for each in element.clauses)
    return f"CAST(json_extract({column}, {path}) AS TEXT)"


def _start(spec: FieldSpec | None, after: str) -> sa.ColumnElement[Any]:
    written, id = map(str, place(after, 2))
    if spec is None or not _is_number(spec):
        return sa.tuple_(sa.literal(written, sa.Text), id)
    try:
        if not Decimal(written).is_finite():
            raise NoSuchPlace(after)
    except InvalidOperation:
        raise NoSuchPlace(after) from None
    return sa.tuple_(_number(sa.literal(written, sa.Text)), id)
