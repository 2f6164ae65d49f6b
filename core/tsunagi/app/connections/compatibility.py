"""Are the plans and currencies of the CRM and a finance organisation compatible? Checked before anything is stored."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from tsunagi.app.access.permissions import require
from tsunagi.app.context import Context
from tsunagi.domain.compatibility import (
    Compatibility,
    FinanceSide,
    Finding,
    MultiCurrency,
    Plans,
    ServicePlan,
    refusals,
    weightiest_first,
)
from tsunagi.domain.connector import Connector, ConnectorType, NewOrganization, Organization
from tsunagi.domain.directory import Person
from tsunagi.domain.rates import Precision, Rate, RateDifference, differences
from tsunagi.errors import BrokenAnswer, ConfigError, ConnectorError, OutcomeUnknown
from tsunagi.store.connections import Connection, Connections
from tsunagi.text import Text

# Key in the CRM's Connection.remembered: it was the hub that turned its multi-currency on.
TURNED_ON = "multi_currency_turned_on"


class Incompatible(ConfigError):
    """The plans or base currencies of two organisations are not compatible; `findings` has all results."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = refusals(findings)[0]
        super().__init__(first.message, hint=first.what_to_do)
        self.findings = tuple(findings)


def findings_for(
    context: Context, kind: ConnectorType, organization: Organization, connector: Connector
) -> tuple[Finding, ...]:
    """The findings about connecting this organisation; none where a side does not report its plan."""
    crm = _crm_plan(context)
    if crm is None or not isinstance(connector, Plans):
        return ()
    side = FinanceSide(kind.service, kind.label, organization.id, organization.name, connector.plan())
    return _checked(context, crm, side)


def _checked(context: Context, crm: ServicePlan, side: FinanceSide) -> tuple[Finding, ...]:
    rules = compatibility(context)
    return weightiest_first(rules.check(crm, side)) if rules else ()


def compatibility(context: Context) -> Compatibility | None:
    """The CRM plugin's compatibility rules for finance organisations."""
    return context.registry.connector(context.registry.crm_service()).compatibility


def require_compatible(context: Context, kind: ConnectorType, new: NewOrganization) -> None:
    """Would an organisation fit that does not exist yet? Raises Incompatible."""
    crm = _crm_plan(context)
    if crm is None:
        return
    plan = ServicePlan("unknown", new.currency, multi_currency=False, currencies=(new.currency,))
    findings = _checked(context, crm, FinanceSide(kind.service, kind.label, "", new.name, plan))
    if refusals(findings):
        raise Incompatible(findings)


def findings_of(context: Context, service: str, *, actor: Person | None = None) -> tuple[Finding, ...]:
    """The same for a connected service, from both sides' current state. Raises PermissionDenied."""
    require(context, actor, "currencies:check")
    return findings_of_connected(context, context.connectors.connection(service))


def findings_of_connected(context: Context, connection: Connection) -> tuple[Finding, ...]:
    """The findings about a connected finance service and the CRM; both sides are read now."""
    kind = context.registry.connector(connection.service)
    return findings_for(context, kind, connection.organization, context.connectors.get(connection.service))


def act_on(context: Context, findings: Sequence[Finding]) -> None:
    """Do what the findings ask of the hub itself: turn the CRM's multi-currency on, and remember it as ours."""
    wanted = next((finding for finding in findings if finding.effect == "enable_multi_currency"), None)
    if wanted is None:
        return
    connector = context.connectors.get(context.registry.crm_service())
    if not isinstance(connector, MultiCurrency):
        raise ConfigError(
            Text(
                en="The CRM's multi-currency has to be turned on, and its plugin cannot do that.",
                ja="CRM の複数通貨を有効にする必要がありますが、プラグインが対応していません。",
            ),
            hint=wanted.what_to_do,
        )
    # Remembered first: whatever becomes of the answer, where it is on in the end, it was ours.
    _remember(context, ours=True)
    try:
        connector.enable_multi_currency(wanted.currency)
    except ConnectorError as error:
        if not isinstance(error, OutcomeUnknown | BrokenAnswer):
            _remember(context, ours=False)
        raise


def _remember(context: Context, *, ours: bool) -> None:
    with context.store.write() as session:
        connection = Connections(session).get(context.registry.crm_service())
        changed = replace(connection, remembered={**connection.remembered, TURNED_ON: ours})
        Connections(session).save(changed, context.now())


def rate_differences(context: Context, service: str, *, actor: Person | None = None) -> tuple[RateDifference, ...]:
    """Both sides' current rates beside each other.

    Raises PermissionDenied, ConfigError where a side does not report its rates or the base currencies differ.
    """
    require(context, actor, "currencies:check")
    crm, finance = context.connectors.get(context.registry.crm_service()), context.connectors.get(service)
    for connector in (crm, finance):
        if not isinstance(connector, Plans):
            raise ConfigError(
                Text(
                    en=f"The plugin of '{connector.service}' does not report exchange rates.",
                    ja=f"「{connector.service}」のプラグインは為替レートを提供していません。",
                )
            )
    assert isinstance(crm, Plans)
    assert isinstance(finance, Plans)
    left, right = crm.rates(), finance.rates()
    _require_one_base((*left, *right))
    mine, theirs = (context.registry.connector(each.service).rate_places for each in (crm, finance))
    return differences(left, right, precision=Precision(mine, theirs))


def _require_one_base(rates: Sequence[Rate]) -> None:
    bases = ", ".join(sorted({rate.base for rate in rates}))
    if "," in bases:
        raise ConfigError(
            Text(
                en=f"Rates are compared in one base currency, and there are several: {bases}.",
                ja=f"基準通貨が異なるため、為替レートを比較できません: {bases}",
            ),
            hint=Text(en="See: tsunagi currencies check", ja="確認: tsunagi currencies check"),
        )


def after_disabling(context: Context, services: Collection[str]) -> tuple[Finding, ...]:
    """What becomes of the CRM's multi-currency if the hub turned it on for these services."""
    connections = context.connectors.all()
    ours = any(connection.remembered.get(TURNED_ON) for connection in connections)
    crm = _crm_plan(context) if ours else None
    if crm is None:
        return ()
    others = [
        each for each in connections if each.active and each.service not in services and _several(context, each.service)
    ]
    needed = [context.registry.connector(each.service).label for each in others]
    rules = compatibility(context)
    return weightiest_first(rules.after_disabling(crm, needed)) if rules else ()


def _several(context: Context, service: str) -> bool:
    if service not in context.registry.connectors or context.registry.connectors[service].is_crm:
        return False
    connector = context.connectors.get(service)
    return isinstance(connector, Plans) and len(set(connector.plan().currencies)) > 1


def _crm_plan(context: Context) -> ServicePlan | None:
    service = context.registry.crm_service()
    if not any(connection.service == service and connection.active for connection in context.connectors.all()):
        return None
    connector = context.connectors.get(service)
    return connector.plan() if isinstance(connector, Plans) else None
