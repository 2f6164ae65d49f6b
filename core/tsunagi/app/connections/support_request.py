"""A request to a vendor's support, prepared for the person who sends it."""

from collections.abc import Mapping

from tsunagi.app.access.permissions import person_named, require_administrator
from tsunagi.app.connections.compatibility import compatibility
from tsunagi.app.connections.connecting import draft_connection
from tsunagi.app.context import Context
from tsunagi.domain.compatibility import FinanceSide, Plans, SupportRequest
from tsunagi.domain.connector import Connector, ConnectorType, Organization
from tsunagi.domain.directory import Person
from tsunagi.errors import ConfigError
from tsunagi.text import Text


def support_request(
    context: Context,
    actor: Person | None,
    service: str,
    values: Mapping[str, object] | None = None,
    *,
    organization_id: str | None = None,
) -> SupportRequest:
    """The request to change an organisation's base currency to the CRM's; CRM administrators only.

    Without an actor the request is from the user who connected the CRM.
    `values` are the settings of a service that could not be connected, None means the connected one. Raises
    PermissionDenied, NotConnected, OrganizationUnclear, and ConfigError where the service does not report its plan or
    the base currencies are the same.
    """
    require_administrator(context, actor, "currencies:support")
    kind = context.registry.connector(service)
    if values is None:
        side = _side(kind, context.connectors.connection(service).organization, context.connectors.get(service))
    else:
        draft = draft_connection(context, kind, values, organization_id)
        organization = draft.choose(organization_id)
        with draft.connector(organization) as connector:
            side = _side(kind, organization, connector)
    crm = context.connectors.connection(context.registry.crm_service())
    if side.plan.base_currency == crm.organization.base_currency:
        raise ConfigError(
            Text(
                en=f"There is nothing to ask: the base currency is {side.plan.base_currency} on both sides.",
                ja=f"依頼は不要です。基準通貨は両側とも {side.plan.base_currency} です。",
            )
        )
    sender = actor or person_named(context, crm.connected_by)
    rules = compatibility(context)
    if rules is None:
        raise ConfigError(
            Text(
                en="The CRM's plugin has no rules for currencies: there is no request to prepare.",
                ja="CRM のプラグインに通貨の規則がないため、依頼文を用意できません。",
            )
        )
    return rules.support_request(sender, side, crm.organization.base_currency)


def _side(kind: ConnectorType, organization: Organization, connector: Connector) -> FinanceSide:
    if not isinstance(connector, Plans):
        raise ConfigError(
            Text(
                en=f"The plugin of '{kind.service}' does not report the organisation's plan.",
                ja=f"「{kind.service}」のプラグインは組織のプランを提供していません。",
            )
        )
    return FinanceSide(kind.service, kind.label, organization.id, organization.name, connector.plan())
