"""`tsunagi records`: any kind of record of the CRM, as its pages show it."""

from typing import TYPE_CHECKING, Annotated, get_args

import typer

from tsunagi.cli.accounts import fields_of, panel_facts, panel_table, record_facts
from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import facts, out, print_json
from tsunagi.cli.record_lists import (
    After,
    Columns,
    Descending,
    Limit,
    Search,
    Service,
    Sort,
    State,
    Target,
    print_list,
)
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.app.views.records import Kind

records = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@records.command("list", help=_("List records of a kind, or save them all as a file."))
def list_records(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=_("account, contact, deal, vendor or product"))],
    search: Search = "",
    state: State = "",
    service: Service = "",
    sort: Sort = "",
    descending: Descending = False,
    columns: Columns = "",
    limit: Limit = 50,
    after: After = None,
    target: Target = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.views.record_lists import AskedRecords

    asked = AskedRecords(_kind(kind), search, state, service, sort, descending)
    print_list(Invocation.of(context), asked, columns=columns, limit=limit, after=after, target=target, as_json=as_json)


@records.command(help=_("Show a record with its partners and documents, and why each document exists."))
def show(
    context: typer.Context,
    record: Annotated[str, typer.Argument(metavar="RECORD", help=_("As service:kind:id, such as crm:vendor:1001."))],
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many rows of each table at most."))] = 20,
    as_json: Json = False,
) -> None:
    from tsunagi.app.views import records as views

    ref = _ref(record)
    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        known, viewer = ref.service == hub.registry.crm_service(), invocation.viewer(hub)
        page = views.record_page(hub.context, _kind(ref.entity), ref.id, limit=limit, actor=viewer) if known else None
        if page is None:
            raise ConfigError(
                Text(en=f"There is no record '{record}'.", ja=f"レコード「{record}」はありません。"),
                hint=Text(en="See: tsunagi records list KIND", ja="確認: tsunagi records list 種類"),
            )
        if as_json:
            print_json(
                {
                    "record": record_facts(page.record),
                    "linked": page.links,
                    "products": [record_facts(each) for each in page.products.items],
                    "panels": [panel_facts(hub, view) for view in page.panels],
                }
            )
            return
        out().print(facts(fields_of(hub, page.record, page.links)))
        for view in page.panels:
            out().print(panel_table(hub, view))


def _kind(kind: str) -> "Kind":
    from tsunagi.app.views.records import Kind

    valid: tuple[Kind, ...] = get_args(Kind)
    found = next((each for each in valid if each == kind), None)
    if found is None:
        names = ", ".join(valid)
        raise ConfigError(
            Text(
                en=f"'{kind}' is no kind of record that has a page. Valid are: {names}.",
                ja=f"「{kind}」というレコードのページはありません。使えるもの: {names}",
            )
        )
    return found


def _ref(record: str) -> RecordRef:
    try:
        return RecordRef.parse(record)
    except ValueError:
        raise ConfigError(
            Text(
                en=f"'{record}' names no record; one is service:kind:id, such as crm:vendor:1001.",
                ja=f"「{record}」はレコードではありません。service:kind:id の形式です(例: crm:vendor:1001)。",
            )
        ) from None
