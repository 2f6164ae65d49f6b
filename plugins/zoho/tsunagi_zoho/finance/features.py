"""What of a finance service can be switched on and off by itself."""

from collections.abc import Sequence

from tsunagi import Feature, Text
from tsunagi_zoho.finance.kinds import Kind

# Vendors are kept for the sake of the orders to them.
_FEATURES = (
    Feature("estimates", Text("Estimates", "見積書"), ("estimate",)),
    Feature("invoices", Text("Invoices", "請求書"), ("invoice",)),
    Feature("sales_orders", Text("Sales orders", "受注書"), ("sales_order",)),
    Feature("purchase_orders", Text("Purchase orders", "発注書"), ("purchase_order", "vendor")),
)


def features_of(kinds: Sequence[Kind]) -> tuple[Feature, ...]:
    """Those whose entities a service keeps, in the order people know them."""
    kept = {kind.entity for kind in kinds}
    return tuple(feature for feature in _FEATURES if kept.issuperset(feature.entities))
