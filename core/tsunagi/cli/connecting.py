"""`tsunagi connect` and `tsunagi connections`: what is entered to connect, and the organisations connected."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsunagi.cli.failures import ExitCode
from tsunagi.cli.invocation import Invocation, Json, service_names
from tsunagi.cli.printing import ask, out, plain, print_json, say_aside, table
from tsunagi.errors import ConfigError, TsunagiError
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from tsunagi.app.connections.organizations import Provisioned
    from tsunagi.cli.organizations import OrganizationChoice
    from tsunagi.domain.connector import ConnectorType
    from tsunagi.hub import Hub
    from tsunagi.store.connections import Connection


# What an administrator enters to reach a service; the same for everything that tries credentials.
Given = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help=_("A setting of the service; repeatable."))
]
Secret = Annotated[
    list[str] | None,
    typer.Option(
        "--set-secret",
        metavar="NAME",
        help=_(
            "A secret to ask for, or to read from standard input, a line each; repeatable. "
            "TSUNAGI_<SERVICE>_<NAME> in the environment does as well."
        ),
    ),
]
Organization = Annotated[
    str | None, typer.Option("--organization", metavar="ID", help=_("Which organisation, where there are several."))
]


def connect(
    context: typer.Context,
    services: Annotated[
        list[str],
        typer.Argument(
            metavar="SERVICE",
            autocompletion=service_names,
            help=_("Such as crm; 'tsunagi services list' names them. Several share the settings."),
        ),
    ],
    given: Given = None,
    secret: Secret = None,
    organization: Organization = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help=_("A key another user issued for their organisation; - prompts for it.")),
    ] = None,
    issuer: Annotated[str | None, typer.Option(metavar="EMAIL", help=_("Who issued the key."))] = None,
    create_name: Annotated[
        str | None, typer.Option(metavar="NAME", help=_("Create an organisation of this name where there is none."))
    ] = None,
    country: Annotated[str | None, typer.Option(help=_("Its country."))] = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help=_("Its base currency, such as JPY."))] = None,
    time_zone: Annotated[str | None, typer.Option(metavar="ZONE", help=_("Its time zone, such as Asia/Tokyo."))] = None,
    show_request: Annotated[
        bool,
        typer.Option(
            "--show-request",
            help=_("Where only the vendor's support can change a base currency: print the request to send them."),
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    from tsunagi.cli.connection_results import report_results
    from tsunagi.cli.organizations import OrganizationChoice, new_organization

    invocation = Invocation.of(context)
    choice = OrganizationChoice(
        organization, new_organization(create_name, country, currency, time_zone), interactive=not as_json
    )
    with invocation.hub() as hub:
        kinds = [hub.registry.connector(service) for service in dict.fromkeys(services)]
        if key or issuer:
            credentials: dict[str, dict[str, str]] = {}
            settled = [_with_key(hub, invocation, services, key, issuer)]
        else:
            credentials = gather(kinds, given or (), secret or ())
            settled = list(_own(hub, invocation, credentials, choice))
        code = report_results(hub, invocation, settled, credentials, choice, show_request=show_request)
    if code is not ExitCode.OK:
        raise typer.Exit(code)


def _own(
    hub: "Hub", invocation: Invocation, credentials: dict[str, dict[str, str]], choice: "OrganizationChoice"
) -> "Iterator[Provisioned]":
    """The CRM first: who connects it is who connects the others."""
    from dataclasses import replace

    from tsunagi.app.connections.organizations import Provisioned
    from tsunagi.cli.organizations import connect_crm, join

    crm = [service for service in credentials if hub.registry.connector(service).is_crm]
    finance = {service: values for service, values in credentials.items() if service not in crm}
    for service in crm:
        chosen = replace(choice, organization=None) if finance else choice
        yield Provisioned(service, "connected", connect_crm(hub, service, credentials[service], chosen))
    try:
        yield from join(hub, invocation.actor(hub), finance, choice) if finance else ()
    except TsunagiError as error:
        if not crm:
            raise
        # The CRM is connected by now, which is reported too.
        yield from (Provisioned(service, "refused", error=error) for service in finance)


def _with_key(
    hub: "Hub", invocation: Invocation, services: Sequence[str], key: str | None, issuer: str | None
) -> "Provisioned":
    from tsunagi.app.connections.compatibility import Incompatible
    from tsunagi.app.connections.keys import connect_with_key
    from tsunagi.app.connections.organizations import Provisioned

    if not (key and issuer and len(services) == 1):
        raise ConfigError(
            Text(
                en="Another user's organisation is connected with --key and --issuer, one service at a time.",
                ja="他の利用者の組織は --key と --issuer の両方を指定し、1 サービスずつ接続してください。",
            )
        )
    text = read_secret(_("Key")) if key == "-" else key
    try:
        connection = connect_with_key(hub.context, invocation.actor(hub), services[0], issuer, text)
    except Incompatible as error:
        return Provisioned(services[0], "refused", error=error)
    return Provisioned(services[0], "connected", connection)


def connections(context: typer.Context, as_json: Json = False) -> None:
    from tsunagi.cli.connection_results import connection_facts

    with Invocation.of(context).hub() as hub:
        found = hub.connectors.all()
        labels = {service: say(kind.label) for service, kind in hub.registry.connectors.items()}
    if as_json:
        print_json([connection_facts(connection) for connection in found])
        return
    if not found:
        say_aside(_("No service is connected yet. Connect one: tsunagi connect crm"))
        return
    shown = table(_("Service"), _("Name"), _("Organisation"), (_("ID"), "whole"), _("Currency"), _("State"))
    for item in found:
        organization = item.organization
        shown.add_row(
            item.service,
            # A connection outlives its plugin.
            labels.get(item.service, _("(plugin missing)")),
            plain(organization.name),
            plain(organization.id),
            organization.base_currency,
            _state(item),
        )
    out().print(shown)


def _state(item: "Connection") -> str:
    from tsunagi.app.connections.fit import prevented_by

    if not item.active:
        return _("switched off")
    return _("read only") if prevented_by(item) else _("active")


def gather(kinds: Sequence["ConnectorType"], given: Sequence[str], secrets: Sequence[str]) -> dict[str, dict[str, str]]:
    """Values by service and name; what is entered counts for every service that has a setting of this name.

    There is no prompt where options were given, or without a terminal.
    """
    for name in secrets:
        _having(kinds, name)
    entered = dict(_assigned(kinds, item) for item in given)
    entered |= {name: read_secret(name) for name in secrets}
    values = {kind.service: _from_environment(kind) | _fitting(kind, entered) for kind in kinds}
    if not given and not secrets and sys.stdin.isatty():
        for kind in kinds:
            values[kind.service] |= _fitting(kind, entered)
            answers = dict(_asked(kind, values[kind.service]))
            values[kind.service] |= answers
            entered |= answers
    return values


def variable(service: str, name: str) -> str:
    """The environment variable of one setting of a service."""
    return f"TSUNAGI_{service}_{name}".upper()


def _from_environment(kind: "ConnectorType") -> dict[str, str]:
    found = {name: os.environ.get(variable(kind.service, name)) for name in kind.settings.model_fields}
    return {name: value for name, value in found.items() if value}


def _fitting(kind: "ConnectorType", entered: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in entered.items() if name in kind.settings.model_fields}


def _assigned(kinds: Sequence["ConnectorType"], item: str) -> tuple[str, str]:
    name, sign, value = item.partition("=")
    if not sign:
        raise ConfigError(
            Text(en=f"--set takes NAME=VALUE, received '{item}'.", ja=f"--set は NAME=VALUE の形です。指定: '{item}'")
        )
    kind = _having(kinds, name)
    if _is_secret(kind.settings.model_fields[name]):
        raise ConfigError(
            Text(
                en=f"'{name}' is a secret; on the command line others could read it.",
                ja=f"「{name}」は秘密の値です。コマンドラインに書くと他人に読まれるおそれがあります。",
            ),
            hint=Text(
                en=f"Use --set-secret {name}, or the variable {variable(kind.service, name)}.",
                ja=f"--set-secret {name} または環境変数 {variable(kind.service, name)} を使ってください。",
            ),
        )
    return name, value


def _having(kinds: Sequence["ConnectorType"], name: str) -> "ConnectorType":
    """One of the services with a setting of this name. Raises ConfigError where none has it."""
    for kind in kinds:
        if name in kind.settings.model_fields:
            return kind
    known = ", ".join(dict.fromkeys(field for kind in kinds for field in kind.settings.model_fields))
    en, ja = (", ".join(labels) for labels in zip(*((kind.label.en, kind.label.ja) for kind in kinds), strict=True))
    raise ConfigError(
        Text(en=f"{en} has no setting '{name}'.", ja=f"{ja}に設定項目「{name}」はありません。"),
        hint=Text(en=f"Settings are: {known}", ja=f"設定項目: {known}"),
    )


def read_secret(name: str) -> str:
    """Prompted for without an echo, or the next line of standard input. Raises ConfigError where there is none."""
    if sys.stdin.isatty():
        return ask(name, hidden=True)
    line = sys.stdin.readline().rstrip("\r\n")
    if line:
        return line
    raise ConfigError(
        Text(
            en=f"Standard input holds no line for the secret '{name}'.",
            ja=f"標準入力に秘密の値「{name}」の行がありません。",
        ),
        hint=Text(
            en="Each --set-secret reads one line, in the order given.",
            ja="--set-secret は指定した順に 1 行ずつ読みます。",
        ),
    )


def _asked(kind: "ConnectorType", values: dict[str, str]) -> Iterator[tuple[str, str]]:
    """An answer for each setting that has no value yet; an empty one leaves the default."""
    for name, field in kind.settings.model_fields.items():
        if name in values:
            continue
        required = field.is_required()
        answer = ask(_labelled(name, field), hidden=_is_secret(field), default=None if required else "")
        if answer:
            yield name, answer


def _labelled(name: str, field: "FieldInfo") -> str:
    if field.is_required():
        return name
    if field.default in {None, ""}:
        return _("{name} (may be left empty)").format(name=name)
    return _("{name} (empty: {default})").format(name=name, default=field.default)


def _is_secret(field: "FieldInfo") -> bool:
    from pydantic import SecretStr

    annotation: Any = field.annotation
    return annotation is SecretStr or SecretStr in getattr(annotation, "__args__", ())
