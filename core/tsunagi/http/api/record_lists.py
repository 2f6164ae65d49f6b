"""What the lists of every kind of record take: what is asked of them, and their files."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Response

from tsunagi.app.views.exporting import MEDIA_TYPES, Format
from tsunagi.app.views.record_lists import AskedRecords, record_table
from tsunagi.app.views.records import Kind
from tsunagi.http.auth import Caller
from tsunagi.http.tables import table_file
from tsunagi.store.record_lists import State

_FILE = {"schema": {"type": "string", "format": "binary"}}
FILES: dict[int | str, dict[str, Any]] = {200: {"content": dict.fromkeys(MEDIA_TYPES.values(), _FILE)}}
Columns = Annotated[
    str, Query(max_length=2000, description="fields, with commas between them; the usual ones where it is empty")
]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What is asked of a list, whatever its kind."""

    search: str
    state: State | None
    service: str
    sort: str
    order: Literal["ascending", "descending"]

    def asked(self, kind: Kind) -> AskedRecords:
        descending = self.order == "descending"
        return AskedRecords(kind, self.search.strip(), self.state or "", self.service, self.sort, descending)


def list_query(
    search: Annotated[str, Query(max_length=200, description="any part of the name, whatever its case and width")] = "",
    state: Annotated[
        State | None,
        Query(description="has a partner in a service, has none, an open item needs somebody, or was not billed"),
    ] = None,
    service: Annotated[str, Query(max_length=100, description="where the state counts; in any service if empty")] = "",
    sort: Annotated[
        str, Query(max_length=100, description="a field, of up to 20,000 records; the name where it is empty")
    ] = "",
    order: Literal["ascending", "descending"] = "ascending",
) -> ListQuery:
    return ListQuery(search, state, service, sort, order)


Queried = Annotated[ListQuery, Depends(list_query)]


def exported(caller: Caller, kind: Kind, query: ListQuery, columns: str, format: Format) -> Response:
    names = [name.strip() for name in columns.split(",") if name.strip()]
    table = record_table(caller.hub.context, caller.person, query.asked(kind), names)
    return table_file(table.name, table.headings, table.rows, format)
