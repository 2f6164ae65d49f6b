"""`tsunagi services` and `tsunagi features`: which are on, and switching one, or a part of it, off and on."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tsunagi.cli.currencies import finding_facts, findings_table
from tsunagi.cli.failures import report
from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json, feature_names, service_names
from tsunagi.cli.printing import err, facts, out, plain, print_json, say_aside, table
from tsunagi.errors import ConfigError
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from rich.table import Table

    from tsunagi.app.connections.services import Consequences, EverythingNotConfirmed, FeatureState, NotConfirmed
    from tsunagi.hub import Hub
    from tsunagi.store.connections import Connection


services = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

Service = Annotated[
    str, typer.Argument(metavar="SERVICE", autocompletion=service_names, help=_("As 'tsunagi services list' names it."))
]
features = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@services.command("list", help=_("List every service: those connected, and those that could be."))
def list_services(context: typer.Context, as_json: Json = False) -> None:
    with Invocation.of(context).hub() as hub:
        connected = {each.service: each for each in hub.connectors.all()}
        names = list(dict.fromkeys([*hub.registry.connectors, *connected]))
        rows = [_facts(hub, name, connected.get(name)) for name in names]
    if as_json:
        print_json(rows)
        return
    shown = table((_("Service"), "whole"), _("Name"), _("Organisation"), _("State"))
    for name, row in zip(names, rows, strict=True):
        organization = connected[name].organization.name if name in connected else ""
        shown.add_row(name, plain(str(row["label"])), plain(organization), _states()[str(row["state"])])
    out().print(shown)


@services.command(help=_("Switch a service off, after telling what that means; for administrators of the CRM."))
def disable(
    context: typer.Context,
    service: Service,
    plan: Annotated[bool, typer.Option("--plan", help=_("Only show the consequences; nothing is changed."))] = False,
    yes: Annotated[bool, typer.Option("--yes", help=_("Confirm without typing the service's name."))] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help=_("Erase its settings, secrets, links and documents in the hub too."))
    ] = False,
    as_json: Json = False,
) -> None:
    from tsunagi.app.connections import services
    from tsunagi.cli.printing import typed

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        known = services.consequences(hub.context, service, actor=actor)
        if plan and as_json:
            print_json(consequence_facts(known, forget=forget))
        if not as_json:
            console = out() if plan else err()
            console.print(*consequence_tables(known, forget=forget), sep="\n")
        if plan:
            return
        carry_out = services.forget if forget else services.disable
        try:
            done = carry_out(hub.context, actor, service, confirmed=typed(service, yes=yes, interactive=not as_json))
        except services.NotConfirmed as error:
            raise typer.Exit(not_confirmed(error, forget=forget, as_json=as_json)) from None
    if as_json:
        print_json({"state": "forgotten" if forget else "off", **consequence_facts(done, forget=forget)})
    elif forget:
        out().print(_("{service} is off, and forgotten.").format(service=say(done.label)))
    else:
        out().print(_("{service} is off.").format(service=say(done.label)))
        out().print(_("On again, with all it had: tsunagi services enable {service}").format(service=service))


@services.command(
    "disable-all", help=_("Switch every service off at once, after telling what that means; for administrators.")
)
def disable_all(
    context: typer.Context,
    plan: Annotated[bool, typer.Option("--plan", help=_("Only show the consequences; nothing is changed."))] = False,
    yes: Annotated[bool, typer.Option("--yes", help=_("Confirm without typing the word."))] = False,
    as_json: Json = False,
) -> None:
    from tsunagi.app.connections import services
    from tsunagi.cli.printing import typed

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        actor = invocation.actor(hub)
        known = services.everything(hub.context, actor=actor)
        if not as_json:
            for each in known:
                (out() if plan else err()).print(*consequence_tables(each, forget=False), sep="\n")
        if not plan and known:
            confirmed = typed(services.EVERYTHING, yes=yes, interactive=not as_json)
            try:
                services.disable_everything(hub.context, actor, confirmed=confirmed)
            except services.EverythingNotConfirmed as error:
                raise typer.Exit(everything_not_confirmed(error, as_json=as_json)) from None
    if as_json:
        state = {} if plan else {"state": "off"}
        print_json({**state, "services": [consequence_facts(each, forget=False) for each in known]})
    elif not known:
        out().print(_("No service is on."))
    elif not plan:
        out().print(_("Off: {services}").format(services=", ".join(each.service for each in known)))
        out().print(_("On again, one by one: tsunagi services enable SERVICE"))


@services.command(help=_("Switch a service on again, with all it had; for administrators of the CRM."))
def enable(context: typer.Context, service: Service, as_json: Json = False) -> None:
    from tsunagi.app.connections import services

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        services.enable(hub.context, invocation.actor(hub), service)
        facts = _facts(hub, service, hub.connectors.connection(service))
    if as_json:
        print_json(facts)
        return
    out().print(_("{service} is on again.").format(service=facts["label"]))
    say_aside(_("What happened meanwhile is read by the next sync: tsunagi sync"))


def _facts(hub: "Hub", name: str, connection: "Connection | None") -> dict[str, object]:
    kind = hub.registry.connectors.get(name)
    return {
        "service": name,
        "label": say(kind.label) if kind else name,
        "side": kind.side if kind else None,
        "state": _state(kind is not None, connection),
        "plugin": kind is not None,
        "organization": connection.organization if connection else None,
        "connected_by": connection.connected_by or None if connection else None,
        "can_create_organizations": bool(kind and kind.create),
    }


def _state(brought: bool, connection: "Connection | None") -> str:
    if connection is None:
        return "not_connected"
    if not connection.active:
        return "off"
    return "active" if brought else "plugin_missing"


def _states() -> dict[str, str]:
    return {
        "active": _("active"),
        "off": _("switched off"),
        "not_connected": _("not connected"),
        "plugin_missing": _("(plugin missing)"),
    }


def consequence_tables(known: "Consequences", *, forget: bool) -> Iterator[Any]:
    """To be printed one below the other."""
    yield facts([(_("Service"), f"{say(known.label)} ({known.service})"), (_("Organisation"), known.organization)])
    yield _affected(known)
    yield _kept(known, forget=forget)
    if known.findings:
        yield findings_table(known.findings, title=_("Currencies"))
    for text in known.unsure:
        yield plain(_("Could not be checked: {reason}").format(reason=say(text)))
    if forget:
        yield plain(say(_cost(known)))


def consequence_facts(known: "Consequences", *, forget: bool) -> dict[str, object]:
    return {
        "service": known.service,
        "label": known.label,
        "organization": known.organization,
        "panels": known.panels,
        "features": known.features,
        "rules": known.rules,
        "pairs": known.pairs,
        "permissions": known.permissions,
        "traces": known.traces,
        "findings": [finding_facts(finding) for finding in known.findings],
        "unsure": known.unsure,
        "forget": _cost(known) if forget else None,
    }


def not_confirmed(error: "NotConfirmed", *, forget: bool, as_json: bool) -> int:
    """Report that nothing was changed, and how to confirm; returns the exit code."""
    known = consequence_facts(error.consequences, forget=forget)
    return _unconfirmed(error, known, as_json=as_json)


def everything_not_confirmed(error: "EverythingNotConfirmed", *, as_json: bool) -> int:
    """The same for all services at once."""
    known = [consequence_facts(each, forget=False) for each in error.consequences]
    return _unconfirmed(error, known, as_json=as_json)


def _unconfirmed(error: ConfigError, known: object, *, as_json: bool) -> int:
    hinted = ConfigError(
        error.message,
        hint=Text(
            en="Type it at the prompt, or add --yes; --plan only shows the consequences.",
            ja="確認の入力をするか、--yes を付けてください。--plan は影響の表示だけを行います。",
        ),
    )
    return report(hinted, as_json=as_json, more={"type": type(error).__name__, "consequences": known})


def _affected(known: "Consequences") -> "Table":
    """What disappears or stops, in numbers and names."""
    made = table(_("What stops"), (_("Count"), "right"), _("Which"))
    rows: list[tuple[str, Sequence[str]]] = [
        (_("panels and tabs"), [say(text) for text in known.panels]),
        (_("features"), [say(text) for text in known.features]),
        (_("rules"), known.rules),
        (_("syncs"), known.pairs),
        (_("permissions"), known.permissions),
    ]
    for label, names in rows:
        made.add_row(label, str(len(names)), plain(", ".join(names)))
    return made


def _kept(known: "Consequences", *, forget: bool) -> "Table":
    """What the hub has of the service, and what becomes of it."""
    made = table(_("In the hub"), (_("Count"), "right"), _("What becomes of it"))
    hidden = _("erased") if forget else _("no longer shown, kept")
    rows = [
        (_("records"), known.traces.records, hidden),
        (_("documents"), known.traces.documents, hidden),
        (_("links"), known.traces.links, _("erased") if forget else _("kept, so that nothing is made twice")),
        (_("planned writes"), known.traces.planned_writes, _("given up; one under way is finished")),
        (_("notifications"), known.traces.notifications, _("erased") if forget else _("wait")),
    ]
    for label, count, becomes in rows:
        made.add_row(label, str(count), becomes)
    return made


def _cost(known: "Consequences") -> Text:
    count = known.traces.links
    return Text(
        en=f"Forgetting cannot be undone: the links ({count}), the settings and the secrets are erased. Connecting "
        "again matches records by name anew, and creates what does not match. "
        "Nothing is deleted at the service itself.",
        ja=f"消去は取り消せません。リンク {count} 件と設定、認証情報が消去されます。"
        "再接続時はレコードを名前で照合し直し、"
        "一致しないものは新たに作成されます。サービス側のデータは削除されません。",
    )


@features.command("list", help=_("List the features of the connected services, and whether they are on."))
def list_features(
    context: typer.Context,
    service: Annotated[
        str | None, typer.Argument(metavar="SERVICE", autocompletion=service_names, help=_("Of this one only."))
    ] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.connections.services import features as states

    with Invocation.of(context).hub() as hub:
        found = states(hub.context, service)
    if as_json:
        print_json([_feature_facts(state) for state in found])
        return
    if not found:
        say_aside(_("No connected service has features to choose from."))
        return
    shown = table(_("Service"), (_("Feature"), "whole"), _("Name"), _("State"))
    for state in found:
        shown.add_row(state.service, state.feature.name, plain(say(state.feature.label)), _feature_state(state))
    out().print(shown)


@features.command("set", help=_("Switch a feature on or off; for administrators of the CRM."))
def set_feature(
    context: typer.Context,
    service: Annotated[
        str,
        typer.Argument(metavar="SERVICE", autocompletion=service_names, help=_("As 'tsunagi services list' names it.")),
    ],
    feature: Annotated[
        str,
        typer.Argument(metavar="FEATURE", autocompletion=feature_names, help=_("As 'tsunagi features list' names it.")),
    ],
    state: Annotated[Literal["on", "off"], typer.Argument(metavar="on|off", help=_("What it is to be."))],
    as_json: Json = False,
) -> None:
    from tsunagi.app.connections import services as app

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        changed = app.set_feature(hub.context, invocation.actor(hub), service, feature, on=state == "on")
        label = say(hub.registry.connector(service).label)
    if as_json:
        print_json(_feature_facts(changed))
        return
    message = _("{service}: {feature} on; the next sync fetches what happened meanwhile.")
    if not changed.on:
        message = _("{service}: {feature} off, neither fetched nor shown.")
    out().print(plain(message.format(feature=say(changed.feature.label), service=label)))


def _feature_facts(state: "FeatureState") -> dict[str, object]:
    return {
        "service": state.service,
        "feature": state.feature.name,
        "label": state.feature.label,
        "entities": state.feature.entities,
        "on": state.on,
    }


def _feature_state(state: "FeatureState") -> str:
    return _("on") if state.on else _("off")
