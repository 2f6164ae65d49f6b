"""What rules may have done in a finance service."""

from collections.abc import Sequence

from tsunagi import Action, Text
from tsunagi_zoho.finance.answering import acceptance_of_deal, refusal_of_deal, voiding_of_deal
from tsunagi_zoho.finance.billing import estimate_of_deal, invoice_of_deal
from tsunagi_zoho.finance.kinds import Kind

_ACTIONS = {
    "estimate": (estimate_of_deal, acceptance_of_deal, refusal_of_deal),
    "invoice": (invoice_of_deal, voiding_of_deal),
}


def actions_of(service: str, name: Text, kinds: Sequence[Kind]) -> tuple[Action, ...]:
    """Those about the documents the service keeps; `name` is what people call it."""
    return tuple(make(service, name) for kind in kinds for make in _ACTIONS.get(kind.entity, ()))
