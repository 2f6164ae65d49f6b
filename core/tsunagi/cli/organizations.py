"""Which organisation is connected: chosen among those there are, or created where there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from tsunagi.cli.currencies import findings_table, weighty
from tsunagi.cli.printing import agree, ask, at_terminal, err, plain, say_aside, table
from tsunagi.domain.connector import NewOrganization, Organization
from tsunagi.errors import ConfigError, TsunagiError
from tsunagi.text import Text
from tsunagi.translation import gettext as _
from tsunagi.translation import language, say

if TYPE_CHECKING:
    from tsunagi.app.connections.connecting import Draft
    from tsunagi.app.connections.organizations import Offer, Provisioned
    from tsunagi.domain.directory import Person
    from tsunagi.hub import Hub
    from tsunagi.store.connections import Connection

Credentials = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class OrganizationChoice:
    """The organisation a person named, by its id or as one to create; `interactive`: prompts and notes are allowed."""

    organization: str | None
    new: NewOrganization | None
    interactive: bool

    @property
    def may_ask(self) -> bool:
        return self.interactive and at_terminal()


def new_organization(
    name: str | None, country: str | None, currency: str | None, time_zone: str | None
) -> NewOrganization | None:
    """The organisation described by the --create options. Raises ConfigError where some are missing."""
    options = {"--create-name": name, "--country": country, "--currency": currency, "--time-zone": time_zone}
    missing = ", ".join(option for option, value in options.items() if not value)
    if name and country and currency and time_zone:
        return NewOrganization(name, country, currency.upper(), time_zone, language())
    if not any(options.values()):
        return None
    raise ConfigError(
        Text(
            en=f"To create an organisation these are missing: {missing}",
            ja=f"組織を作成するには次の指定が必要です: {missing}",
        ),
        hint=_how_to_create(),
    )


def connect_crm(hub: "Hub", service: str, values: Mapping[str, object], choice: OrganizationChoice) -> "Connection":
    """Connect the CRM with the credentials of one of its administrators."""
    from tsunagi.app.connections.connecting import OrganizationUnclear, connect

    try:
        return connect(hub.context, service, values, organization_id=choice.organization)
    except OrganizationUnclear as unclear:
        if unclear.reached:
            err().print(_organizations(unclear.reached))
        return connect(hub.context, service, values, organization_id=_picked(unclear.reached, choice, unclear))


def join(
    hub: "Hub", actor: "Person | None", credentials: Credentials, choice: OrganizationChoice
) -> Sequence["Provisioned"]:
    """Connect one organisation in all these services, creating it where it is missing and that can be done."""
    from tsunagi.app.connections.organizations import discover, provision

    offer = discover(hub.context, actor, credentials)
    known = _distinct(offer)
    if choice.interactive and (len(credentials) > 1 or len(known) != 1):
        err().print(_offer_table(hub, offer))
    organization, new = _wanted(hub, offer, known, choice)
    # Where the organisation is there already comes first: the others are to get the same one.
    order = sorted(credentials, key=lambda service: not offer.reached.get(service))
    if choice.interactive:
        _show_consequences(hub, actor, [offer.drafts[service] for service in order], organization, choice)
    values = {service: credentials[service] for service in order}
    settled = {
        each.service: each
        for each in provision(hub.context, actor, values, organization_id=organization, new=new, offer=offer)
    }
    return [settled[service] for service in credentials]


def _wanted(
    hub: "Hub", offer: "Offer", known: Mapping[str, Organization], choice: OrganizationChoice
) -> tuple[str | None, NewOrganization | None]:
    from tsunagi.app.connections.connecting import OrganizationUnclear

    if choice.organization is not None:
        return choice.organization, choice.new
    if choice.new is not None and any(each.name != choice.new.name for each in known.values()):
        raise _there_already(known)
    if len(known) > 1:
        reached = list(known.values())
        unclear = OrganizationUnclear(", ".join(offer.reached), reached, None)
        return _picked(reached, choice, unclear), None
    if known or choice.new is not None or not offer.reached:
        # Nothing to decide; where nothing could be reached, connecting reports why.
        return None, choice.new
    return None, _prompted(hub, offer, choice)


def _picked(reached: Sequence[Organization], choice: OrganizationChoice, unclear: TsunagiError) -> str:
    if not (reached and choice.may_ask):
        raise unclear
    return ask(_("Which one? Its ID"))


def _prompted(hub: "Hub", offer: "Offer", choice: OrganizationChoice) -> NewOrganization:
    """Reports that there is none, and offers to create one. Raises ConfigError where nobody can answer."""
    if not (choice.may_ask and offer.creatable):
        raise _nowhere(hub, offer)
    say_aside(_("There is no organisation yet. It can be created now; Ctrl-C leaves everything as it is."))
    return NewOrganization(
        name=ask(_("Name of the organisation")),
        country=ask(_("Country")),
        currency=ask(_("Base currency, such as JPY")).upper(),
        time_zone=ask(_("Time zone, such as Asia/Tokyo")),
        language=language(),
    )


def _show_consequences(
    hub: "Hub",
    actor: "Person | None",
    drafts: "Sequence[Draft | TsunagiError]",
    organization: str | None,
    choice: OrganizationChoice,
) -> None:
    """What connecting would find and do; what cannot be undone is confirmed."""
    from tsunagi.app.connections.connecting import preview
    from tsunagi.domain.compatibility import Severity, refusals

    acts = False
    for draft in drafts:
        if isinstance(draft, TsunagiError):
            continue
        try:
            findings = preview(hub.context, actor, draft, organization_id=organization)
        except TsunagiError:
            # Connecting reports the same; an organisation still to be created has no plan yet.
            continue
        label = say(hub.registry.connector(draft.service).label)
        if findings and not weighty(findings):
            say_aside(_("{service}: plans and currencies fit.").format(service=label))
        elif findings and not refusals(findings):
            # A refusal is reported when connecting.
            err().print(findings_table(findings, title=_("Before connecting {service}").format(service=label)))
        acts = acts or any(finding.severity is Severity.ACTS for finding in findings)
    if acts and choice.may_ask and not agree(_("Go on?")):
        raise typer.Abort


def _distinct(offer: "Offer") -> dict[str, Organization]:
    """The organisations there are, each once, whatever the services it is in."""
    return {each.id: each for reached in offer.reached.values() for each in reached}


def _offer_table(hub: "Hub", offer: "Offer") -> object:
    shown = table(_("Service"), (_("ID"), "whole"), _("Organisation"), _("Currency"))
    for service, reached in offer.reached.items():
        label = say(hub.registry.connector(service).label)
        for each in reached:
            shown.add_row(label, plain(each.id), plain(each.name), each.base_currency)
        if not reached:
            can = _("none; it can be created") if service in offer.creatable else _("none; to be created by hand")
            shown.add_row(label, "", can, "")
    for service, problem in offer.problems.items():
        shown.add_row(say(hub.registry.connector(service).label), "", plain(say(problem)), "")
    return shown


def _organizations(reached: Sequence[Organization]) -> object:
    shown = table((_("ID"), "whole"), _("Organisation"), _("Currency"))
    for organization in reached:
        shown.add_row(plain(organization.id), plain(organization.name), organization.base_currency)
    return shown


def _how_to_create() -> Text:
    options = "--create-name NAME --country COUNTRY --currency CODE --time-zone ZONE"
    return Text(en=f"Create one with: {options}", ja=f"作成するには: {options}")


def _nowhere(hub: "Hub", offer: "Offer") -> ConfigError:
    kinds = [hub.registry.connector(service) for service in offer.reached]
    en, ja = (", ".join(labels) for labels in zip(*((kind.label.en, kind.label.ja) for kind in kinds), strict=True))
    by_hand = [kind.create_by_hand for kind in kinds if kind.create is None and kind.create_by_hand]
    return ConfigError(
        Text(en=f"There is no organisation in {en} yet.", ja=f"{ja}にはまだ組織がありません。"),
        hint=_how_to_create() if offer.creatable or not by_hand else by_hand[0],
    )


def _there_already(known: Mapping[str, Organization]) -> ConfigError:
    listed = ", ".join(f"{each.id} ({each.name}, {each.base_currency})" for each in known.values())
    return ConfigError(
        Text(
            en=f"Nothing was created, since there is an organisation already: {listed}",
            ja=f"既に組織があるため、作成していません: {listed}",
        ),
        hint=Text(en="Connect it with --organization ID.", ja="--organization ID で接続してください。"),
    )
