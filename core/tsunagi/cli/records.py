"""`tsunagi records`: any kind of record of the CRM, as its pages show it."""

from typing import TYPE_CHECKING, Annotated, get_args

import typer

from tsunagi.cli.accounts import fields_of, panel_facts, panel_table, record_facts, row_facts
from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import facts, out, plain, print_json, say_aside, table
from tsunagi.domain.records import RecordRef
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.app.views.records import Kind

records = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@records.command("list", help=_("List records of a kind by name."))
def list_records(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=_("account, contact, deal, vendor or product"))],
    search: Annotated[str, typer.Option(help=_("A part of the name."))] = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many at most."))] = 50,
    after: Annotated[str | None, typer.Option(help=_("Go on from the 'next' of the page before."))] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.views import records as views

    wanted = _kind(kind)
    with Invocation.of(context).hub() as hub:
        found = views.list_records(hub.context, wanted, search=search, after=after, limit=limit)
        count = views.count_records(hub.context, wanted, search=search)
        title = hub.registry.entity(hub.registry.crm_service(), wanted).title
        if as_json:
            rows = [{**row_facts(row), "name": row.record.text(title)} for row in found.items]
            print_json({"records": rows, "count": count, "next": found.next})
            return
    shown = table((_("ID"), "whole"), _("Name"), _("In step with"))
    for row in found.items:
        shown.add_row(plain(row.record.ref.id), plain(row.record.text(title)), ", ".join(row.linked))
    out().print(shown)
    say_aside(_("{count} in all").format(count=count))
    if found.next:
        say_aside(_("The next page: --after {place}").format(place=found.next))


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
