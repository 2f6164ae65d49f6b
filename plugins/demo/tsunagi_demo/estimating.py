"""An estimate somebody writes by hand in Invoice: what people make in a service is shown as what the rules make."""

from collections.abc import Iterator

from tsunagi import RecordRef, Text
from tsunagi.embedding import account_page, records, say
from tsunagi_demo.installation import CRM, Installation

_ESTIMATES = "/invoice/v3/estimates"
_MAINTENANCE = Text("Maintenance, a year", "保守 1年")


def write_estimate(demo: Installation) -> None:
    """For the account of the first won deal whose customer Invoice has; once, however often it is called."""
    for deal, customer in _customers(demo):
        # Its reference is what an earlier attempt is known by.
        query = {
            "organization_id": demo.hub.connectors.connection("invoice").organization.id,
            "reference_number": deal.id,
        }
        if not demo.user.call("GET", _ESTIMATES, params=query)["estimates"]:
            line = {"name": say(_MAINTENANCE), "rate": 1200, "quantity": 1}
            order = {"customer_id": customer.id, "reference_number": deal.id, "zcrm_potential_id": deal.id}
            demo.user.call("POST", _ESTIMATES, params=query, json={**order, "line_items": [line]})
        return


def _customers(demo: Installation) -> Iterator[tuple[RecordRef, RecordRef]]:
    refs = [RecordRef(CRM, "deal", id) for id in demo.home.state.shown]
    for ref, deal in records(demo.hub.context, refs).items():
        account = deal.fields.get("account")
        page = account_page(demo.hub.context, account.id) if isinstance(account, RecordRef) else None
        if page is not None and "invoice" in page.links:
            yield ref, page.links["invoice"]
