"""New organisations of a finance service."""

import hashlib
import re

from tsunagi import ConnectorContext, NewOrganization, Organization
from tsunagi_zoho.finance.calls import object_in
from tsunagi_zoho.finance.organizations import finance_client, organization_of

_LONGEST_PORTAL = 30
_NOT_IN_A_PORTAL = re.compile("[^a-z0-9]")


def found_organization(
    context: ConnectorContext, new: NewOrganization, *, service: str, base_path: str
) -> Organization:
    """Create it. One call, never repeated: after OutcomeUnknown the list of organisations tells.

    Where the context names an organisation, which is then known to another service, that one joins this service and
    keeps its id.
    """
    body = {
        "name": new.name,
        "currency_code": new.currency,
        "time_zone": new.time_zone,
        "language_code": new.language,
        "portal_name": portal_name(new),
        **({"address": {"country": new.country}} if new.country else {}),
    }
    known = context.organization_id
    headers = {f"X-com-zoho-{service}-organizationid": known} if known else {}
    with finance_client(context, service, base_path) as client:
        answer = client.post("/organizations", body, headers=headers)
    return organization_of(service, object_in(answer, "organization"))


def portal_name(new: NewOrganization) -> str:
    """The address of the customers' portal, which is needed and must be free: readable where the name is in Latin."""
    readable = _NOT_IN_A_PORTAL.sub("", new.name.casefold())
    own = hashlib.sha256("\n".join((new.name, new.country, new.currency, new.time_zone)).encode()).hexdigest()[:8]
    return f"{readable[: _LONGEST_PORTAL - len(own)]}{own}"
