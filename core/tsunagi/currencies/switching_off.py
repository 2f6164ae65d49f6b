"""What becomes of the CRM's multi-currency, if the hub turned it on, when a service is switched off."""

from collections.abc import Sequence

from tsunagi.currencies import wording
from tsunagi.currencies.findings import Finding, Kind, Severity
from tsunagi.domain.plans import ServicePlan
from tsunagi.text import Text


def multi_currency_after(
    crm: ServicePlan, *, ours: bool, still_needed_by: Sequence[Text], can_disable: bool
) -> tuple[Finding, ...]:
    """At most one finding; none where there is nothing of ours to undo.

    `ours`: the hub turned it on. `still_needed_by`: labels of the services that stay connected and use several
    currencies. `can_disable`: the CRM's API can turn it off.
    """
    if not ours or not crm.multi_currency:
        return ()
    if still_needed_by:
        return (_keep(wording.still_needed(still_needed_by)),)
    if crm.edition in ("enterprise", "ultimate"):
        # The company moved to an edition that has the feature itself: it is theirs now.
        return (_keep(wording.theirs_now()),)
    if can_disable:
        return (Finding(Kind.DISABLE_MULTI_CURRENCY, Severity.ACTS, "crm", wording.disables()),)
    message, what_to_do = wording.disable_by_hand(crm.base_currency)
    return (Finding(Kind.DISABLE_BY_HAND, Severity.TELLS, "crm", message, what_to_do, crm.base_currency),)


def _keep(message: Text) -> Finding:
    return Finding(Kind.KEEP_MULTI_CURRENCY, Severity.FINE, "crm", message)
