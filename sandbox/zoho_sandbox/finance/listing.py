"""Lists: filters, sorting and paging of a query turned into SQL, and the page_context of the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from zoho_sandbox.database import Database
from zoho_sandbox.finance import times
from zoho_sandbox.finance.errors import invalid_value
from zoho_sandbox.finance.money import scaled
from zoho_sandbox.finance.payload import day, number

MAX_PER_PAGE = 200


@dataclass(slots=True)
class Conditions:
    """The WHERE clause under construction: SQL conditions and their parameters, in order."""

    sql: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)

    def add(self, condition: str, *parameters: Any) -> None:
        self.sql.append(condition)
        self.parameters.extend(parameters)

    @property
    def where(self) -> str:
        return " AND ".join(self.sql)


def equal(columns: Mapping[str, Any]) -> Conditions:
    """The conditions that each column has the value given."""
    conditions = Conditions()
    for column, value in columns.items():
        conditions.add(f"{column} = ?", value)
    return conditions


Query = Mapping[str, str]
Filter = Callable[[Query, Conditions], None]


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def text_filter(name: str, column: str) -> Filter:
    """`name`, `name_startswith` and `name_contains`."""

    def apply(query: Query, conditions: Conditions) -> None:
        if query.get(name):
            conditions.add(f"{column} = ?", query[name])
        if query.get(f"{name}_startswith"):
            conditions.add(f"{column} LIKE ? ESCAPE '\\'", _like(query[f"{name}_startswith"]) + "%")
        if query.get(f"{name}_contains"):
            conditions.add(f"{column} LIKE ? ESCAPE '\\'", f"%{_like(query[f'{name}_contains'])}%")

    return apply


def folded_filter(name: str, column: str, key: str, fold: Callable[[str], str]) -> Filter:
    """Like `text_filter`, but equality is by the `key` column, which holds the text as `fold` makes it."""
    others = text_filter(name, column)

    def apply(query: Query, conditions: Conditions) -> None:
        if query.get(name):
            conditions.add(f"{key} = ?", fold(query[name]))
        others({other: value for other, value in query.items() if other != name}, conditions)

    return apply


def equal_filter(name: str, column: str) -> Filter:
    def apply(query: Query, conditions: Conditions) -> None:
        if query.get(name):
            conditions.add(f"{column} = ?", query[name])

    return apply


def identifier_filter(name: str, column: str) -> Filter:
    """An id; anything but digits is refused."""

    def apply(query: Query, conditions: Conditions) -> None:
        if not query.get(name):
            return
        if not query[name].isdigit():
            raise invalid_value(name)
        conditions.add(f"{column} = ?", query[name])

    return apply


def date_filter(name: str, column: str) -> Filter:
    """`name` and its ranges `_start`/`_end` (inclusive), `_after`/`_before` (exclusive)."""
    operators = {"": "=", "_start": ">=", "_end": "<=", "_after": ">", "_before": "<"}

    def apply(query: Query, conditions: Conditions) -> None:
        for suffix, operator in operators.items():
            if value := query.get(name + suffix):
                conditions.add(f"{column} {operator} ?", day(value, name + suffix))

    return apply


def amount_filter(name: str, column: str) -> Filter:
    """`name` and `_less_than`, `_less_equals`, `_greater_than`, `_greater_equals`."""
    operators = {
        "": "=",
        "_less_than": "<",
        "_less_equals": "<=",
        "_greater_than": ">",
        "_greater_equals": ">=",
    }

    def apply(query: Query, conditions: Conditions) -> None:
        for suffix, operator in operators.items():
            if value := query.get(name + suffix):
                conditions.add(f"{column} {operator} ?", scaled(number(value, name + suffix)))

    return apply


def modified_filter(column: str) -> Filter:
    """`last_modified_time`: changed at or after a time."""

    def apply(query: Query, conditions: Conditions) -> None:
        if value := query.get("last_modified_time"):
            conditions.add(f"{column} >= ?", times.read(value, "last_modified_time"))

    return apply


def search_filter(*columns: str) -> Filter:
    """`search_text` anywhere in one of the columns."""

    def apply(query: Query, conditions: Conditions) -> None:
        if text := query.get("search_text"):
            either = " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns)
            conditions.add(f"({either})", *[f"%{_like(text)}%"] * len(columns))

    return apply


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The filters and orders of one list.

    `sort_columns` maps the service's names to SQL expressions; `key` breaks ties, so that pages never overlap.
    `groups`: the values of `filter_by` with their conditions; without them any value is accepted and ignored.
    """

    report_name: str
    filters: Sequence[Filter]
    sort_columns: Mapping[str, str]
    key: str
    default_sort: str
    default_order: str
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A requested page: what to append to `SELECT … WHERE` and how to describe it."""

    where: str
    parameters: tuple[Any, ...]
    order_by: str
    page: int
    per_page: int
    context: dict[str, Any]

    @property
    def limit(self) -> str:
        """One row more than the page shows whether there is another page."""
        return f"LIMIT {self.per_page + 1} OFFSET {(self.page - 1) * self.per_page}"

    def rows(self, database: Database, select: str) -> list[Any]:
        """The rows of the page that `select` (without its WHERE) reads, and one more where another page follows."""
        return database.query(f"{select} WHERE {self.where} {self.order_by} {self.limit}", self.parameters)

    def described(self, found: int) -> dict[str, Any]:
        """The page_context, given how many rows `limit` brought."""
        head = {"page": self.page, "per_page": self.per_page, "has_more_page": found > self.per_page}
        return head | self.context


def page_of(listing: Listing, query: Query, base: Conditions, today: str = "") -> Page:
    """The page of `listing` that `query` asks for, inside the conditions `base`; raises FinanceError.

    `today` is the organisation's date, for groups that depend on it.
    """
    for apply in listing.filters:
        apply(query, base)
    group = query.get("filter_by") or "Status.All"
    if listing.groups:
        if group not in listing.groups:
            raise invalid_value("filter_by")
        if condition := listing.groups[group]:
            base.add(condition.replace(":today", f"'{today}'"))
    column = query.get("sort_column") or listing.default_sort
    if column not in listing.sort_columns:
        raise invalid_value("sort_column")
    order = query.get("sort_order") or (listing.default_order if column == listing.default_sort else "A")
    if order not in ("A", "D"):
        raise invalid_value("sort_order")
    direction = "ASC" if order == "A" else "DESC"
    return Page(
        where=base.where,
        parameters=tuple(base.parameters),
        order_by=f"ORDER BY {listing.sort_columns[column]} {direction}, {listing.key} {direction}",
        page=_whole(query, "page", 1, None),
        per_page=_whole(query, "per_page", MAX_PER_PAGE, MAX_PER_PAGE),
        context={
            "report_name": listing.report_name,
            "applied_filter": group,
            "custom_fields": [],
            "sort_column": column,
            "sort_order": order,
        },
    )


def _whole(query: Query, name: str, default: int, most: int | None) -> int:
    """A positive number; more than the most there is means the most."""
    value = query.get(name)
    if not value:
        return default
    written = number(value, name)
    if written != written.to_integral_value() or written < 1:
        raise invalid_value(name)
    return int(written if most is None else min(written, Decimal(most)))
