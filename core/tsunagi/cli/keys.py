"""`tsunagi keys`: letting another user connect one's own organisation."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from tsunagi.cli.connecting import Given, Organization, Secret
from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json, service_names
from tsunagi.cli.printing import err, moment, out, plain, print_json, say_aside, table
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _

if TYPE_CHECKING:
    from tsunagi.app.connections.keys import NewKey
    from tsunagi.store.shared_keys import SharedKey

keys = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

Service = Annotated[
    str, typer.Argument(metavar="SERVICE", autocompletion=service_names, help=_("As 'tsunagi services list' names it."))
]


@keys.command(
    help=_("Issue a key for your own organisation, with your own credentials; shown only now, one at a time.")
)
def issue(
    context: typer.Context,
    service: Service,
    given: Given = None,
    secret: Secret = None,
    organization: Organization = None,
    as_json: Json = False,
) -> None:
    _print_key(_issued(context, service, given, secret, organization), as_json=as_json)


@keys.command(help=_("Issue a new key in place of the one you issued before, which is revoked at once."))
def regenerate(
    context: typer.Context,
    service: Service,
    given: Given = None,
    secret: Secret = None,
    organization: Organization = None,
    as_json: Json = False,
) -> None:
    made = _issued(context, service, given, secret, organization)
    _print_key(made, as_json=as_json)
    if not as_json:
        say_aside(_("Earlier keys of {issuer} are revoked.").format(issuer=made.key.issuer))
        say_aside(
            _("What was connected with them goes on; to end it too: tsunagi keys revoke {service}").format(
                service=service
            )
        )


@keys.command(help=_("Revoke a key: your own, or as administrator of the CRM that of anybody."))
def revoke(
    context: typer.Context,
    service: Service,
    issuer: Annotated[
        str | None, typer.Option(metavar="EMAIL", help=_("Who issued it; default: the one the command acts for."))
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help=_("Only show the consequences; nothing is changed."))] = False,
    yes: Annotated[bool, typer.Option("--yes", help=_("Confirm without typing the service's name."))] = False,
    as_json: Json = False,
) -> None:
    from tsunagi.app.connections.keys import revocation, revoke_key
    from tsunagi.app.connections.services import NotConfirmed
    from tsunagi.cli.printing import typed
    from tsunagi.cli.services import consequence_facts, consequence_tables, not_confirmed

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        whose = issuer or (actor.email if actor else "")
        if not whose:
            raise _whose()
        ends = revocation(hub.context, actor, service, whose)
        plan_facts = {
            "service": service,
            "issuer": whose,
            "ends": consequence_facts(ends, forget=False) if ends else None,
        }
        if ends and not as_json:
            (out() if plan else err()).print(*consequence_tables(ends, forget=False), sep="\n")
            say_aside(_("The connection was made with this key: it is switched off, and its credentials are erased."))
        if plan:
            _show_plan(plan_facts, as_json=as_json)
            return
        confirmed = typed(service, yes=yes, interactive=not as_json) if ends else ""
        try:
            revoke_key(hub.context, actor, service, whose, confirmed=confirmed)
        except NotConfirmed as error:
            raise typer.Exit(not_confirmed(error, forget=False, as_json=as_json)) from None
    if as_json:
        print_json({**plan_facts, "state": "revoked"})
        return
    out().print(_("The key of {issuer} for {service} is revoked.").format(issuer=plain(whose), service=service))


def _show_plan(plan_facts: Mapping[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json(plan_facts)
    elif plan_facts["ends"] is None:
        out().print(_("No connection was made with this key: only the key would end."))


@keys.command("list", help=_("List every key ever issued, never its text; for administrators of the CRM."))
def list_keys(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.app.connections import keys

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        found = keys.list_keys(hub.context, invocation.actor(hub))
    if as_json:
        print_json([_facts(key) for key in found])
        return
    if not found:
        say_aside(_("No key was issued yet."))
        return
    shown = table(_("Service"), _("Issuer"), _("Organisation"), (_("Issued"), "whole"), _("State"))
    for key in found:
        state = _("live")
        if key.revoked_at is not None:
            state = _("revoked {at}").format(at=moment(key.revoked_at))
        organization = plain(key.organization_name or key.organization_id)
        shown.add_row(key.service, plain(key.issuer), organization, moment(key.created_at), state)
    out().print(shown)


def _issued(
    context: typer.Context,
    service: str,
    given: list[str] | None,
    secret: list[str] | None,
    organization: str | None,
) -> "NewKey":
    from tsunagi.app.connections.keys import issue_key
    from tsunagi.cli.connecting import gather

    with Invocation.of(context).hub() as hub:
        values = gather([hub.registry.connector(service)], given or (), secret or ())
        return issue_key(hub.context, service, values[service], organization_id=organization)


def _print_key(made: "NewKey", *, as_json: bool) -> None:
    if as_json:
        print_json({"key": made.text, **_facts(made.key)})
        return
    out().print(made.text, soft_wrap=True)
    say_aside(_("It is not shown again. Give it, with your e-mail address, to the person connecting the organisation:"))
    say_aside(f"tsunagi connect {made.key.service} --key - --issuer {made.key.issuer}")


def _facts(key: "SharedKey") -> dict[str, object]:
    return {
        "id": key.id,
        "service": key.service,
        "issuer": key.issuer,
        "organization_id": key.organization_id,
        "organization_name": key.organization_name,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


def _whose() -> ConfigError:
    return ConfigError(
        Text(en="Whose key is to be revoked?", ja="誰のキーを失効させるか指定されていません。"),
        hint=Text(en="Name its issuer: --issuer EMAIL", ja="発行者を指定してください: --issuer メールアドレス"),
    )
