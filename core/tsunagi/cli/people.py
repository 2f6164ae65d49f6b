"""`tsunagi people` and `tsunagi tokens`: the CRM's users, and what they sign in to API and pages with."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json
from tsunagi.cli.printing import moment, out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.domain.directory import Person
    from tsunagi.store.people import ApiToken


tokens = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@tokens.command(help=_("Make a token for a CRM user; it is shown only now."))
def create(
    context: typer.Context,
    user: Annotated[str, typer.Option("--user", metavar="EMAIL", help=_("The CRM user it lets in."))],
    label: Annotated[str, typer.Option(help=_("What it is for."))] = "",
    as_json: Json = False,
) -> None:
    from tsunagi.app.access.tokens import create_token

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        made = create_token(hub.context, invocation.actor(hub), user, label=label)
    if as_json:
        print_json({"token": made.text, **_facts(made.token)})
        return
    out().print(made.text, soft_wrap=True)
    say_aside(
        _("It is not shown again. It lets in {user}; revoke it with: tsunagi tokens revoke {id}").format(
            user=made.token.email, id=made.token.id
        )
    )


@tokens.command("list", help=_("List every token ever made, never its text."))
def list_tokens(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.app.access import tokens as app

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        found = app.list_tokens(hub.context, invocation.actor(hub))
    if as_json:
        print_json([_facts(token) for token in found])
        return
    if not found:
        say_aside(_("There is no token yet. Make one: tsunagi tokens create --user EMAIL"))
        return
    shown = table((_("ID"), "whole"), _("User"), _("Label"), _("Made"), _("Last used"), _("State"))
    for token in found:
        state = _("live") if token.revoked_at is None else _("revoked {at}").format(at=moment(token.revoked_at))
        used, made = moment(token.used_at), moment(token.created_at)
        shown.add_row(token.id, plain(token.email), plain(token.label), made, used, state)
    out().print(shown)


@tokens.command(help=_("Revoke a token; it stops working at once."))
def revoke(
    context: typer.Context,
    token: Annotated[str, typer.Argument(metavar="ID", help=_("As 'tsunagi tokens list' shows it."))],
    as_json: Json = False,
) -> None:
    from tsunagi.app.access.tokens import revoke_token

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        revoke_token(hub.context, invocation.actor(hub), token)
    if as_json:
        print_json({"id": token, "state": "revoked"})
        return
    out().print(_("The token {id} is revoked.").format(id=plain(token)))


def _facts(token: "ApiToken") -> dict[str, object]:
    return {
        "id": token.id,
        "user": token.email,
        "label": token.label,
        "created_at": token.created_at,
        "used_at": token.used_at,
        "revoked_at": token.revoked_at,
    }


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
