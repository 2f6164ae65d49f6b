"""`tsunagi accounts`: what the pages of accounts show, at the terminal."""

from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, say_aside, table
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.app.views.records import AccountPage
    from tsunagi.domain.directory import Person
    from tsunagi.hub import Hub

accounts = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@accounts.command("list", help=_("List accounts by name."))
def list_accounts(
    context: typer.Context,
    search: Annotated[str, typer.Option(help=_("A part of the name."))] = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many at most."))] = 50,
    after: Annotated[str | None, typer.Option(help=_("Go on from the 'next' of the page before."))] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.views import records
    from tsunagi.cli.account_tables import row_facts

    with Invocation.of(context).hub() as hub:
        found = records.accounts(hub.context, search=search, after=after, limit=limit)
        count = records.count_accounts(hub.context, search=search)
        if as_json:
            rows = [row_facts(row) for row in found.items]
            print_json({"accounts": rows, "count": count, "next": found.next})
            return
    shown = table((_("ID"), "whole"), _("Name"), _("In step with"))
    for row in found.items:
        shown.add_row(plain(row.record.ref.id), plain(row.record.text("name")), ", ".join(row.linked))
    out().print(shown)
    say_aside(_("{shown} of {count} accounts").format(shown=len(found.items), count=count))
    if found.next:
        say_aside(_("The next page: --after {place}").format(place=found.next))


@accounts.command(help=_("Show an account with its contacts, deals and documents, and why each document exists."))
def show(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help=_("Its ID, or its name where only one has it."))],
    limit: Annotated[int, typer.Option(min=1, max=500, help=_("How many rows of each table at most."))] = 20,
    as_json: Json = False,
) -> None:
    from tsunagi.cli.account_tables import page_facts, page_tables

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        page = _page(hub, account, limit, invocation.viewer(hub))
        if as_json:
            print_json(page_facts(hub, page))
            return
        out().print(*page_tables(hub, page), sep="\n")


def _page(hub: "Hub", account: str, limit: int, viewer: "Person | None") -> "AccountPage":
    from tsunagi.app.views import records

    page = records.account_page(hub.context, account, limit=limit, actor=viewer)
    if page is not None:
        return page
    named = [row.record for row in records.accounts(hub.context, search=account).items]
    exactly = [record for record in named if record.text("name") == account]
    chosen = exactly or named
    only = chosen[0].ref.id if len(chosen) == 1 else None
    page = records.account_page(hub.context, only, limit=limit, actor=viewer) if only else None
    if page is None:
        raise _unclear(account, [f"{record.ref.id} ({record.text('name')})" for record in chosen])
    return page


def _unclear(account: str, found: list[str]) -> ConfigError:
    if found:
        listed = ", ".join(found[:5]) + (" ..." if len(found) > 5 else "")
        return ConfigError(
            Text(en=f"Several accounts are called '{account}'.", ja=f"「{account}」に当てはまる取引先が複数あります。"),
            hint=Text(en=f"Give the ID of one: {listed}", ja=f"ID で指定してください: {listed}"),
        )
    return ConfigError(
        Text(en=f"There is no account '{account}'.", ja=f"取引先「{account}」はありません。"),
        hint=Text(
            en="See: tsunagi accounts list --search NAME. A new one is there after: tsunagi sync",
            ja="確認: tsunagi accounts list --search 名前。新しい取引先は tsunagi sync の後に表示されます。",
        ),
    )
