"""`tsunagi people`: the CRM's users, whom commands, tokens and permissions are about."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.domain.directory import Person

people = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@people.command("list", help=_("List the CRM's users as they were last read."))
def list_people(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.app.access import permissions

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        found = permissions.list_people(hub.context, invocation.actor(hub))
    _show(found, as_json=as_json)
    if not as_json:
        say_aside(_("As last read. To read them now: tsunagi people refresh"))


@people.command(help=_("Read the CRM's users now, and list them."))
def refresh(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.app.access import permissions

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        permissions.require(hub.context, invocation.actor(hub), "people:view")
        found = sorted(permissions.refresh_people(hub.context), key=lambda person: (person.name, person.id))
    _show(found, as_json=as_json)


def _show(found: Sequence["Person"], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    shown = table(_("Name"), _("E-mail"), _("Profile"), _("State"))
    for person in found:
        shown.add_row(
            plain(person.name),
            plain(person.email),
            plain(person.profile),
            _state(person),
        )
    out().print(shown)


def _state(person: "Person") -> str:
    if not person.active:
        return _("deactivated")
    return _("administrator") if person.administrator else _("active")
