"""What the lists of records take on the command line, and how they are printed or saved."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.invocation import Invocation
from tsunagi.cli.printing import out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.app.views.record_lists import AskedRecords
    from tsunagi.app.views.records import RecordRow
    from tsunagi.domain.entities import EntityType
    from tsunagi.domain.records import Record
    from tsunagi.hub import Hub

Search = Annotated[str, typer.Option(help=_("A part of the name."))]
State = Annotated[str, typer.Option(help=_("linked, unlinked, needs_somebody or not_billed."))]
Service = Annotated[str, typer.Option(help=_("The service in which that counts."))]
Sort = Annotated[str, typer.Option(metavar="FIELD", help=_("What the list is sorted by; the name otherwise."))]
Descending = Annotated[bool, typer.Option("--descending", help=_("The last, or largest, first."))]
Columns = Annotated[
    str, typer.Option(metavar="FIELD,FIELD", help=_("Which columns there are, with commas between them."))
]
Limit = Annotated[int, typer.Option(min=1, max=500, help=_("How many at most."))]
After = Annotated[str | None, typer.Option(help=_("Go on from the 'next' of the page before."))]
Target = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help=_("Save every row here instead: a file named .csv or .xlsx.")),
]


def print_list(
    invocation: Invocation,
    asked: "AskedRecords",
    *,
    columns: str,
    limit: int,
    after: str | None,
    target: Path | None,
    as_json: bool,
) -> None:
    """Prints a page of the list, or saves all of it to `target`."""
    with invocation.hub() as hub:
        if target is not None:
            _save(invocation, hub, asked, _names(columns), target, as_json=as_json)
        else:
            _print(invocation, hub, asked, _names(columns), limit, after, as_json=as_json)


def _save(
    invocation: Invocation, hub: "Hub", asked: "AskedRecords", columns: list[str], target: Path, *, as_json: bool
) -> None:
    from tsunagi.app.views.record_lists import record_table
    from tsunagi.cli.document_lists import save_table

    count = save_table(record_table(hub.context, invocation.viewer(hub), asked, columns), target)
    if as_json:
        print_json({"file": target, "records": count})
    else:
        out().print(plain(_("Saved {count} records in {file}.").format(count=count, file=target)))


def _print(
    invocation: Invocation,
    hub: "Hub",
    asked: "AskedRecords",
    columns: list[str],
    limit: int,
    after: str | None,
    *,
    as_json: bool,
) -> None:
    from tsunagi.app.views import record_lists

    viewer, kind = invocation.viewer(hub), record_lists.kind_of(hub.context, asked.kind)
    found = record_lists.list_records(hub.context, viewer, asked, after=after, limit=limit)
    count = record_lists.count_records(hub.context, viewer, asked)
    chosen = record_lists.chosen_columns(kind, asked.kind, columns)
    if as_json:
        rows = [_facts(row, kind, columns) for row in found.items]
        key = "accounts" if asked.kind == "account" else "records"
        print_json({key: rows, "count": count, "next": found.next})
        return
    records = [row.record for row in found.items]
    texts = record_lists.shown_texts(hub.context, viewer, kind, records, chosen)
    shown = table((_("ID"), "whole"), _("Name"), *(say(spec.label) for spec in chosen), _("In step with"))
    for row in found.items:
        ref = row.record.ref
        shown.add_row(plain(ref.id), plain(_title(kind, row.record)), *map(plain, texts[ref]), ", ".join(row.linked))
    out().print(shown)
    say_aside(_("{shown} of {count}").format(shown=len(found.items), count=count))
    if found.next:
        say_aside(_("The next page: --after {place}").format(place=found.next))


def _facts(row: "RecordRow", kind: "EntityType", columns: list[str]) -> dict[str, object]:
    fields = {name: row.record.fields.get(name) for name in columns}
    known: dict[str, object] = {"id": row.record.ref.id, "name": _title(kind, row.record), "linked": row.linked}
    return {**known, "fields": fields} if columns else known


def _title(kind: "EntityType", record: "Record") -> str:
    return record.text(kind.title)


def _names(columns: str) -> list[str]:
    return [name.strip() for name in columns.split(",") if name.strip()]
