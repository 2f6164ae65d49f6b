"""`tsunagi db`: the tables of the store."""

import typer

from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, print_json
from tsunagi.translation import gettext as _

database = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@database.command(help=_("Bring the tables to the newest version; safe to repeat."))
def upgrade(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.store.database import Store
    from tsunagi.store.migrating import version
    from tsunagi.store.private_files import private_folder

    settings = Invocation.of(context).settings()
    private_folder(settings.home)
    store = Store(settings.store_url)
    try:
        before = version(store.engine)
        store.migrate()
        after = version(store.engine)
    finally:
        store.close()
    if as_json:
        print_json({"before": before, "after": after})
    elif before == after:
        out().print(_("The tables are at the newest version, {version}.").format(version=after))
    else:
        out().print(_("The tables went from version {before} to {after}.").format(before=before or "-", after=after))
