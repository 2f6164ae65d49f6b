"""COQL: `select … from … where … order by … limit … offset …`, read and turned into a selection of records."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import criteria
from zoho_sandbox.crm.errors import refused
from zoho_sandbox.crm.fields import ModuleInfo, module_info
from zoho_sandbox.crm.record_view import Record, rendered
from zoho_sandbox.crm.standard_fields import NAME_FIELDS

_TOKEN = re.compile(r"\s*('(?:[^'\\]|\\.|'')*'|[\w.:+$-]+|<=|>=|!=|<>|[=<>(),])")
_OPERATORS = {
    "=": "equal",
    "!=": "not_equal",
    "<>": "not_equal",
    ">": "greater_than",
    ">=": "greater_equal",
    "<": "less_than",
    "<=": "less_equal",
}
_DEFAULT_LIMIT, _MOST_RECORDS, _MOST_COLUMNS = 200, 2_000, 50


class CoqlError(ValueError):
    """The query cannot be read; the message names the word where reading failed."""


@dataclass(slots=True)
class Query:
    """A query as read. `order` holds fields with `asc` or `desc`."""

    columns: list[str]
    module: str
    where: dict[str, Any]
    order: list[tuple[str, str]] = field(default_factory=list)
    limit: int = _DEFAULT_LIMIT
    offset: int = 0


def run_query(call: Call) -> Answer:
    """`POST /coql` `{"select_query"}`."""
    try:
        query = parse(str(call.body.get("select_query", "")))
    except CoqlError as error:
        raise refused("SYNTAX_ERROR", "invalid query formed", {"near": str(error)}) from error
    info = module_info(call.sandbox, query.module)
    if info is None:
        raise refused("INVALID_QUERY", "invalid query formed", {"module": query.module})
    if query.limit > _MOST_RECORDS or len(query.columns) > _MOST_COLUMNS:
        raise refused("LIMIT_EXCEEDED", "limit exceeded", {"limit": _MOST_RECORDS, "columns": _MOST_COLUMNS})
    return _selected(call, info, query)


def _selected(call: Call, info: ModuleInfo, query: Query) -> Answer:
    try:
        where, values = criteria.clause(info, query.where, call.grant.user_id)
        order = ", ".join(f"{criteria.column(info, name)} {way}" for name, way in query.order) or "id asc"
        show = _shower(info, query.columns)
    except criteria.InvalidCriteriaError as error:
        raise refused("INVALID_QUERY", "invalid query formed", {"reason": str(error)}) from error
    rows = call.sandbox.db.query(
        f"SELECT * FROM crm_record WHERE module = ? AND {where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608  (built from known names)
        [info.api_name, *values, query.limit + 1, query.offset],
    )
    if not rows:
        return Answer(204)
    found = rendered(call.sandbox, info, rows[: query.limit], [name.partition(".")[0] for name in query.columns])
    paging = {"count": len(found), "more_records": len(rows) > query.limit}
    return Answer(200, {"data": [show(record) for record in found], "info": paging})


def _shower(info: ModuleInfo, columns: list[str]) -> Callable[[Record], Record]:
    """Shows the selected columns of a record; of a record that a lookup points to, its id and name can be selected."""
    for column in columns:
        name, _, part = column.partition(".")
        known = info.fields.get(name)
        if (known is None and column != "id") or (known is not None and known.data_type == "subform"):
            raise criteria.InvalidCriteriaError(f"{info.api_name} has no field {column!r}")
        target = known.lookup_module if known is not None else None
        if part and (target is None or part not in ("id", NAME_FIELDS[target])):
            raise criteria.InvalidCriteriaError(f"{column!r} cannot be selected")

    def show(record: Record) -> Record:
        return {"id": record["id"]} | {column: _value(record, column) for column in columns}

    return show


def _value(record: Record, column: str) -> Any:
    name, _, part = column.partition(".")
    value = record[name]
    if not part or value is None:
        return value
    return value["id" if part == "id" else "name"]


def parse(text: str) -> Query:
    """Read a query; raises CoqlError."""
    reader = _Reader(_tokens(text))
    reader.expect("select")
    columns = reader.names()
    reader.expect("from")
    query = Query(columns, reader.take(), {})
    reader.expect("where")
    query.where = reader.condition()
    if reader.accept("order"):
        reader.expect("by")
        query.order = reader.order()
    if reader.accept("limit"):
        query.limit = reader.number()
        if reader.accept(","):  # `limit 400, 200` names the offset first
            query.offset, query.limit = query.limit, reader.number()
    if reader.accept("offset"):
        query.offset = reader.number()
    reader.end()
    return query


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    text = text.rstrip().rstrip(";")
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise CoqlError(text[place : place + 20].strip())
        tokens.append(found[1])
        place = found.end()
    return tokens


class _Reader:
    """Takes the words of a query one after the other."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0

    def _next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def take(self) -> str:
        token = self._next()
        if not token:
            raise CoqlError("the end of the query")
        self._place += 1
        return token

    def accept(self, word: str) -> bool:
        if self._next().lower() != word:
            return False
        self._place += 1
        return True

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise CoqlError(self._next() or "the end of the query")

    def end(self) -> None:
        if self._next():
            raise CoqlError(self._next())

    def names(self) -> list[str]:
        names = [self.take()]
        while self.accept(","):
            names.append(self.take())
        return names

    def number(self) -> int:
        token = self.take()
        if not token.isdecimal():
            raise CoqlError(token)
        return int(token)

    def order(self) -> list[tuple[str, str]]:
        ordered = []
        while True:
            name = self.take()
            way = "desc" if self.accept("desc") else "asc"
            self.accept("asc")
            ordered.append((name, way))
            if not self.accept(","):
                return ordered

    def condition(self) -> dict[str, Any]:
        """Conditions joined by `or`; `and` binds closer."""
        return self._joined("or", lambda: self._joined("and", self._term))

    def _joined(self, word: str, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        parts = [read()]
        while self.accept(word):
            parts.append(read())
        return parts[0] if len(parts) == 1 else {"group_operator": word, "group": parts}

    def _term(self) -> dict[str, Any]:
        if self.accept("("):
            inner = self.condition()
            self.expect(")")
            return inner
        name = self.take()
        comparator, value = self._comparison()
        return {"field": {"api_name": name}, "comparator": comparator, "value": value}

    def _comparison(self) -> tuple[str, Any]:
        if self.accept("is"):
            comparator = "not_equal" if self.accept("not") else "equal"
            self.expect("null")
            return comparator, None
        no = "not_" if self.accept("not") else ""
        if self.accept("like"):
            return _like(no, self._value())
        if self.accept("in"):
            self.expect("(")
            values = [self._value()]
            while self.accept(","):
                values.append(self._value())
            self.expect(")")
            return f"{no}in", values
        if self.accept("between"):
            low = self._value()
            self.expect("and")
            return f"{no}between", [low, self._value()]
        operator = self.take()
        if no or operator not in _OPERATORS:
            raise CoqlError(operator)
        return _OPERATORS[operator], self._value()

    def _value(self) -> str:
        token = self.take()
        if token.startswith("'"):
            return re.sub(r"\\(.)|''", lambda found: found[1] or "'", token[1:-1])
        if token in _OPERATORS or token in ("(", ")", ","):
            raise CoqlError(token)
        return token


def _like(no: str, pattern: str) -> tuple[str, str]:
    starts, ends = pattern.endswith("%"), pattern.startswith("%")
    text = pattern.strip("%")
    if starts and ends:
        return f"{no}contains", text
    if starts:
        return f"{no}starts_with", text
    if ends:
        return f"{no}ends_with", text
    return f"{no}equal", text
