"""`tsunagi features`: which parts of a service are fetched and shown."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tsunagi.cli.groups import Group
from tsunagi.cli.invocation import Invocation, Json, feature_names, service_names
from tsunagi.cli.printing import out, plain, print_json, say_aside, table
from tsunagi.translation import gettext as _
from tsunagi.translation import say

if TYPE_CHECKING:
    from tsunagi.app.connections.features import FeatureState

features = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)


@features.command("list", help=_("List the features of the connected services, and whether they are on."))
def list_features(
    context: typer.Context,
    service: Annotated[
        str | None, typer.Argument(metavar="SERVICE", autocompletion=service_names, help=_("Of this one only."))
    ] = None,
    as_json: Json = False,
) -> None:
    from tsunagi.app.connections.features import features as states

    with Invocation.of(context).hub() as hub:
        found = states(hub.context, service)
    if as_json:
        print_json([_facts(state) for state in found])
        return
    if not found:
        say_aside(_("No connected service has features to choose from."))
        return
    shown = table(_("Service"), (_("Feature"), "whole"), _("Name"), _("State"))
    for state in found:
        shown.add_row(state.service, state.feature.name, plain(say(state.feature.label)), _state(state))
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
    from tsunagi.app.connections import features as app

    invocation = Invocation.of(context)
    with invocation.hub() as hub:
        changed = app.set_feature(hub.context, invocation.actor(hub), service, feature, on=state == "on")
        label = say(hub.registry.connector(service).label)
    if as_json:
        print_json(_facts(changed))
        return
    message = _("{service}: {feature} on; the next sync fetches what happened meanwhile.")
    if not changed.on:
        message = _("{service}: {feature} off, neither fetched nor shown.")
    out().print(plain(message.format(feature=say(changed.feature.label), service=label)))


def _facts(state: "FeatureState") -> dict[str, object]:
    return {
        "service": state.service,
        "feature": state.feature.name,
        "label": state.feature.label,
        "entities": state.feature.entities,
        "on": state.on,
    }


def _state(state: "FeatureState") -> str:
    return _("on") if state.on else _("off")
